"""The shop: what its tills sell."""
