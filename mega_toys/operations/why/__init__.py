"""Why a table, or a day of it, is as it is: in words, from notes, accounts and checks alone.

What stands of a table (`standing.py`), what is special of a day (`of_day.py`), and what changed
lately (`changed.py`), each with what did it: the input, the file, the rule. Nothing of what a
refresh does belongs here.
"""
