"""Organs that change over hours, days and months, between feeds.

Their unit of time is the hour: a function named `..._per_hour` returns the change of its state per hour. `life`
wires them; `letdown.engine.life` steps them and runs every feed by the reflex.
"""
