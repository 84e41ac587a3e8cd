"""Damaged files of every kind, through everything that opens them: our own sentence, or the file is read.

    python tests/fuzz_netcdf.py 200 7        200 files of each kind from seed 7; counts as JSON
    python tests/fuzz_netcdf.py flips 200    one flipped bit in each of 200 copies of each kind

A file is cut, bits are flipped, blocks are zeroed; or it is written again with one variable or attribute replaced by
something that cannot be: with the checksum left as it was (it must refuse), or without one (the checks behind it must).
The process may not take more than `ADDRESS_BYTES`; a call may not take longer than `SLOW_S`.
"""

import json
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import netCDF4
import numpy as np

import letdown
from letdown import RecordingError
from letdown._netcdf import DIGEST, read_columns
from letdown._netcdf import _digest as digest
from letdown.opening import cited_in, spike_trains
from run_files import write_all

ADDRESS_BYTES = 4 << 30
SLOW_S = 20.0
SOURCES = ("feed/recording.nc", "lactation/lactation.nc", "neurones/neurones.nc")
NWB = "neurones/neurones.nwb"
ATTRIBUTES = (
    "", "x", -1, 10**9, float("nan"), np.array([1, 2, 3]), "{", "[1,", "null", "\x1b[2J", "[" * 20_000,
    np.uint64(2**64 - 1), '{"a": NaN}', "a = [", 1e300, "a.a" * 2000 + " = 1",
)  # fmt: skip
ACTS = (
    "drop", "dtype", "shape", "nan", "negative", "huge", "attribute", "no attribute", "text", "dimension", "scalar",
    "order", "falling", "empty",
)  # fmt: skip
BIG = 3_000_000_000


def cut_or_flipped(rng, raw):
    """Return damaged bytes and what was done."""
    held, kind = bytearray(raw), rng.choice(["cut", "bits", "head", "zeros"])
    if kind == "cut":
        return bytes(held[: rng.randrange(len(held))]), kind
    if kind == "zeros":
        start = rng.randrange(len(held))
        held[start : start + 4096] = bytes(len(held[start : start + 4096]))
        return bytes(held), kind
    end = len(held) if kind == "bits" else min(len(held), 6000)
    for _ in range(rng.choice([1, 8, 64, 500])):
        held[rng.randrange(end)] ^= 1 << rng.randrange(8)
    return bytes(held), kind


def replaced(act, victim, kind, dims, values, rng):
    """Return the kind, dimensions and values that a variable gets instead of its own."""
    is_text = kind is str
    if act == "dtype":
        kind = rng.choice(["f4", "i1", "i8", str])
        if kind is str:
            values = values.astype(str).astype(object)
        else:
            values = (np.zeros(values.shape) if is_text else np.nan_to_num(values)).astype(kind)
    elif act == "text":
        kind, values = str, np.full(values.shape, "zz\x1b[31m", dtype=object)
    elif act == "shape":
        dims, values = ("odd",), np.array(["x"] * 7, dtype=object) if is_text else np.zeros(7, kind)
    elif act == "scalar":
        dims, values = (), np.array("x", dtype=object) if is_text else np.zeros((), kind)
    elif act == "empty":
        dims, values = ("none",), np.zeros(0, object if is_text else kind)
    elif act == "order" and len(dims) > 1:
        dims, values = dims[::-1], values.T
    elif act == "dimension":
        dims, values = ("big",), None
    elif not is_text and np.dtype(kind).kind in "iuf":
        floats = np.dtype(kind).kind == "f"
        if act == "nan" and floats:
            values = np.full(values.shape, np.nan)
        elif act == "negative" and np.dtype(kind).kind != "u":
            values = np.full(values.shape, -5, kind)
        elif act == "huge":
            values = np.full(values.shape, 1e300 if floats else np.iinfo(kind).max, kind)
        elif act == "falling" and values.ndim:
            values = values[::-1].copy()
    return kind, dims, values


def written_again(rng, good, path, act=None, victim=None, sealed=None):
    """Write a file again with one thing replaced; return what was done and whether the checksum stayed."""
    with netCDF4.Dataset(good) as a, netCDF4.Dataset(path, "w") as b:
        a.set_auto_maskandscale(False)
        act = act or rng.choice(ACTS)
        victim = victim or rng.choice(list(a.variables))
        attributes = {key: a.getncattr(key) for key in a.ncattrs()}
        sealed = rng.random() < 0.3 if sealed is None else sealed
        seal = attributes.pop(DIGEST)
        name = rng.choice(list(attributes))
        if act == "no attribute":
            attributes.pop(name)
        elif act == "attribute":
            attributes[name] = rng.choice(ATTRIBUTES)
        b.setncatts(attributes | ({DIGEST: seal} if sealed else {}))
        sizes = {key: len(value) for key, value in a.dimensions.items()} | {"odd": 7, "big": BIG, "none": 0}
        for key, size in sizes.items():
            b.createDimension(key, size)
        for key, variable in a.variables.items():
            kind = str if variable.dtype is str else variable.dtype
            dims, values = variable.dimensions, np.asarray(variable[...])
            if key == victim:
                if act == "drop":
                    continue
                kind, dims, values = replaced(act, victim, kind, dims, values, rng)
            packed = {"zlib": True} if values is None and kind is not str else {}
            copy = b.createVariable(key, kind, dims, **packed)
            copy.setncatts({k: variable.getncattr(k) for k in variable.ncattrs() if k != "_FillValue"})
            if values is not None:
                copy[...] = values.item() if kind is str and not values.shape else values
    return f"{act} {name if 'attribute' in act else victim}", sealed


