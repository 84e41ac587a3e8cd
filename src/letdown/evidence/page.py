"""The page docs/validation.md: every published row beside the model, how it is computed, every miss discussed."""

from collections.abc import Iterable, Sequence
from importlib.resources import files

from letdown.body.life.traits import LIFE_TRAITS
from letdown.body.population import shipped_population
from letdown.body.traits import TRAITS
from letdown.evidence.groups import grouped
from letdown.evidence.pool import Pool
from letdown.evidence.study import Study
from letdown.evidence.targets import read_targets
from letdown.evidence.validate import Score, agreement, not_computed

__all__ = ["validation_page"]

HEADER = ("Target", "What", "Published ± SE (n)", "Source", "Model", "Deviation", "Verdict")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    cells = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(" ".join(cell.replace("|", "/").split()) for cell in row) + " |" for row in cells
    )


def score_row(score: Score) -> list[str]:
    """Return the cells of a score."""
    deviation, target = score.deviation, score.target
    verdict = score.verdict if score.agrees or score.answer is None else f"**{score.verdict}**"
    shown = "–" if deviation is None else f"{deviation:+.1f}"
    return [target.key, target.what, target.published(), target.source, score.model(), shown, verdict]


def validation_page(scores: Sequence[Score], studies: Sequence[Study], pool: Pool) -> str:
    """Return the page as Markdown."""
    words = files("letdown.evidence").joinpath("data", "page.md").read_text(encoding="utf-8")
    introduction, rest = words.split("<!-- results -->")
    after_results, before_misses = rest.split("<!-- tables -->")
    numbers = [s for s in scores if s.target.role != "direction"]
    agree, given = agreement(numbers)
    percent = f"**{agree} of {given} figures, {100.0 * agree / given:.0f} %, are within 2 combined standard errors.**"
    facts = sum(target.role == "fit" for target in read_targets().values())
    percent += f" Of all {facts} facts of the role fit, computed or not, that is {100.0 * agree / facts:.0f} %."
    groups = [group for group in grouped(scores) if group.scores]
    found = table(("Group", "Within 2 SE, or holds"), ([g.title, g.found()] for g in grouped(scores)))
    left_out = _left_out(scores)
    parts = [
        introduction.strip().format(size=pool.size, seed=pool.seed, dyad_days=f"{pool.dyad_days:,}".replace(",", " ")),
        f"## Result\n\n{percent}\n\n{found}\n\n{len(left_out)} rows of the roles fit and direction are not computed.",
        after_results.strip(),
        *(f"## {group.title}\n\n{_by_domain(group.scores)}" for group in groups),
        f"## Studies\n\n{_studies(scores, studies)}",
        f"## How each row is computed\n\n{_rules(scores)}",
        f"## Population\n\n{_population()}",
        before_misses.strip(),
        *(_miss(score) for score in scores if not score.agrees),
        "## Rows not computed\n\n" + "\n\n".join(f"**{key}** {what} {reason}" for key, what, reason in left_out),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _by_domain(scores: Sequence[Score]) -> str:
    domains = dict.fromkeys(score.target.domain for score in scores)
    tables = []
    for domain in domains:
        rows = [score_row(score) for score in scores if score.target.domain == domain]
        tables.append(f"### {domain.capitalize() or 'Of the studies themselves'}\n\n{table(HEADER, rows)}")
    return "\n\n".join(tables)


def _studies(scores: Sequence[Score], studies: Sequence[Study]) -> str:
    women = {score.study: score.women for score in scores}
    rows = []
    for study in studies:
        people = study.population
        note = " ".join(part for part in (people.note, study.note) if part)
        source = study.cite or study.doi
        ids = ", ".join(statistic.target for statistic in study.statistic)
        rows.append([f"`{study.name}`", study.title, source, str(people.n), str(women.get(study.name, 0)), ids, note])
    return table(("Study", "Title", "Source", "n", "Pool", "Rows", "Said of it"), rows)


def _rules(scores: Sequence[Score]) -> str:
    return table(("Target", "Study", "Rule"), ([s.target.key, f"`{s.study}`", s.how or "–"] for s in scores))


def _population() -> str:
    population = shipped_population()
    within = population.within or {}
    rows = []
    for trait in TRAITS:
        spread, inside = population.between[trait.name], within.get(trait.name)
        paths = ", ".join(f"`{path}`" for path in trait.paths) or "–"
        numbers = [f"{spread.median:g}", f"{spread.sigma:g}", f"{inside.sigma:g}" if inside else "–"]
        rows.append([trait.name, paths, *numbers, spread.cite or "–", spread.note])
    rows += [
        [t.name, ", ".join(f"`{path}`" for path in t.paths) or "–", "1", f"{t.sigma:g}", "–", t.cite or "–", t.note]
        for t in LIFE_TRAITS
    ]
    ties = [f"{a} and {b} {r:+.2f}" for (a, b), r in population.correlation.items()]
    ties += [f"{x.trait} goes with {x.on} to the power {x.exponent:g}" for x in population.loadings]
    text = (
        "A woman's traits are fixed. Each multiplies its parameters by median x exp(sigma z), z standard normal, and "
        "is clipped to their range; *within* is the sigma of a further factor drawn at each feed. Traits are "
        f"independent but for these: {'; '.join(ties)}."
    )
    header = ("Trait", "Parameters", "Median", "Sigma", "Within", "Source", "Note")
    return f"{text}\n\n{table(header, rows)}"


def _miss(score: Score) -> str:
    text = " ".join(score.discussion.split()) or "Not yet discussed."
    numbers = f"published {score.target.published()}; model {score.model()}"
    return f"**{score.target.key}** {score.target.what} ({numbers}). {text}"


def _left_out(scores: Sequence[Score]) -> list[tuple[str, str, str]]:
    """Return id, words and reason of the rows that no study computes."""
    targets, computed = read_targets(), {score.target.key for score in scores}
    return [(key, f"{targets[key].what}.", why) for key, why in not_computed().items() if key not in computed]
