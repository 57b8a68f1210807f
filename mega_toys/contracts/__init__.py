"""What silver and gold promise, as open contracts: made of the declarations, compared, released.

A contract is a document of the Open Data Contract Standard. Nothing here reads or writes the lake:
whether its rows are as promised, the checks of `lake/checks/` find.
"""
