"""The body: one organ a file, each with its parameters, its state, its rates and its read-outs.

Organs hold no loops and no input or output. `body.py` wires them; `registry.py` lists their parameters.
"""
