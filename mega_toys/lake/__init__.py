"""The lake: how tables lie in it, what is accepted into them, and what is to do.

Its rooms are layers, of which each knows only those below it, as import-linter holds. Where files
come from belongs in `ingestion/`, who asks in `operations/`.
"""
