"""Stored articles come back as they were, alone, among others and from merged segments."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engines.whoosh import records, stored
from search.engines.whoosh.container import Array, Container, ContainerWriter
from search.engines.whoosh.stored import SLOT, StoredArticles, StoredWriter
from search.language.numbering import Units
from search.model import Article

# Texts with many of the characters that mean something here, and words that repeat, so that some get codes.
MARKS = ["\x00", "\x1e", "\x1f", " ", "\n", "\t", "\ud800", "é", "-", "/", "!", "ps", "T", "\u00a0"]
WORDS = ["banjir", "di", "Kota", "Semarang,", "x" * (SLOT - 1), "y" * SLOT, "\n", "", "–"]
TEXTS = st.one_of(
    st.text(max_size=20),
    st.lists(st.sampled_from(MARKS), max_size=8).map("".join),
    st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join),
)
LABELS = st.none() | TEXTS
ZONES = st.sampled_from([None, timezone.utc, timezone(timedelta(hours=7))])
ARTICLES = st.builds(
    Article, id=TEXTS, title=TEXTS, body=TEXTS,
    published=st.none() | st.dates() | st.datetimes(timezones=ZONES),
    source=LABELS, url=LABELS | st.just("https://contoh.id/2024/banjir-di-kota"), category=LABELS, place=LABELS,
    author=LABELS, tags=st.lists(TEXTS, max_size=3).map(tuple), dateline=LABELS, editor=LABELS,
)  # fmt: skip


@given(ARTICLES)
def test_what_is_spelled_reads_as_the_article(article: Article) -> None:
    text = records.spelled(article)
    assert "\0" not in text and records.HERE not in text
    read = records.read_spelled(text, article.id)
    assert read == article
    assert type(read.published) is type(article.published)


@given(ARTICLES)
def test_a_record_reads_as_the_article(article: Article) -> None:
    record = records.encode(article)
    assert b"\n" not in record
    read = records.parse(record)
    assert read == article
    assert records.encode(read) == record


def test_a_url_that_is_the_id_is_not_kept_twice() -> None:
    url = "https://contoh.id/2024/banjir"
    article = Article(url, "Judul", "Isi", url=url)
    assert "contoh" not in records.spelled(article)
    assert records.read_spelled(records.spelled(article), url) == article


def made(folder: Path, name: str, writer: StoredWriter) -> Container:
    out = ContainerWriter(folder / name)
    writer.write(out)
    out.close()
    return Container(folder / name)


def read(container: Container, articles: list[Article]) -> list[Article]:
    found = StoredArticles(container)
    return [found.article(number, article.id) for number, article in enumerate(articles)]


def added(articles: list[Article], units: Units | None = None) -> StoredWriter:
    writer = StoredWriter(Units() if units is None else units)
    for article in articles:
        add(writer, article)
    return writer


def add(writer: StoredWriter, article: Article) -> None:
    writer.add(article, writer.units.numbers(article.title), writer.units.numbers(article.body))


@given(st.lists(ARTICLES, max_size=12), st.data())
def test_articles_come_back_and_merge(articles: list[Article], data: st.DataObject) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        container = made(folder, "all", added(articles))
        assert read(container, articles) == articles
        live = np.array([data.draw(st.booleans()) for _ in articles], dtype=bool)
        left = [article for article, keep in zip(articles, live.tolist()) if keep]
        merged = added(articles[:2])
        merged.merge(StoredArticles(container), live)
        merged.merge(StoredArticles(container), None)
        wanted = [*articles[:2], *left, *articles]
        assert read(made(folder, "merged", merged), wanted) == wanted
        # The same articles make the same file, whatever way they took.
        assert (folder / "merged").read_bytes() == made(folder, "once", added(wanted)).path.read_bytes()


@given(st.lists(ARTICLES, max_size=12), st.data())
def test_articles_that_keep_their_codes_come_back(articles: list[Article], data: st.DataObject) -> None:
    def masked(container: Container, held: list[Article]) -> tuple[StoredArticles, Array, list[Article]]:
        live = np.array([data.draw(st.booleans()) for _ in held], dtype=bool)
        return StoredArticles(container), live, [article for article, keep in zip(held, live.tolist()) if keep]

    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        patch.setattr(stored, "LASTING", 0)
        writer = added(articles[:1])
        held = articles[:1]
        for number, part in enumerate((articles, articles[3:], [])):
            old, live, left = masked(made(folder, f"part{number}", added(part)), part)
            writer.merge(old, live)
            writer.merge(old, None)
            held += left + part
        add(writer, articles[0] if articles else Article("a", "b", "c"))
        held.append(articles[0] if articles else Article("a", "b", "c"))
        several = made(folder, "several", writer)
        assert read(several, held) == held
        assert len(StoredArticles(several).firsts) == 8 if articles else 7
        # Once more as they are, with others gone; and told anew.
        for name, lasting in (("again", 0), ("anew", 1000)):
            patch.setattr(stored, "LASTING", lasting)
            writer = added(articles[:1])
            old, live, left = masked(several, held)
            writer.merge(old, live)
            writer.merge(old, None)
            found = made(folder, name, writer)
            assert read(found, [*articles[:1], *left, *held]) == [*articles[:1], *left, *held]
        assert found.path.read_bytes() == made(folder, "once", added([*articles[:1], *left, *held])).path.read_bytes()


def test_numbers_of_another_writer_are_told_in_its_own(tmp_path: Path) -> None:
    articles = [Article(str(n), f"Judul {n % 3}", f"banjir di kota {n % 5}\n" * 4) for n in range(20)]
    there, here = added(articles[10:]), added(articles[:10])
    here.absorb(there.packed(), np.array([here.units[text] for text in there.units.texts], dtype=np.uint32))
    assert read(made(tmp_path, "all", here), articles) == articles


def test_what_repeats_is_kept_once(tmp_path: Path) -> None:
    body = "Wali kota meninjau rumah warga yang terendam banjir sejak kemarin malam. " * 20
    articles = [Article(str(n), "Banjir", body, date(2024, 1, 1), url=f"https://contoh.id/{n}") for n in range(50)]
    container = made(tmp_path, "all", added(articles))
    assert read(container, articles) == articles
    words = len(body.split()) * len(articles)
    assert 2 * words < container.count("stored.blob") < 2.3 * words
    assert container.count("stored.units") < 40 * SLOT


def test_the_time_of_day_is_kept_with_its_zone(tmp_path: Path) -> None:
    moment = datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone(timedelta(hours=9)))
    article = Article("a", "b", "c", published=moment)
    (found,) = read(made(tmp_path, "one", added([article])), [article])
    assert found.published is not None and found.published.isoformat() == moment.isoformat()
