"""The data products of finance."""
