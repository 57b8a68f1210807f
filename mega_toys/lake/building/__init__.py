"""How rows are made and written: silver from bronze by its kind, gold for its stale days.

What is new is asked of `news/`, what is accepted of `judging/`; here it is written and counted.
Who asks for a build is not known.
"""
