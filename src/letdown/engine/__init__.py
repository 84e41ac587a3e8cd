"""The engine: many dyads side by side, one step at a time.

`lane_steps` is one tick of a dyad, `lane_text` writes it out as loops over lanes, `tiles` puts the clock around
them, `link` compiles, `protocol_clock` runs the protocol, `streams` draws,
`event_log` notes what happened, `cohort_run` drives tiles over threads, `run` is what comes out.
"""
