"""The data products of safety."""
