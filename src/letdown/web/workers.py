"""Threads that simulate: two for feeds, one for jobs of minutes; a queue that says when it is full."""

import asyncio
import ctypes
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from threading import Event
from typing import Any, TypeVar, cast, final

__all__ = ["BusyError", "Job", "JobLeftError", "Workers"]

T = TypeVar("T")


class BusyError(Exception):
    """Too many wait already, or the answer takes too long; the message says so in one sentence."""


class JobLeftError(Exception):
    """Nobody waits for this job any more; raised in its thread at its next report of progress."""


@cache
def _trim() -> Callable[[int], int] | None:
    """Return the function of the C library that gives freed memory back; only that of Linux keeps so much."""
    if not sys.platform.startswith("linux"):
        return None
    found = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
    return cast(Callable[[int], int] | None, found)


def _give_back_memory() -> None:
    trim = _trim()
    if trim is not None:
        trim(0)


@final
class Workers:
    """`threads` at once, at most `waiting` behind them, each answer within `limit_s`."""

    def __init__(self, name: str, threads: int, waiting: int, limit_s: float) -> None:
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self.room, self.limit_s = threads + waiting, limit_s
        self.inside = 0
        self.turns = asyncio.Semaphore(threads)

    def close(self) -> None:
        """Take no more work."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    async def answer(self, left: Callable[[], Awaitable[bool]], work: Callable[[], T]) -> T | None:
        """Return what `work` returns, or None if the client has `left` before its turn.

        Raises
        ------
        BusyError
            If the queue is full, or the work takes longer than the limit.
        """
        if self.inside >= self.room:
            raise BusyError("Too many simulations wait already; try again in a moment.")
        self.inside += 1
        try:
            await self.turns.acquire()
        except BaseException:
            self.inside -= 1
            raise
        if await left():
            self._leave(None)
            return None
        future = asyncio.get_running_loop().run_in_executor(self.pool, work)
        future.add_done_callback(self._leave)  # a thread cannot be stopped: its place is free when it is done
        try:
            return await asyncio.wait_for(asyncio.shield(future), self.limit_s)
        except TimeoutError:
            raise BusyError(f"The simulation took longer than {self.limit_s:g} s; ask for a shorter one.") from None

    def _leave(self, done: Any) -> None:
        self.inside -= 1
        self.turns.release()
        if self.inside == 0:
            _give_back_memory()
        if done is not None and not done.cancelled():
            done.exception()  # an answer that nobody waited for is no news


@dataclass(frozen=True, slots=True)
class Job:
    """What a job of minutes gets to report with: `report(done)`, and whether its client has left."""

    left: Event
    say: Callable[[float], None]

    def report(self, done: float) -> None:
        """Report progress; raises JobLeftError if nobody waits any more."""
        if self.left.is_set():
            raise JobLeftError
        self.say(done)
