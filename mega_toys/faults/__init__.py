"""Faults on purpose: processes killed at every step, and what must hold afterwards.

The steps themselves stand where they are passed; nothing that people use for their data is here.
"""
