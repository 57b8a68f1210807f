"""Faults on purpose: processes killed at every step, and what must hold afterwards."""
