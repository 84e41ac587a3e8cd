"""Time letdown and print one JSON object: medians, and their ratio to a reference loop timed in the same run.

Times depend on the machine; the ratios travel. The reference is a compiled scalar loop of 10 million
multiply-adds with an exponential, each waiting for the one before, so neither vectors nor cores help it.
`python bench/bench.py [NAME ...]` measures only the entries whose name contains one of the words given. Beside times it
gives the processor time of a cohort over that of its kernel alone, and the memory of cohorts beyond their summaries.

The kernels of `entries.py` do their work on one core and return the number of dyad-feeds done, so that a cohort
is reported per dyad-feed per core.
"""

import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping

import numba

import letdown
from entries import entries, whole_to_kernel, working_memory

Work = Callable[[], float | None]
"""Does the work once and returns how many units of it were done (None: one)."""

REFERENCE_STEPS = 10_000_000
MEMORY, RATIO = "memory of a cohort", "cohort over its kernel"
MEMORY_DYADS = (500, 2000, 8000)
MOST_REPEATS = 7
SECONDS_PER_ENTRY = 10.0


@numba.njit(error_model="numpy")
def _reference_loop(steps: int) -> float:
    """Iterate x <- x exp(-x) + 0.3: one multiply-add with an exponential per step."""
    x = 0.5
    for _ in range(steps):
        x = x * math.exp(-x) + 0.3
    return x


def reference() -> None:
    """Run the reference loop once."""
    _reference_loop(REFERENCE_STEPS)


def repeated_times(work: Work) -> list[float]:
    """Return seconds per unit of work, over several calls after one that warms up; one call if it is a long one."""
    work()
    times: list[float] = []
    started = time.perf_counter()
    while len(times) < MOST_REPEATS and time.perf_counter() - started < SECONDS_PER_ENTRY:
        before = time.perf_counter()
        units = work() or 1
        times.append((time.perf_counter() - before) / units)
    return times


def process(*arguments: str) -> Work:
    """Return a call of the `letdown` program in a folder of its own, as a new process."""

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "letdown", *arguments]
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    return run


def works() -> dict[str, Work]:
    """Return every entry by name. A process entry is warmed up first, so `letdown feed` is its second run."""
    processes: dict[str, Work] = {
        "process: letdown --help": process("--help"),
        "process: letdown feed": process("feed"),
    }
    kernels: Mapping[str, Work] = entries()
    return processes | {f"kernel: {name}": work for name, work in kernels.items()}


def measure(names: Iterable[str]) -> dict[str, object]:
    """Time the entries whose name contains one of `names` (all of them if there are none)."""
    wanted = list(names)
    chosen = {name: work for name, work in works().items() if not wanted or any(word in name for word in wanted)}
    reference_times = repeated_times(reference)
    times: dict[str, list[float]] = {}
    for name, work in chosen.items():
        times[name] = repeated_times(work)
        reference_times += repeated_times(reference)  # beside each entry: the clock of a machine drifts
    loop_s = statistics.median(reference_times)
    medians = {name: statistics.median(values) for name, values in times.items()}
    found: dict[str, object] = {}
    if not wanted or any(word in RATIO for word in wanted):
        found["cohort_to_its_kernel"] = whole_to_kernel()
    if not wanted or any(word in MEMORY for word in wanted):
        found["cohort_bytes_beyond_summaries"] = {str(dyads): working_memory(dyads) for dyads in MEMORY_DYADS}
    return found | {
        "letdown": letdown.__version__,
        "python": platform.python_version(),
        "numba": numba.__version__,
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "reference_median_s": loop_s,
        "entries": {
            name: {
                "median_s": medians[name],
                "ratio": medians[name] / loop_s,
                "repeats": len(values),
            }
            for name, values in times.items()
        },
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1:]), indent=2))
