"""What is new to a table and why: told from the commits of its inputs alone.

It knows what came, went and changed, and which days are stale. Nothing here writes; that is
`building/`. What there is to do, of files and checks as well, `operations/plan.py` says.
"""
