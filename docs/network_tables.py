"""Measure the spiking network beside the published engine and write the tables of docs/neurones.md.

    python docs/network_tables.py [--networks 20] [--duration 3600]

The published figures were measured by running the authors' own program, one wiring for 1 h at each setting; ours are
means over networks with different wirings, with the standard error between them.
"""

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from letdown._parameter import reference
from letdown.engine.network.network_run import NetworkClock, run_networks
from letdown.neurons.bursts import SpikeTrains, analyse
from letdown.neurons.dendritic_release import DendriticReleaseParameters
from letdown.neurons.network import Drive, Network, drive_schedule

__all__ = ["PRIMING", "SENSITIVITY", "Measures", "main", "measure", "standard_error"]

PAGE = Path(__file__).parent / "neurones.md"
SEED = 11
GRAM = 1.71
"""pg in a microunit of oxytocin, ng in a milliunit."""

PRIMING: dict[float, tuple[float, ...]] = {
    0.3: (489, 74, 1.42, 51.8, 56.0, 0.36, 2.52),
    0.4: (274, 49, 1.47, 53.2, 56.8, 0.34, 2.48),
    0.5: (217, 37, 1.49, 53.7, 56.8, 0.37, 2.42),
    0.75: (128, 27, 1.52, 54.4, 56.8, 0.49, 2.33),
    1.0: (87, 16, 1.53, 54.3, 56.3, 0.51, 2.20),
    1.5: (60, 12, 1.57, 55.0, 56.0, 0.80, 1.95),
    2.0: (47, 8, 1.61, 55.1, 55.1, 1.1, 1.69),
    3.0: (36, 4, 1.63, 54.0, 52.5, 1.8, 1.14),
}
"""k_p, 1/s: published interval, its SD, duration (s), spikes, peak (Hz), spread of onsets (s), background (Hz)."""

_RELEASE = reference(DendriticReleaseParameters)

SENSITIVITY: dict[str, tuple[Network, Drive, float | None]] = {
    "r_E 40 Hz": (Network(), Drive(0.5, excitatory=0.5), None),
    "r_E 60 Hz": (Network(), Drive(0.5, excitatory=0.75), 426),
    "r_E 100 Hz": (Network(), Drive(0.5, excitatory=1.25), 132),
    "r_E 120 Hz": (Network(), Drive(0.5, excitatory=1.5), 86),
    "r_I 20 Hz": (Network(), Drive(0.5, inhibitory=0.25), 128),
    "r_I 40 Hz": (Network(), Drive(0.5, inhibitory=0.5), 151),
    "r_I 120 Hz": (Network(), Drive(0.5, inhibitory=1.5), 289),
    "k_OT 0.35 mV": (Network(release=_RELEASE._replace(oxytocin_sensitivity=0.35)), Drive(0.5), 492),
    "k_OT 0.40 mV": (Network(release=_RELEASE._replace(oxytocin_sensitivity=0.40)), Drive(0.5), 306),
    "k_OT 0.60 mV": (Network(release=_RELEASE._replace(oxytocin_sensitivity=0.60)), Drive(0.5), 137),
    "k_OT 0.75 mV": (Network(release=_RELEASE._replace(oxytocin_sensitivity=0.75)), Drive(0.5), 81),
    "no endocannabinoid": (Network(release=_RELEASE._replace(attenuation_limit=0.0)), Drive(0.5), 71),
    "6 bundles": (Network(bundles=6), Drive(0.5), 155),
    "96 cells, 24 bundles": (Network(cells=96, bundles=24), Drive(0.5), 202),
    "480 cells, 120 bundles": (Network(cells=480, bundles=120), Drive(0.5), 167),
}
"""Published mean interval at k_p 0.5 /s with one thing changed, s; None where there were no bursts."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Means over networks; each list has one value a network that burst at least twice."""

    bursts_per_hour: float
    interval: list[float]
    interval_sd: list[float]
    duration: list[float]
    spikes: list[float]
    peak: list[float]
    spread: list[float]
    oxytocin_mu: list[float]
    cells: list[float]
    background: list[float]


