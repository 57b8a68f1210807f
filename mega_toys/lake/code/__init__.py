"""The version of the code that makes a table's rows.

It knows which definitions a table uses. What is done about older code belongs to
`operations/rebuild.py`.
"""
