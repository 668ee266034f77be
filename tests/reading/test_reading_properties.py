"""Whatever the bytes, reading gives articles and reports, and articles hold what they promise."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.model import Article, ReadOptions, Skipped
from search.reading import FORMATS, read_articles
from search.reading.identity import canonical_url, text_id

PIECES = st.sampled_from(
    [
        b"<p>", b"</p>", b"<rss>", b"<channel>", b"<item>", b"</item>", b"<title>", b"<![CDATA[", b"]]>", b"&k;", b"&#0;",
        b"<!DOCTYPE x [<!ENTITY k 'v'>]>", b"---\n", b"+++\n", b"title: a\n", b"judul,isi\n", b'{"isi": "', b'"}', b"[", b"]",
        b",", b"\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"Baca juga:", b"GARUT \xe2\x80\x93 ", b"Editor: A",
        b"0 komentar", b"(red)", b"wordpress.org/export/", b"<entry>", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"Isi.",
        b"\x1f\x8b\x08\x00", b"<html>", b"<body>", b"<!--", b"\\u0000", b"\\ud800", b'\t"', b"2015-02-30",
    ]
)  # fmt: skip
BYTES = st.binary(max_size=300) | st.lists(PIECES | st.binary(max_size=8), max_size=30).map(b"".join)
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def check(article: Article) -> None:
    assert article.id
    assert article.body
    assert all(line and line == line.strip() for line in article.body.split("\n"))
    fields = [article.id, article.title, *article.tags]
    fields += [getattr(article, name) or "x" for name in ("source", "url", "category", "place", "author", "editor")]
    fields.append(article.dateline or "x")
    for text in fields:
        assert not CONTROL.search(text)
        assert "\n" not in text
        assert text == text.strip()
    assert not CONTROL.search(article.body)
    article.body.encode("utf-8")


def run(content: bytes, name: str, form: str | None) -> tuple[list[Article], list[Skipped]]:
    skipped: list[Skipped] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        articles = list(read_articles([path], ReadOptions(format=form), on_skip=skipped.append))
        again = list(read_articles([path], ReadOptions(format=form)))
    assert articles == again
    return articles, skipped


@pytest.mark.parametrize("form", sorted(FORMATS))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(content=BYTES)
def test_no_bytes_stop_a_forced_format(form: str, content: bytes) -> None:
    articles, skipped = run(content, "berkas", form)
    for article in articles:
        check(article)
    assert all(skip.where and skip.reason for skip in skipped)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(content=BYTES, suffix=st.sampled_from(["txt", "xml", "html", "json", "jsonl", "csv", "md", "gz", "atom", ""]))
def test_no_bytes_stop_detection(content: bytes, suffix: str) -> None:
    articles, skipped = run(content, f"berkas.{suffix}", None)
    for article in articles:
        check(article)
    assert all(skip.where and skip.reason for skip in skipped)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=True) | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["judul", "isi", "tanggal", "title", "rendered", "id", "data", "url", "tags"]), inner
        )
    ),
    max_leaves=15,
)


@settings(max_examples=150)
@given(value=JSON)
def test_no_json_value_stops_reading(value: object) -> None:
    for name in ("a.json", "a.jsonl"):
        for article in run(json.dumps(value).encode(), name, None)[0]:
            check(article)


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=12)
STORIES = st.lists(st.lists(WORDS, min_size=3, max_size=12).map(" ".join), min_size=1, max_size=5)


@settings(max_examples=60)
@given(title=WORDS, story=STORIES)
def test_what_is_written_is_read_back(title: str, story: list[str]) -> None:
    body = "\n".join(f"A {line} z." for line in story)
    rows = json.dumps([{"id": "x", "title": title, "body": body}]).encode()
    (article,), skipped = run(rows, "a.json", None)
    assert not skipped
    assert (article.id, article.title, article.body) == ("x", " ".join(title.split()), body)


def test_addresses_are_made_canonical() -> None:
    assert canonical_url("HTTPS://Kabar.Example:443/A?utm_source=x&b=1&fbclid=2#c") == "https://kabar.example/A?b=1"
    assert canonical_url("http://kabar.example") == "http://kabar.example/"
    assert canonical_url("http://kabar.example/?q=a+b&p=%2F") == "http://kabar.example/?q=a+b&p=%2F"
    for none in ("", "/berita/1", "mailto:a@b", "http://", "http://[", "javascript:alert(1)"):
        assert canonical_url(none) is None


def test_ids_of_texts_depend_on_words_alone() -> None:
    assert text_id("A  b", "c\nd ") == text_id("A b", "c d")
    assert text_id("A", "b c") != text_id("A b", "c")
    assert text_id("Judul", "Isi.") == "text-" + text_id("Judul", "Isi.").removeprefix("text-")
    assert len(text_id("", "")) == 25


def test_reading_a_folder_twice_gives_the_same_ids(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Warga bekerja sejak pagi.")
    (tmp_path / "b.txt").write_text("Warga   bekerja sejak pagi.\r\n")
    ids = [article.id for article in read_articles([tmp_path, tmp_path])]
    assert len(ids) == 4
    assert len(set(ids)) == 1
