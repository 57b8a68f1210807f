"""What Dagster shows as assets: tables, sources, the landing zone, data quality, the warehouse.

When they are built belongs in `runs/`.
"""
