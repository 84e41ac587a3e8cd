"""Write the API page from the public names, and the page of sources from `references.bib`."""

import inspect
from pathlib import Path

import letdown
from letdown.references import BIBLIOGRAPHY, read_entries

__all__ = ["write_reference_pages"]


def _directive(name: str) -> str:
    """Return the autodoc directive of one public name, at the place where it is defined."""
    value = getattr(letdown, name)
    if inspect.isclass(value):
        options = "\n   :members:" + ("\n   :show-inheritance:" if issubclass(value, Exception) else "")
        return f".. autoclass:: {value.__module__}.{value.__qualname__}{options}"
    if callable(value):
        return f".. autofunction:: {value.__module__}.{value.__qualname__}"
    entries = ", ".join(f"``{getattr(entry, 'name', entry)}``" for entry in value)
    return f".. py:data:: letdown.{name}\n   :type: {type(value).__name__}\n\n   {entries}"


def _api_page() -> str:
    names = [name for name in letdown.__all__ if not name.startswith("__")]
    directives = "\n\n".join(map(_directive, names))
    return f"# Python interface\n\n```{{eval-rst}}\n{directives}\n```\n"


def _references_page() -> str:
    entries = read_entries(BIBLIOGRAPHY.read_text(encoding="utf-8"))
    sections = (
        f"({key.lower()})=\n## {key}\n\n```text\n{entries[key]}\n```"
        for key in sorted(entries, key=str.lower)
    )
    return "# Sources\n\n" + "\n\n".join(sections) + "\n"


def write_reference_pages(folder: Path) -> None:
    """Write `api.md` and `references.md` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "api.md").write_text(_api_page(), encoding="utf-8")
    (folder / "references.md").write_text(_references_page(), encoding="utf-8")
