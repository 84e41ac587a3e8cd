"""Quantities with units: conversions, refusals, and pint kept out until it is needed."""

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from letdown._errors import LetdownError, UnitError
from letdown._units import COMMON, KNOWN, quantity, registry


@pytest.mark.parametrize(
    ("given_value", "unit", "expected"),
    [
        (190.7, "mmHg", 190.7),
        (3, "s", 3.0),
        ("20 kPa", "mmHg", 150.0123),  # 1 mmHg = 133.322 Pa
        ("10 cmH2O", "mmHg", 7.35559),
        ("1 inHg", "mmHg", 25.4),
        ("1 atm", "mmHg", 760.0),
        ("2 min", "s", 120.0),
        ("0.5 h", "s", 1800.0),
        ("1 mL/min", "mL/s", 1 / 60),
        ("0.1 L", "mL", 100.0),
        ("150 cm**3", "mL", 150.0),
        ("1 Hz", "1/min", 60.0),
        ("47 1/min", "1/min", 47.0),
        ("90 mmHg*s/mL", "mmHg*s/mL", 90.0),
        ("2 IU", "mU", 2000.0),
        ("5 uU", "mU", 0.005),
        ("5 µU", "mU", 0.005),
        ("50 %", "1", 0.5),
        ("1.25 g/kg", "g/kg", 1.25),
        ("  +1.5e2   mmHg ", "mmHg", 150.0),
        ("3.5 fl oz", "mL", 103.50735),  # 1 US fluid ounce = 29.5735 mL
        ("3.5floz", "mL", 103.50735),
        ("3.5 fl_oz", "mL", 103.50735),
        ("3.5 US fl. oz.", "mL", 103.50735),
        ("2 fluid ounces", "mL", 59.14706),
        ("1 oz", "g", 28.34952),
        ("2 lb", "kg", 0.9071847),
        ("6 weeks", "d", 42.0),
        ("1:30:00", "s", 5400.0),
        ("0:01:30.5", "min", 90.5 / 60),
        ("20 mm Hg", "mmHg", 20.0),
        ("20 Torr", "mmHg", 20.0),
        ("20 kpa", "mmHg", 150.0123),
        ("20 KPA", "mmHg", 150.0123),
        ("200 mbar", "mmHg", 150.0123),
        ("10 cm H2O", "mmHg", 7.35559),
        ("1 in Hg", "mmHg", 25.4),
        ("3 PSI", "mmHg", 155.1448),
        ("3 cc", "mL", 3.0),
        ("3 ccm", "mL", 3.0),
        ("3 cm³", "mL", 3.0),
        ("3 ML", "mL", 3.0),  # no megalitre is meant in this field
        ("1e3 mL", "L", 1.0),
        ("60 mL per min", "mL/s", 1.0),
        ("60 mL·min⁻¹", "mL/s", 1.0),
        ("30 Sekunden", "min", 0.5),
        ("47 /min", "1/min", 47.0),
        ("5 pmol/L", "nmol/L", 0.005),
        ("3 MJ/d", "kJ/d", 3000.0),
    ],
)
def test_a_quantity_is_converted_to_the_unit_asked_for(given_value, unit, expected):
    value = quantity(given_value, unit)
    assert isinstance(value, float)
    # the expected values are rounded to about six digits; atm differs from 760 mmHg in the seventh
    assert value == pytest.approx(expected, rel=2e-6)


