"""The pages of `docs/` that are made from the code: dictionary, lineage, commands, rooms.

Nothing here reads a lake: what it holds is told by `command/` and `orchestration/`.
"""
