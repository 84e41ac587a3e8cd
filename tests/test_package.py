"""The package around the model: README, pins, sources, wheel, documentation."""

import ast
import contextlib
import importlib
import io
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import letdown
from letdown.references import BIBLIOGRAPHY, read_entries

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "letdown"
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")

BUILT = {"__pycache__", "_build", "_generated", ".jupyter_cache", "node_modules", "static"}
OURS = ("src", "tests", "docs", "bench", "schemas", "web", ".ci")


def own_files() -> Iterator[Path]:
    """Yield the files we write ourselves: those of our folders that no build made, and those at the root."""
    for folder in OURS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and not BUILT & set(path.relative_to(ROOT).parts):
                yield path
    yield from (path for path in ROOT.iterdir() if path.is_file())


def own_texts() -> Iterator[tuple[str, str]]:
    for path in own_files():
        with contextlib.suppress(UnicodeDecodeError):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def normalised(requirement: str) -> str:
    """Return the name of a requirement as package indexes compare it."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def keys_in_value(node: ast.expr) -> list[str]:
    """Return the cite keys in a string, or in a list or tuple of strings."""
    strings = [item.value for item in ast.walk(node) if isinstance(item, ast.Constant)]
    return [key for text in strings if isinstance(text, str) for key in re.findall(r"\w+", text)]


def cited_keys() -> dict[str, str]:
    """Return each cite key in use with one file that uses it."""
    found: dict[str, str] = {}
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        keys = re.findall(r"\[([A-Z][A-Za-z]+\d{4}[a-z]?)\]", text)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.keyword) and node.arg == "cite":
                keys += keys_in_value(node.value)
        found |= dict.fromkeys(keys, path.name)
    for path in (SOURCE / "protocol" / "presets").glob("*.toml"):
        preset = tomllib.loads(path.read_text(encoding="utf-8"))
        found |= dict.fromkeys(preset.get("cite", []), path.name)
    return found


def code_and_output() -> tuple[str, str]:
    """Return the README's Python block and the text block under it."""
    match = re.search(r"```python\n(.*?)```.*?```text\n(.*?)```", README, flags=re.DOTALL)
    assert match, "README.md needs a python block followed by a text block with what it prints"
    return match[1], match[2]


def test_readme_example_prints_what_the_readme_says(tmp_path, monkeypatch):
    code, expected = code_and_output()
    monkeypatch.chdir(tmp_path)  # the example may write files
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    assert printed.getvalue().strip() == expected.strip()


def test_readme_is_short_and_says_what_it_is_not():
    assert README.count("\n") < 130
    assert "A model for research, design and teaching, not medical advice." in README


def test_readme_links_and_figures_exist():
    links = re.findall(r"\]\(([^)#]+)", README)
    assert links
    missing = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert missing == []


def test_readme_map_names_every_folder_of_the_source():
    folders = {path.parent for path in SOURCE.rglob("*.py")} - {SOURCE}
    tops = {folder.relative_to(SOURCE).parts[0] for folder in folders} - BUILT
    assert [folder for folder in sorted(tops) if f"{folder}/" not in README] == []


def test_no_file_holds_a_path_of_a_machine_or_a_registry_host():
    patterns = (
        r"(?:^|[^A-Za-z0-9_.])/(?:tmp|work|root|home|farm|Users)/",
        r"https?://[^ \"]*(?:registry|pythonhosted|pypi)",
    )
    hits = [
        f"{name}: {match[0]}"
        for name, text in own_texts()
        for pattern in patterns
        for match in re.finditer(pattern, text, flags=re.MULTILINE)
    ]
    assert hits == []


def test_constraints_are_exact_pins_without_addresses():
    for line in CONSTRAINTS.splitlines():
        assert re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+( ; [^@:/]+)?", line), line


def test_constraints_pin_every_direct_dependency():
    groups, project = PROJECT["dependency-groups"], PROJECT["project"]
    extras = [r for extra in project["optional-dependencies"].values() for r in extra]
    wanted = {normalised(r) for r in [*project["dependencies"], *extras, *groups["dev"], *groups["docs"]]}
    pinned = {normalised(line) for line in CONSTRAINTS.splitlines()}
    assert wanted - pinned == set()


