"""From files to bronze rows, within bounds: by another process where a library may die of them.

What a format means belongs in `formats/`, what is committed in `loading/`.
"""
