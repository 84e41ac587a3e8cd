"""The reader of the bibliography."""

import pytest

from letdown import LetdownError
from letdown.references import BIBLIOGRAPHY, bibtex, read_entries

TEXT = """\
% a comment with a @brace{
@string{jhl = "Journal"}
@article{Ramsay2004,
  title = {Ultrasound of {Milk} ejection {\\"u}},
  year = {2004},
}

@book{ Cowie1980 , title = "Hormones {and} lactation" }
@comment{Nobody1999, ignored}
"""


def test_entries_end_where_their_braces_close():
    entries = read_entries(TEXT)
    assert list(entries) == ["Ramsay2004", "Cowie1980"]
    assert entries["Ramsay2004"].startswith("@article{Ramsay2004,")
    assert entries["Ramsay2004"].endswith("year = {2004},\n}")
    assert entries["Cowie1980"] == '@book{ Cowie1980 , title = "Hormones {and} lactation" }'


def test_an_open_entry_is_an_error():
    with pytest.raises(LetdownError, match="Open2000 of the bibliography is not closed"):
        read_entries("@article{Open2000, title = {x}")


def test_entries_come_sorted_and_once():
    keys = sorted(read_entries(BIBLIOGRAPHY.read_text(encoding="utf-8")))[:3]
    text = bibtex([*reversed(keys), *keys])
    assert list(read_entries(text)) == sorted(keys, key=str.casefold)


def test_an_unknown_key_is_an_error():
    with pytest.raises(LetdownError, match="no source 'Nobody1999'"):
        bibtex(["Nobody1999"])
