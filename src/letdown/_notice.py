"""One line on standard error for what does not stop a run: each sentence once in a process."""

import sys

__all__ = ["notice"]

_SAID: set[str] = set()


def notice(sentence: str) -> None:
    """Write a sentence to standard error, the first time it is said."""
    if sentence not in _SAID and sys.stderr is not None:
        _SAID.add(sentence)
        sys.stderr.write(f"letdown: {' '.join(sentence.split())}\n")
