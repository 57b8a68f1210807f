"""The data products of manufacturing."""
