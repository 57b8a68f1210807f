"""What a table is: the vocabulary in which a domain declares it, and the catalog of all that do.

Fields, kinds, extents of days, checks and contracts; also the errors and words that all rooms use.
Nothing here reads or writes: whoever needs a lake belongs in `lake/`.
"""