@pytest.mark.parametrize(
    ("given_value", "unit", "says"),
    [
        ("20", "mmHg", '"20" is a text without a unit; write a number of mmHg'),
        ("", "s", '"" does not begin with a number'),
        ("soon", "s", '"soon" does not begin with a number'),
        ("20 s", "mmHg", '"20 s" cannot be converted to mmHg; write a number of mmHg'),
        ("85 g", "mL", "never turned from mass into volume silently"),
        ("2 ng", "mU", "related only through the standard that was used"),
        ("20 kPaa", "mmHg", 'unknown unit "kPaa" (did you mean kPa?)'),
        ("5oz", "mL", "an ounce (oz) is a mass; write fl oz"),
        ("3 ounces", "mL", "write fl oz"),
        ("3 oz/min", "mL/s", "write fl oz"),
        ("5 m", "s", "m is a metre; write min"),
        ("5 Cal", "J", 'unknown unit "Cal"'),
        ("1:30", "s", 'write "0:1:30" for minutes and seconds, or "1:30:00"'),
        ("1:30:00", "mL", "cannot be converted to mL"),
        ("1:75:00", "s", "unknown unit"),
        ("1,500 mL", "mL", 'write "1.500 mL", or "1500 mL"'),
        ("0,500 mL", "mL", 'write "0.500 mL".'),
        ("1,5", "1", "write 1.5."),
        ("1,234,567 mL", "mL", "write it without commas"),
        ("60 rpm", "1/min", 'unknown unit "rpm"'),
        ("1,5 kPa", "mmHg", 'decimal comma; write "1.5 kPa".'),
        ("5 min 20 s", "s", 'unknown unit "min 20 s"'),
        ("5 m**9**9**9", "s", "unknown unit"),
        ("5 __import__('os')", "s", "unknown unit"),
        (True, "s", "true is not a number"),
        (False, "1", "false is not a number"),
        (None, "s", "None is not a number"),
        ([20], "s", "a list is not a number"),
        (math.nan, "s", "nan is not a finite number"),
        (math.inf, "s", "inf is not a finite number"),
        ("nan s", "s", '"nan s" is not a finite number'),
        ("-inf mmHg", "mmHg", "is not a finite number"),
        ("1e999 s", "s", "is not a finite number"),
        (10**400, "s", "is not a finite number"),
    ],
)
def test_what_is_no_quantity_is_refused_in_one_sentence(given_value, unit, says):
    with pytest.raises(UnitError) as caught:
        quantity(given_value, unit)
    sentence = str(caught.value)
    assert says in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert isinstance(caught.value, LetdownError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("unit", KNOWN)
def test_every_unit_that_an_error_offers_is_a_unit(unit):
    assert quantity(f"3 {unit}", unit) == 3.0
    assert registry().parse_units(unit) is not None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_text_in_the_unit_asked_for_gives_the_number_written(number):
    assert quantity(f"{number!r} mmHg", "mmHg") == number


@given(st.floats(min_value=1e-6, max_value=1e6))
def test_kilopascal_and_back_changes_nothing_but_rounding(number):
    there = quantity(f"{number!r} mmHg", "kPa")
    assert quantity(f"{there!r} kPa", "mmHg") == pytest.approx(number, rel=1e-12)  # two roundings


@given(st.text(max_size=30))
def test_no_text_gets_through_as_anything_but_a_finite_number(text):
    try:
        value = quantity(text, "mmHg")
    except UnitError:
        return
    assert math.isfinite(value)


@pytest.mark.parametrize("pair", COMMON)
def test_the_common_conversions_are_those_of_pint(pair):
    given_unit, wanted = pair
    assert registry().Quantity(1.0, given_unit).to(wanted).magnitude == pytest.approx(COMMON[pair], rel=1e-15)


def test_pint_is_not_imported_for_plain_numbers():
    program = (
        "import sys; from letdown._units import quantity; quantity(3, 's'); quantity('3 s', 's');"
        "quantity('3 min', 's'); assert 'pint' not in sys.modules; quantity('3 kPa', 'mmHg');"
        "assert 'pint' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_share_is_no_quotient_of_two_masses():
    with pytest.raises(UnitError, match=r'^"0.1 %" is a share and does not say of what; write a number of g/kg'):
        quantity("0.1 %", "g/kg")
    assert quantity("100 mg/kg", "g/kg") == pytest.approx(0.1)
    assert quantity("10 %", "1") == pytest.approx(0.1)
