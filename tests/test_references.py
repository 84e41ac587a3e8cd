"""The bibliography: its reader, and what each entry must hold."""

import re
import tomllib
from pathlib import Path

import pytest
from pybtex import PybtexEngine
from pybtex.database import BibliographyData, parse_file, parse_string

from letdown import LetdownError, cli, load_scenario
from letdown.body.population import shipped_population
from letdown.evidence.study import load_studies, shipped_studies
from letdown.evidence.targets import read_targets
from letdown.parameter_table import parameter_rows
from letdown.protocol.lactation import lactation_presets, load_lactation
from letdown.protocol.scenario import CITE_KEY, presets
from letdown.references import (
    BIBLIOGRAPHY,
    RENAMED,
    bibtex,
    current_key,
    plain_text,
    read_entries,
    read_fields,
)
from letdown.web.parts import described_parts, reference

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
ROOT = Path(__file__).parents[1]
CHECKS = tomllib.loads((ROOT / "docs" / "data" / "references_checks.toml").read_text(encoding="utf-8"))
HOST = {"article": "journal", "inproceedings": "booktitle", "book": "publisher", "misc": "journal"}
# What no maintainer has found yet. The list may only become shorter.
OPEN = {
    "Andersen1982": {"author", "doi"},
    "Arthur1989": {"doi"},
    "Battin1985": {"doi"},
    "Belachew2012": {"author", "volume", "pages", "doi"},
    "Butte1984": {"doi"},
    "Daly1993": {"doi"},
    "Friberg2009": {"doi"},
    "Hopkinson1988": {"doi"},
    "James1995": {"doi"},
    "Mitoulas2002": {"doi"},
    "MulicLutvica2001": {"doi"},
    "Myoepithelium1961": {"author", "journal", "year", "volume", "pages", "doi"},
    "Othman2022": {"author"},
    "Peters1986": {"doi"},
    "Ramsay2005": {"doi"},
    "Santoro2010": {"doi"},
    "Schams1983": {"doi"},
    "Ueda1994": {"doi"},
    "Wagner1968": {"doi"},
    "Wang1996": {"author", "doi"},
}
STUDY = """\
title = "Milk ejections"
cite = "{cite}"
doi = "{doi}"
[population]
n = 24
[[arm]]
name = "feed"
scenario = "breastfeed"
[[statistic]]
target = "ME01"
quantity = "let_downs_at_breast"
reduction = "mean"
unit = "count/feed"
fitted = true
"""


@pytest.fixture(scope="module")
def parsed() -> BibliographyData:
    """Return the bibliography as another reader of BibTeX understands it."""
    return parse_file(str(BIBLIOGRAPHY))


def missing(key: str, entry) -> set[str]:
    """Return the fields that a citation needs and this entry lacks."""
    lacking = {"title", "year", HOST[entry.type]} - entry.fields.keys()
    lacking |= {"author"} if not entry.persons or entry.persons["author"][-1].last_names == ["others"] else set()
    if entry.type == "article":
        lacking |= {"volume", "pages", "doi"} - entry.fields.keys()
    elif entry.type == "misc":
        lacking |= {"volume", "pages", "doi", "year"}  # nobody knows yet where it was printed
    return lacking


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


def test_another_reader_of_bibtex_finds_the_same_entries_and_fields(parsed):
    entries = read_entries(BIBLIOGRAPHY.read_text(encoding="utf-8"))
    assert list(entries) == list(parsed.entries)
    for key, text in entries.items():
        ours, theirs = read_fields(text), parsed.entries[key]
        assert ours.keys() - {"author"} == {name.lower() for name in theirs.fields}, key
        for name, value in theirs.fields.items():
            assert ours[name.lower()] == " ".join(value.split()), (key, name)
        assert len(theirs.persons.get("author", ())) == (len(ours["author"].split(" and ")) if "author" in ours else 0)


def test_every_entry_has_what_a_citation_needs_but_for_the_open_list(parsed):
    lacking = {key: found for key, entry in parsed.entries.items() if (found := missing(key, entry))}
    assert lacking == OPEN
    assert len(OPEN) <= 20
    assert sum(map(len, OPEN.values())) <= 30


