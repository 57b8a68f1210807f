"""What is to do and why: told from the commits of a table's inputs alone.

It knows what came, went and changed, and which days are stale. Nothing here writes; that is
`building/`.
"""
