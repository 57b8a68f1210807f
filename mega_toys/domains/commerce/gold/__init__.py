"""The data products of commerce."""
