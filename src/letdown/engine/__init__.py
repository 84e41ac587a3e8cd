"""The engine: many dyads side by side, one step at a time.

`link` compiles equations, `tiles` writes the lane loops, `protocol_clock` runs the protocol, `streams` draws,
`event_log` notes what happened, `cohort_run` drives tiles over threads, `run` is what comes out.
"""
