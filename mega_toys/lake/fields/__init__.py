"""What fits a type and is valid in a field: a received value becomes the stored one, or none.

It knows nothing of records, tables and files; which record is accepted belongs in `judging/`.
"""
