"""Views and metrics of the domain: one file each."""
