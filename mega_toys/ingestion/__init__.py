"""From the landing zone into bronze: which files are there, what they hold, and its loading.

It knows formats and landing days. What a record means, and whether it is valid, `lake/` judges.
"""
