"""One file looked at without taking it in: how it is read, and the declaration that would fit.

Nothing here reads or writes a table's rows; how formats are read belongs in `ingestion/`.
"""
