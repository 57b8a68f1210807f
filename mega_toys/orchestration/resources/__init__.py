"""What every part of Dagster is handed: the lakehouse, its partitions, and which runs are alive.

Nothing here builds or tells.
"""
