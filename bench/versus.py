"""Time kernels of this tree and of an earlier commit in alternation, and print the ratios as JSON.

`python bench/versus.py [--commit REVISION] [--rounds N] [NAME ...]` runs the entries of `entries.py` that both trees
have and whose name contains one of the words given. Each round is a process of each tree, one after the other; the
least processor time of all rounds counts, which other work on the machine disturbs least.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
BASE = "f7e6602"
KERNELS = ("20-min feed", "cohort, per", "48 neurones, per simulated second")

CHILD = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from entries import entries
for name, work in entries().items():
    if not any(word in name for word in sys.argv[2:]):
        continue
    work()
    least, began = float("inf"), time.perf_counter()
    for _ in range(15):
        before = time.process_time()
        units = work() or 1
        least = min(least, (time.process_time() - before) / units)
        if time.perf_counter() - began > 4.0:
            break
    print(json.dumps([name, least]))
"""


def measured(tree: Path, cache: str, words: list[str]) -> dict[str, float]:
    """Return the least processor time of each entry of a tree, s, in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(tree / "src"), "LETDOWN_CACHE_DIR": cache}
    command = [sys.executable, "-c", CHILD, str(tree / "bench"), *words]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(line) for line in done.stdout.splitlines())


def compared(commit: str, rounds: int, words: list[str]) -> dict[str, dict[str, float]]:
    """Return for each entry the least times of both trees, s, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder, "before")
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(before), commit], cwd=ROOT, check=True)
        try:
            least: list[dict[str, float]] = [{}, {}]
            for _ in range(rounds):
                for found, tree, cache in zip(least, (before, ROOT), ("cache_before", "cache_now"), strict=True):
                    for name, time_s in measured(tree, str(Path(folder, cache)), words).items():
                        found[name] = min(time_s, found.get(name, float("inf")))
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(before)], cwd=ROOT, check=True)
    return {
        name: {"before_s": least[0][name], "now_s": least[1][name], "ratio": least[1][name] / least[0][name]}
        for name in least[1]
        if name in least[0]
    }


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commit", default=BASE)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("names", nargs="*", default=list(KERNELS))
    asked = parser.parse_args()
    print(json.dumps(compared(asked.commit, asked.rounds, asked.names), indent=1))


if __name__ == "__main__":
    main()
