"""Snippets: what is marked, which passages are chosen, and that offsets slice the article's own text."""

from __future__ import annotations

import time
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.language import Analyser
from search.marking import MOST_MARKS, matcher_for
from search.model import Article, Passage, Span
from search.query.parser import parse
from search.query.tree import (
    Boolean,
    DateRange,
    Everything,
    Filter,
    Fuzzy,
    Nothing,
    Phrase,
    Query,
    Wildcard,
    Word,
)
from search.query.tree_walk import leaves
from search.snippets import Highlight, highlight

ANALYSER = Analyser()

FILLER = "Warga berkumpul di balai desa sejak pagi untuk mengikuti acara itu sampai selesai. "


def article(body: str, title: str = "") -> Article:
    return Article("1", title, body)


def found(query: str, body: str, title: str = "", chars: int = 240) -> Highlight:
    return highlight(article(body, title), parse(query, ANALYSER).tree, ANALYSER, chars)


def marked(text: str, marks: tuple[Span, ...]) -> list[str]:
    return [text[start:end] for start, end in marks]


def marked_in_body(query: str, body: str, chars: int = 240) -> list[str]:
    return [word for p in found(query, body, chars=chars).passages for word in marked(body, p.marks)]


@pytest.mark.parametrize(("query", "body", "words"), [
    ("pilih", "Hari pemilihan tiba, dan warga memilih.", ["pemilihan", "memilih"]),
    ("PEMILIHAN", "Warga Memilih kepala desa.", ["Memilih"]),
    ("jumat", "Salat Jum’at di masjid.", ["Jum’at"]),
    ('"tidak netral"', "ASN yang tidak  netral, bukan netral tidak.", ["tidak  netral"]),
    ('"konflik sosial"', "Konflik.\nSosial konflik sosial", ["Konflik.\nSosial", "konflik sosial"]),
    ('"wakil kota"~3', "kota lama, wakil bupati di kota, yang lama kota", ["kota", "wakil", "kota"]),
    ('"kota kota"~2', "kota itu kota; satu kota.", ["kota", "kota", "kota"]),
    ("pilk*", "Pilkada dan pilkades, bukan pemilu.", ["Pilkada", "pilkades"]),
    ("p?lkada [x]*", "Pilkada dan polkada", ["Pilkada", "polkada"]),
    ("netrl~1", "ASN netral saja", ["netral"]),
    ("netral", "ASN yang tidak netral", ["tidak netral"]),
    ("netral", "ASN tidak, netral", ["netral"]),
    ("netral -tidak -sumber:x", "ASN tetap netral", ["netral"]),
    ("tidak netral", "ASN yang tidak netral", ["tidak netral"]),
    ('banjir "banjir besar"', "banjir besar lalu banjir kecil", ["banjir besar", "banjir"]),
    ("isi:banjir judul:longsor", "banjir dan longsor", ["banjir"]),
    ("-banjir longsor", "banjir dan longsor", ["longsor"]),
    ("NOT banjir", "banjir", []),
    ("sumber:kompas", "kompas", []),
    ("*", "kompas", []),
])
def test_marks(query: str, body: str, words: list[str]) -> None:
    assert marked_in_body(query, body) == words


def test_title_has_its_own_marks() -> None:
    result = found("judul:banjir isi:longsor", "longsor banjir", "Banjir dan Longsor")
    assert marked("Banjir dan Longsor", result.title_marks) == ["Banjir"]
    assert marked("longsor banjir", result.passages[0].marks) == ["longsor"]


def test_whole_sentences_where_they_fit() -> None:
    body = FILLER * 4 + "Banjir merendam tiga desa di Kecamatan Suka. " + FILLER * 4
    (passage,) = found("banjir desa", body, chars=120).passages
    assert passage.text.startswith("Banjir merendam") and passage.text.endswith(".")


def test_long_sentence_is_cut_between_words_around_the_match() -> None:
    body = "kata " * 200 + "banjir bandang" + " kata" * 200
    (passage,) = found("banjir bandang", body, chars=100).passages
    assert len(passage.text) > 80 and set(passage.text.split()) == {"kata", "banjir", "bandang"}
    assert passage.text.index("banjir") > 20


