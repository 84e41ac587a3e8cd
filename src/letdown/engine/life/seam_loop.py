"""The seam of the two clocks for all lives of a round: an ordinary module, printed around the functions of `seam`."""

from typing import Any

from letdown.compiler.interface import Reals2, Wholes

__all__ = ["asked", "enter", "leave"]


def asked_of(v: Any, out: Any) -> None:
    """Write what the infants of a life want now; written by `seam`."""
    raise NotImplementedError


def enter_one(v: Any, e: Any, out: Any) -> None:
    """Write the dyad of a session at time 0; written by `seam`."""
    raise NotImplementedError


def leave_one(v: Any, f: Any, e: Any, out: Any) -> None:
    """Write into a life what a session leaves; written by `seam`."""
    raise NotImplementedError


def asked(lives: Reals2, which: Wholes, out: Reals2) -> None:
    """Write what the infants of each life want now."""
    for k in range(which.size):
        asked_of(lives[which[k]], out[k])


def enter(lives: Reals2, which: Wholes, e: Reals2, out: Reals2) -> None:
    """Write the dyad of each session at time 0."""
    for k in range(which.size):
        enter_one(lives[which[k]], e[k], out[k])


def leave(lives: Reals2, which: Wholes, f: Reals2, e: Reals2, out: Reals2) -> None:
    """Write into each life what its session leaves."""
    for k in range(which.size):
        leave_one(lives[which[k]], f[k], e[k], out[k])
