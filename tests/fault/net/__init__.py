"""The fault harness: real processes, a load with its own log, seeded faults, invariants.

`python -m tests.fault.net --seed N` (or `make fault SEED=N`); docs/faults.md tells how it works.
"""