def measure(
    network: Network,
    drive: Drive,
    *,
    networks: int,
    duration_s: float,
    clock: NetworkClock | None = None,
    seed: int = SEED,
) -> Measures:
    """Run networks of different wiring and return what they did."""
    seeds = [(seed, number) for number in range(networks)]
    results = run_networks(network, drive_schedule(drive), duration_s, seeds, clock=clock)
    found = [
        analyse(
            SpikeTrains(r.spike_time_s, r.spike_cell.astype(np.int64), network.cells, duration_s),
            secreted=(r.secreted_pg, 0.1),
        )
        for r in results
    ]
    burst = [f for f in found if len(f.bursts) > 1]

    def each(value: Callable[..., float]) -> list[float]:
        return [float(np.mean([value(b) for b in f.bursts])) for f in burst]

    return Measures(
        bursts_per_hour=sum(len(f.bursts) for f in found) / networks / duration_s * 3600.0,
        interval=[float(np.mean(f.intervals_s)) for f in burst],
        interval_sd=[float(np.std(f.intervals_s, ddof=1)) for f in burst if len(f.intervals_s) > 1],
        duration=each(lambda b: b.duration_s),
        spikes=each(lambda b: b.spikes_per_cell),
        peak=each(lambda b: b.peak_rate_hz),
        spread=each(lambda b: b.onset_spread_s),
        oxytocin_mu=each(lambda b: b.oxytocin_pg / 1000.0 / GRAM),
        cells=each(lambda b: b.cells),
        background=[f.background_rate_hz for f in found if f.background_rate_hz is not None],
    )


def standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the mean of independent networks."""
    return float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.inf


def _cell(values: Sequence[float], digits: int) -> str:
    if not values:
        return "–"
    return f"{np.mean(values):.{digits}f} ± {standard_error(values):.{digits}f}"


def _priming_table(networks: int, duration_s: float) -> list[str]:
    heads = ("k_p, 1/s", "interval, s", "SD, s", "duration, s", "spikes a cell", "peak, Hz", "onsets within, s",
             "background, Hz", "oxytocin, mU")  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    for k_p in (0.1, 0.2, *PRIMING):
        m = measure(Network(), Drive(k_p), networks=networks, duration_s=duration_s)
        if k_p not in PRIMING:
            words = f"{m.bursts_per_hour:.2g} bursts an hour; published none"
            lines.append(f"| {k_p:g} | {words} | | | | | | {_cell(m.background, 2)} | |")
            continue
        p = PRIMING[k_p]
        ours = [m.interval, m.interval_sd, m.duration, m.spikes, m.peak, m.spread, m.background]
        digits = (0, 0, 2, 1, 1, 2, 2)
        cells = [f"{_cell(v, d)} ({x:.{d}f})" for v, d, x in zip(ours, digits, p, strict=True)]
        lines.append(f"| {k_p:g} | {' | '.join(cells)} | {_cell(m.oxytocin_mu, 2)} |")
    return lines


def _sensitivity_table(networks: int, duration_s: float) -> list[str]:
    lines = ["| changed | interval, s | published, s | bursts an hour |", "| --- | --- | --- | --- |"]
    for name, (network, drive, published) in SENSITIVITY.items():
        few = max(2, networks // 5) if network.cells > 100 else networks
        m = measure(network, drive, networks=few, duration_s=duration_s)
        told = "no bursts" if published is None else f"{published:.0f}"
        lines.append(f"| {name} | {_cell(m.interval, 0)} | {told} | {m.bursts_per_hour:.1f} |")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--networks", type=int, default=20)
    parser.add_argument("--duration", type=float, default=3600.0)
    options = parser.parse_args(arguments)
    text = PAGE.read_text("utf-8")
    for mark, table in (
        ("priming", _priming_table(options.networks, options.duration)),
        ("sensitivity", _sensitivity_table(max(4, options.networks // 2), options.duration)),
    ):
        before, _, rest = text.partition(f"<!-- {mark} -->\n")
        _, _, after = rest.partition(f"<!-- end of {mark} -->")
        text = f"{before}<!-- {mark} -->\n" + "\n".join(table) + f"\n<!-- end of {mark} -->{after}"
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
