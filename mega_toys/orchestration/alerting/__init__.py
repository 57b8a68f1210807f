"""Who is told what is wrong: the webhook hears of what begins to be and what ends.

What is wrong is found by checks and `operations/problems.py`; here it is only told.
"""
