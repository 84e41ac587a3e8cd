"""The one road to machine code: printed program -> IR -> object -> cache -> loaded function.

`program` prints a self-contained module; `front_end` (numba) lowers it to IR; `back_end` (LLVM) makes an object for a
target; `objects` finds, keeps and loads it. A run that finds its object imports neither numba nor a compiler.
"""
