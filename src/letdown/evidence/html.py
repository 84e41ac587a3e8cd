"""A page to look at: the matrix and a dot plot of the deviations, in one file that asks the network for nothing."""

from collections.abc import Sequence
from html import escape

from letdown._version import __version__
from letdown.evidence.groups import Group, grouped
from letdown.evidence.pool import Pool
from letdown.evidence.study import Study
from letdown.evidence.validate import AGREE, Score, agreement

__all__ = ["dot_plot", "html_report"]

WIDEST = 6.0
"""Standard errors at which the plot ends; a dot beyond it is drawn as a triangle at the edge."""
LEFT, WIDTH, RIGHT, ROW, TOP = 150.0, 560.0, 20.0, 18.0, 34.0

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --paper: #fff; --band: #e8f1ec;
  --yes: #1a7f5a; --no: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9da7b1; --line: #3d444d; --paper: #0d1117;
  --band: #14281f; --yes: #4cc38a; --no: #ff8b80; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 72rem;
  margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; }
p { max-width: 46rem; } .soft { color: var(--soft); }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); white-space: nowrap; } td.n { text-align: right; white-space: nowrap; }
td.k, td.v { white-space: nowrap; } .yes { color: var(--yes); } .no { color: var(--no); font-weight: 600; }
svg { display: block; max-width: 100%; height: auto; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .soft { fill: var(--soft); } svg .grid { stroke: var(--line); } svg .band { fill: var(--band); }
svg .dot-yes { fill: var(--yes); } svg .dot-no { fill: var(--no); } svg .open { fill: var(--paper); stroke-width: 1.6; }
svg .open.dot-yes { stroke: var(--yes); } svg .open.dot-no { stroke: var(--no); }
details { margin: .2rem 0; } summary { cursor: pointer; color: var(--soft); }
"""


def html_report(scores: Sequence[Score], studies: Sequence[Study], pool: Pool) -> str:
    """Return the page."""
    numbers = [score for score in scores if score.target.role != "direction"]
    agree, given = agreement(numbers)
    percent = f"{agree} of {given} figures ({100.0 * agree / given:.0f} %)" if given else "No figure"
    number = f"{len(studies)} {'study' if len(studies) == 1 else 'studies'}"
    groups = [group for group in grouped(scores) if group.scores]
    summary = "".join(f"<tr><td>{escape(g.title)}</td><td class=n>{escape(g.found())}</td></tr>" for g in groups)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Published figures and the model</title><style>{STYLE}</style></head><body>
<h1>Published figures and the model</h1>
<p>{percent} within {AGREE:g} combined standard errors. {number} on a pool of {pool.size} virtual
women, seed {pool.seed}; letdown {escape(__version__)}. For research and teaching; it describes no real person.</p>
<table style="max-width: 34rem"><tr><th>Group</th><th style="text-align:right">Agree</th></tr>{summary}</table>
<h2>Deviations</h2>
<p class="soft">(model − published) / √(SE² + Monte-Carlo error²). Filled: published standard error; open: assumed, 15 %
of the value. The band is {AGREE:g} standard errors. A triangle lies beyond {WIDEST:g}.</p>
<div class="wide">{dot_plot(numbers)}</div>
{"".join(_section(group) for group in groups)}
</body></html>
"""


def _section(group: Group) -> str:
    rows = "".join(_row(score) for score in group.scores)
    head = "".join(f"<th>{name}</th>" for name in ("Target", "What", "Published", "Model", "SE", "Verdict", "Study"))
    title = escape(f"{group.title}: {group.found()}")
    return f'<h2>{title}</h2><div class="wide"><table><tr>{head}</tr>{rows}</table></div>'


def _row(score: Score) -> str:
    target = score.target
    deviation = "" if score.deviation is None else f"{score.deviation:+.1f}".replace("-", "−")
    kind = "yes" if score.agrees else "no"
    said, fixed = "", "" if target.role == "direction" else " class=k"
    if not score.agrees and score.discussion.strip():
        said = f"<details><summary>why</summary>{escape(' '.join(score.discussion.split()))}</details>"
    how = f' title="{escape(score.how)}"' if score.how else ""
    return (
        f"<tr><td class=k{how}>{escape(target.key)}</td><td>{escape(target.what)}{said}</td>"
        f"<td>{escape(target.published())}</td><td{fixed}>{escape(score.model())}</td><td class=n>{deviation}</td>"
        f'<td class="v {kind}">{escape(score.verdict)}</td><td>{escape(score.study)}</td></tr>'
    )


def dot_plot(scores: Sequence[Score]) -> str:
    """Return the deviations as SVG, the largest first; nothing where there are none."""
    shown = sorted((s for s in scores if s.deviation is not None), key=lambda s: s.deviation or 0.0, reverse=True)
    if not shown:
        return ""
    height = TOP + ROW * len(shown) + 10.0
    whole = LEFT + WIDTH + RIGHT

    def across(deviation: float) -> float:
        return LEFT + WIDTH * (0.5 + 0.5 * max(-1.0, min(1.0, deviation / WIDEST)))

    band = across(AGREE) - across(-AGREE)
    parts = [
        f'<svg viewBox="0 0 {whole:g} {height:g}" width="{whole:g}" role="img" aria-label="Deviations of the model">',
        f'<rect class="band" x="{across(-AGREE):g}" y="{TOP - 8:g}" width="{band:g}" height="{height - TOP:g}"/>',
    ]
    for tick in range(-int(WIDEST), int(WIDEST) + 1, 2):
        x = across(tick)
        parts.append(f'<line class="grid" x1="{x:g}" x2="{x:g}" y1="{TOP - 8:g}" y2="{height - 8:g}"/>')
        label = f"{tick:+d}".replace("-", "−") if tick else "0"
        parts.append(f'<text class="soft" x="{x:g}" y="{TOP - 15:g}" text-anchor="middle">{label}</text>')
    for number, score in enumerate(shown):
        parts.append(_dot(score, across(score.deviation or 0.0), TOP + ROW * number + 6.0))
    return "".join(parts) + "</svg>"


def _dot(score: Score, x: float, y: float) -> str:
    deviation = score.deviation or 0.0
    kind = ("dot-yes" if score.agrees else "dot-no") + (" open" if score.target.assumed else "")
    words = escape(
        f"{score.target.key}: {score.target.what}; published {score.target.published()}, model {score.model()}"
    )
    label = f'<text x="{LEFT - 12:g}" y="{y + 4:g}" text-anchor="end">{escape(score.target.key)}</text>'
    if abs(deviation) > WIDEST:
        way = 6.0 if deviation > 0.0 else -6.0
        mark = f'<path class="{kind}" d="M{x - way:g} {y - 5:g} L{x:g} {y:g} L{x - way:g} {y + 5:g} Z">'
        return f"{label}{mark}<title>{words}</title></path>"
    return f'{label}<circle class="{kind}" cx="{x:g}" cy="{y:g}" r="4.5"><title>{words}</title></circle>'
