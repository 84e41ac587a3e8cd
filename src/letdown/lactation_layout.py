"""The columns of a lactation: how each is labelled, and what the columns of a file must hold."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from letdown._netcdf import Column
from letdown.engine.life.records import DAY_COLUMNS, KINDS, SESSION_COLUMNS
from letdown.recording_layout import Variable, labels, numbers

__all__ = ["COUNTS", "DAY_VARIABLES", "SESSION_VARIABLES", "TWIN_ONLY", "check_lactation_columns", "lactation_labels"]

DAY_VARIABLES: dict[str, Variable] = {
    "production_ml": Variable("mL", "milk made in both breasts"),
    "intake_ml": Variable("mL", "human milk that the infants drank, at the breast or from a bottle"),
    "expressed_ml": Variable("mL", "milk expressed"),
    "formula_ml": Variable("mL", "formula drunk"),
    "leaked_ml": Variable("mL", "milk leaked"),
    "resorbed_ml": Variable("mL", "milk that went back into blood"),
    "stored_ml": Variable("mL", "milk in both breasts at the end of the day"),
    "feeds": Variable("1", "feeds, each one latch on one breast"),
    "sessions": Variable("1", "sessions of one breast or both"),
    "pumpings": Variable("1", "sessions of a pump"),
    "milk_per_feed_ml": Variable("mL", "milk of a feed from one breast"),
    "let_downs_per_feed": Variable("1", "let-downs in a session"),
    "first_let_down_s": Variable("s", "first let-down after the latch; negative before it"),
    "share_of_available": Variable("1", "share taken of the milk in the breasts used, or made meanwhile"),
    "fat_g_l": Variable("g L-1", "fat of the milk taken"),
    "energy_kcal": Variable("kcal", "energy that the infants drank"),
    "prolactin_before_ng_ml": Variable("ng mL-1", "prolactin before a session"),
    "prolactin_peak_ng_ml": Variable("ng mL-1", "highest prolactin after a session"),
    "prolactin_mean_ng_ml": Variable("ng mL-1", "mean prolactin of the day"),
    "weight_kg": Variable("kg", "weight of the infant"),
    "weight_z": Variable("1", "z-score of that weight, WHO standard"),
    "second_weight_kg": Variable("kg", "weight of the second infant"),
    "second_weight_z": Variable("1", "z-score of that weight, WHO standard"),
    "engorgement": Variable("1", "highest oedema of either breast"),
    "capacity_ml": Variable("mL", "storage capacity of both breasts"),
    "tissue": Variable("1", "secretory tissue, 1 after pregnancy"),
    "own_cry": Variable("1", "strength of the own infant's cry as a cue"),
    "other_cry": Variable("1", "strength of another infant's cry as a cue"),
    "thought": Variable("1", "strength of the thought of the infant as a cue"),
    "usual_hour": Variable("1", "strength of the usual hour as a cue"),
    "preparing": Variable("1", "strength of preparing as a cue"),
    "familiarity": Variable("1", "the mother's practice"),
    "latch_skill": Variable("1", "skill at the latch"),
    "unwanted_let_downs": Variable("1", "let-downs without a feed"),
    "cried_h": Variable("h", "time the infant cried from hunger"),
    "slept_h": Variable("h", "time the infant slept"),
    "uterus_cm3": Variable("cm3", "volume of the uterus"),
    "uterus_diameter_cm": Variable("cm", "anteroposterior diameter of the uterus"),
    "fundus_cm": Variable("cm", "height of the fundus above the symphysis"),
    "receptors": Variable("1", "share of uterine oxytocin receptors left"),
    "afterpains": Variable("1", "cramps noticed in feeds"),
    "activation": Variable("1", "share of secretory cells that lactogenesis II has activated"),
    "milk_imbalance_ml": Variable("mL", "made less leaked, resorbed, taken and stored: rounding only"),
}
"""Label of each column of the daily table."""

COUNTS = ("feeds", "sessions", "pumpings", "unwanted_let_downs", "afterpains")

TWIN_ONLY = ("second_weight_kg", "second_weight_z")

SOMETIMES = (
    "milk_per_feed_ml", "let_downs_per_feed", "first_let_down_s", "share_of_available", "fat_g_l",
    "prolactin_before_ng_ml", "prolactin_peak_ng_ml",
)  # fmt: skip
"""Columns that are missing (NaN) on days without a feed, a let-down or milk."""

SESSION_VARIABLES: dict[str, Variable] = {
    "day": Variable("d", "day to which the session belongs, the first 24 h after birth are 1"),
    "number": Variable("1", "number of the session within its day, from 1"),
    "age_h": Variable("h", "age of the infant at the start"),
    "infant": Variable("1", "infant that feeds"),
    "kind": Variable("1", "kind of session"),
    "available_ml": Variable("mL", "milk at the start in the breasts used"),
    "left_ml": Variable("mL", "milk removed from the left breast"),
    "right_ml": Variable("mL", "milk removed from the right breast"),
    "leaked_ml": Variable("mL", "milk leaked in the session"),
    "breasts": Variable("1", "number of breasts on which the infant latched"),
    "duration_s": Variable("s", "duration of the session"),
    "let_downs": Variable("1", "number of let-downs"),
    "first_let_down_s": Variable("s", "first let-down after the latch; negative before it"),
    "prolactin_before_ng_ml": Variable("ng mL-1", "prolactin before the session"),
    "prolactin_peak_ng_ml": Variable("ng mL-1", "highest prolactin after the session"),
    "fat_g_l": Variable("g L-1", "fat of the milk taken"),
    "engorgement": Variable("1", "oedema of the breasts at the start"),
    "satisfied": Variable("1", "whether the infant was satisfied at the end"),
    "interval_h": Variable("h", "time since the start of the feed or pumping before"),
    "appetite_ml": Variable("mL", "milk that the infant wanted"),
}
"""Label of each column of the table of sessions; in the file each name begins with `session_`."""

_SOMETIMES_IN_A_SESSION = ("first_let_down_s", "prolactin_peak_ng_ml", "fat_g_l", "interval_h")

_CODES = {"kind": KINDS, "infant": ("first", "second"), "satisfied": ("not_satisfied", "satisfied")}


def lactation_labels(name: str) -> dict[str, Any]:
    """Return the attributes of a variable of a lactation."""
    if name == "day":
        return labels(Variable("d", "day after birth, the first 24 h are 1"))
    column = name.removeprefix("session_")
    if column == name:
        return labels(DAY_VARIABLES[name])
    attributes = labels(SESSION_VARIABLES[column])
    if column in _CODES:
        codes = _CODES[column]
        attributes |= {"flag_values": np.arange(len(codes), dtype=float), "flag_meanings": " ".join(codes)}
    return attributes


def check_lactation_columns(columns: Mapping[str, Column]) -> None:
    """Refuse the columns of a file that no lactation holds.

    Raises
    ------
    ValueError
        If a column is absent, has another shape or kind, or holds numbers that cannot be; it says which.
    """
    day = numbers(columns, "day", ("day",))
    if not np.array_equal(day, np.arange(1, day.size + 1)):
        raise ValueError("day does not count from 1")
    for name in DAY_COLUMNS:
        if name in columns or name not in TWIN_ONLY:
            values = numbers(columns, name, ("day",), missing=name in SOMETIMES)
            if name in COUNTS and (values < 0).any():
                raise ValueError(f"{name} holds a number below 0")
    for column in SESSION_COLUMNS:
        numbers(columns, f"session_{column}", ("session",), missing=column in _SOMETIMES_IN_A_SESSION)
    for column, codes in _CODES.items():
        if not set(columns[f"session_{column}"].values.tolist()) <= set(range(len(codes))):
            raise ValueError(f"session_{column} holds a code without a meaning")
