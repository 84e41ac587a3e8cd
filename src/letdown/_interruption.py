"""Ctrl-C, or a request to end, where work already done is to be kept.

    with interruption() as asked:
        result = simulate(progress=lambda done: asked.here())
        write(result)
    if asked:
        ...

Before the first `here()` there is nothing to keep: the first signal interrupts at once. Later ones are only noted, and
raised by every `here()`; what comes after the simulation is not interrupted. So neither a signal that comes while files
are written nor a second one loses what the first has kept.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import final

__all__ = ["Interruption", "interruption"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@final
class Interruption:
    """Whether the process was asked to end; true once it was."""

    def __init__(self) -> None:
        self._asked = self._under_way = False

    def __bool__(self) -> bool:
        return self._asked

    def note(self, _number: int, _frame: FrameType | None) -> None:
        """Take a signal.

        Raises
        ------
        KeyboardInterrupt
            If it is the first, and there is nothing to keep yet.
        """
        first, self._asked = not self._asked, True
        if first and not self._under_way:
            raise KeyboardInterrupt

    def here(self) -> None:
        """Say that work was done, and that it may be interrupted here.

        Raises
        ------
        KeyboardInterrupt
            If a signal came.
        """
        self._under_way = True
        if self._asked:
            raise KeyboardInterrupt


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Yield what notes the signals to end that Python would raise as KeyboardInterrupt; elsewhere it notes nothing."""
    asked = Interruption()
    in_main = threading.current_thread() is threading.main_thread()
    ours = [s for s in SIGNALS if in_main and signal.getsignal(s) is signal.default_int_handler]
    for number in ours:
        signal.signal(number, asked.note)
    try:
        yield asked
    finally:
        for number in ours:
            signal.signal(number, signal.default_int_handler)
