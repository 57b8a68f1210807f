"""Systems of the toy company: databases filled with the story that the files tell.

A module a kind of system. How records are pulled from there does not belong here.
"""
