"""One run over the lake: what all its parts share, what it did to a table, what it found wrong.

Plain values that every room above may hold; nothing here decides what is to do.
"""