def test_distinct_terms_win_over_repeated_ones() -> None:
    body = "Banjir, banjir, banjir. " + FILLER * 5 + "Banjir bandang di Wonosobo. " + FILLER * 5
    (passage,) = found("banjir bandang wonosobo", body, chars=60).passages
    assert passage.text.startswith("Banjir bandang di Wonosobo.")


def test_closer_words_win() -> None:
    body = "Banjir yang dulu pernah sekali terjadi di Wonosobo. " + FILLER * 5 + "Banjir Wonosobo lagi."
    (passage,) = found("banjir wonosobo", body, chars=80).passages
    assert passage.text.startswith("Banjir Wonosobo")


def test_a_word_of_content_wins_over_function_words() -> None:
    body = "Di sini dan di sana, di desa yang jauh. " + FILLER * 6 + "Longsor menutup jalan."
    (passage,) = found("di longsor", body, chars=50).passages
    assert "Longsor" in passage.text


def test_the_callers_weights_decide() -> None:
    body = "Banjir di sini. " + FILLER * 6 + "Longsor di sana."
    tree = parse("banjir longsor", ANALYSER).tree
    for heavy, start in (("banjir", "Banjir"), ("longsor", "Longsor")):
        weights = {"banjir": 1.0, "longsor": 1.0, heavy: 5.0}
        (passage,) = highlight(article(body), tree, ANALYSER, 50, weights).passages
        assert passage.text.startswith(start)


def test_far_apart_terms_get_passages_in_the_order_of_the_text() -> None:
    body = f"Longsor menutup jalan. {FILLER * 8}Banjir merendam sawah. {FILLER * 8}Gempa terasa kuat."
    passages = found("gempa banjir longsor", body).passages
    assert [marked(body, passage.marks) for passage in passages] == [["Longsor"], ["Banjir"], ["Gempa"]]


def test_what_the_title_shows_counts_less() -> None:
    body = "Banjir merendam sawah. " + FILLER * 6 + "Bupati meninjau lokasi."
    (passage,) = found("banjir bupati", body, "Banjir lagi", chars=50).passages
    assert passage.text.startswith("Bupati")


def test_without_a_match_the_lead_without_marks() -> None:
    body = "\n  Ini kalimat pertama. " + FILLER * 9
    (passage,) = found("judul:banjir", body, "Banjir", chars=60).passages
    assert passage.text == "Ini kalimat pertama." and passage.marks == ()
    assert found("sumber:x", "Satu dua tiga empat", chars=9).passages == (Passage(0, 8, "Satu dua"),)
    assert found("banjir", "").passages == found("banjir", " \n ").passages == ()


def test_neighbouring_passages_are_one() -> None:
    body = "Banjir merendam sawah di desa itu. Longsor menutup jalan ke kota lain."
    (passage,) = found("banjir longsor", body).passages
    assert passage.text == body


@pytest.mark.parametrize("chars", [-5, 0, 1, 5, 10, 10**9])
def test_odd_lengths(chars: int) -> None:
    body = "Kesinambungan pemilihan. " + FILLER * 3
    passages = found("pemilihan", body, chars=chars).passages
    assert sum(len(passage.text) for passage in passages) <= max(chars, 0)
    if chars == 10:
        assert [passage.text for passage in passages] == ["pemilihan."]


def test_a_word_is_never_cut() -> None:
    body = "Kesinambungan " + "pembangunanberkelanjutan" * 20 + " desa."
    assert found("x", body, chars=10).passages == ()
    (passage,) = found("desa", body, chars=40).passages
    assert passage.text == "desa."


def test_the_issues_own_example(shared: Path) -> None:
    lines = (shared / "data/corpus/wonosobozone.txt").read_text(encoding="utf-8").splitlines()
    title, body = lines[0].rstrip(" |"), " ".join(lines[1:])
    result = found("netralitas ASN jelang pilkada", body, title)
    words = marked(title, result.title_marks) + [w for p in result.passages for w in marked(body, p.marks)]
    assert {"tidak netral", "netralitas", "ASN", "Pilkada"} <= set(words)
    whole = [w for p in found("netral", body, title, 10_000).passages for w in marked(body, p.marks)]
    assert "tidak netral" in whole


