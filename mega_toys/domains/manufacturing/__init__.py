"""The factories: their machines, what these make, and how well."""
