"""Write one documentation page per organ from its module: text, state, parameters, equations, context of use.

The pages are not committed. `docs/conf.py` calls `write_organ_pages` before each build, so a page cannot
disagree with the code.
"""

import importlib
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import letdown.body
import letdown.neurons
from letdown._parameter import Specification

__all__ = ["organ_modules", "organ_page", "prose", "source_link", "table", "write_organ_pages"]

CONTEXT = "Context of use"
EVIDENCE = {
    "measured": "measured in the study cited",
    "derived": "derived from the study cited",
    "fitted": "fitted to published figures",
    "model": "taken from a published model",
    "assumption": "assumed",
}


def source_link(cite: str | None) -> str:
    """Return links to the entries of one or more cite keys, or a dash."""
    keys = re.findall(r"\w+", cite or "")
    return ", ".join(f"{{ref}}`{key} <{key.lower()}>`" for key in keys) or "–"


def prose(text: str) -> str:
    """Return docstring text as one line of Markdown: `code` kept, [Key2000] linked, marks made harmless."""
    parts = re.split(r"(`[^`]+`|\[[A-Za-z]+\d{4}[a-z]?\])", " ".join(text.split()))
    for i, part in enumerate(parts):
        if i % 2 == 0:
            parts[i] = re.sub(r"([\\`*_\[\]{}<>|#$~^])", r"\\\1", part)
        elif part.startswith("["):
            parts[i] = f"[{source_link(part)}]"
    return "".join(parts)


def parameter_classes(module: ModuleType) -> Iterator[tuple[str, type, Mapping[str, Specification]]]:
    """Yield name, class and specifications of each Parameters class that `module` defines itself."""
    for name, value in vars(module).items():
        specs = getattr(value, "specifications", None)
        if inspect.isclass(value) and value.__module__ == module.__name__ and isinstance(specs, Mapping) and specs:
            yield name, value, specs


