"""One small file of each kind that the program writes, for tests that go through all of them."""

from functools import lru_cache
from pathlib import Path

import numpy as np

from letdown.engine.life.records import DAY_COLUMNS, SESSION_COLUMNS, LifeResult
from letdown.lactation import Lactation
from letdown.neurons.bursts import SpikeTrains
from letdown.protocol.lactation import load_lactation
from letdown.recording import Recording, feed_summary
from letdown.report_lactation import write_lactation, write_lactations
from letdown.run_folder import write_cohort, write_feed, write_neurones
from letdown.spike_recording import SpikeRecording
from synthetic_run import SCENARIO_TOML, synthetic_dyad, synthetic_run

SETTINGS = {
    "cells": 4, "bundles": 12, "dendrites": 2, "cell": "IntegrateAndFire", "insensitive_cells": 0,
    "spread_input_rate": 0.0, "priming": "0.5", "plasma": "MaicasRoyo2018", "step_ms": 1.0, "seed": 3, "network": 0,
}  # fmt: skip


@lru_cache
def small_trains():
    """Return four cells that burst together at 60 and 140 s, with a few spikes between."""
    rng = np.random.default_rng(1)
    times, cells = [], []
    for cell in range(4):
        own = [np.round(rng.uniform(0.0, 200.0, 30), 3)]
        own += [onset + 0.05 * cell + np.arange(30) * 0.03 for onset in (60.0, 140.0)]
        times.append(np.sort(np.concatenate(own)))
        cells.append(np.full(times[-1].size, cell))
    time, cell = np.concatenate(times), np.concatenate(cells)
    order = np.argsort(time, kind="stable")
    return SpikeTrains(time[order], cell[order], 4, 200.0)


def small_spikes():
    """Return a recording of the network, made up."""
    bins = np.arange(2000)
    wave = 1.0 + np.sin(bins / 50.0)
    return SpikeRecording(small_trains(), 0.1, wave, 0.1 * wave, 5.0 * wave, 2.0 * wave, 0.5 + 0 * wave, SETTINGS, 0.2)


def small_lactation(days=2, asked=2, dyad=None):
    """Return a lactation of some of the days asked for, made up."""
    rng = np.random.default_rng(days)
    table = np.round(rng.uniform(1.0, 9.0, (days, len(DAY_COLUMNS))), 3)
    table[0, DAY_COLUMNS.index("first_let_down_s")] = np.nan
    sessions = []
    for day in range(1, days + 1):
        for number in range(1, 4):
            row = dict.fromkeys(SESSION_COLUMNS, 1.5)
            row |= {"day": day, "number": number, "kind": number - 1, "infant": 0, "satisfied": number % 2}
            row |= {"breasts": 1, "let_downs": number, "fat_g_l": np.nan if number == 3 else 40.0}
            sessions.append(tuple(float(row[name]) for name in SESSION_COLUMNS))
    scenario = load_lactation("demand-feeding")
    return Lactation.from_result(
        LifeResult(dyad, table, sessions=sessions, complete_days=days, onset_h=60.0, traits={"capacity": 1.1}),
        scenario="demand-feeding", scenario_toml=scenario.to_toml(), seed=5, dyad=dyad, days=asked, twins=False,
    )  # fmt: skip


def small_feed():
    """Return a feed, made up, with the spikes of a network."""
    from dataclasses import replace

    return Recording.from_run(replace(synthetic_run(duration_s=200.0), spikes=small_trains()))


def write_all(folder: Path) -> dict[str, Path]:
    """Write a folder of each kind of run and return every file by kind/name."""
    writers = {
        "feed": lambda place: write_feed(small_feed(), place),
        "surrogate": lambda place: write_feed(Recording.from_run(synthetic_run(duration_s=300.0)), place),
        "cohort": lambda place: write_cohort([feed_summary(synthetic_dyad(k)) for k in range(3)], SCENARIO_TOML, place),
        "neurones": lambda place: write_neurones(small_spikes(), place, nwb=True),
        "lactation": lambda place: write_lactation(small_lactation(), place),
        "part": lambda place: write_lactation(small_lactation(2, 7), place),
        "lactations": lambda place: write_lactations([small_lactation(dyad=k) for k in (0, 1)], place, 2),
    }
    for name, write in writers.items():
        (folder / name).mkdir()
        write(folder / name)
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
