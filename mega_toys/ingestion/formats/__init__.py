"""The formats: bytes of a file become records, or the reason why they do not.

It knows nothing of tables; values are fitted to declared types in `decoding/`.
"""
