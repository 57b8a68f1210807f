"""How the lake is read by people: a table by its name, SQL, and how each table stands.

Nothing here writes.
"""
