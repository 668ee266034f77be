"""Numbers and dates in Indonesian, text made printable, marks that survive wrapping, whole pages."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.model import Article, FacetCount, Hit, Passage, Results, Span, TermShare
from search.render import indonesian
from search.render.data import results_csv, results_json, results_jsonl, results_trec
from search.render.page import Marked, Page, table
from search.render.printable import columns, fit, printable, unprintable
from search.render.text import article_text, pairs_text, results_text

ANSI = re.compile(r"\x1b\[[0-9;]*m")
ANY_TEXT = st.text(alphabet=st.characters(), max_size=60)
ARTICLE = Article(
    id="a1",
    title="Banjir Rendam Dua Desa",
    body="GARUT - Banjir merendam dua desa.\nWarga mengungsi ke balai desa, kata Camat, dan menunggu surut.",
    published=date(2020, 2, 29),
    source="Kabar Garut",
    category="Bencana",
    place="Garut",
    url="https://x.id/a1",
)


def hit(article: Article = ARTICLE, **fields: object) -> Hit:
    return replace(Hit(1, 2.5, article), **fields)


def results(*hits: Hit, **fields: object) -> Results:
    return replace(Results("banjir", len(hits), 0.034, hits), **fields)


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (999, "999"), (1234, "1.234"), (1234567, "1.234.567"), (-1500, "-1.500")]
)
def test_numbers(value: int, text: str) -> None:
    assert indonesian.number(value) == text


def test_decimals_and_seconds() -> None:
    assert indonesian.decimal(1234.5, 2) == "1.234,50"
    assert indonesian.seconds(0.0341) == "0,034 detik"
    assert indonesian.seconds(75.21) == "75,2 detik"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2015, 11, 11), "Rabu, 11 November 2015"),
        (date(1945, 8, 17), "Jumat, 17 Agustus 1945"),
        (datetime(2015, 11, 11, 19, 30), "Rabu, 11 November 2015, 19.30"),
        (
            datetime(2015, 11, 11, 19, 30, tzinfo=timezone(timedelta(hours=7))),
            "Rabu, 11 November 2015, 19.30 WIB",
        ),
        (
            datetime(2015, 11, 11, 9, 5, tzinfo=timezone(timedelta(hours=8))),
            "Rabu, 11 November 2015, 09.05 WITA",
        ),
        (
            datetime(2015, 11, 11, 9, 5, tzinfo=timezone(timedelta(hours=9))),
            "Rabu, 11 November 2015, 09.05 WIT",
        ),
        (datetime(2015, 11, 11, 9, 5, tzinfo=timezone.utc), "Rabu, 11 November 2015, 09.05 UTC"),
        (
            datetime(2015, 11, 11, 9, 5, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
            "Rabu, 11 November 2015, 09.05 UTC-03.30",
        ),
    ],
)
def test_dates(value: date, text: str) -> None:
    assert indonesian.moment(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("2015-11", "November 2015"), ("2015-13", "2015-13"), ("", ""), ("x-y", "x-y"), ("2015", "2015")],
)
def test_months(value: str, text: str) -> None:
    assert indonesian.month(value) == text


def test_unprintable_is_what_unicode_says() -> None:
    """The pattern is held against this Python's tables; an older one knows less (Cn)."""
    unsafe = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    everything = [chr(code) for code in range(sys.maxunicode + 1)]
    missed = [c for c in everything if unicodedata.category(c) in unsafe and not unprintable().match(c)]
    wronged = [
        c for c in unprintable().findall("".join(everything)) if unicodedata.category(c) not in unsafe | {"Cn"}
    ]
    assert (missed, wronged) == ([], [])


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("banjir\n\tbesar", "banjir  besar"),
        ("\x1b[2J\x9b2Jx\x00", "�[2J�2Jx�"),
        ("pe\xadmi\u200blu\ufeff", "pemilu"),
        ("a\u202eb\u2066c", "abc"),
        ("\ud800", "�"),
        ("Jum’at – 日本 é", "Jum’at – 日本 é"),
    ],
)
def test_printable(text: str, clean: str) -> None:
    assert printable(text) == clean


@given(ANY_TEXT)
def test_printable_leaves_nothing_to_obey(text: str) -> None:
    assert not unprintable().search(printable(text))
    printable(text).encode("utf-8")


def test_columns_and_fit() -> None:
    assert columns("日本a") == 5 and columns("e\u0301") == 1
    assert fit("日本語", 5) == "日本…" and fit("abc", 3) == "abc" and fit("abcd", 3) == "ab…"


@given(
    ANY_TEXT, st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=4), st.integers(2, 30)
)
def test_wrapping_keeps_words_width_and_marks(text: str, marks: list[tuple[int, int]], width: int) -> None:
    page = Page(width, colour=True)
    marked = Marked.of(text, sorted(marks))
    lines = marked.lines(page, width)
    plain = [ANSI.sub("", line) for line in lines]
    assert "".join("".join(plain).split()) == "".join(printable(text).split())
    assert all(columns(line) <= width for line in plain)
    shown = "".join(re.findall(r"\x1b\[30;43m(.*?)\x1b\[0m", "".join(lines)))
    expected = "".join(piece for piece, flag in marked.pieces if flag)
    assert "".join(shown.split()) == "".join(expected.split())


