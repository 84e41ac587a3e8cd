"""Write three pages from the source: the API, every key of a scenario file, and the sources."""

import inspect
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import letdown
from generate_organ_pages import prose, table
from letdown.references import BIBLIOGRAPHY, read_entries

__all__ = ["write_reference_pages"]

CHECKS = Path(__file__).parent / "data" / "references_checks.toml"


def _directive(name: str) -> str:
    """Return the autodoc directive of one public name."""
    value = getattr(letdown, name)
    if inspect.isclass(value):
        # a model's signature would repeat its whole table; the page of scenario keys has it
        signature = "(**values)" if issubclass(value, BaseModel) else ""
        return f".. autoclass:: letdown.{name}{signature}\n   :members:\n   :exclude-members: model_config"
    if callable(value):
        return f".. autofunction:: letdown.{name}"
    entries = ", ".join(f"``{getattr(entry, 'name', entry)}``" for entry in value)
    return f".. py:data:: letdown.{name}\n   :type: {type(value).__name__}\n\n   {entries}"


def _api_page() -> str:
    names = [name for name in letdown.__all__ if not name.startswith("__")]
    directives = "\n\n".join(map(_directive, names))
    return f"# Python interface\n\n```{{eval-rst}}\n{directives}\n```\n"


def _default(field: Mapping[str, Any], required: bool) -> str:
    if required and "const" not in field:
        return "must be given"
    value = field.get("const", field.get("default"))
    return "–" if value is None or isinstance(value, dict | list) else prose(json.dumps(value))


def _allowed(field: Mapping[str, Any]) -> str:
    """Return the range or the choices of one key."""
    if "enum" in field:
        return ", ".join(f"`{choice}`" for choice in field["enum"])
    if "minimum" in field and "maximum" in field:
        return f"{field['minimum']:g} to {field['maximum']:g}"
    return "a table" if "$ref" in field else ""


def _keys(model: Mapping[str, Any]) -> str:
    required = set(model.get("required", ()))
    rows = [
        [
            f"`{key}`",
            _default(field, key in required),
            prose(field.get("unit", "")),
            _allowed(field),
            prose(field.get("description", "")),
        ]
        for key, field in model["properties"].items()
    ]
    return table(["Key", "Default", "Unit", "Allowed", "Meaning"], rows)


def _scenario_page() -> str:
    schema = letdown.scenario_schema()
    sections = [f"## Top level\n\n{_keys(schema)}"]
    for name, model in schema["$defs"].items():
        sections.append(f"## {name}\n\n{prose(model.get('description', ''))}\n\n{_keys(model)}")
    intro = 'A number is in the unit of its row, or a text with a unit, such as `"20 kPa"`. Suction is positive.'
    return f"# Scenario files\n\n{intro}\n\n" + "\n\n".join(sections) + "\n"


def _checked(entries: Mapping[str, str]) -> str:
    """Return how many entries were compared with a record, and which fields are open."""
    checks = tomllib.loads(CHECKS.read_text(encoding="utf-8"))
    unfinished = {key: check["open"] for key, check in checks.items() if key in entries and check.get("open")}
    partly = [key for key, check in checks.items() if key not in unfinished and check.get("known")]
    whole = len(entries) - len(unfinished) - len(partly)
    rows = [[f"{{ref}}`{key} <{key.lower()}>`", ", ".join(fields)] for key, fields in unfinished.items()]
    return (
        f"Of {len(entries)} entries, {whole} were compared field by field with a record of the publication. In "
        f"{len(partly)} more, some fields are given from knowledge of the literature. In {len(unfinished)}, a field "
        "is open: nobody has found it yet, or it does not exist, as the DOI of an old paper.\n\n"
        + table(["Entry", "Open"], rows)
    )


def _references_page() -> str:
    entries = read_entries(BIBLIOGRAPHY.read_text(encoding="utf-8"))
    sections = (f"({key.lower()})=\n## {key}\n\n```text\n{entries[key]}\n```" for key in sorted(entries, key=str.lower))
    return f"# Sources\n\n{_checked(entries)}\n\n" + "\n\n".join(sections) + "\n"


def write_reference_pages(folder: Path) -> None:
    """Write `api.md`, `scenario.md` and `references.md` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"api": _api_page(), "scenario": _scenario_page(), "references": _references_page()}
    for name, text in pages.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
