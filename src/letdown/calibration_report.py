"""Results of a calibration and of a sensitivity analysis as tables: on the screen and as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.text import Text

from letdown._printable import counted
from letdown._text_table import Column, TextTable
from letdown.recording import DISCLAIMER

__all__ = ["calibration_report", "calibration_tables", "sensitivity_report", "sensitivity_tables"]

Cells = list[list[str]]

FREE_HEADER = ("number", "by hand", "prior 5-95 %", "posterior median", "posterior 5-95 %", "contraction", "verdict")
ROW_HEADER = ("row", "study", "published ± SE", "before", "after", "dev. before", "dev. after")
LEFT_OUT_HEADER = ("study left out", "row", "published ± SE", "predicted 5-95 %", "simulated", "deviation")


def _range(span: Mapping[str, float]) -> str:
    return f"{span['low']:.3g} to {span['high']:.3g}"


def _free_rows(result: Mapping[str, Any]) -> Cells:
    return [
        [
            row["name"], f"{row['by_hand']:.3g}", _range(row["prior"]), f"{row['posterior']['median']:.3g}",
            _range(row["posterior"]), f"{row['contraction']:.2f}", row["verdict"],
        ]
        for row in result["free"]
    ]  # fmt: skip


def _row_rows(result: Mapping[str, Any]) -> Cells:
    return [
        [
            row["row"] + ("" if row["fitted"] else " (not fitted)"), row["study"],
            f"{row['published']:g} ± {row['error']:.2g}", f"{row['before']['value']:.3g}",
            f"{row['after']['value']:.3g}", f"{row['before']['deviation']:+.1f}", f"{row['after']['deviation']:+.1f}",
        ]
        for row in result["rows"]
    ]  # fmt: skip


def _left_out_rows(result: Mapping[str, Any]) -> Cells:
    return [
        [
            table_["study"] if number == 0 else "", row["row"], f"{row['published']:g} ± {row['error']:.2g}",
            f"{row['predicted']['median']:.3g} ({_range(row['predicted'])})",
            "–" if row["simulated"] is None else f"{row['simulated']:.3g}", f"{row['deviation']:+.1f}",
        ]
        for table_ in result["leave_one_out"]
        for number, row in enumerate(table_["rows"])
    ]  # fmt: skip


def _agreeing(result: Mapping[str, Any]) -> tuple[int, int, int]:
    before, after = (
        sum(abs(row[which]["deviation"]) <= 2.0 for row in result["rows"]) for which in ("before", "after")
    )
    return before, after, len(result["rows"])


def _summary(result: Mapping[str, Any]) -> str:
    before, after, rows = _agreeing(result)
    found = f"{before} of {rows} by hand, {after} of {rows} fitted"
    settings, checked = result["settings"], result["checked_on"]
    return (
        f"Fit {result['id']}: {counted(result['particles'], 'population')} of {settings['women']} women in "
        f"{counted(result['generations'], 'generation')}, seed {settings['seed']}. Rows within 2 SE on "
        f"{checked['women']} other women (seed {checked['seed']}): {found}."
    )


LEAST_WANTED = (
    "contraction", "prior 5-95 %", "by hand", "simulated", "before", "dev. before", "posterior 5-95 %",
    "predicted 5-95 %", "published ± SE", "after",
)  # fmt: skip
"""Columns left out on a narrow screen, the first of these first."""


def _screen(header: Sequence[str], rows: Iterable[Sequence[str]], left: int) -> TextTable:
    """Return a table whose first `left` columns are words."""
    ranks = {title: len(LEAST_WANTED) - i for i, title in enumerate(LEAST_WANTED)}
    return TextTable(
        [Column(title, number=i >= left, spare=ranks.get(title, 0)) for i, title in enumerate(header)], rows
    )


def _outputs(title: str, outputs: Sequence[str], rows: Iterable[Sequence[str]]) -> TextTable:
    """Return a table of a parameter and a number for each output, the last outputs left out first."""
    return TextTable([Column(title), *(Column(o, number=True, spare=i) for i, o in enumerate(outputs))], rows)


def calibration_report(result: Mapping[str, Any]) -> Group:
    """Return the result of a calibration for the screen."""
    return Group(
        Text("Calibration of the population", style="bold"), Text(_summary(result)), "",
        _screen(FREE_HEADER, _free_rows(result), 1), "", _screen(ROW_HEADER, _row_rows(result), 2), "",
        _screen(LEFT_OUT_HEADER, _left_out_rows(result), 2), "", Text(DISCLAIMER, style="dim"),
    )  # fmt: skip


def _markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)


def calibration_tables(result: Mapping[str, Any]) -> dict[str, str]:
    """Return the generated blocks of docs/calibration.md that tell a calibration, by name."""
    names = [row["name"] for row in result["free"]]
    matrix = result["posterior_correlation"]
    ties = sorted(
        ((abs(r), r, a, b) for a, line in enumerate(matrix) for b, r in enumerate(line[:a]) if abs(r) >= 0.3),
        reverse=True,
    )
    left_out = [row for table_ in result["leave_one_out"] for row in table_["rows"]]
    hits = sum(abs(row["deviation"]) <= 2.0 for row in left_out)
    return {
        "summary": _summary(result),
        "priors": _markdown(
            ("number", "prior 5-95 %", "what it says"),
            [[row["name"], _range(row["prior"]), row["prior_says"]] for row in result["free"]],
        ),
        "posterior": _markdown(FREE_HEADER, _free_rows(result)),
        "ties": _markdown(("number", "with", "correlation"), [[names[a], names[b], f"{r:+.2f}"] for _, r, a, b in ties])
        if ties
        else "No two numbers have a posterior correlation of 0.3 or more.",
        "rows": _markdown(ROW_HEADER, _row_rows(result)),
        "left-out": f"{hits} of {len(left_out)} left-out rows within 2 standard errors of the prediction.\n\n"
        + _markdown(LEFT_OUT_HEADER, _left_out_rows(result)),
    }


# Sensitivity --------------------------------------------------------------------------------------


def _sobol_rows(found: Mapping[str, Any]) -> Cells:
    outputs = list(found["noise_floor"])
    ranked = sorted(found["sobol_total"], key=lambda path: -sum(found["sobol_total"][path].values()))
    rows = [
        [
            path,
            *(
                f"{max(0.0, found['sobol_total'][path][o]):.2f} ± {found['sobol_total_95'][path][o]:.2f} "
                f"({max(0.0, found['sobol_first'][path][o]):.2f})"
                for o in outputs
            ),
        ]
        for path in ranked
    ]
    return [*rows, ["noise floor", *(f"{found['noise_floor'][o]:.3f}" for o in outputs)]]


def _morris_rows(found: Mapping[str, Any], most: int = 25) -> Cells:
    outputs = list(found["noise_floor"])
    effects = found["morris_mu_star"]
    largest = {o: max(max(effects[path][o] for path in effects), 1e-12) for o in outputs}
    ranked = sorted(effects, key=lambda path: -max(effects[path][o] / largest[o] for o in outputs))
    return [[path, *(f"{effects[path][o]:.3g}" for o in outputs)] for path in ranked[:most]]


def _sensitivity_words(found: Mapping[str, Any]) -> str:
    return (
        f"{found['scenario']}: {len(found['morris_mu_star'])} parameters at {found['points']['morris']} points "
        f"(Morris), {len(found['sobol_total'])} of them at {found['points']['sobol']} points (Sobol); "
        f"each point the mean of {found['streams']} streams of random events, the same for all."
    )


def sensitivity_report(found: Mapping[str, Any]) -> Group:
    """Return a sensitivity analysis for the screen: total indices with first-order ones in brackets."""
    outputs = list(found["noise_floor"])
    return Group(
        Text("Sensitivity of a feed", style="bold"), Text(_sensitivity_words(found)), "",
        _outputs("Sobol total (first)", outputs, _sobol_rows(found)), "",
        _outputs("Morris mu*", outputs, _morris_rows(found, 15)), "", Text(DISCLAIMER, style="dim"),
    )  # fmt: skip


def sensitivity_tables(found: Mapping[str, Any]) -> dict[str, str]:
    """Return the generated blocks of docs/calibration.md that tell a sensitivity analysis, by name."""
    outputs = list(found["noise_floor"])
    return {
        "sensitivity": _sensitivity_words(found),
        "sobol": _markdown(("parameter", *outputs), _sobol_rows(found)),
        "morris": _markdown(("parameter", *outputs), _morris_rows(found)),
    }
