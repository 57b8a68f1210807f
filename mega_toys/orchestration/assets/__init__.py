"""What Dagster shows as assets: tables, sources, the landing zone, data quality, the warehouse,
the catalog.

When they are built belongs in `runs/`.
"""
