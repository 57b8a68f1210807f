"""The command `mega-toys` and all that it prints, for people at a terminal.

What it does to the lake belongs in `operations/`, how it runs in `orchestration/`.
"""
