"""Which lives go next: rounds of those that are most behind in time, on several threads.

A life with many short feeds needs more rounds than one with few. Where all go together, it is left over at the end with
nobody beside it in the lane loops; where those behind go first, all end at about the same time. While one thread
is in the lane loops, which hold no lock of Python, another does the books of its own round.
"""

import heapq
import math
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Condition
from typing import Any, Protocol

__all__ = ["run_rounds"]

SHARE = 0.6
"""Share of a thread's lives that go in one round; the others, further on, wait. From 0.4 to 0.8 it costs the same."""

REPORT_S = 0.1
"""Seconds between reports while several threads are at work."""


class Living(Protocol):
    """A life under way."""

    over: bool

    @property
    def age(self) -> float:
        """How far it has come."""


class _Queue:
    """The lives that no thread has, the one most behind first."""

    def __init__(self, lanes: Sequence[Any]) -> None:
        self.waiting = [(lane.age, number, lane) for number, lane in enumerate(lanes) if not lane.over]
        heapq.heapify(self.waiting)
        self.away = 0
        self.stopped = False
        self.changed = Condition()

    def take(self, most: int) -> list[tuple[int, Any]]:
        """Return up to `most` lives with their numbers; none once all are over."""
        with self.changed:
            while not self.waiting and self.away and not self.stopped:
                self.changed.wait()
            if self.stopped:
                return []
            taken = [heapq.heappop(self.waiting)[1:] for _ in range(min(most, len(self.waiting)))]
            self.away += len(taken)
            return taken

    def give_back(self, taken: list[tuple[int, Any]]) -> None:
        """Take back lives after a round."""
        with self.changed:
            self.away -= len(taken)
            for number, lane in taken:
                if not lane.over:
                    heapq.heappush(self.waiting, (lane.age, number, lane))
            self.changed.notify_all()

    def stop(self) -> None:
        """Let every thread end after its round."""
        with self.changed:
            self.stopped = True
            self.changed.notify_all()


def run_rounds(
    lanes: Sequence[Living],
    run: Callable[[Sequence[Any]], None],
    abreast: int,
    threads: int,
    report: Callable[[], None],
) -> None:
    """Run lives to their ends, round after round.

    Parameters
    ----------
    lanes : sequence of Living
        The lives.
    run : callable
        Runs one round: takes lives, brings each at least to the end of its next session.
    abreast : int
        How many lives a round takes at the cost of one.
    threads : int
        Rounds under way at the same time.
    report : callable
        Called now and then from the calling thread.

    Raises
    ------
    BaseException
        What a round or a report raises, once every thread has ended its round.
    """
    threads = max(1, min(threads, -(-len(lanes) // abreast)))
    most = max(abreast, math.ceil(SHARE * len(lanes) / threads))
    queue = _Queue(lanes)

    def one_round() -> bool:
        taken = queue.take(most)
        if taken:
            run([lane for _, lane in taken])
            queue.give_back(taken)
        return bool(taken)

    def work() -> None:
        while one_round():
            pass

    # what has to be compiled is compiled by the first round, here, where it can be interrupted
    while one_round():
        report()
        if threads > 1:
            break
    else:
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="letdown-lives") as pool:
        try:
            left = {pool.submit(work) for _ in range(threads)}
            while left:
                done, left = wait(left, REPORT_S, FIRST_EXCEPTION)
                for future in done:
                    future.result()
                report()
        finally:
            queue.stop()
