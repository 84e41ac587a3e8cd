"""The dimensional check: every equation of every organ, called with pint quantities as plain Python.

A rate must come out in its field's unit per second, an event in its field's own unit, a read-out in the unit
that its docstring names. Converted to that unit the quantity must also equal what plain floats give: that
catches a factor (ng for pg, min for s), which dimensions alone do not.
"""

import math
import re
from pathlib import Path

import numpy as np
import pint
import pytest

import letdown.body
from every_equation import (
    arguments,
    equations,
    evaluated,
    fields,
    is_record,
    numbers,
    quantity,
    result_of,
    unit_of,
)
from letdown._units import registry
from letdown.body.registry import organ_classes
from letdown.engine.layout import Tile

EQUATIONS = equations()
DRAWS = 8
"""Made-up arguments for each equation: enough that both sides of each switch are taken."""

NAMED_UNIT = re.compile(r"(?<![\w/])(mL/s|mL|mmHg|mm|pg/s|pg/mL|pg|1/s)(?![\w/*])")
WITHOUT_EQUATIONS = {"population", "registry", "rest", "surroundings", "traits"}
WITHOUT_EQUATIONS_IN_LIFE = {"birth", "feed_of_life", "hours", "registry", "traits"}
PURE_NUMBER = re.compile(r"0-1|>= 1|\bReturn 1\b|\b1 for\b|\bshare\b|\bfactor\b|\bswitch\b|\bstimulus\b")


def documented_unit(name):
    """Return the unit that the docstring of a read-out names in its first line, or None."""
    first = EQUATIONS[name].__doc__.splitlines()[0]
    named = NAMED_UNIT.search(first)
    return named[1] if named else "1" if PURE_NUMBER.search(first) else None


def expected_unit(name, field_unit):
    if field_unit is None:
        return documented_unit(name)
    for ending, time in (("_rate", "s"), ("_per_hour", "h")):
        if name.endswith(ending) and result_of(EQUATIONS[name]) not in (f"1/{time}", f"{field_unit}"):
            return f"1/{time}" if field_unit == "1" else f"{field_unit}/{time}"
    return field_unit


def made_up_values(name, draw):
    """Return a function (path, unit) -> float, the same float for the same path; over four decades."""
    rng = np.random.default_rng([draw, *name.encode()])
    values = {}
    return lambda path, unit: values.setdefault(path, float(np.exp(rng.uniform(-4.0, 4.0))))


def test_equations_of_every_organ_are_found():
    organs = {name.rpartition(".")[0] for name in EQUATIONS}
    folder = Path(letdown.body.__file__).parent
    files = {path.stem for path in folder.glob("[!_]*.py")} - WITHOUT_EQUATIONS
    of_life = {path.stem for path in (folder / "life").glob("[!_]*.py")} - WITHOUT_EQUATIONS_IN_LIFE
    assert organs == files | {f"life.{name}" for name in of_life}
    assert len(EQUATIONS) > 50


@pytest.mark.parametrize("name", EQUATIONS)
def test_every_argument_of_an_equation_has_a_unit(name):
    for argument, kind in arguments(EQUATIONS[name]).items():
        assert kind is not None, f"argument {argument} of {name} has no unit: write Annotated[float, ...]"
        if not is_record(kind):
            unit_of(kind)


def test_every_field_of_the_body_has_a_unit_that_the_registry_knows():
    def check(kind, path):
        for name, inner in fields(kind).items():
            if is_record(inner):
                check(inner, f"{path}.{name}")
            else:
                assert inner is not None, f"{path}.{name} has no unit"
                unit_of(inner)

    check(Tile, "tile")
    for organ, kind in organ_classes().items():
        check(kind, organ)


@pytest.mark.parametrize("name", EQUATIONS)
def test_an_equation_is_right_in_its_dimensions(name):
    equation = EQUATIONS[name]
    for draw in range(DRAWS):
        plain_number = made_up_values(name, draw)
        plain = evaluated(equation, plain_number)
        with np.errstate(over="ignore"):  # exp of a quantity is numpy's, which is not cut off at 700
            with_units = evaluated(equation, lambda path, unit, number=plain_number: quantity(number(path, unit), unit))
        kind = result_of(equation)
        pairs = zip(numbers(plain, kind), numbers(with_units, kind), strict=True)
        for (path, field_unit, number), (_, _, found) in pairs:
            wanted = expected_unit(name, field_unit)
            found = quantity(found, "1") if isinstance(found, int | float) else found
            if wanted is None or (found.dimensionless and found.magnitude == 0.0):  # 0 is a 0 of any unit
                continue
            assert found.is_compatible_with(unit_of(wanted)), (
                f"{name}: {path or 'result'} is in {found.units}, not in {wanted}"
            )
            # rounding only: the same operations in the same order, save conversions by exact factors
            assert math.isclose(found.to(unit_of(wanted)).magnitude, number, rel_tol=1e-9, abs_tol=1e-12), path


def test_the_check_finds_a_wrong_equation():
    """Seconds given for millilitres do not pass."""
    known = organ_classes()["alveoli"].specifications
    p = organ_classes()["alveoli"](*(quantity(s.value, s.unit) for s in known.values()))
    alveolar_pressure = EQUATIONS["alveoli.alveolar_pressure"]
    assert alveolar_pressure(quantity(100.0, "mL"), quantity(0.5, "1"), p).is_compatible_with("mmHg")
    with pytest.raises(pint.DimensionalityError):
        alveolar_pressure(quantity(100.0, "s"), quantity(0.5, "1"), p)


def test_units_of_the_body_are_known_to_the_program_itself():
    for kind in organ_classes().values():
        for known in kind.specifications.values():
            registry().parse_units("" if known.unit == "1" else known.unit)


@pytest.mark.parametrize("name", [n for n in EQUATIONS if result_of(EQUATIONS[n]) is None])
def test_a_read_out_says_its_unit_in_its_first_line(name):
    assert documented_unit(name) is not None, f"{name}: {EQUATIONS[name].__doc__.splitlines()[0]}"