def test_the_lock_of_the_page_pins_by_hash_without_addresses():
    lock = (ROOT / "web" / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in lock
    assert '"resolved"' not in lock


def test_the_build_takes_the_page_into_the_wheel_though_git_ignores_it():
    static = "src/letdown/web/static/"
    assert f"{static}**" in PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["artifacts"]
    assert static in (ROOT / ".gitignore").read_text(encoding="utf-8")


def test_version_stands_in_one_place_and_the_changelog_opens_with_it():
    version = PROJECT["project"]["version"]
    assert letdown.__version__ in (version, "0+source")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changelog, flags=re.MULTILINE)
    assert newest
    assert newest[1] == version
    elsewhere = [
        name
        for name, text in own_texts()
        if name.endswith((".py", ".cff", ".toml")) and name != "pyproject.toml" and f'"{version}"' in text
    ]
    assert elsewhere == []


def test_results_change_comes_first_in_every_version_of_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for section in re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]:
        headings = re.findall(r"^### (.+)$", section, flags=re.MULTILINE)
        assert headings[0] == "Results change"


def test_every_cite_key_in_use_is_in_the_bibliography():
    known = read_entries(BIBLIOGRAPHY.read_text(encoding="utf-8"))
    cited = cited_keys()
    assert cited
    assert {key: name for key, name in cited.items() if key not in known} == {}


def test_no_cite_key_stands_twice_in_the_bibliography():
    text = BIBLIOGRAPHY.read_text(encoding="utf-8")
    keys = [key.lower() for key in re.findall(r"^@\w+\s*\{\s*([^,\s]+)", text, flags=re.MULTILINE)]
    assert sorted(keys) == sorted(set(keys))  # the documentation's anchors ignore case


def test_every_parameter_stands_on_the_page_of_its_organ(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    pages = importlib.import_module("generate_organ_pages")
    modules = pages.organ_modules()
    assert modules
    for module in modules:
        page = pages.organ_page(module)
        for _, _, specifications in pages.parameter_classes(module):
            for field, specification in specifications.items():
                assert f"| `{field}` | {specification.value:.6g} |" in page


def test_every_organ_says_its_context_of_use(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    pages = importlib.import_module("generate_organ_pages")
    silent = [module.__name__ for module in pages.organ_modules() if pages.CONTEXT not in (module.__doc__ or "")]
    assert silent == []


@pytest.mark.slow
def test_wheel_holds_presets_bibliography_and_type_marker(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    archive = zipfile.ZipFile(wheel)
    held = set(archive.namelist())
    data = [path for path in SOURCE.rglob("*") if path.suffix in {".toml", ".bib", ".typed", ".csv", ".mplstyle"}]
    wanted = {f"letdown/{path.relative_to(SOURCE).as_posix()}" for path in data}
    assert "letdown/references.bib" in wanted
    assert any("presets/" in name for name in wanted)
    assert wanted - held == set()
    assert "letdown/web/static/index.html" in held
    assert any(re.fullmatch(r"letdown/web/static/assets/.+\.js", name) for name in held)
    licences = archive.read("letdown/web/static/licences.txt").decode()
    assert re.search(r"^## svelte - .*?Permission is hereby granted.*?^## uplot - .*?Permission", licences, re.M | re.S)
    for name in ("LICENSE", "NOTICE"):
        assert any(re.fullmatch(rf"letdown-[^/]+\.dist-info/licenses/{name}", path) for path in held)
    assert [name for name in held if name.startswith(("tests", "docs", "bench"))] == []


@pytest.mark.slow
def test_documentation_builds_without_warnings_and_loads_nothing_from_elsewhere(tmp_path):
    subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "-W",
            "--keep-going",
            "-q",
            "-b",
            "html",
            str(ROOT / "docs"),
            str(tmp_path),
        ],
        check=True,
        env=os.environ | {"MPLBACKEND": "agg"},
    )
    pages = list(tmp_path.rglob("*.html"))
    assert pages
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=\"(?:https?:)?//[^\"]+", text) == [], page.name
