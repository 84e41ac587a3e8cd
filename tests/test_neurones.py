"""The oxytocin neurones spike by spike: equations, wiring, numerics of the lane loops, and what the network does."""

import dataclasses
import io
import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import letdown
from letdown._errors import LetdownError, ScenarioError
from letdown._parameter import reference, specifications
from letdown.cli import main
from letdown.engine.network.network_run import run_networks
from letdown.kernel.philox import PROCESSES, philox
from letdown.neurones_comparison import DRIVES, ComparisonRow, Measured
from letdown.neurones_report import neurones_comparison_report
from letdown.neurons import dendritic_release, integrate_and_fire
from letdown.neurons.afterpotential_cell import AfterpotentialCell, AfterpotentialCellParameters
from letdown.neurons.blood import RatPlasmaParameters, rat_plasma
from letdown.neurons.bursts import SpikeTrains, analyse, read_spikes
from letdown.neurons.dendritic_release import DendriticReleaseParameters
from letdown.neurons.integrate_and_fire import IntegrateAndFire, IntegrateAndFireParameters
from letdown.neurons.network import Drive, Network, drive_schedule
from letdown.neurons.secretion import SecretionParameters, rested_terminals, spike_arrives, terminals_after
from letdown.neurons.wiring import CellSpread, cell_factors, draw_wiring, shared_bundles
from letdown.simulate_neurones import human_plasma, simulate_neurones

LOW, SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)
STRONG = Drive(2.0)


def trains_of(result, cells=48):
    return SpikeTrains(result.spike_time_s, result.spike_cell.astype(np.int64), cells, result.simulated_s)


@pytest.fixture(scope="module")
def strong():
    """Three networks for 10 min of strong priming."""
    return run_networks(Network(), drive_schedule(STRONG), 600.0, [(5, k) for k in range(3)])


# Wiring ------------------------------------------------------------------------------------------


def test_the_dendrites_of_a_cell_lie_in_distinct_bundles():
    for dendrites in (1, 2, 3, 4):
        wiring = draw_wiring(500, 5, dendrites, seed=1)
        assert all(len(set(row)) == dendrites for row in wiring.tolist())
        assert wiring.min() == 0
        assert wiring.max() == 4


def test_a_cell_keeps_its_bundles_when_cells_are_added():
    np.testing.assert_array_equal(draw_wiring(48, 12, 2, seed=3), draw_wiring(96, 12, 2, seed=3)[:48])
    assert (draw_wiring(48, 12, 2, seed=3) != draw_wiring(48, 12, 2, seed=4)).any()
    assert (draw_wiring(48, 12, 2, seed=3) != draw_wiring(48, 12, 2, seed=3, network=1)).any()


def test_bundles_are_drawn_uniformly():
    counts = np.bincount(draw_wiring(20_000, 12, 2, seed=0).ravel(), minlength=12)
    assert ((counts - counts.mean()) ** 2 / counts.mean()).sum() < 31.3  # chi-square, 11 degrees, p = 0.001


def test_cells_share_at_most_as_many_bundles_as_they_have_dendrites():
    wiring = draw_wiring(48, 12, 2, seed=1)
    shared = shared_bundles(wiring, 12)
    assert shared.max() <= 2
    assert shared[3, 7] == len(set(wiring[3]) & set(wiring[7]))
    np.testing.assert_array_equal(shared, shared.T)


def test_the_spread_of_cells_is_the_one_asked_for():
    factors = cell_factors(20_000, CellSpread(0.1, 0.3, 0.0), seed=0)
    assert factors[0].std() / factors[0].mean() == pytest.approx(0.1, rel=0.03)
    assert factors[1].std() / factors[1].mean() == pytest.approx(0.3, rel=0.03)
    assert (factors[2] == 1.0).all()
    assert factors.mean(axis=1) == pytest.approx(1.0, abs=0.01)


# Numerics of the lane loops ----------------------------------------------------------------------


