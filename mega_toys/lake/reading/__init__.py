"""All that people read of the lake: tables and views by their names, as frames or by SQL.

Nothing here writes; how each table stands is told by `operations/status.py`.
"""
