"""Why a let-down came, or did not come by some moment: the chain of causes, each link with the run's own values.

    suck, pump or cue -> drive of the nerves -> filling of the store -> inhibition -> burst -> oxytocin
        -> myoepithelium -> pressure in the alveoli -> flow

The filling of the store between two bursts is linear, dR/dt = (sucking + cues) (1 - central) - R / tau, so it is
split exactly into what was left of it, what sucking and cues gave, and what inhibition took away:

    R(t) = R_0 e^(-(t - t_0) / tau) + sum over sources of the integral of source e^(-(t - s) / tau) ds

For a let-down that did not come the first link that did not hold is named, and the feed is run again with one
thing changed (see `counterfactual`): what brings the let-down back, and how much sooner, is the cause that the model
knows. Left out: changes of two things at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from letdown._clock import clock
from letdown._errors import ScenarioError
from letdown.body.body import BodyParameters
from letdown.counterfactual import Counterfactual, counterfactuals
from letdown.engine.run import Burst, LetDown, Run
from letdown.protocol.build import build_parameters
from letdown.protocol.scenario import Scenario
from letdown.protocol.steps import ConditionChange, Cue, Dose, Remark

__all__ = ["Explanation", "Link", "Value", "explain_absence", "explain_let_down"]

Array = NDArray[np.float64]

REACH_S = 90.0
"""A burst acts on the breast within so long, s: lag of the muscle and rise of the oxytocin."""

DRIVEN = 0.1
"""Drive of the nerves below which no sucking reaches the neurones to any effect; half of the drive of contact alone."""

SHOWN = 0.005
"""Share from which it is written as 1 % and not as nothing."""

INHIBITED = 0.05
"""Central inhibition that counts as one; half of the weakest condition at half its level."""


@dataclass(frozen=True, slots=True)
class Value:
    """One number of a link."""

    name: str
    value: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain: when it was at its height, its numbers, whether it held and whether it was reached."""

    link: str
    title: str
    text: str
    time_s: float | None
    values: tuple[Value, ...]
    held: bool
    reached: bool = True


