"""The engine: many dyads side by side, one step at a time.

`clocks` says how time is resolved, `lane_steps` is one tick of a dyad, `lane_text` writes both out as loops over
lanes, `tiles` puts the clock's run around them, `link` compiles, `protocol_clock` runs the protocol, `streams`
draws, `event_log` notes what happened, `tile_buffers` runs one tile (the lean way for feed after feed),
`cohort_run` drives tiles over threads, `run` is what comes out.
"""
