"""The data products of supply."""
