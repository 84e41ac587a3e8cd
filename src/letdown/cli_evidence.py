"""Commands of the evidence: `letdown validate` runs published studies on virtual women."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from letdown._errors import OutputError
from letdown._terminal import number_in, print_json, progress, say, show

if TYPE_CHECKING:
    from letdown.evidence.study import Study

__all__ = ["evidence_app"]

STUDIES = Path(__file__).parent / "evidence" / "studies"
POOLS = number_in(int, 2, 100_000)

evidence_app = typer.Typer()


def complete_study(incomplete: str) -> list[str]:
    """Return the studies that begin so, straight from their files."""
    return sorted(path.stem for path in STUDIES.glob("*.toml") if path.stem.startswith(incomplete))


@evidence_app.command()
def validate(
    studies: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run the study files of this folder instead of our own.")
    ] = None,
    study: Annotated[
        str | None, typer.Option(metavar="NAME", help="Run only this study.", autocompletion=complete_study)
    ] = None,
    pool: Annotated[int, typer.Option(metavar="N", parser=POOLS, help="Virtual women of a protocol of feeds.")] = 500,
    dyad_days: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=POOLS,
            help="Dyad-days of a protocol of days: a longer one has fewer dyads, at least 16.",
        ),
    ] = 90_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    report: Annotated[Path | None, typer.Option(metavar="FILE.html", help="Also write a page to look at.")] = None,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE.md", help="Also write the page of the documentation.")
    ] = None,
) -> None:
    """Run published studies on virtual women and print model beside publication, misses included.

    What the virtual women did is kept in the user's cache, so that a second run needs seconds; interrupted, the
    protocols already run are kept.
    """
    _check_pages(report, page)
    from letdown.evidence.cache import Cache
    from letdown.evidence.pool import Pool
    from letdown.evidence.study import shipped_studies
    from letdown.evidence.validate import score_studies

    wanted, whole = (shipped_studies(), True) if studies is None and study is None else _studies(studies, study)
    women = Pool(size=pool, dyad_days=dyad_days, cache=Cache())
    try:
        with progress("per cent of the pool", 100) as done:
            scores = score_studies(wanted, women, lambda work, total: done(100 * work // max(total, 1)))
    except KeyboardInterrupt:
        say("letdown: interrupted; the protocols already run are kept, and the same command goes on from there.")
        raise typer.Exit(3) from None
    if report is not None:
        from letdown.evidence.html import html_report

        _write(report, html_report(scores, wanted, women))
    if page is not None:
        from letdown.evidence.page import validation_page

        _write(page, validation_page(scores, wanted, women))
    if as_json:
        print_json([score.to_json() for score in scores])
    else:
        from letdown.report_evidence import validation_report

        show(validation_report(scores))
    if not whole:
        raise typer.Exit(2)


def _check_pages(report: Path | None, page: Path | None) -> None:
    """Refuse a page that cannot be written, before half an hour of studies."""
    for file, ending in ((report, ".html"), (page, ".md")):
        if file is not None and file.suffix.lower() != ending:
            raise OutputError(f"{file} is not a name for that page; end it in {ending}.")
        if file is not None and (file.is_dir() or not file.parent.is_dir()):  # said now, not after half an hour
            raise OutputError(f"{file} is a folder or lies in none that exists; name a file in a folder that does.")


def _studies(folder: Path | None, name: str | None) -> "tuple[list[Study], bool]":
    """Return the studies to run, and whether every file could be used; each that could not is told."""
    from letdown.evidence.study import chosen, read_studies, shipped_studies

    studies, problems = (shipped_studies(), {}) if folder is None else read_studies(folder)
    if name in problems:  # the one that was asked for
        raise problems[name]
    first, *others = problems.values() if problems else [None]
    if first is not None and not studies:
        for other in others:
            say(f"letdown: {other}")
        raise first
    wanted = chosen(studies, name)
    for problem in problems.values():
        say(f"letdown: {problem}")
    return wanted, not problems


def _write(file: Path, text: str) -> None:
    from letdown._atomic_file import atomic_file

    with atomic_file(file) as temporary:
        temporary.write_text(text, encoding="utf-8")
    say(f"Written to {file}")
