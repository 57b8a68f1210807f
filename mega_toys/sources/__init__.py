"""How records are pulled from systems: each pull makes landing files, and nothing else.

A module a kind of system, which alone knows its driver. Who reads landing files does not belong
here, nor what is said of a pull.
"""
