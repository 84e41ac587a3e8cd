"""Reference runs whose every bit is known: the check that this machine computes what all others do.

digest.py          a run's numbers as one SHA-256
reference_runs.py  the runs, by name
hashes.py          the file of hashes, and the comparison with it
"""
