"""Where the values of each column come from, read off the plans of the transforms.

A transform is run on stand-ins of its inputs, never on rows. Nothing here opens a lake. What a plan
has and nobody here knows is refused by its name, never guessed.
"""
