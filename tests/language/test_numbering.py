"""The numbers for the index stand for exactly the tokens that `analyse` gives, whatever the text."""

from __future__ import annotations

import gzip
import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.language import Analyser, numbering
from search.language.numbering import Numbering

ANALYSER = Analyser()
NUMBERING = Numbering(ANALYSER)
ANY = st.text(st.characters(exclude_categories=()), max_size=80)  # surrogates and control characters too
WORDS = st.sampled_from(
    ["anak", "Pemilihan", "dibuka", "KPU", "DPRD", "PERADI", "DIBUKA", "MENANG", "PEMILIHAN", "BERIKAN", "DANA", "DESA",
     "TNI-Polri", "DIBUKA-TUTUP", "DIBUKA/DITUTUP", "KPU-nya", "se-Jawa", "ke-10", "anak-anak", "kupu-kupu", "U-16",
     "1.500", "Rp2.000", "2019", "1990an", "25%", "%", "%DIBUKA", "(11/11/2015)", "16.00", "5G", "10km", "P.T.", "H.Andi",
     "-", "–", "\u201cDana\u201d", "(PERADI)", "PERADI,", "Jum'at", "Jum\u2019at", "-http://-", "www.-", "HTTPS://--",
     "https://www.kompas.com/read", "redaksi@suara.com", "#IndonesiaMaju", "@jokowi", "makassar_info", "kompas.com",
     "\u00ad", "\u200b%", "e\u0301", "\u0301", "\u0301e", "PER\u00adADI", "DIBUKA\u24d0", "\u24d0", "ÉTÉLAH", "İ", "ß", "\ud800", "½",
     "٣", "ا\u064b", "ꦏ\ua9b6", "\u1161", "\u1100", "a" * 60, "A" * 60, "a-" * 150]
)  # fmt: skip
GAPS = st.sampled_from([" ", " ", " ", "\n", "\u00a0", "\t", "\x1c", "\u2001", "  ", " - ", ", ", "", "\u200b", " " * 9])
NEWS = st.lists(st.tuples(WORDS, GAPS), max_size=14).map(lambda pairs: "".join(map("".join, pairs)))


def numbered(text: str, with_numbering: Numbering = NUMBERING) -> list[tuple[str, str, int]]:
    numbers = with_numbering.number(text)
    exacts, stems = with_numbering.exacts, with_numbering.stems
    return [(exacts[n], stems[n], at) for n, at in zip(numbers, with_numbering.positions(numbers), strict=True)]


def analysed(text: str) -> list[tuple[str, str, int]]:
    return [(token.exact, token.stem, token.position) for token in ANALYSER.analyse(text)]


@given(st.one_of(ANY, NEWS))
@example("PEMILIHAN KETUA DIBUKA\nPERADI siap")
@example("PERADI - PEMILIHAN")
@example("DIBUKA\u24d0 PEMILIHAN")
@example("DIBUKA 1990an PEMILIHAN")
@example("DIBUKA PEMILIHAN\u24d0")
@example("25 % 25\n% % 25%")
@example("KPU-nya MENANG")
@example("DPRDⓐ PEMILIHAN PERADI")
@example("DIBUKA PERADIⓐ PEMILIHAN")
@example("% 25")
@example("25 \u200b%")
def test_numbers_stand_for_the_tokens_of_the_analysis(text: str) -> None:
    expected = analysed(text)
    assert numbered(text) == expected
    assert numbered(text) == expected  # out of the memory
    assert numbered(text, Numbering(ANALYSER)) == expected


@given(st.one_of(ANY, NEWS))
@example("\n\n a  b\n")
@example("a\u00a0b PERADI\tDIBUKA")
def test_units_give_the_text_again(text: str) -> None:
    for with_numbering in (NUMBERING, Numbering(ANALYSER)):
        for _ in range(2):
            spelled = with_numbering.spelled(text)
            assert list(spelled.units) == with_numbering.units.numbers(text)
            assert list(spelled.tokens) == list(with_numbering.number(text))
            assert " ".join(map(with_numbering.units.texts.__getitem__, spelled.units)).replace(" \n ", "\n") == text


def test_units_that_were_forgotten_are_numbered_anew() -> None:
    text = "Ketua KPU dan DPRD Wonosobo - kata-katanya:\nRp 5.000 atau 25%, PERADI"
    small = Numbering(ANALYSER)
    units = small.units
    first = small.spelled(text)
    small.forget_units()
    small.number("berita lain")
    second = small.spelled(text)
    assert second.tokens == first.tokens and second.units != first.units
    assert [small.units.texts[n] for n in second.units] == [units.texts[n] for n in first.units]


def test_an_acronym_of_a_headline_has_the_root_of_the_word() -> None:
    headline, spoken = "PEMILIHAN KETUA DIBUKA", "Pemilihan DIBUKA lagi"
    for text in (spoken, headline, spoken, headline):
        assert numbered(text) == analysed(text)
    assert numbered(headline)[2][1] == "buka" and numbered(spoken)[1][1] == "dibuka"


def test_the_common_case_needs_no_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Ketua KPU dan DPRD Wonosobo, Rabu (11/11/2015) pukul 16.00 WIB - kata-katanya: \u201cRp 5.000 atau 25%\u201d."
    expected = analysed(text)
    monkeypatch.setattr(ANALYSER, "analyse", lambda _: pytest.fail("the whole text was analysed"))
    assert numbered(text) == expected


def test_numbers_keep_their_meaning_when_the_memory_is_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbering, "_MEMORY", 5)
    small = Numbering(ANALYSER)
    text = "Dana desa ke-10 untuk DPRD (11/11/2015) dan TNI-Polri - DPRD 2019 dana desa; anak-anak dan kata mereka lagi"
    first = small.number(text)
    for n in range(50):
        other = f"kata{n} untuk anak-{n} dari {n}/{n} DPRD KPU {text}"
        assert numbered(other, small) == analysed(other)
        assert len(small._memory) <= 5 and len(small._memory._doubtful) <= 5
    assert small.number(text) == first
    assert len(set(zip(small.exacts, small.stems, small.steps))) == len(small.exacts)


@pytest.mark.parametrize(
    "text",
    ["a" * 3_000_000, "a-" * 50_000, "A " * 200_000, "DIBUKA " * 50_000, "a, - " * 100_000, "\u00ad" * 200_000,
     "ke-1 " * 100_000, "% " * 100_000, " %" * 100_000, "a%a " * 100_000],
    ids=lambda text: repr(text[:8]),
)  # fmt: skip
def test_monstrous_texts(text: str) -> None:
    assert numbered(text) == analysed(text)


def test_real_articles(shared: Path) -> None:
    with gzip.open(shared / "data" / "corpus" / "clickid.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = [json.loads(line) for line in islice(lines, 0, 8000, 20)]
    for article in articles:
        for text in (article["title"], article["body"]):
            assert numbered(text) == analysed(text)
