"""Ctrl-C, or a request to end (SIGTERM): what it interrupts, and what it must not lose.

    with interruption() as asked:
        result = simulate(progress=lambda done: asked.here())
        write(result)
    if asked:
        ...

Before the first `here()` there is nothing to keep: a signal interrupts at once. From then on it is only noted, and
raised by every `here()`; what comes after the simulation is not interrupted. So neither a signal that comes while
files are written nor a second one loses what the first has kept. Whoever swallows the interruption, an import or a
destructor, does not swallow that it was asked for.
"""

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self, final

__all__ = ["NOTHING_KEPT", "Interruption", "interruption"]

AT_ONCE_S = 1.0
"""Signals within so long of one that interrupted are the same request: they leave it time to clear up, s."""


NOTHING_KEPT = "interrupted; unfinished results were removed."
"""What is said of a command that was interrupted with nothing to keep."""


@final
class Interruption:
    """Whether the process was asked to end; true once it was."""

    def __init__(self) -> None:
        self._asked = self._under_way = self._over = False
        self._last = -math.inf

    def __bool__(self) -> bool:
        return self._asked

    def note(self, _number: int, _frame: FrameType | None) -> None:
        """Take a signal.

        Raises
        ------
        KeyboardInterrupt
            If there is nothing to keep yet, and no other signal came just before.
        """
        self._asked = True
        now = time.monotonic()
        if not (self._under_way or self._over) and now - self._last > AT_ONCE_S:
            self._last = now
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

    def begin(self) -> Self:
        """Say that other work begins, of which nothing is done.

        Raises
        ------
        KeyboardInterrupt
            If a signal came, and somebody kept it to himself.
        """
        self._under_way = False
        if self._asked:
            raise KeyboardInterrupt
        return self

    def end(self) -> None:
        """Say that all is over: what signals still come have nothing to interrupt."""
        self._over = True


def _installed() -> Interruption | None:
    """Return what notes the signals of this process now, if anything does."""
    found = getattr(signal.getsignal(signal.SIGINT), "__self__", None)
    return found if isinstance(found, Interruption) else None


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Yield what notes the signals to end; where they are ignored, another's or another thread's, it notes nothing."""
    found = _installed()
    if found is not None:
        yield found.begin()
        return
    asked, before = Interruption(), {}
    if threading.current_thread() is threading.main_thread():
        for number, ours in (
            (signal.SIGINT, (signal.default_int_handler,)),
            (signal.SIGTERM, (signal.default_int_handler, signal.SIG_DFL)),
        ):
            if signal.getsignal(number) in ours:
                before[number] = signal.signal(number, asked.note)
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
