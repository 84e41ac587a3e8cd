"""The command `letdown`, also as `python -m letdown`."""

import sys
from typing import Any, NoReturn

from letdown._interruption import NOTHING_KEPT, interruption

__all__ = ["run"]


def _say_nothing_of_signals(unraisable: Any) -> None:
    """Pass on what Python can raise nowhere, but not an interruption that came within a destructor: it is noted."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)


def run() -> NoReturn:
    """Run the command and end the process; a signal that comes while the command is still read in ends it alike."""
    sys.unraisablehook = _say_nothing_of_signals
    with interruption() as asked:
        try:
            from letdown.cli import main

            code = main()
        except BaseException:
            if not asked:
                raise
            asked.end()
            sys.stderr.write(f"letdown: {NOTHING_KEPT}\n")
            code = 130
        asked.end()
        sys.stdout.flush()
        sys.exit(code)


if __name__ == "__main__":
    run()
