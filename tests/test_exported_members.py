"""The contents page of the package is true, short and free."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import letdown

SOURCE = Path(letdown.__file__).parent
HEAVY = {"numba", "xarray", "matplotlib", "netCDF4", "pint", "pydantic", "numpy", "tomlkit", "typer"}


def imported_by(code):
    """Return the packages that running the code in a fresh interpreter imports."""
    report = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", code], check=True, capture_output=True, text=True
    ).stderr
    return {line.rsplit("|", 1)[1].strip().split(".")[0] for line in report.splitlines() if "|" in line}


def test_importing_the_package_costs_nothing():
    assert imported_by("import letdown") & HEAVY == set()


@pytest.mark.parametrize("name", letdown.__all__)
def test_every_public_name_can_be_imported(name):
    assert not isinstance(getattr(letdown, name), ModuleType)


def test_the_contents_page_is_short_and_printed():
    assert len(letdown.__all__) <= 40
    assert len(set(letdown.__all__)) == len(letdown.__all__)
    assert set(letdown.__all__) <= set(dir(letdown))
    for name in letdown.__all__:
        assert re.search(rf"\b{name}\b", letdown.__doc__)


def test_type_checkers_see_the_same_names():
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {name.asname: node.module for node in block.body for name in node.names}
    assert seen == letdown._HOME


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'latch'; it has simulate"):
        _ = letdown.latch


@pytest.mark.parametrize(
    "code",
    [
        "import letdown.simulate; import letdown; assert callable(letdown.simulate)",
        "from letdown import simulate; import letdown.simulate; assert callable(letdown.simulate)",
        "from letdown.simulate import simulate; import letdown; assert letdown.simulate is simulate",
    ],
)
def test_the_verb_is_not_hidden_by_its_module(code):
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_module_says_what_it_exports(path):
    names = {
        target.id
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    is_contents_page = path.name == "__init__.py" and not path.read_text(encoding="utf-8").count("import ")
    assert "__all__" in names or is_contents_page


def test_the_errors_are_one_tree():
    errors = importlib.import_module("letdown._errors")
    for name in errors.__all__:
        assert issubclass(getattr(letdown, name), letdown.LetdownError)
