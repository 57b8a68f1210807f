"""How the tables lie in the lake: Delta tables, their commits and notes, the one writer's lock.

It knows names, versions and files of tables, and not what a table means: no kind, no rule.
"""