def test_the_maintainers_list_names_every_entry_and_the_same_open_fields(parsed):
    assert sorted(CHECKS) == sorted(parsed.entries)
    assert {key: set(check["open"]) for key, check in CHECKS.items() if "open" in check} == OPEN
    for key, check in CHECKS.items():
        held = {*parsed.entries[key].fields.keys(), *parsed.entries[key].persons.keys()}
        assert {*check.get("known", ()), *check.get("by_rule", ())} <= {name.lower() for name in held}, key
        assert check["against"]


def test_what_people_are_told_to_cite_has_no_remark_about_checking(capsys):
    assert cli.main(["cite", "breastfeed"]) == 0
    out = capsys.readouterr().out
    assert "note" not in {name for entry in read_entries(out).values() for name in read_fields(entry)}
    assert not re.search("check|become|memory", out)
    assert len(parse_string(out, "bibtex").entries) == len(read_entries(out)) > 40


def test_fields_have_the_form_that_reference_managers_expect(parsed):
    text = BIBLIOGRAPHY.read_text(encoding="utf-8")
    assert text.isascii()  # accents as LaTeX, so that every BibTeX reads them
    dois = [entry.fields["doi"].casefold() for entry in parsed.entries.values() if "doi" in entry.fields]
    assert len(dois) == len(set(dois)) > 40
    for key, entry in parsed.entries.items():
        fields = entry.fields
        assert re.fullmatch(r"(1[89]|20)\d\d", fields["year"]), key
        assert re.fullmatch(r"10\.\d{4,9}/[^\s{}]+", fields.get("doi", "10.1000/x")), key
        assert re.fullmatch(r"[A-Z]?\d+--[A-Z]?\d+|e\d+--e\d+|e?\d+", fields.get("pages", "1")), key
        assert re.fullmatch(r"\d+", fields.get("volume", "1")), key
        assert re.fullmatch(r"https://\S+", fields.get("url", "https://x")), key
        assert not ("doi" in fields and "url" in fields), key
        first, _, last = fields.get("pages", "1").partition("--")
        assert not last or int(re.sub(r"\D", "", first)) < int(re.sub(r"\D", "", last)), key


def test_a_key_is_first_author_and_year(parsed):
    for key, entry in parsed.entries.items():
        assert re.fullmatch(CITE_KEY, key), key  # a scenario may cite each of them
        name, year = re.fullmatch(r"([A-Za-z]+)(\d{4})[a-z]?", key).groups()
        assert year == entry.fields["year"], key
        if entry.persons:
            person = entry.persons["author"][0]
            family = "".join(re.findall("[A-Za-z]", plain(" ".join([*person.prelast_names, *person.last_names]))))
            assert family.startswith(name) or name.startswith(family) or family.startswith("EuropeanMult"), key


def plain(name: str) -> str:
    """Return a name in letters without accents."""
    return re.sub(r"\\\W|[{}]", "", name)


def test_a_bibliography_is_typeset_from_every_entry(parsed):
    keys = list(parsed.entries)
    engine = PybtexEngine()
    typeset = engine.format_from_string(bibtex(keys), style="plain", citations=keys, output_backend="latex")
    assert typeset.count("\\bibitem") == len(keys)
    for name in ("J{ü}tte", "de~Groot", "{WHO Multicentre Growth Reference Study Group}", "and others"):
        assert name in typeset


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_former_key_gives_the_entry_of_today_and_one_line_says_so(old, new, capsys, tmp_path):
    assert current_key(old) == new
    assert bibtex([old]) == bibtex([new]) == bibtex([old, new])
    assert old not in read_entries(BIBLIOGRAPHY.read_text(encoding="utf-8"))
    file = tmp_path / "mine.toml"
    written = load_scenario("breastfeed").with_values({"cite": [old]}).to_toml()
    file.write_text(written, encoding="utf-8")
    assert cli.main(["cite", str(file)]) == 0
    out, err = capsys.readouterr()
    assert new in read_entries(out)
    assert err == f"The cite key {old} is now {new}.\n"


def test_a_publication_of_the_users_own_is_named_and_the_others_are_printed(capsys, tmp_path):
    file = tmp_path / "mine.toml"
    scenario = load_scenario("breastfeed").with_values({"cite": ["Mine2026", "deGroot1995", "Daly1993b"]})
    file.write_text(scenario.to_toml(), encoding="utf-8")
    assert cli.main(["cite", str(file)]) == 0
    out, err = capsys.readouterr()
    assert {"deGroot1995", "Daly1993b", "Kent2006"} <= read_entries(out).keys()
    assert err == "The cite key Mine2026 is not in the bibliography of letdown; add its entry yourself.\n"


