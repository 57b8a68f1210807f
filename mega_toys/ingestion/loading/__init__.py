"""What the landing zone has that bronze has not, and its loading, a landing day at a time.

How a file is read belongs in `decoding/`.
"""
