"""Everything `letdown` raises on purpose.

LetdownError
├── ScenarioError      a scenario, a protocol step or a preset name cannot be used (also a ValueError)
├── ParameterError     a parameter is unknown, out of its range or without a source (also a ValueError)
├── UnitError          a number has no unit, the wrong unit or no finite value (also a ValueError)
├── OutputError        results cannot be written where they were asked for
├── RecordingError     a file is not a recording, or a recording lacks what was asked of it
└── SimulationError    the state stopped being finite; nothing was written

Every message is one sentence: what was given, what is allowed, what to do. It is one line of at most 700 letters, and
holds no character that a terminal would obey, whatever a user's file held.

    try:
        recording = letdown.simulate("breastfeed")
    except letdown.LetdownError as error:
        print(error)
"""

from letdown._printable import bounded, printable

__all__ = [
    "LetdownError",
    "OutputError",
    "ParameterError",
    "RecordingError",
    "ScenarioError",
    "SimulationError",
    "UnitError",
]


class LetdownError(Exception):
    """Base of every error raised on purpose; catch it to catch them all."""

    def __init__(self, message: object = "") -> None:
        # The last door for text of users' files: each message should be short already.
        super().__init__(bounded(printable(" ".join(str(message).split()))))


class ScenarioError(LetdownError, ValueError):
    """A scenario, one of its protocol steps, or a preset name cannot be used as given."""


class ParameterError(LetdownError, ValueError):
    """A model parameter is unknown, outside its published range, or declared without a source."""


class UnitError(LetdownError, ValueError):
    """A quantity has no unit, a unit of the wrong dimension, or a value that is not a finite number."""


class OutputError(LetdownError):
    """Results cannot be written where they were asked for."""


class RecordingError(LetdownError):
    """A file is not a recording of this program, or a recording lacks what was asked of it."""


class SimulationError(LetdownError):
    """The simulated state stopped being finite; the run was abandoned and nothing was written."""