WORDS = ["banjir", "banjir-banjir", "longsor", "memilih", "pemilihan", "tidak", "netral", "KPU-nya", "di",
         "Rp1,5 miliar", "é", "e\u0301", "👩‍👧", "\u0301", "\ud800", "\u200b", "x" * 70, "ba\u00adnjir"]
GAPS = [" ", " ", " ", ". ", "\n", ", ", "-", "", "\u00a0", " \u0301", "\t", "” "]
TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=120).map(
        lambda pairs: "".join(word + gap for word, gap in pairs)),
)
FIELDS = st.sampled_from([None, None, "title", "body"])
EXACT = st.sampled_from(["banjir", "longsor", "memilih", "tidak", "netral", "kpu", "di", "é", "x" * 70])
LEAVES = st.one_of(
    st.builds(lambda exact, field: Word(exact, ANALYSER.analyse(exact)[0].stem, field), EXACT, FIELDS),
    st.builds(Phrase, st.lists(EXACT, max_size=3).map(tuple), st.integers(0, 3), FIELDS),
    st.builds(Wildcard, st.sampled_from(["ban*", "*il*", "?i", "*", "[a]*", ""]), FIELDS),
    st.builds(Fuzzy, EXACT, st.integers(1, 2), FIELDS),
    st.sampled_from([Filter("source", "x"), DateRange(date(2015, 1, 1)), Everything(), Nothing()]),
)
TREES = st.recursive(LEAVES, lambda part: st.builds(
    Boolean, st.lists(part, max_size=2).map(tuple), st.lists(part, max_size=3).map(tuple),
    st.lists(part, max_size=1).map(tuple)), max_leaves=6)


def _check_marks(text: str, marks: tuple[Span, ...], start: int, end: int) -> None:
    last = start
    for mark in marks:
        assert last <= mark.start < mark.end <= end
        assert text[mark.start : mark.end].strip() == text[mark.start : mark.end] != ""
        last = mark.end


@given(TEXTS, TEXTS, TREES, st.integers(0, 200))
@example("", "a \u0301b", Everything(), 1)
def test_offsets_slice_the_article(title: str, body: str, tree: Query, chars: int) -> None:
    result = highlight(article(body, title), tree, ANALYSER, chars)
    _check_marks(title, result.title_marks, 0, len(title))
    last = 0
    for passage in result.passages:
        assert last <= passage.start < passage.end <= len(body)
        assert passage.text == body[passage.start : passage.end] == passage.text.strip()
        _check_marks(body, passage.marks, passage.start, passage.end)
        last = passage.end
    assert sum(len(passage.text) for passage in result.passages) <= chars
    assert len(result.passages) <= 3


@given(TEXTS, TREES, st.integers(1, 200))
def test_no_cut_inside_a_word(body: str, tree: Query, chars: int) -> None:
    words = [(token.start, token.end) for token in ANALYSER.analyse(body)]
    for passage in highlight(article(body), tree, ANALYSER, chars).passages:
        for cut in (passage.start, passage.end):
            assert not any(start < cut < end for start, end in words)
            if 0 < cut < len(body) and cut == passage.start:
                assert not unicodedata.category(body[cut]).startswith("M")


@given(TEXTS, TREES)
def test_every_match_in_a_whole_body_is_marked(body: str, tree: Query) -> None:
    """Where everything fits, what is marked is what the tree's words match, token by token."""
    wanted = [leaf for leaf in leaves(tree) if isinstance(leaf, Word) and leaf.field != "title"]
    marks = matcher_for(leaves(tree), "body").marks(body, ANALYSER)
    for token in ANALYSER.analyse(body)[:200]:
        if any(leaf.exact == token.exact or leaf.stem == token.stem for leaf in wanted):
            assert any(mark.start <= token.start and token.end <= mark.end for mark in marks)


def test_a_huge_body_is_bounded_work() -> None:
    for body in ("banjir " * 700_000, FILLER * 60_000, "x" * 5_000_000, "\n" * 5_000_000, "a " * 2_500_000):
        started = time.perf_counter()
        result = found("banjir warga a pilih* \"a a\"", body)
        assert time.perf_counter() - started < 5
        assert sum(len(passage.text) for passage in result.passages) <= 240
    assert len(matcher_for(leaves(parse("a", ANALYSER).tree), "body").marks("a " * 9_000, ANALYSER)) == MOST_MARKS
