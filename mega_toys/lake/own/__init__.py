"""The lake's own tables that every build writes: files, accounts, rejected records.

Their columns and how they are asked. What is computed of them later belongs in `building/` and
`quarantined/`.
"""
