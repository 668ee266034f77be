"""The parser: what each piece of the query language means, and that no text whatever breaks it."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.language import Analyser
from search.query.leaf_builder import MAX_PATTERNS, MAX_TERMS
from search.query.lexer import MAX_DEPTH
from search.query.parser import MAX_CHARS, parse
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

ANALYSER = Analyser()
KOMPAS = Filter("source", "kompas")


def word(exact: str, field: str | None = None) -> Word:
    token = ANALYSER.analyse(exact)[0]
    return Word(token.exact, token.stem, field)  # type: ignore[arg-type]


def should(*parts: Query) -> Boolean:
    return Boolean(should=parts)


A, B, C, D = (word(text) for text in ("banjir", "longsor", "gempa", "kebakaran"))


def understood(text: str) -> Query:
    parsed = parse(text, ANALYSER)
    assert parsed.warnings == ()
    assert parsed.text == text
    return parsed.tree


@pytest.mark.parametrize(("text", "tree"), [
    ("banjir", A),
    ("banjir longsor", should(A, B)),
    ("banjir longsor banjir", should(A, B)),
    ("Pemilihan", Word("pemilihan", "pilih")),
    ("Bupati-Wakil", should(word("bupati"), word("wakil"))),
    ("Kab. Wonosobo - Jawa Tengah", should(*map(word, ("kab", "wonosobo", "jawa", "tengah")))),
    ("anak-anak", word("anak-anak")),
    ("dan atau bukan and or not", should(*map(word, ("dan", "atau", "bukan", "and", "or", "not")))),
    ("Siapa bupatinya?", should(word("siapa"), word("bupatinya"))),
    ("C++ 5+3", should(word("c"), word("5"), word("3"))),
    ("banjir --longsor", should(A, B)),
    ("16:30", word("16:30")),
    ("https://kompas.com/a?b=1*", word("https://kompas.com/a?b=1*")),
    ("redaksi@suaradesa.id", Word("redaksi@suaradesa.id", "redaksi@suaradesa.id")),
])
def test_words(text: str, tree: Query) -> None:
    assert understood(text) == tree


@pytest.mark.parametrize(("text", "tree"), [
    ("+banjir longsor", Boolean(must=(A,), should=(B,))),
    ("banjir -longsor", Boolean(should=(A,), must_not=(B,))),
    ("-banjir", Boolean(must_not=(A,))),
    ("NOT banjir", Boolean(must_not=(A,))),
    ("BUKAN banjir", Boolean(must_not=(A,))),
    ("NOT NOT banjir", A),
    ("banjir AND longsor", Boolean(must=(A, B))),
    ("banjir DAN longsor", Boolean(must=(A, B))),
    ("banjir OR longsor", should(A, B)),
    ("banjir ATAU longsor", should(A, B)),
    ("banjir AND longsor OR gempa", should(Boolean(must=(A, B)), C)),
    ("gempa OR banjir AND longsor", should(C, Boolean(must=(A, B)))),
    ("banjir AND NOT longsor", Boolean(should=(A,), must_not=(B,))),
    ("gempa banjir AND longsor kebakaran", Boolean(must=(A, B), should=(C, D))),
    ("gempa banjir AND NOT longsor", Boolean(should=(C, A), must_not=(B,))),
    ("banjir OR longsor -gempa", Boolean(should=(A, B), must_not=(C,))),
    ("(banjir OR longsor) AND gempa", Boolean(must=(should(A, B), C))),
    ("banjir AND (longsor gempa)", Boolean(must=(A, should(B, C)))),
    ("-(banjir longsor) gempa", Boolean(should=(C,), must_not=(A, B))),
    ("+(banjir longsor) gempa", Boolean(must=(should(A, B),), should=(C,))),
    ("(banjir AND longsor) gempa", should(Boolean(must=(A, B)), C)),
    ("(-banjir) longsor", Boolean(should=(B,), must_not=(A,))),
    ("KPU DAN ASN", Boolean(must=(word("KPU"), word("ASN")))),
    ("+covid/19", Boolean(must=(word("covid"), word("19")))),
    ("-covid/19", Boolean(must_not=(Phrase(("covid", "19")),))),
])
def test_operators(text: str, tree: Query) -> None:
    assert understood(text) == tree


@pytest.mark.parametrize(("text", "tree"), [
    ('"tidak netral"', Phrase(("tidak", "netral"))),
    ("“Tidak Netral”", Phrase(("tidak", "netral"))),
    ("„tidak netral“", Phrase(("tidak", "netral"))),
    ("«tidak netral»", Phrase(("tidak", "netral"))),
    ('"pemilihan"', Phrase(("pemilihan",))),
    ('"wakil bupati"~5', Phrase(("wakil", "bupati"), 5)),
    ('"wakil bupati"~', Phrase(("wakil", "bupati"), 1)),
    ('+"tidak netral" banjir', Boolean(must=(Phrase(("tidak", "netral")),), should=(A,))),
    ('banjir"tidak netral"', should(A, Phrase(("tidak", "netral")))),
    ('judul:"tidak netral"', Phrase(("tidak", "netral"), field="title")),
    ("pilih*", Wildcard("pilih*")),
    ("PEM*an", Wildcard("pem*an")),
    ("b?njir", Wildcard("b?njir")),
    ("*wisata", Wildcard("*wisata")),
    ("pilih***", Wildcard("pilih*")),
    ("(pilih*),", Wildcard("pilih*")),
    ("isi:pilih*", Wildcard("pilih*", "body")),
    ("netrl~", Fuzzy("netrl", 1)),
    ("netrl~1", Fuzzy("netrl", 1)),
    ("pilkadaa~2", Fuzzy("pilkadaa", 2)),
    ("netral~0", word("netral")),
    ("*", Everything()),
    ("* banjir", A),
    ("* sumber:kompas", KOMPAS),
])
def test_phrases_and_patterns(text: str, tree: Query) -> None:
    assert understood(text) == tree


@pytest.mark.parametrize(("text", "tree"), [
    ("judul:banjir", word("banjir", "title")),
    ("title:banjir", word("banjir", "title")),
    ("Judul:banjir", word("banjir", "title")),
    ("isi:banjir body:longsor", should(word("banjir", "body"), word("longsor", "body"))),
    ("judul:(banjir longsor)", should(word("banjir", "title"), word("longsor", "title"))),
    ("judul:(banjir isi:longsor) gempa", should(word("banjir", "title"), word("longsor", "body"), C)),
    ("-judul:banjir longsor", Boolean(should=(B,), must_not=(word("banjir", "title"),))),
    ("sumber:kompas", KOMPAS),
    ("source:kompas", KOMPAS),
    ('sumber:"Suara Desa"', Filter("source", "suara desa")),
    ("kategori:olahraga", Filter("category", "olahraga")),
    ("category:olahraga", Filter("category", "olahraga")),
    ("daerah:wonosobo", Filter("place", "wonosobo")),
    ("place:wonosobo", Filter("place", "wonosobo")),
    ("banjir sumber:kompas", Boolean(must=(KOMPAS, A))),
    ("banjir longsor sumber:kompas", Boolean(must=(KOMPAS, should(A, B)))),
    ("banjir longsor AND sumber:kompas", Boolean(must=(KOMPAS, should(A, B)))),
    ("+banjir longsor sumber:kompas", Boolean(must=(A, KOMPAS), should=(B,))),
    ("banjir -sumber:kompas", Boolean(should=(A,), must_not=(KOMPAS,))),
    ("banjir NOT sumber:kompas", Boolean(should=(A,), must_not=(KOMPAS,))),
    ("banjir OR sumber:kompas", should(A, KOMPAS)),
    ("sumber:(Suara Desa OR Kompas) banjir",
     Boolean(must=(should(Filter("source", "suara desa"), KOMPAS), A))),
    ("tanggal:2015-11-11", DateRange(date(2015, 11, 11), date(2015, 11, 11))),
    ("date:2015", DateRange(date(2015, 1, 1), date(2015, 12, 31))),
    ("sejak:2015-11", DateRange(since=date(2015, 11, 1))),
    ("since:2015-11", DateRange(since=date(2015, 11, 1))),
    ("until:2015-11", DateRange(until=date(2015, 11, 30))),
    ('tanggal:"11 November 2015"', DateRange(date(2015, 11, 11), date(2015, 11, 11))),
    ("sejak:2015-11 sampai:2015-12 banjir",
     Boolean(must=(DateRange(date(2015, 11, 1), date(2015, 12, 31)), A))),
])
def test_fields(text: str, tree: Query) -> None:
    # The order within `must` has no meaning.
    assert _without_order(understood(text)) == _without_order(tree)


def _without_order(tree: Query) -> object:
    return (set(tree.must), tree.should, tree.must_not) if isinstance(tree, Boolean) else tree


@pytest.mark.parametrize(("text", "tree", "said"), [
    ('banjir "tidak netral', should(A, Phrase(("tidak", "netral"))), "tidak netral"),
    ("(banjir", A, "("),
    ("banjir)", A, ")"),
    ("banjir AND", A, "AND"),
    ("ATAU banjir", A, "ATAU"),
    ("banjir NOT", A, "NOT"),
    ("banjir AND OR longsor", should(A, B), "AND"),
    ("+banjir OR longsor", should(A, B), "+"),
    ("foo:banjir", should(word("foo"), A), "foo:"),
    ("Kategori: berita", should(word("kategori"), word("berita")), "Kategori:"),
    ("banjir sejak:kapan", A, "kapan"),
    ("sejak:2016 sampai:2015", DateRange(date(2016, 1, 1), date(2015, 12, 31)), "2016-01-01"),
    ("banjir *a*", A, "*a*"),
    ("banjir a*", A, "a*"),
    ("banjir ?*", A, "?*"),
    ("a*b*c*d*e*f*", Nothing(), "a*b*c*d*e*f*"),
    ("sumber:komp*", Filter("source", "komp"), "komp*"),
    ("banjir sumber:*", A, "sumber:"),
    ('"wakil bup*"', Phrase(("wakil", "bup")), "wakil bup*"),
    ("netral~9", Fuzzy("netral", 2), "netral~9"),
    ("ke~1", word("ke"), "ke~1"),
    ("beda~2", Fuzzy("beda", 1), "beda~2"),
    ("ban*ir~1", Wildcard("ban*ir"), "ban*ir"),
    ('"a b"~9999', Phrase(("a", "b"), 100), "a b"),
    ("BANJIR DAN LONGSOR DI WONOSOBO", None, "DAN"),
    ("", Nothing(), "Kueri"),
    (" ... ", Nothing(), "Kueri"),
    ("()", Nothing(), "Kueri"),
    ("AND", Nothing(), "AND"),
])
def test_what_is_not_understood_is_said(text: str, tree: Query | None, said: str) -> None:
    parsed = parse(text, ANALYSER)
    if tree is not None:
        assert parsed.tree == tree
    assert said in " ".join(parsed.warnings)


def test_a_headline_in_capitals_has_no_operators() -> None:
    tree = parse("BANJIR DAN LONGSOR DI WONOSOBO", ANALYSER).tree
    assert [leaf.exact for leaf in leaves(tree)] == ["banjir", "dan", "longsor", "di", "wonosobo"]
    assert isinstance(tree, Boolean) and not tree.must


def test_warnings_are_fit_to_print_and_bounded() -> None:
    unknown = " ".join(f"f{chr(97 + i)}:x" for i in range(26))
    parsed = parse(f'sejak:"\x1b[31m\ud800\n{"x" * 500}" {unknown}', ANALYSER)
    assert all(sentence.isprintable() and len(sentence) < 250 for sentence in parsed.warnings)
    assert len(parsed.warnings) <= 12


@pytest.mark.parametrize("text", [
    "(" * 100_000, ")" * 100_000, "(" * 50_000 + "a" + ")" * 50_000, "NOT " * 30_000 + "a", "-(" * 50_000,
    "judul:" * 20_000, "judul:(" * 20_000, '"' * 100_001, "~" * 100_000, "a~1" * 30_000, "*a" * 50_000,
    "a AND " * 20_000, "a OR -b " * 20_000, "+-" * 50_000, "@" * 100_000, "?" * 100_000, "a" * 100_000,
])
def test_hostile_text_is_read_fast(text: str) -> None:
    started = time.perf_counter()
    parse(text, ANALYSER)
    assert time.perf_counter() - started < 3


def test_brackets_are_bounded_in_depth_and_lose_nothing() -> None:
    deep = MAX_DEPTH + 5
    parsed = parse("(" * deep + "banjir" + ")" * deep + " longsor", ANALYSER)
    assert parsed.tree == should(A, B)
    assert str(MAX_DEPTH) in parsed.warnings[0]


def test_a_pasted_paragraph_is_a_query_with_bounded_terms() -> None:
    text = " ".join(f"kata{i}" for i in range(600))
    parsed = parse(text, ANALYSER)
    assert len(leaves(parsed.tree)) == MAX_TERMS
    assert str(MAX_TERMS) in parsed.warnings[0]
    repeated = parse("banjir longsor " * 200, ANALYSER)
    assert repeated.tree == should(A, B) and repeated.warnings == ()


def test_patterns_and_length_are_bounded() -> None:
    parsed = parse(" ".join(f"pola{i}*" for i in range(40)), ANALYSER)
    assert len(leaves(parsed.tree)) == MAX_PATTERNS and parsed.warnings
    long = parse("banjir " * MAX_CHARS, ANALYSER)
    assert long.tree == A and str(MAX_CHARS) in long.warnings[0]


def test_leaves_are_the_positive_ones_once_and_in_order() -> None:
    tree = understood('banjir "tidak netral" -longsor judul:(gempa banjir) sumber:x pilih* netrl~1 banjir')
    assert leaves(tree) == (A, Phrase(("tidak", "netral")), word("gempa", "title"), word("banjir", "title"),
                            Wildcard("pilih*"), Fuzzy("netrl"))
    assert leaves(Nothing()) == leaves(Everything()) == ()


def test_leaves_of_a_very_deep_tree() -> None:
    tree: Query = A
    for _ in range(50_000):
        tree = Boolean(must=(tree,))
    assert leaves(tree) == (A,)
    while isinstance(tree, Boolean):  # taken apart by hand: Python would free it recursively
        (tree,) = tree.must


PIECES = st.sampled_from([
    "banjir", "longsor", "AND", "OR", "NOT", "DAN", "ATAU", "BUKAN", "(", ")", '"', "“", "+", "-", "~", "~2",
    "*", "?", ":", "judul:", "sumber:", "sejak:", "tanggal:", "2015-11", "foo:", "a*", "x://y", " ",
    "\n", "\x00", "\ud800", "\u0301", "\u200b", "Rp1,5 miliar", "anak-anak", ",",
])


def _nodes(tree: Query) -> list[Query]:
    parts = tree.must + tree.should + tree.must_not if isinstance(tree, Boolean) else ()
    return [tree, *(node for part in parts for node in _nodes(part))]


@given(st.one_of(st.text(), st.lists(PIECES).map("".join), st.lists(PIECES).map(" ".join)))
def test_every_text_is_a_query(text: str) -> None:
    parsed = parse(text, ANALYSER)
    assert parsed.text == text
    assert parse(text, ANALYSER) == parsed
    assert parsed.tree != Nothing() or parsed.warnings
    for node in _nodes(parsed.tree):
        if isinstance(node, Boolean):
            assert node.must or node.should or node.must_not
        elif isinstance(node, Phrase):
            assert node.words and all(node.words)
        elif isinstance(node, Filter):
            assert node.value.strip()
        elif isinstance(node, Fuzzy):
            assert node.distance in (1, 2) and len(node.exact) >= 3
        elif isinstance(node, Word):
            assert node.exact and node.stem


@given(st.lists(st.sampled_from(["banjir", "longsor", "gempa", "kebakaran"]), min_size=1))
def test_plain_words_are_all_optional(words: list[str]) -> None:
    tree = understood(" ".join(words))
    assert tree == (should(*map(word, dict.fromkeys(words))) if len(set(words)) > 1 else word(words[0]))
