"""The parts of the picture that can be clicked: text and equations from the organ's module, numbers, sources."""

import inspect
import re
from collections.abc import Iterable
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from letdown.body.registry import parameter_rows
from letdown.recording import VARIABLES
from letdown.references import BIBLIOGRAPHY, plain_text, read_entries, read_fields

__all__ = ["PARTS", "Part", "described_parts"]


class Part(NamedTuple):
    """One part: its title, the modules that describe it, the organs whose numbers belong to it, its channels."""

    title: str
    modules: tuple[str, ...]
    organs: tuple[str, ...]
    channels: tuple[str, ...]


BODY = "letdown.body"
DEVICES = "letdown.devices"

PARTS: dict[str, Part] = {
    "brain": Part(
        "Oxytocin neurones",
        (f"{BODY}.oxytocin_neurones", f"{BODY}.conditioning", f"{BODY}.interference"),
        ("neurones", "conditioning", "learned", "interference"),
        ("store", "priming_rate_per_s", "cue_drive", "central_inhibition"),
    ),
    "blood": Part("Blood", (f"{BODY}.plasma",), ("plasma",), ("oxytocin_pg_ml",)),
    "alveolus": Part(
        "Alveolus",
        (f"{BODY}.alveoli",),
        ("alveoli",),
        ("alveolar_milk_ml", "alveolar_pressure_mmhg", "ejection_flow_ml_s"),
    ),
    "myoepithelium": Part(
        "Myoepithelium",
        (f"{BODY}.myoepithelium", f"{BODY}.sympathetic_tone"),
        ("myoepithelium", "sympathetic_tone"),
        ("activation", "adrenergic_tone"),
    ),
    "ducts": Part(
        "Ducts",
        (f"{BODY}.ducts", f"{BODY}.oedema"),
        ("ducts", "oedema"),
        ("ductal_milk_ml", "ductal_pressure_mmhg", "duct_diameter_mm"),
    ),
    "nipple": Part(
        "Nipple", (f"{BODY}.nipple",), ("nipple",), ("flow_ml_s", "removed_ml", "leaked_ml", "suction_mmhg")
    ),
    "infant": Part(
        "Infant",
        (f"{BODY}.infant",),
        ("infant",),
        ("sucking", "suck_rate_hz", "vigour", "stomach_ml", "suction_peak_mmhg", "suction_baseline_mmhg"),
    ),
    "pump": Part(
        "Pump",
        (f"{DEVICES}.pump", f"{DEVICES}.waveform"),
        (),
        ("suction_mmhg", "suction_peak_mmhg", "suction_baseline_mmhg", "suck_rate_hz"),
    ),
    "afferents": Part("Nerves of the nipple", (f"{BODY}.afferents",), ("afferents",), ("afferent_drive",)),
    "uterus": Part(
        "Uterus",
        (f"{BODY}.uterus", f"{BODY}.sensations"),
        ("uterus", "sensations"),
        ("uterine_tone", "afterpain", "thirst", "tingling"),
    ),
    "pad": Part("Nursing pad", (f"{BODY}.nursing_pad",), ("pad",), ("pad_ml", "clothes_ml", "skin_wetness")),
    "prolactin": Part("Prolactin", (f"{BODY}.prolactin",), ("prolactin",), ("prolactin_ng_ml",)),
    "other_breast": Part(
        "Breast and let-down",
        (f"{BODY}.breast", f"{BODY}.let_down"),
        ("ejection",),
        ("alveolar_milk_ml", "ductal_pressure_mmhg", "ejection_flow_ml_s", "flow_ml_s", "leaked_ml"),
    ),
}
"""What can be clicked."""

_KEY = re.compile(r"\[([A-Za-z]+\d{4}[a-z]?)\]")


def described_parts() -> dict[str, dict[str, Any]]:
    """Return every part as the page reads it."""
    rows = parameter_rows()
    entries = read_entries(BIBLIOGRAPHY.read_text(encoding="utf-8"))
    return {name: _described(part, rows, entries) for name, part in PARTS.items()}


def _described(part: Part, rows: list[dict[str, Any]], entries: dict[str, str]) -> dict[str, Any]:
    modules = [import_module(name) for name in part.modules]
    numbers = [row for row in rows if row["path"].split(".", 1)[0] in part.organs]
    texts = [_doc(module) for module in modules]
    keys = {key for text in texts for key in _KEY.findall(text)}
    keys |= {key for row in numbers if row["cite"] for key in re.findall(r"\w+", row["cite"])}
    return {
        "title": part.title,
        "text": "\n\n".join(paragraph for text in texts for paragraph in _prose(text)),
        "equations": [line for text in texts for line in _equations(text)],
        "channels": [name for name in part.channels if name in VARIABLES],
        "parameters": numbers,
        "sources": [{"key": key, "text": reference(entries[key])} for key in sorted(keys) if key in entries],
    }


def _doc(module: ModuleType) -> str:
    return inspect.cleandoc(module.__doc__ or "")


def _blocks(text: str) -> Iterable[list[str]]:
    return (block.splitlines() for block in re.split(r"\n\s*\n", text))


def _prose(text: str) -> list[str]:
    return [" ".join(lines) for lines in _blocks(text) if not lines[0].startswith("    ")]


def _equations(text: str) -> list[str]:
    return [line.strip() for lines in _blocks(text) if lines[0].startswith("    ") for line in lines]


def reference(entry: str) -> str:
    """Return a BibTeX entry as one line: authors, year, title, journal."""
    raw = read_fields(entry)
    fields = {name: plain_text(value) for name, value in raw.items()}
    authors = [plain_text(name.strip()) for name in raw.get("author", "").split(" and ") if name.strip()]
    who = ", ".join("et al." if name == "others" else name.split(",")[0] for name in authors[:4])
    who += " et al." if len(authors) > 4 else ""
    where = fields.get("journal") or fields.get("booktitle") or fields.get("publisher") or fields.get("school") or ""
    parts = [f"{who} ({fields.get('year', '')})".strip(), fields.get("title", ""), where]
    doi = fields.get("doi")
    return ". ".join(part.rstrip(".") for part in parts if part) + (f". doi:{doi}" if doi else "")
