"""docs/query-language.md: every example on the page means what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from search.language import Analyser
from search.query.fields import FIELD_NAMES
from search.query.leaf_builder import MAX_PATTERNS, MAX_TERMS
from search.query.lexer import MAX_DEPTH
from search.query.parser import MAX_CHARS, parse
from search.query.patterns import MAX_STARS
from search.query.tree import Boolean, DateRange, Filter, Fuzzy, Phrase, Query, Wildcard, Word

ANALYSER = Analyser()
PAGE = Path(__file__).resolve().parents[2] / "docs" / "query-language.md"


def sketch(tree: Query) -> str:
    """A tree in one line: `+` required, `-` excluded, `|` among alternatives."""
    if isinstance(tree, Boolean):
        parts = [*("+" + sketch(part) for part in tree.must), *map(sketch, tree.should),
                 *("-" + sketch(part) for part in tree.must_not)]
        return "[" + " ".join(parts) + "]"
    if isinstance(tree, DateRange):
        return f"{tree.since or ''}..{tree.until or ''}"
    if isinstance(tree, Filter):
        return f"{tree.field}={tree.value}"
    if isinstance(tree, Word | Phrase | Wildcard | Fuzzy):
        return (f"{tree.field}:" if tree.field else "") + _leaf(tree)
    return type(tree).__name__


def _leaf(leaf: Word | Phrase | Wildcard | Fuzzy) -> str:
    if isinstance(leaf, Phrase):
        return f"<{' '.join(leaf.words)}>" + (f"~{leaf.slop}" if leaf.slop else "")
    if isinstance(leaf, Fuzzy):
        return f"{leaf.exact}~{leaf.distance}"
    return leaf.pattern if isinstance(leaf, Wildcard) else leaf.exact


MEANINGS = {
    "banjir wonosobo": "[banjir wonosobo]",
    "pemilihan": "pemilihan",
    "Bupati-Wakil": "[bupati wakil]",
    "16:30": "16.30",
    "https://suaradesa.id/berita": "suaradesa.id/berita",
    "redaksi@suaradesa.id": "redaksi@suaradesa.id",
    '"tidak netral"': "<tidak netral>",
    "“tidak netral”": "<tidak netral>",
    '"wakil bupati"~5': "<wakil bupati>~5",
    '"pemilihan"': "<pemilihan>",
    "+banjir longsor": "[+banjir longsor]",
    "banjir -longsor": "[banjir -longsor]",
    "-longsor": "[-longsor]",
    "banjir AND longsor": "[+banjir +longsor]",
    "banjir DAN longsor": "[+banjir +longsor]",
    "banjir OR longsor": "[banjir longsor]",
    "banjir ATAU longsor": "[banjir longsor]",
    "banjir NOT longsor": "[banjir -longsor]",
    "banjir BUKAN longsor": "[banjir -longsor]",
    "(banjir OR longsor) AND wonosobo": "[+[banjir longsor] +wonosobo]",
    '+"tanah longsor" -(gempa tsunami)': "[+<tanah longsor> -gempa -tsunami]",
    "gempa OR banjir AND longsor": "[gempa [+banjir +longsor]]",
    "gempa OR (banjir AND longsor)": "[gempa [+banjir +longsor]]",
    "jalan banjir AND longsor rusak": "[+banjir +longsor jalan rusak]",
    "banjir longsor AND NOT gempa": "[banjir longsor -gempa]",
    "banjir longsor -gempa": "[banjir longsor -gempa]",
    "anak-anak": "anak-anak",
    "Wonosobo - Jawa Tengah": "[wonosobo jawa tengah]",
    "BANJIR DAN LONGSOR DI WONOSOBO": "[banjir dan longsor di wonosobo]",
    "judul:pilkada": "title:pilkada",
    "title:pilkada": "title:pilkada",
    "isi:netralitas": "body:netralitas",
    "body:netralitas": "body:netralitas",
    "judul:(banjir longsor)": "[title:banjir title:longsor]",
    'judul:"tanah longsor"': "title:<tanah longsor>",
    'banjir sumber:"Suara Desa"': "[+source=suara desa +banjir]",
    "source:kompas": "source=kompas",
    "kategori:olahraga": "category=olahraga",
    "category:olahraga": "category=olahraga",
    "daerah:wonosobo": "place=wonosobo",
    "place:wonosobo": "place=wonosobo",
    "sumber:(Suara Desa OR Kompas)": "[source=suara desa source=kompas]",
    "banjir -sumber:kompas": "[banjir -source=kompas]",
    "Kategori: berita": "[kategori berita]",
    "banjir sejak:2015-11 sampai:2015-12": "[+2015-11-01..2015-12-31 +banjir]",
    "since:2015-11 until:2015-12": "2015-11-01..2015-12-31",
    "tanggal:2015-11-11": "2015-11-11..2015-11-11",
    "tanggal:2015": "2015-01-01..2015-12-31",
    "date:2015-11-11": "2015-11-11..2015-11-11",
    'tanggal:"11 November 2015"': "2015-11-11..2015-11-11",
    "pilih*": "pilih*",
    "pe*an": "pe*an",
    "*wisata": "*wisata",
    "b?njir": "b?njir",
    "Siapa bupatinya?": "[siapa bupatinya]",
    "netralitaz~": "netralitaz~1",
    "netralitaz~1": "netralitaz~1",
    "netralitaz~2": "netralitaz~2",
    "*": "Everything",
    "* sumber:kompas": "source=kompas",
    "*a*": "Nothing",
    "a*": "Nothing",
}
WARNED = {"BANJIR DAN LONGSOR DI WONOSOBO", "Kategori: berita", "*a*", "a*"}
PARTS = {"-", "NOT", "AND", "OR", "?", "~2", *(f"{name}:" for name in FIELD_NAMES)}
"""What the page names without giving a whole query."""


def examples() -> list[str]:
    return re.findall(r"`([^`\n]+)`", PAGE.read_text(encoding="utf-8"))


def test_the_page_has_these_examples_and_no_others() -> None:
    assert set(examples()) - PARTS == set(MEANINGS)


@pytest.mark.parametrize("example", MEANINGS)
def test_each_example_means_what_the_page_says(example: str) -> None:
    parsed = parse(example, ANALYSER)
    assert sketch(parsed.tree) == MEANINGS[example]
    assert bool(parsed.warnings) == (example in WARNED)


def test_the_page_names_every_field_and_the_bounds() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"{name}:" in page for name in FIELD_NAMES)
    assert all(str(bound) in page for bound in (f"{MAX_CHARS:,}", MAX_TERMS, MAX_DEPTH, MAX_PATTERNS))
    assert MAX_STARS == 4 and "four stars" in page