def test_no_file_of_ours_uses_a_former_key():
    kept = {BIBLIOGRAPHY.with_name("references.py"), Path(__file__)}
    folders = [ROOT / name for name in ("src", "docs", "tests", "web/src")]
    files = [p for f in folders for e in ("py", "toml", "md", "csv", "ts", "svelte") for p in f.rglob(f"*.{e}")]
    hits = [
        f"{file.name}: {key}"
        for file in files
        if file not in kept and "node_modules" not in file.parts and "_generated" not in file.parts
        for key in RENAMED
        if key.encode() in file.read_bytes()
    ]
    assert hits == []


def test_everything_cited_is_in_the_bibliography():
    cited = {key for row in parameter_rows() if row["cite"] for key in str(row["cite"]).replace(";", " ").split()}
    cited |= {key for name in presets() for key in load_scenario(name).cite}
    cited |= {key for name in lactation_presets() for key in load_lactation(name).cite}
    cited |= {study.cite for study in shipped_studies() if study.cite}
    cited |= {spread.cite for spread in shipped_population().between.values() if spread.cite}
    assert cited <= read_entries(BIBLIOGRAPHY.read_text(encoding="utf-8")).keys()


def test_a_study_and_its_published_rows_are_of_the_publication_it_cites(parsed):
    for study in shipped_studies():
        if not study.cite:
            continue
        fields = parsed.entries[study.cite].fields
        where = {fields[name].casefold() for name in ("doi", "url") if name in fields}
        assert not study.doi, study.name  # it stands once, in the bibliography
        for statistic in study.statistic:
            target = read_targets().get(statistic.target)
            if target and target.link and where:
                assert target.link.casefold() in where, (study.name, statistic.target)


@pytest.mark.parametrize(
    ("cite", "doi"),
    [("Ramsay2004", "10.1542/peds.2005-1417"), ("Ueda1994", "10.1542/peds.113.2.361"), ("Taffoni2020", "10.1/x")],
)
def test_a_study_with_the_doi_of_another_paper_is_refused(cite, doi, tmp_path):
    (tmp_path / "mine.toml").write_text(STUDY.format(cite=cite, doi=doi), encoding="utf-8")
    with pytest.raises(
        LetdownError, match=rf"doi \"{re.escape(doi)}\" is not that of {cite}, .*; write one of the two"
    ):
        load_studies(tmp_path)


@pytest.mark.parametrize(
    ("cite", "doi"),
    [
        ("Ramsay2004", "10.1542/PEDS.113.2.361"),  # a DOI knows no capitals
        ("Ueda1994", "https://pubmed.ncbi.nlm.nih.gov/8041543"),
        ("Wagner1968", "10.1/unknown-here"),
        ("Mine2026", "10.1/mine"),
    ],
)
def test_a_study_may_say_where_it_is_found(cite, doi, tmp_path):
    (tmp_path / "mine.toml").write_text(STUDY.format(cite=cite, doi=doi), encoding="utf-8")
    (study,) = load_studies(tmp_path)
    assert study.doi == doi


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('J{\\"u}tte', "Jütte"),
        ("Dor{\\'e}", "Doré"),
        ("Fran{\\c{c}}oise", "Françoise"),
        ("{Guatemalan} women---{A} review, 1--12", "Guatemalan women—A review, 1–12"),
    ],
)
def test_a_field_is_read_as_people_write_it(written, read):
    assert plain_text(written) == read


def test_sources_in_the_explorer_have_no_marks_of_latex():
    entries = read_entries(BIBLIOGRAPHY.read_text(encoding="utf-8"))
    lines = [reference(entry) for entry in entries.values()]
    assert [line for line in lines if re.search(r"[\\{}]", line)] == []
    assert reference(entries["Dewey1986"]).startswith("Dewey, Lönnerdal (1986). Infant self-regulation")
    keys = {source["key"] for part in described_parts().values() for source in part["sources"]}
    assert "deGroot1995" in keys