def opened(path):
    """Open a file and ask everything of it that a user may."""
    held = letdown.open(path)
    repr(held), held._repr_html_()
    if isinstance(held, letdown.Recording):
        json.dumps(held.summary(), allow_nan=False)
        held.events(), held.data, held.to_csv(path.with_name("a.csv")), held.events_csv(path.with_name("b.csv"))
    elif isinstance(held, letdown.Lactation):
        json.dumps(held.daily(), allow_nan=False)
        held.to_csv(path.with_name("a.csv")), held.sessions_csv(path.with_name("b.csv"))
    else:
        json.dumps(held.summary(), allow_nan=False)
        held.bursts_csv(path.with_name("a.csv")), held.spikes_csv(path.with_name("b.csv"))
    held.to_netcdf(path.with_name("again.nc"))


def drawn(path):
    """Draw a file."""
    letdown.open(path).plot(path.with_name("figure.png"))


CALLS = {"open": opened, "plot": drawn, "cite": cited_in, "bursts": spike_trains}


class Tally:
    """What came of every call."""

    def __init__(self):
        self.counts, self.other, self.slowest_s = Counter(), [], 0.0

    def ask(self, name, path, label):
        """Run one call and count how it ended; return whether the file was read."""
        start, read = time.monotonic(), False
        try:
            CALLS[name](path)
            read = True
            self.counts[name, "read"] += 1
        except RecordingError as error:
            text = str(error)
            self.counts[name, "refused"] += 1
            plain = text.endswith(".") and "\n" not in text and "\x1b" not in text and len(text) < 700
            if not plain:
                self.other.append([label, name, "sentence", text[:200]])
        except Exception as error:
            self.counts[name, "other"] += 1
            self.other.append([label, name, type(error).__name__, str(error)[:200]])
        took = time.monotonic() - start
        self.slowest_s = max(self.slowest_s, took)
        if took > SLOW_S:
            self.other.append([label, name, "slow", f"{took:.1f} s"])
        return read

    def report(self, **more):
        """Return the counts as plain values."""
        calls = {name: {how: n for (call, how), n in self.counts.items() if call == name} for name in CALLS}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {
            "calls": calls,
            "other": self.other,
            "slowest_s": round(self.slowest_s, 2),
            "peak_mb": round(peak),
            **more,
        }


def fresh(folder, name, last):
    """Remove the last damaged file and return a new path: the library may keep a file open that it failed to read."""
    if last is not None:
        last.unlink(missing_ok=True)
    return folder / name


def contents(path):
    """Return a sum over everything that a file holds."""
    return digest(*read_columns(path))


def fuzz(count, seed, folder):
    """Damage `count` files of each kind and return the report."""
    (folder / "good").mkdir()
    files, rng, tally, silent = write_all(folder / "good"), random.Random(seed), Tally(), []
    place = folder / "work"
    place.mkdir()
    for source in (*SOURCES, NWB):
        good = files[source]
        raw, path = good.read_bytes(), None
        wanted = None if source == NWB else contents(good)
        for number in range(count if source != NWB else max(1, count // 4)):
            path = fresh(place, f"{good.stem}-{number}{good.suffix}", path)
            sealed = True
            if source == NWB or rng.random() < 0.4:
                held, label = cut_or_flipped(rng, raw)
                path.write_bytes(held)
            else:
                label, sealed = written_again(rng, good, path)
            label = f"{source}: {label}"
            if source == NWB:
                tally.ask("bursts", path, label)
                continue
            # What cannot be opened is refused by the same lines in all commands: then one of the others is asked.
            others = ("plot", "cite", "bursts") if tally.ask("open", path, label) else rng.sample(tuple(CALLS), 1)
            for name in others:
                tally.ask(name, path, label)
            if sealed and _other_contents(path, wanted):
                silent.append(label)
    return tally.report(files=3 * count + max(1, count // 4), silent=silent)


def flips(count, folder, seed=3):
    """Flip one bit in each of `count` copies of each kind; return how many read silently as other values."""
    (folder / "good").mkdir()
    files, rng, found = write_all(folder / "good"), random.Random(seed), {}
    path = None
    for source in SOURCES:
        raw, wanted, counts = files[source].read_bytes(), contents(files[source]), Counter(refused=0, same=0, silent=0)
        for number in range(count):
            path = fresh(folder, f"{Path(source).stem}-{number}.nc", path)
            held = bytearray(raw)
            held[rng.randrange(len(held))] ^= 1 << rng.randrange(8)
            path.write_bytes(held)
            try:
                letdown.open(path)
            except RecordingError:
                counts["refused"] += 1
                continue
            counts["silent" if _other_contents(path, wanted) else "same"] += 1
        found[source] = dict(counts)
    return found


def _other_contents(path, wanted):
    try:
        return contents(path) != wanted
    except OSError:
        return False


def main(arguments):
    """Run as the first lines of this file say."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_BYTES, hard))
    with tempfile.TemporaryDirectory() as folder:
        if arguments[0] == "flips":
            report = flips(int(arguments[1]), Path(folder))
        else:
            report = fuzz(int(arguments[0]), int(arguments[1]), Path(folder))
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1:])