@dataclass(frozen=True, slots=True)
class Explanation:
    """A chain, the link that failed (None if all held), and what would have brought the let-down back."""

    question: str
    answer: str
    failed: str | None
    steps: tuple[Link, ...]
    counterfactuals: tuple[Counterfactual, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A run between two moments: what the links look at."""

    run: Run
    scenario: Scenario
    p: BodyParameters
    start_s: float
    end_s: float
    bursts: tuple[Burst, ...]

    def rows(self, until_s: float | None = None) -> slice:
        """Return the rows from the start of the window to its end, or to another moment."""
        first, last = np.searchsorted(self.run.time_s, (self.start_s, self.end_s if until_s is None else until_s))
        return slice(int(first), max(int(last), int(first) + 1))

    def series(self, name: str, until_s: float | None = None) -> Array:
        """Return a channel in the window; of two breasts, the greater value."""
        values = self.run.channels[name][self.rows(until_s)]
        return values.max(axis=1) if values.ndim == 2 else values

    def peak(self, name: str, until_s: float | None = None) -> tuple[float, float]:
        """Return the greatest value of a channel in the window and its time, s."""
        values = self.series(name, until_s)
        at = int(values.argmax())
        return float(values[at]), float(self.run.time_s[self.rows(until_s)][at])

    @property
    def decided_s(self) -> float:
        """Return the moment up to which the store filled: the first burst, or the end of the window."""
        return self.bursts[0].time_s if self.bursts else self.end_s


TITLES = {
    "afferents": "Drive of the nerves",
    "priming": "Filling of the store",
    "inhibition": "Inhibition",
    "burst": "Burst of the neurones",
    "oxytocin": "Oxytocin in the blood",
    "myoepithelium": "Contraction",
    "alveolus": "Pressure in the alveoli",
}
"""Each link between the stimulus and the flow, in order."""


# The links ----------------------------------------------------------------------------------------


def _stimulus(w: Window) -> Link:
    """Return what reached the mother: sucking, a pump, a hand, cues."""
    until = w.decided_s
    seconds = float(w.series("sucking", until).mean()) * (until - w.start_s)
    suction, at = w.peak("suction_peak_mmhg", until)
    cues = sorted(
        {step.kind.replace("_", " ") for step in w.scenario.protocol if isinstance(step, Cue) and _meets(step, w)}
    )
    devices = sorted(
        {
            s.do.replace("_", " ")
            for s in w.run.steps
            if s.do in ("pump", "hand_express") and s.start_s < until and s.end_s > w.start_s
        }
    )
    parts = [f"{seconds:.0f} s of sucking"] if seconds >= 1.0 else []
    parts += devices + [f"cue: {name}" for name in cues] + ["oxytocin given"] * _dosed(w)
    given = ", ".join(parts) if parts else "no suck, no pump, no cue"
    text = f"Between {clock(w.start_s)} and {clock(until)}: {given}."
    values = (
        Value("sucking", seconds, "s"),
        Value("suction at most", suction, "mmHg"),
        Value("cues present", float(len(cues)), "1"),
    )
    return Link("stimulus", "Suck, pump or cue", text, at if suction > 0.0 else None, values, bool(parts))


def _meets(step: Cue, w: Window) -> bool:
    end_s = step.at_s + step.for_s if step.for_s is not None else float("inf")
    return step.strength > 0.0 and step.at_s < w.decided_s and end_s > w.start_s


def _nerves(w: Window) -> Link:
    """Return the drive of the nipple's nerves."""
    drive, at = w.peak("afferent_drive", w.decided_s)
    mean = float(w.series("afferent_drive", w.decided_s).mean())
    cued, _ = w.peak("cue_drive", w.decided_s)
    text = f"The nerves of the nipple drove the neurones up to {drive:.2f} of the most they can."
    if drive < DRIVEN:
        text += " Cues alone drove them." if cued > 0.0 else " Nothing drove them."
    values = (Value("drive at most", drive, "1"), Value("drive, mean", mean, "1"), Value("by cues", cued, "s-1"))
    return Link("afferents", TITLES["afferents"], text, at, values, drive >= DRIVEN or cued > 0.0)


def _filling(w: Window) -> Link:
    """Return what filled the store, and from where."""
    store, at = w.peak("store", w.decided_s)
    left, sucking, cues, lost = store_shares(w, w.decided_s if w.bursts else at)
    need = w.p.neurones.hazard_half
    text = (
        f"The store of the neurones reached {store:.0f}; bursts become likely near {need:.0f}. Sucking gave "
        f"{sucking:.0f}, cues {cues:.0f}, {left:.0f} was left from before, inhibition took {lost:.0f}."
    )
    values = (
        Value("store", store, "1"),
        Value("needed", need, "1"),
        Value("by sucking", sucking, "1"),
        Value("by cues", cues, "1"),
        Value("left from before", left, "1"),
        Value("taken by inhibition", lost, "1"),
    )
    return Link("priming", TITLES["priming"], text, at, values, bool(w.bursts) or store >= 0.9 * need)


def store_shares(w: Window, until_s: float) -> tuple[float, float, float, float]:
    """Return the parts of the store at a moment: left from before, by sucking, by cues, taken by inhibition.

    left + sucking + cues - taken is the store, to the error of the trapezoidal rule over rows of the run.
    """
    rows = w.rows(until_s)
    time, store = w.run.time_s[rows], w.run.channels["store"][rows]
    rate, central = w.run.channels["priming_rate_per_s"][rows], w.run.channels["central_inhibition"][rows]
    cues = w.run.channels["cue_drive"][rows]
    sucking = rate / np.maximum(1.0 - central, 1e-9) - cues
    # the row of the last burst still holds the store before it
    first = 1 if store.size > 2 and store[1] < 0.5 * store[0] else 0
    decay = np.exp(-(time[-1] - time) / w.p.neurones.store_time)
    given, expected, taken = (
        float(np.trapezoid((source * decay)[first:], time[first:]))
        for source in (sucking, cues, (sucking + cues) * central)
    )
    return float(store[first] * decay[first]), given, expected, taken


def _inhibition(w: Window) -> Link:
    """Return what inhibited the neurones, cause by cause, when it was strongest."""
    central, at = w.peak("central_inhibition", w.decided_s)
    shares = [(name, share) for name, share in _blocks(w, at, "central") if share >= SHOWN]
    if central < SHOWN:
        text = "Nothing inhibited the neurones."
    else:
        named = ", ".join(f"{name} {share:.0%}" for name, share in shares) or "afterpains"
        text = f"Inhibition held back {central:.0%} of what drives the neurones: {named}."
    values = (Value("inhibition", central, "1"), *(Value(name, share, "1") for name, share in shares))
    return Link("inhibition", TITLES["inhibition"], text, at, values, central < INHIBITED or bool(w.bursts))


def _blocks(w: Window, at_s: float, route: str) -> list[tuple[str, float]]:
    """Return the share of one route that each condition, and remarks, block at a moment."""
    p: Any = w.p.interference
    weights: dict[str, float] = p._asdict()
    found = []
    for name, amount in _levels(w.scenario, at_s).items():
        if name == "alcohol_g_kg":
            share = amount**3 / (amount**3 + p.alcohol_half**3) if route == "central" else 0.0
            found.append(("alcohol", share))
        elif f"{route}_{name}" in weights:
            found.append((name.replace("_", " "), weights[f"{route}_{name}"] * amount))
    felt = 0.0
    for step in w.scenario.protocol:
        if isinstance(step, Remark) and step.at_s <= at_s:
            faded = np.exp(-(at_s - step.at_s) / p.remark_time)
            felt += float(step.severity * faded) * (1.0 - felt)
    found.append(("remark", weights[f"{route}_remark"] * felt))
    return sorted(found, key=lambda pair: -pair[1])


def _levels(scenario: Scenario, at_s: float) -> dict[str, float]:
    """Return the level of each condition at a moment: that of the run, or of the last change that still holds."""
    levels: dict[str, float] = dict(scenario.conditions)
    for step in scenario.protocol:
        if isinstance(step, ConditionChange) and step.at_s <= at_s:
            if step.for_s is None or at_s < step.at_s + step.for_s:
                levels[step.name] = step.level
    return levels


def _burst(w: Window) -> Link:
    """Return the burst, or that there was none."""
    if not w.bursts:
        return Link("burst", TITLES["burst"], "The neurones did not burst together.", None, (), False)
    burst = w.bursts[0]
    text = f"The neurones burst together at {clock(burst.time_s)} and released {burst.oxytocin_ng:.1f} ng of oxytocin."
    if len(w.bursts) > 1:
        text += f" {len(w.bursts) - 1} more followed."
    values = (Value("recruited", burst.recruited, "1"), Value("oxytocin released", burst.oxytocin_ng, "ng"))
    return Link("burst", TITLES["burst"], text, burst.time_s, values, True)


def _after_burst(w: Window) -> Window:
    """Return the window in which a burst shows in the blood and the breast."""
    start_s = w.bursts[0].time_s if w.bursts else w.start_s
    return Window(w.run, w.scenario, w.p, start_s, max(w.end_s, start_s + 1.0), w.bursts)


def _oxytocin(w: Window) -> Link:
    """Return the pulse of oxytocin in the blood."""
    after = _after_burst(w)
    before = float(after.series("oxytocin_pg_ml")[0])
    peak, at = after.peak("oxytocin_pg_ml")
    text = f"Oxytocin in the blood rose from {before:.1f} to {peak:.1f} pg/mL."
    values = (
        Value("before", before, "pg mL-1"),
        Value("peak", peak, "pg mL-1"),
        Value("rise", peak - before, "pg mL-1"),
    )
    return Link("oxytocin", TITLES["oxytocin"], text, at, values, peak - before > 0.1)


def _muscle(w: Window) -> Link:
    """Return the contraction of the myoepithelium and what weakened it."""
    after = _after_burst(w)
    activation, at = after.peak("activation")
    tone, _ = after.peak("adrenergic_tone")
    need = w.p.ejection.activation
    text = f"The myoepithelium contracted to {activation:.2f}; a let-down counts from {need:.2f}."
    lag = w.p.myoepithelium.lag
    if activation < need and w.bursts and w.end_s - w.bursts[-1].time_s < 2.0 * lag:
        text += f" It answers a burst only after about {lag:.0f} s."
    shares = [(name, share) for name, share in _blocks(after, at, "adrenergic") if share > 0.0]
    if tone > INHIBITED:
        text += f" Adrenergic tone of {tone:.2f} weakened it ({', '.join(name for name, _ in shares)})."
    values = (Value("activation", activation, "1"), Value("needed", need, "1"), Value("adrenergic tone", tone, "1"))
    return Link("myoepithelium", TITLES["myoepithelium"], text, at, values, activation >= need)


def _alveoli(w: Window) -> Link:
    """Return the pressure in the alveoli and the milk that it moved."""
    after = _after_burst(w)
    pressure, at = after.peak("alveolar_pressure_mmhg")
    flow, _ = after.peak("ejection_flow_ml_s")
    milk = float(after.series("alveolar_milk_ml")[0])
    need = w.p.ejection.flow
    text = (
        f"The pressure in the alveoli rose to {pressure:.1f} mmHg; with {milk:.0f} mL in the fuller breast it moved up "
        f"to {flow:.2f} mL/s into the ducts."
    )
    values = (
        Value("pressure", pressure, "mmHg"),
        Value("milk in the fuller breast", milk, "mL"),
        Value("flow into the ducts", flow, "mL s-1"),
        Value("needed", need, "mL s-1"),
    )
    return Link("alveolus", TITLES["alveolus"], text, at, values, flow > need)


def _flow(w: Window, let_down: LetDown | None) -> Link:
    """Return the milk that moved and what reached the nipple."""
    after = _after_burst(w)
    flow, at = after.peak("flow_ml_s")
    if let_down is None:
        text = f"No let-down: milk must flow into the ducts for {w.p.ejection.duration:g} s while the muscle contracts."
        return Link("flow", "Let-down", text, None, (Value("flow at the nipple", flow, "mL s-1"),), False)
    moved = let_down.milk_left_ml + let_down.milk_right_ml
    removed = let_down.removed_left_ml + let_down.removed_right_ml
    text = (
        f"Let-down at {clock(let_down.onset_s)}: {max(moved, 0.0):.0f} mL moved into the ducts, {removed:.0f} mL taken."
    )
    values = (
        Value("milk moved", moved, "mL"),
        Value("milk taken", removed, "mL"),
        Value("flow at the nipple", flow, "mL s-1"),
    )
    return Link("flow", "Let-down", text, at, values, True)


BEFORE_BURST = (_stimulus, _nerves, _filling, _inhibition, _burst)
AFTER_BURST = (_oxytocin, _muscle, _alveoli)


def _stood(names: Sequence[str], text: str, held: bool) -> tuple[Link, ...]:
    """Return links of which there is nothing to say but one sentence."""
    return tuple(Link(name, TITLES[name], text, None, (), held, reached=False) for name in names)


def _chain(w: Window, let_down: LetDown | None) -> tuple[Link, ...]:
    """Return the links in order; what a missing burst leaves untouched is said to be so."""
    names = tuple(TITLES)
    if w.bursts:
        return (*(link(w) for link in (*BEFORE_BURST, *AFTER_BURST)), _flow(w, let_down))
    if let_down is not None or _dosed(w):
        why = "Skipped: oxytocin was given." if _dosed(w) else f"No burst within {REACH_S:.0f} s before."
        skipped = _stood(names[:4], why, True)
        return (_stimulus(w), *skipped, *(link(w) for link in AFTER_BURST), _flow(w, let_down))
    unreached = _stood(names[4:], "Not reached: the neurones had not burst.", False)
    return (*(link(w) for link in BEFORE_BURST), *unreached, _flow(w, None))


def _dosed(w: Window) -> bool:
    """Return whether oxytocin was given, or still ran in, when it could act in the window."""
    doses = [step for step in w.scenario.protocol if isinstance(step, Dose) and step.amount_mu > 0.0]
    return any(s.at_s < w.end_s and s.at_s + (s.for_s or 0.0) >= w.start_s - REACH_S for s in doses)


# Questions ----------------------------------------------------------------------------------------


def explain_let_down(run: Run, scenario: Scenario, number: int) -> Explanation:
    """Explain a let-down that came.

    Parameters
    ----------
    run : Run
        A run with its time series, at a row a second or finer.
    scenario : Scenario
        What was run.
    number : int
        Which let-down, from 1.

    Raises
    ------
    ScenarioError
        If there is no such let-down.
    """
    if not 1 <= number <= len(run.let_downs):
        raise ScenarioError(f"let_down = {number} does not exist; {_how_many(len(run.let_downs))}.")
    let_down = run.let_downs[number - 1]
    p = build_parameters(scenario)
    causes = [b for b in run.bursts if let_down.onset_s - REACH_S <= b.time_s <= let_down.onset_s]
    earlier = [b.time_s for b in run.bursts if b.time_s < (causes[-1].time_s if causes else let_down.onset_s)]
    w = Window(run, scenario, p, max(earlier, default=0.0), let_down.end_s, tuple(causes[-1:]))
    steps = tuple(replace(link, held=True) for link in _chain(w, let_down))
    if causes:
        answer = f"It came at {clock(let_down.onset_s)}, {let_down.onset_s - causes[-1].time_s:.0f} s after a burst."
    elif _dosed(w):
        answer = f"It came at {clock(let_down.onset_s)} without a burst: oxytocin was given."
    else:
        answer = f"It came at {clock(let_down.onset_s)}, more than {REACH_S:.0f} s after any burst."
    return Explanation(f"Why did let-down {number} come?", answer, None, steps)


def explain_absence(run: Run, scenario: Scenario, moment_s: float, rerun: Callable[[Scenario], Run]) -> Explanation:
    """Explain why no further let-down had come by a moment.

    Parameters
    ----------
    run : Run
        A run with its time series.
    scenario : Scenario
        What was run.
    moment_s : float
        The moment, s; later than the end of the run is its end.
    rerun : callable
        Runs a scenario with the same seed.
    """
    asked_s = max(min(moment_s, float(run.time_s[-1])), 0.0)
    end_s = max(asked_s, 1.0)
    past = [d for d in run.let_downs if d.onset_s <= end_s]
    p = build_parameters(scenario)
    start_s = past[-1].onset_s if past else 0.0
    bursts = tuple(b for b in run.bursts if start_s < b.time_s <= end_s)
    w = Window(run, scenario, p, min(start_s, end_s - 1.0), end_s, bursts)
    found = counterfactuals(run, scenario, end_s, rerun)
    steps = _chain(w, None)
    failed = _failed(steps, [c for c in found if c.onset_s is not None and c.onset_s <= end_s])
    return Explanation(
        f"Why was there no{' further' if past else ''} let-down by {clock(asked_s)}?",
        _answer(run, failed, len(past), end_s, asked_s),
        failed,
        steps,
        found,
    )


def _how_many(number: int) -> str:
    """Return which let-downs a feed had, in words."""
    if number == 0:
        return "this feed had none"
    return "this feed had one, so give 1" if number == 1 else f"this feed had {number}, so give 1 to {number}"


def _failed(steps: Sequence[Link], helps: Sequence[Counterfactual]) -> str:
    """Return the link that failed: the first that did not hold, or inhibition where lifting it brings the let-down."""
    first = next(link.link for link in steps if not link.held)
    lifted = any(c.change.startswith(("without:conditions.", "without:remark")) for c in helps)
    return "inhibition" if lifted and first in ("priming", "burst", "inhibition") else first


STOPPED = {
    "stimulus": "its beginning, for nothing stimulated her",
    "afferents": "the nerves of the nipple",
    "priming": "the filling of the neurones' store",
    "inhibition": "the inhibition of the neurones",
    "burst": "the burst of the neurones",
    "oxytocin": "the oxytocin in the blood",
    "myoepithelium": "the contraction of the myoepithelium",
    "alveolus": "the pressure in the alveoli",
    "flow": "the flow of milk",
}
"""Where the chain stopped, in words."""


def _answer(run: Run, failed: str, number: int, end_s: float, asked_s: float) -> str:
    """Return at which link the chain had stopped, and whether the let-down came after all."""
    parts = []
    if number and run.let_downs[number - 1].end_s > end_s:
        under_way = run.let_downs[number - 1]
        parts.append(f"Let-down {number}, which came at {clock(under_way.onset_s)}, was still under way.")
    if len(run.let_downs) > number:
        it = f"let-down {number + 1}" if number else "the let-down"
        came = f"{it} came at {clock(run.let_downs[number].onset_s)}"
    else:
        came = "no further one came in this feed" if number else "none came in this feed"
    parts.append(f"By {clock(asked_s)} the chain had stopped at {STOPPED[failed]}; {came}.")
    return " ".join(parts)