def plain_python(network, drive, steps, seed, number):
    """Run a network by the readable equations, one step and cell at a time, with the same random numbers."""
    r, p = network.release, network.cell.parameters
    c = network.cell.constants(1.0)
    wiring = draw_wiring(network.cells, network.bundles, network.dendrites, seed=seed, network=number)
    cells = range(network.cells)
    membranes = [network.cell.rest for _ in cells]
    effects = np.zeros((network.cells, network.dendrites))
    stores, last = np.zeros(network.cells), np.full(network.cells, -(10**9))
    brake, used, arrived = np.zeros(network.bundles), np.ones(network.bundles), np.zeros(network.bundles)
    due, spikes = [], []
    for now in range(steps):
        if now % 5 == 0:
            fresh = np.array([dendritic_release.attenuation(e, r) for e in brake])
            used = np.where((now == 0) | (np.abs(fresh - used) > 5.0e-4), fresh, used)
        expected = used[wiring].sum(axis=1) * 1.0e-3
        half, each = np.full(network.cells, np.uint64(now // 2)), np.arange(network.cells, dtype=np.uint64)
        words = philox(np.uint64(seed), np.uint64(number), half, each, np.uint64(PROCESSES["synapse"]), np.uint64(0))
        uniform = [(words[k] ^ np.uint64(2**31)).astype(float) / 2.0**32 for k in ((0, 1) if now % 2 == 0 else (2, 3))]
        effects = np.minimum((1.0 - 1.0 / r.oxytocin_time) * effects + r.oxytocin_sensitivity * arrived[wiring],
                             r.oxytocin_limit)  # fmt: skip
        arrived = np.zeros(network.bundles)
        for i in cells:
            counts = []
            for u, rate in zip(uniform, (p.excitatory_rate * drive.excitatory, p.inhibitory_rate * drive.inhibitory),
                               strict=True):  # fmt: skip
                mean = rate * expected[i]
                term = total = np.exp(-mean)
                count = 0
                while u[i] >= total and count < 6:
                    count += 1
                    term *= mean / count
                    total += term
                counts.append(float(count))
            x = membranes[i]._replace(oxytocin_effect=float(effects[i].mean()))
            x = integrate_and_fire.integrate(x, *counts, c)
            if integrate_and_fire.margin(x, c) > 0:
                x = integrate_and_fire.after_spike(x, c)
                spikes.append((now, i))
                if now - last[i] < r.release_window:
                    due.append((now + 6, i, now))
                last[i] = now
            membranes[i] = x
        leaving = np.zeros(network.cells)
        for _, i, spiked in [d for d in due if d[0] == now]:
            if last[i] == spiked:
                leaving[i] = dendritic_release.released(stores[i], r)
                arrived[wiring[i]] += leaving[i]
        stores = np.array([dendritic_release.store_after(s, r, drive.priming, 1e-3) for s in stores]) - leaving
        brake = np.array(
            [dendritic_release.endocannabinoid_after(e, r, a, 1.0) for e, a in zip(brake, arrived, strict=True)]
        )
    return spikes, stores


def test_the_lane_loops_do_what_the_readable_equations_say():
    """Spike for spike, through a burst: strong priming of few cells bursts within seconds."""
    network, drive = Network(cells=20, bundles=4), Drive(15.0)
    spikes, stores = plain_python(network, drive, 9000, 2, 1)
    result = run_networks(network, drive_schedule(drive), 9.0, [(2, 1)])[0]
    assert len(spikes) > 500
    same = list(zip(np.round(result.spike_time_s * 1e3).astype(int).tolist(), result.spike_cell.tolist(), strict=True))
    assert same == spikes
    assert result.store[-1] == pytest.approx(stores.mean(), rel=1e-9)
    assert max(np.bincount([now // 500 for now, _ in spikes])) > 20 * 0.5 * 25  # there was a burst


def test_what_primes_the_stores_is_leaked_released_or_held(strong):
    for result in strong:
        a = result.accounts
        assert a["released"] > 0.5 * a["primed"]
        assert a["primed"] == pytest.approx(a["leaked"] + a["released"] + a["held"], rel=1e-9)


def test_a_network_does_not_depend_on_its_neighbours_or_threads(strong):
    alone = run_networks(Network(), drive_schedule(STRONG), 600.0, [(5, 2)])[0]
    together = run_networks(Network(), drive_schedule(STRONG), 600.0, [(5, k) for k in (1, 2)], threads=1)[1]
    for other in (alone, together):
        np.testing.assert_array_equal(other.spike_time_s, strong[2].spike_time_s)
        np.testing.assert_array_equal(other.spike_cell, strong[2].spike_cell)
        np.testing.assert_array_equal(other.store, strong[2].store)


def test_single_precision_of_the_membranes_keeps_the_store(strong):
    single = run_networks(Network(), drive_schedule(STRONG), 600.0, [(5, 0)], precision="float32")[0]
    assert single.spike_cell.size == pytest.approx(strong[0].spike_cell.size, rel=0.1)
    assert len(analyse(trains_of(single)).bursts) == pytest.approx(len(analyse(trains_of(strong[0])).bursts), abs=2)


# What the network does ---------------------------------------------------------------------------


def test_no_priming_gives_background_firing_and_no_burst():
    result = run_networks(Network(), drive_schedule(Drive(0.0)), 600.0, [(1, 0)])[0]
    found = analyse(trains_of(result))
    assert not found.bursts
    assert 2.4 < found.background_rate_hz < 2.8


def test_bursts_take_all_cells_and_look_as_published(strong):
    bursts = [burst for result in strong for burst in analyse(trains_of(result)).bursts]
    assert len(bursts) > 20
    assert all(burst.cells >= 47 for burst in bursts)
    assert np.mean([b.duration_s for b in bursts]) == pytest.approx(1.61, abs=0.08)
    assert np.mean([b.spikes_per_cell for b in bursts]) == pytest.approx(55.1, abs=2)
    assert np.mean([b.peak_rate_hz for b in bursts]) == pytest.approx(55.1, abs=2)


def test_a_burst_is_followed_by_silence(strong):
    rates = []
    for result in strong:
        trains = trains_of(result)
        for burst in analyse(trains).bursts:
            counts = np.diff(np.searchsorted(trains.time_s, burst.onset_s + np.array([4.0, 15.0])))[0]
            rates.append(counts / 48 / 11)
    assert np.mean(rates) < 0.5


def test_a_cell_that_does_not_feel_oxytocin_falls_silent_with_the_others_and_does_not_burst():
    network = Network(insensitive_cells=1)
    result = run_networks(network, drive_schedule(STRONG), 600.0, [(5, 0)])[0]
    trains = trains_of(result)
    found = analyse(trains)
    onsets = np.array([burst.onset_s for burst in found.bursts])
    deaf = trains.of_cell(0)

    def rate(start, stop):
        return np.mean([np.diff(np.searchsorted(deaf, onset + np.array([start, stop])))[0] for onset in onsets]) / (
            stop - start
        )

    assert len(found.bursts) > 5
    assert all(burst.cells == 47 for burst in found.bursts)
    assert rate(0.0, 2.0) < 4.0
    assert rate(3.0, 12.0) < 0.5 * rate(-8.0, -1.0)


def test_bursts_end_with_the_priming():
    recording = simulate_neurones(drive=[(0.0, STRONG), (300.0, Drive(0.0))], duration_s=600.0, seed=2)
    onsets = np.array([burst.onset_s for burst in recording.bursts])
    assert (onsets < 300).sum() > 3
    assert (onsets > 330).sum() == 0
    assert recording.priming_per_s[0] == 2.0
    assert recording.priming_per_s[-1] == 0.0


@pytest.mark.parametrize(
    ("weaker", "field"), [(Drive(2.0, antagonist=0.4), "antagonist"), (Drive(2.0, excitatory=0.75), "excitatory")]
)
def test_less_effect_or_input_makes_bursts_rarer(strong, weaker, field):
    few = run_networks(Network(), drive_schedule(weaker), 600.0, [(5, k) for k in range(3)])
    count = [sum(len(analyse(trains_of(r)).bursts) for r in results) for results in (few, strong)]
    assert count[0] < 0.75 * count[1], field


def test_an_opioid_also_lessens_what_the_terminals_release(strong):
    treated = run_networks(Network(), drive_schedule(Drive(2.0, opioid=0.5)), 600.0, [(5, 0)])[0]
    blocked = run_networks(Network(), drive_schedule(Drive(2.0, antagonist=0.5)), 600.0, [(5, 0)])[0]
    np.testing.assert_array_equal(treated.spike_time_s, blocked.spike_time_s)
    # half the rate of release; the pool that it spares gives a little of it back
    assert 0.5 < treated.secreted_pg.sum() / blocked.secreted_pg.sum() < 0.6


def test_spread_between_cells_spreads_their_rates():
    alike, unlike = (
        run_networks(Network(spread=spread), drive_schedule(Drive(0.0)), 300.0, [(1, 0)])[0]
        for spread in (CellSpread(), CellSpread(input_rate=0.2))
    )
    spreads = [
        np.bincount(r.spike_cell, minlength=48).std() / np.bincount(r.spike_cell).mean() for r in (alike, unlike)
    ]
    assert spreads[1] > 2 * spreads[0]


def test_the_cell_with_after_potentials_fires_more_regularly():
    """Its medium after-hyperpolarisation was added for that; bursts come in the network as well."""
    variations = []
    for cell in (IntegrateAndFire(), AfterpotentialCell()):
        result = run_networks(Network(cell=cell), drive_schedule(Drive(0.0)), 300.0, [(1, 0)])[0]
        intervals = [np.diff(times) for times in trains_of(result).by_cell()]
        variations.append(np.mean([i.std() / i.mean() for i in intervals]))
    assert variations[1] < variations[0] < 1.1


# Secretion and blood -----------------------------------------------------------------------------


def secreted(times_s, for_s, p=None):
    """Return the oxytocin released by one spike train in `for_s` seconds, pg."""
    p = p or reference(SecretionParameters)
    x, now, total = rested_terminals(p), 0.0, 0.0
    for time in [*times_s, for_s]:
        while now < time:
            step = min(0.1, time - now)
            x, released = terminals_after(x, p, step, 1.0)
            total += released
            now += step
        if time < for_s:
            x = spike_arrives(x, p)
    return total


@pytest.mark.parametrize(("rate", "for_s", "published"), [(13, 4, 348), (20, 4, 1157), (50, 4, 4244), (50, 1.5, 1687)])
def test_trains_secrete_what_the_published_model_gave(rate, for_s, published):
    times = np.arange(1, rate * for_s + 1) / rate
    assert secreted(times, for_s + 1.0) == pytest.approx(published, rel=0.06)


def test_each_spike_of_a_fast_train_secretes_more():
    slow, fast = (secreted(np.arange(1, 40) / rate, 40 / rate + 1) for rate in (1.0, 10.0))
    assert fast > 4 * slow


def test_releasable_pool_and_reserve_lose_what_is_released():
    p = reference(SecretionParameters)
    x = rested_terminals(p)
    total = 0.0
    for _ in range(200):
        x = spike_arrives(x, p)
        x, released = terminals_after(x, p, 0.02, 1.0)
        total += released
    assert total > 1000
    start = p.releasable_limit + p.reserve_limit
    assert x.releasable + x.reserve + total == pytest.approx(start, rel=1e-12)


def test_the_level_in_the_blood_balances_what_is_secreted():
    plasma = rat_plasma()
    secretion = np.zeros(60_000)
    secretion[100] = 1364.0
    level = plasma.level(secretion, 0.1)
    assert level.sum() * 0.1 * plasma.clearance == pytest.approx(1364.0, rel=0.01)
    assert level.max() == pytest.approx(1364.0 / 8.5, rel=0.01)
    assert plasma.clearance * 60 == pytest.approx(5.2, abs=0.05)


def test_a_burst_lifts_a_rat_and_a_woman_by_published_amounts():
    """About 140 pg/mL in the rat of the model, at k_p 0.5; about 3 pg/mL in a woman."""
    burst = np.zeros(1000)
    burst[10:25] = 1280.0 / 15
    assert rat_plasma().level(burst, 0.1).max() == pytest.approx(140, rel=0.1)
    woman = human_plasma().level(burst, 0.1)
    assert woman.max() - woman[0] == pytest.approx(3.0, abs=0.6)


# A feed ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def driven():
    """A feed driven by the network."""
    return letdown.simulate("breastfeed-one-breast", seed=3, neurones=letdown.SpikingNeurones())


def test_the_network_lets_milk_down_in_a_feed(driven):
    run = driven.run()
    assert run.burst_source == "SpikingNeurones"
    assert len(run.let_downs) >= 1
    assert driven.summary()["milk_removed_ml"]["total"] > 20
    onsets = [burst.onset_s for burst in analyse(run.spikes).bursts]
    noted = [burst.time_s for burst in run.bursts]
    assert len(onsets) == len(noted)
    np.testing.assert_allclose(noted, onsets, atol=0.5)
    # a pulse of a woman: 22.5 ng at a store of 80
    assert all(15 < burst.oxytocin_ng < 30 for burst in run.bursts)
    assert all(let_down.onset_s > noted[0] for let_down in run.let_downs)


@pytest.mark.parametrize("tick_s", [0.01, 1.0 / 3.0])
def test_a_tick_is_a_whole_number_of_steps_of_the_network(tick_s):
    """A third of a second is not a whole number of milliseconds; a thousandth of the time would be lost."""
    lanes = letdown.SpikingNeurones().begin([0], [0], tick_s, 3, False, "float64")
    assert lanes.steps * lanes.step_ms == pytest.approx(1000.0 * tick_s, rel=1e-12)
    assert lanes.step_ms == pytest.approx(1.0, rel=2e-3)


def test_what_the_bursts_secrete_reaches_the_blood(driven):
    run = driven.run()
    bursts = sum(burst.oxytocin_ng for burst in run.bursts)
    basal = 21.7 * 2.0 * run.totals.duration_s * 1e-3
    # between bursts the network fluctuates about its resting secretion, and is silent for 20 s after each
    assert run.totals.oxytocin_secreted_ng - basal == pytest.approx(bursts, rel=0.25)


def test_the_feed_and_the_network_act_on_each_other(driven):
    """The infant's sucking fills the stores, stress keeps them low: two-way, through the same equations."""
    store = driven.run().channels["store"]
    assert store.max() > 40
    assert store[0] < 2
    calm, tense = (
        [
            letdown.simulate(
                letdown.preset("breastfeed-one-breast").with_values(values), seed=s, neurones=letdown.SpikingNeurones()
            )
            for s in range(3)
        ]
        for values in ({}, {"conditions.stress": 1.0})
    )
    bursts = [sum(len(r.run().bursts) / r.run().totals.duration_s for r in runs) for runs in (calm, tense)]
    assert bursts[1] < bursts[0]


def test_a_recording_with_spikes_comes_back_from_its_file(driven, tmp_path):
    driven.to_netcdf(tmp_path / "recording.nc")
    back = letdown.Recording.open(tmp_path / "recording.nc").run()
    np.testing.assert_array_equal(back.spikes.time_s, driven.run().spikes.time_s)
    np.testing.assert_array_equal(back.spikes.cell, driven.run().spikes.cell)
    driven.plot(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000


def test_a_dyad_has_the_same_network_in_any_cohort():
    together = letdown.simulate_cohort("breastfeed-one-breast", 3, seed=1, neurones=letdown.SpikingNeurones())
    alone = letdown.simulate("breastfeed-one-breast", seed=1, dyad=2, neurones=letdown.SpikingNeurones()).summary()
    assert together[2]["milk_removed_ml"] == alone["milk_removed_ml"]
    assert together[2]["let_downs"] == alone["let_downs"]
    assert together[0]["let_downs"] != together[1]["let_downs"]


def test_examples_of_the_page_about_neurones_run():
    page = (Path(__file__).parent.parent / "docs" / "neurones.md").read_text("utf-8")
    for block in page.split("```python\n")[1:]:
        exec(block.split("```")[0], {})


# The record, the command, bad input --------------------------------------------------------------


def test_the_command_prints_and_writes(tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["neurones", "--duration", "120", "--priming", "3", "--seed", "1", "--json", "--out", str(out)]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert {"bursts", "interval_mean_s", "interval_sd_s", "background_rate_hz", "simulated_s", "cpu_s"} <= set(summary)
    assert {"onset_s", "duration_s", "spikes_per_cell", "peak_rate_hz", "oxytocin_pg", "onset_spread_s"} <= set(
        summary["bursts"][0]
    )
    assert summary["simulated_s"] == 120
    files = {path.name for path in out.iterdir()}
    assert files == {"neurones.nc", "spikes.csv", "bursts.csv", "figure.png", "summary.json", "README.txt"}
    assert main(["neurones", "bursts", str(out / "spikes.csv"), "--duration", "120", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert [b["onset_s"] for b in again["bursts"]] == [b["onset_s"] for b in summary["bursts"]]


def test_a_recording_comes_back_from_its_file(tmp_path):
    from letdown.spike_recording import SpikeRecording

    recording = simulate_neurones(3.0, duration_s=60.0, seed=1)
    recording.to_netcdf(tmp_path / "neurones.nc")
    back = SpikeRecording.open(tmp_path / "neurones.nc")
    np.testing.assert_array_equal(back.trains.time_s, recording.trains.time_s)
    np.testing.assert_array_equal(back.trains.cell, recording.trains.cell)
    np.testing.assert_array_equal(back.plasma_pg_ml, recording.plasma_pg_ml)
    assert back.summary() == recording.summary()


def test_nwb_units_hold_the_spikes(tmp_path):
    pynwb = pytest.importorskip("pynwb")
    recording = simulate_neurones(3.0, duration_s=30.0, seed=1)
    recording.to_nwb(tmp_path / "neurones.nwb")
    with pynwb.NWBHDF5IO(str(tmp_path / "neurones.nwb"), "r") as file:
        units = file.read().units
        assert len(units) == 48
        np.testing.assert_array_equal(units["spike_times"][7], recording.trains.of_cell(7))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--priming", "-0.5"], "priming"),
        (["--priming", "nan"], "priming"),
        (["--priming", "much"], "--priming"),
        (["--priming", "0:0.5,0:1"], "increasing"),
        (["--priming", "0:1,0.01:0"], "multiples"),
        (["--duration", "0.15"], "multiples"),
        (["--cells", "0"], "cells"),
        (["--bundles", "0"], "bundles"),
        (["--bundles", "1"], "dendrites"),
        (["--dendrites", "13"], "dendrites"),
        (["--duration", "-1"], "duration"),
        (["--duration", "inf"], "duration"),
        (["--cell", "cubic"], "cell model"),
        (["--plasma", "cow"], "plasma"),
        (["--step-ms", "3"], "step"),
        (["--excitatory", "-1"], "excitatory"),
        (["--opioid", "2"], "opioid"),
        (["--spread", "-1"], "spread"),
        (["--insensitive-cells", "49"], "insensitive"),
    ],
)
def test_bad_input_is_answered_in_a_sentence(arguments, words, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["neurones", *arguments]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time_s\n1\n0.5\n", "sort"),
        ("time_s\n1\nnan\n", "give every row its time"),
        ("time_s\n-2\n1\n", "at least 0"),
        ("time_s\n1\nx\n", "number"),
        ("t\n1\n", "--time-unit s"),
        ("", "is empty"),
        ("time_s\n1\n1e999\n", "finite"),
        ("time_s,cell\n1,0\n2\n", "1 cell under 2 names"),
        ("time_s,cell\n1,0\n2,\n", "names no cell"),
    ],
)
def test_spike_files_that_cannot_be_read_are_refused(text, words, tmp_path, capsys):
    file = tmp_path / "spikes.csv"
    file.write_text(text)
    assert main(["neurones", "bursts", str(file)]) == 2
    assert words in capsys.readouterr().err


def test_a_spike_file_may_begin_with_remarks_and_name_its_cells(tmp_path):
    file = tmp_path / "spikes.csv"
    file.write_text("# recorded by hand\ntime_s,cell\n1,left\n1.5,right\n2,left\n")
    trains = read_spikes(file)
    assert trains.cells == 2
    assert trains.of_cell(0).tolist() == [1.0, 2.0]


def test_the_comparison_fits_into_a_narrow_terminal():
    """Eighty columns without a number cut short, for the longest drive and numbers with all their digits."""
    most = Measured(142.5, 1234.0, 0.25, 1234.0, 124.5)
    row = ComparisonRow(max((name for name, _ in DRIVES), key=len), most, most, 154.5, 0.25, 1.36)
    console = Console(width=80, file=io.StringIO())
    console.print(neurones_comparison_report([row]))
    told = console.file.getvalue()
    assert "…" not in told
    assert told.count("1234") == 4


def test_networks_and_drives_are_checked_when_made():
    for bad in (lambda: Network(cells=0), lambda: Network(bundles=1), lambda: Drive(-1.0), lambda: Drive(np.nan)):
        with pytest.raises(ScenarioError):
            bad()
    with pytest.raises(LetdownError):
        simulate_neurones(0.5, drive=Drive(0.5))
    with pytest.raises(ScenarioError):
        simulate_neurones(0.5, duration_s=0.0)


@pytest.mark.parametrize(
    "kind",
    [IntegrateAndFireParameters, AfterpotentialCellParameters, DendriticReleaseParameters, SecretionParameters],
)
def test_every_parameter_changes_the_network(kind):
    """At the end of its range that is farther away; the standard burst scales the feed only."""
    base_cell = AfterpotentialCell() if kind is AfterpotentialCellParameters else IntegrateAndFire()
    base = Network(cell=base_cell)
    drive = drive_schedule(Drive(6.0))
    reference_run = run_networks(base, drive, 20.0, [(1, 0)])[0]
    for name, spec in specifications(kind).items():
        if name == "standard_burst":
            continue
        value = float(spec.low if abs(spec.low - spec.value) > abs(spec.high - spec.value) else spec.high)
        changed = reference(kind)._replace(**{name: value})
        if kind in (IntegrateAndFireParameters, AfterpotentialCellParameters):
            network = dataclasses.replace(base, cell=type(base_cell)(changed))
        elif kind is DendriticReleaseParameters:
            network = dataclasses.replace(base, release=changed)
        else:
            network = dataclasses.replace(base, secretion=changed)
        run = run_networks(network, drive, 20.0, [(1, 0)])[0]
        assert not np.array_equal(run.secreted_pg, reference_run.secreted_pg), name


def test_every_parameter_of_the_rats_plasma_changes_the_level():
    burst = np.zeros(1000)
    burst[10] = 1364.0
    level = rat_plasma().level(burst, 0.1)
    for name, spec in specifications(RatPlasmaParameters).items():
        other = rat_plasma(reference(RatPlasmaParameters)._replace(**{name: spec.high})).level(burst, 0.1)
        assert not np.allclose(other, level), name
