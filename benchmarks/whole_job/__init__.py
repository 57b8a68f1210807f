"""The whole job, measured: the product beside two peers that an engineer would write for it.

Run it with `make bench`; `python -m benchmarks.whole_job --help` says what can be chosen.
"""
