"""The engine: many dyads side by side, one step at a time.

`clocks` says how time is resolved, `lane_steps` is one tick of a dyad, `lane_text` writes both out as loops over
lanes, `tiles` puts the clock's run around them, `link` compiles, `protocol_clock` runs the protocol, `streams`
draws, `event_log` notes what happened, `lane_queue` sends a queue of dyads through a tile,
`cohort_run` shares queues among threads, `run` is what comes out.
"""
