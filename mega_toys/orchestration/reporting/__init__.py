"""What Dagster is told: events, metadata and the log of a run, and what it was told last.

What is told is computed elsewhere; nothing here builds.
"""
