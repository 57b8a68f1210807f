"""The domains: what each part of the company makes of its data, one file per table.

Nothing here reads or writes: a table says what it is, and others build it.
"""