def test_a_word_without_end_is_broken_in_time() -> None:
    lines = Marked.of("ab日" * 100_000).lines(Page(80), 80)
    assert {columns(line) for line in lines[:-1]} == {80} and sum(map(len, lines)) == 300_000


def test_a_phrase_is_marked_as_one() -> None:
    lines = Marked.of("ada tidak  netral juga", [(4, 17)]).lines(Page(80, True), 80)
    assert lines == ["ada \x1b[30;43mtidak netral\x1b[0m juga"]


def test_marks_of_a_passage_are_offsets_into_the_body() -> None:
    body = ARTICLE.body
    start = body.index("Warga")
    at = body.index("desa,")
    found = hit(passages=(Passage(start, len(body), body[start:], (Span(at, at + 4),)),))
    text = results_text(results(found), Page(80, True))
    assert "balai \x1b[30;43mdesa\x1b[0m," in text


def test_a_page_as_a_reader_sees_it() -> None:
    body = ARTICLE.body
    first, last = body.index("Banjir"), body.index("mengungsi")
    passages = (Passage(0, 32, body[:32], ()), Passage(last, last + 9, body[last : last + 9], ()))
    share = TermShare("banjir", "title+body", "exact", 5.125, 0.5, 2.5)
    answer = results(
        hit(passages=passages, title_marks=(Span(0, 6),), explanation=(share,)),
        total=1200,
        warnings=("a note",),
        suggestion="banjir rob",
        facets={"month": (FacetCount("2020-02", 1200), FacetCount("2020-03", 3)), "source": ()},
    )
    assert first == 8
    assert results_text(answer, Page(80)) == (
        "1.200 artikel ditemukan, ditampilkan 1-1 (0,034 detik)\n"
        "Catatan: a note\n"
        "Mungkin maksud Anda: banjir rob\n"
        "\n"
        "1  Banjir Rendam Dua Desa\n"
        "   Kabar Garut · Sabtu, 29 Februari 2020 · Garut · Bencana\n"
        "   GARUT - Banjir merendam dua desa … mengungsi …\n"
        "   https://x.id/a1 · a1\n"
        "\n"
        "   istilah  bidang     bukti            idf     tf  nilai\n"
        "   banjir   judul+isi  bentuk persis  5,125  0,500  2,500\n"
        "   jumlah                                           2,500\n"
        "\n"
        "Bulan\n"
        "  Februari 2020  1.200  ████████████████████████\n"
        "  Maret 2020         3  ▏\n"
    )


def test_an_article_with_nothing_known() -> None:
    bare = Article(id="x", title="", body="")
    assert results_text(results(hit(bare)), Page(80)).splitlines()[2:] == [
        "1  (tanpa judul)",
        "   tanpa tanggal",
        "   x",
    ]
    assert article_text(bare, Page(80)) == "(tanpa judul)\ntanpa tanggal\n\nId: x\n"
    only_marks = Article(id="\u200b", title="\u200b \n", body="\n\n")
    assert "(tanpa judul)" in results_text(results(hit(only_marks)), Page(80))
    assert "(tanpa judul)" in article_text(only_marks, Page(80))


articles = st.builds(
    Article,
    id=ANY_TEXT,
    title=ANY_TEXT,
    body=ANY_TEXT,
    source=st.none() | ANY_TEXT,
    url=st.none() | ANY_TEXT,
    published=st.none() | st.dates() | st.datetimes(timezones=st.none() | st.timezones()),
    author=st.none() | ANY_TEXT,
    tags=st.lists(ANY_TEXT, max_size=2).map(tuple),
)


@given(articles, st.integers(20, 100), st.booleans())
def test_any_article_can_be_shown(article: Article, width: int, colour: bool) -> None:
    passages = (Passage(0, len(article.body), article.body, (Span(0, len(article.body)),)),)
    answer = results(hit(article, passages=passages), facets={"source": (FacetCount(article.title, 1),)})
    for text in (results_text(answer, Page(width, colour)), article_text(article, Page(width, colour))):
        assert not unprintable().search(ANSI.sub("", text).replace("\n", ""))
    for text in (results_csv(answer), results_trec(answer), results_jsonl(answer), results_json(answer)):
        assert not unprintable().search(text.replace("\n", ""))
        text.encode("utf-8")
    assert len(results_trec(answer).split()) == 6
    (line,) = results_jsonl(answer).splitlines()
    assert json.loads(line)["article"]["body"] == article.body
    assert json.loads(results_json(answer))["hits"][0]["article"]["title"] == article.title


def test_tables() -> None:
    assert table([("a", "10"), ("日本", "2")], right=(1,)) == ["a     10", "日本   2"]
    assert pairs_text([]) == ""