def organ_modules() -> list[ModuleType]:
    """Return the modules of `letdown.body` and `letdown.neurons` that define parameters, by name."""
    names = sorted(
        info.name
        for package in (letdown.body, letdown.neurons)
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    )
    modules = [importlib.import_module(name) for name in names]
    return [module for module in modules if any(parameter_classes(module))]


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table of cells that are Markdown already."""
    lines = ["| " + " | ".join(cells) + " |" for cells in [header, ["---"] * len(header), *rows]]
    return "\n".join(lines)


def _is_formula(block: str) -> bool:
    """Tell a block of formulas from prose: indented, or an equals sign on every line and no full stop."""
    lines = block.splitlines()
    indented = all(line.startswith("    ") for line in lines)
    return indented or (all(" = " in line for line in lines) and not block.rstrip().endswith("."))


def _docstring_blocks(module: ModuleType) -> list[str]:
    text = inspect.cleandoc(module.__doc__ or "")
    return [block for block in re.split(r"\n\s*\n", text) if block.strip()]


def _markdown(block: str) -> str:
    """Return a docstring block as Markdown, formulas as they stand."""
    return f"```text\n{inspect.cleandoc(block)}\n```" if _is_formula(block) else prose(block)


def _description(module: ModuleType) -> str:
    blocks = [block for block in _docstring_blocks(module) if not block.lstrip().startswith(CONTEXT)]
    return "\n\n".join(map(_markdown, blocks))


def _state_rows(cls: type) -> list[list[str]]:
    """Return each field of a NamedTuple with its unit, or with the state it holds."""
    rows = []
    for name, hint in get_type_hints(cls, include_extras=True).items():
        unit = getattr(hint, "__metadata__", (None,))[0]
        rows.append([f"`{name}`", prose(str(unit)) if unit else f"`{hint.__name__}`"])
    return rows


def _states(module: ModuleType) -> str:
    parameters = {cls for _, cls, _ in parameter_classes(module)}
    tables = []
    for name, value in vars(module).items():
        own = inspect.isclass(value) and value.__module__ == module.__name__
        if own and issubclass(value, tuple) and hasattr(value, "_fields") and value not in parameters:
            rows = _state_rows(value)
            tables.append(f"### {name}\n\n{prose(_first_line(value))}\n\n{table(['Field', 'Unit'], rows)}")
    return "\n\n".join(tables)


def _first_line(value: Any) -> str:
    return (inspect.getdoc(value) or "").split("\n\n")[0]


def _number(value: float) -> str:
    return f"{value:.6g}"


def _parameters(module: ModuleType) -> str:
    header = ["Parameter", "Value", "Unit", "Range", "Species", "Evidence", "Source", "Note"]
    tables = []
    for name, cls, specs in parameter_classes(module):
        rows = [
            [
                f"`{field}`",
                _number(spec.value),
                prose(spec.unit),
                f"{_number(spec.low)} to {_number(spec.high)}",
                spec.species if spec.species != "none" else "–",
                spec.evidence,
                source_link(spec.cite),
                prose(spec.note),
            ]
            for field, spec in specs.items()
        ]
        tables.append(f"### {name}\n\n{prose(_first_line(cls))}\n\n{table(header, rows)}")
    return "\n\n".join(tables)


def _equations(module: ModuleType) -> str:
    rows = []
    for name in getattr(module, "__all__", ()):
        value = getattr(module, name)
        if hasattr(value, "function") and callable(value):
            arguments = ", ".join(inspect.signature(value.function).parameters)
            rows.append([f"`{name}({arguments})`", prose(_first_line(value).removeprefix("Return "))])
    return table(["Equation", "Returns"], rows) if rows else ""


def _counted(counter: Counter[Any]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in counter.most_common())


def _context_of_use(module: ModuleType) -> str:
    """Return the module's own note, and what its parameters rest on, counted."""
    notes = [block.lstrip() for block in _docstring_blocks(module) if block.lstrip().startswith(CONTEXT)]
    own = [_markdown(note.removeprefix(CONTEXT).lstrip(": ")) for note in notes]
    own = [note[:1].upper() + note[1:] for note in own]
    specs = [spec for _, _, specs in parameter_classes(module) for spec in specs.values()]
    evidence = Counter(EVIDENCE[spec.evidence] for spec in specs)
    species = Counter(spec.species for spec in specs if spec.species != "none")
    sentence = f"Numbers of this organ: {_counted(evidence)}."
    if species:
        sentence += f" Species, where one was studied: {_counted(species)}."
    if species["rat"] or species["mouse"]:
        sentence += " Rodent values stand in for women; their ranges are wider for that reason."
    return "\n\n".join([*own, sentence])


def organ_page(module: ModuleType) -> str:
    """Return the page of one organ, MyST Markdown."""
    name = module.__name__.rsplit(".", 1)[-1]
    sections = {
        "": _description(module),
        "State": _states(module),
        "Parameters": _parameters(module),
        "Equations": _equations(module),
        CONTEXT: _context_of_use(module),
    }
    body = "\n\n".join(f"## {title}\n\n{text}" if title else text for title, text in sections.items() if text)
    return f"# {name.replace('_', ' ').capitalize()}\n\nModule `{module.__name__}`.\n\n{body}\n"


def write_organ_pages(folder: Path) -> list[Path]:
    """Write `<organ>.md` for each organ and an `index.md` into `folder`; return the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    modules = organ_modules()
    pages = [folder / f"{module.__name__.rsplit('.', 1)[-1]}.md" for module in modules]
    for page, module in zip(pages, modules, strict=True):
        page.write_text(organ_page(module), encoding="utf-8")
    contents = "\n".join(page.stem for page in pages)
    index = folder / "index.md"
    index.write_text(
        "# The organs\n\nOne page per organ, written from its module at build time.\n\n"
        f"```{{toctree}}\n:maxdepth: 1\n\n{contents}\n```\n",
        encoding="utf-8",
    )
    return pages
