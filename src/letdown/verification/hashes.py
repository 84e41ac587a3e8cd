"""The file of hashes of the reference runs: one line a run, its name and its SHA-256, sorted.

Context of use: a change of the model changes lines of this file in the same commit; a line that changes on one machine
only is an error of that machine, of its compiler, or of the program.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from letdown._errors import OutputError
from letdown.verification.reference_runs import ReferenceRun

__all__ = ["HASHES", "Outcome", "computed", "known_hashes", "verified", "write_hashes"]

HASHES = Path(__file__).with_name("reference_hashes.txt")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A reference run, the hash that is stored for it (None: none), and the one found here."""

    run: ReferenceRun
    known: str | None
    found: str

    @property
    def holds(self) -> bool:
        """Whether the two are the same."""
        return self.known == self.found


def known_hashes(path: Path = HASHES) -> dict[str, str]:
    """Return name -> SHA-256 of a file of hashes."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.split() for line in lines if line and not line.startswith("#"))
    return {name: found for name, found in pairs}


def computed(runs: Iterable[ReferenceRun], progress: Callable[[int], None] | None = None) -> dict[str, str]:
    """Return name -> SHA-256 as this machine computes them; `progress` is called with the number of runs done."""
    found = {}
    for run in runs:
        found[run.name] = run.compute()
        if progress:
            progress(len(found))
    return found


def verified(
    runs: Sequence[ReferenceRun],
    known: Mapping[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Outcome]:
    """Return what became of each run, against the hashes of the package or those given."""
    stored = known_hashes() if known is None else known
    found = computed(runs, progress)
    return [Outcome(run, stored.get(run.name), found[run.name]) for run in runs]


def write_hashes(found: Mapping[str, str], path: Path = HASHES) -> None:
    """Write a file of hashes.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    head = "# SHA-256 of the reference runs; renewed by `letdown verify --write`, see letdown.verification.digest\n"
    text = head + "".join(f"{name} {found[name]}\n" for name in sorted(found))
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}).") from error
