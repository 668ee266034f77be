"""A stand-in for `search.archive` that answers from a list, so that the door is tested by itself."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

from search.errors import ArticleNotFound, IndexBusy
from search.model import (
    Article,
    FacetCount,
    Hit,
    IndexInfo,
    Passage,
    ReadOptions,
    Results,
    SearchOptions,
    Skipped,
    Span,
    Suggestion,
    TermShare,
    WriteReport,
)

READ, SEARCH = ReadOptions(), SearchOptions()
WIB = timezone(timedelta(hours=7))

SAMPLES = (
    Article(
        id="https://contoh.id/2015/11/11/asn",
        url="https://contoh.id/2015/11/11/asn",
        title="Bupati Ingatkan Netralitas ASN Jelang Pilkada",
        body="WONOSOBO - Bupati mengingatkan agar ASN netral menjelang pilkada.\nIa menyebut 3 "
        "pegawai terbukti tidak netral dan sudah dijatuhi sanksi. Pengawasan, katanya, diperketat sampai "
        "hari pemungutan suara, baik di kantor kecamatan maupun di media sosial.",
        published=datetime(2015, 11, 11, 19, 30, tzinfo=WIB),
        source="contoh.id",
        category="Politik",
        place="Wonosobo",
        author="Sari",
        tags=("ASN", "pilkada"),
        dateline="WONOSOBO",
        editor="Tono",
    ),
    Article(id="b2", title="Harga Beras Naik", body="Harga beras naik.", published=date(2016, 1, 2)),
    Article(
        id="evil id",
        title="=1+1 \x1b[31mmerah\x9b2J",
        body="ganas \x1b]0;judul\x07 \ud800 \u202eterbalik\nbaris",
        source="\x1b[2Jsumber",
        url="http://x/\x1b[31m",
    ),
)


class Step(NamedTuple):
    name: str
    value: str


class Archive:
    """Finds articles that have every word of the query in them."""

    articles: tuple[Article, ...] = SAMPLES
    built = True
    calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []  # noqa: RUF012 (reset for each test)
    error: BaseException | None = None
    skips = 0
    busy = False

    def __init__(self, index: str | Path = "index") -> None:
        self.index = Path(index)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        pass

    def exists(self) -> bool:
        return type(self).built

    def build(self, sources: Any, options: ReadOptions = READ, **callbacks: Any) -> WriteReport:
        return self._write("build", sources, options, callbacks)

    def add(self, sources: Any, options: ReadOptions = READ, **callbacks: Any) -> WriteReport:
        return self._write("add", sources, options, callbacks)

    def _write(self, verb: str, sources: Any, options: ReadOptions, callbacks: dict[str, Any]) -> WriteReport:
        self._record(verb, sources, options, **callbacks)
        if self.busy:
            callbacks["on_wait"]()
            callbacks["on_wait"]()
            raise IndexBusy("another writer holds the index", hint="try again later")
        skipped = tuple(Skipped(f"folder/{n}.jpg", "not a known format") for n in range(self.skips))
        for each in skipped if "on_skip" in callbacks else ():
            callbacks["on_skip"](each)
        if "on_file" in callbacks:
            callbacks["on_article"](len(self.articles))
            callbacks["on_file"](1, 1)
        type(self).built = True
        return WriteReport(added=len(self.articles), total=len(self.articles), skipped=skipped, seconds=0.5)

    def remove(self, ids: Iterable[str], **callbacks: Any) -> WriteReport:
        ids = list(ids)
        self._record("remove", ids, **callbacks)
        known = {article.id for article in self.articles}
        return WriteReport(removed=len(known & set(ids)), total=len(known - set(ids)), seconds=0.1)

    def search(self, query: str, options: SearchOptions = SEARCH) -> Results:
        self._record("search", query, options)
        found = [
            each
            for each in self.articles
            if all(word in _text(each) for word in query.lower().strip("*").split())
        ]
        page = found[options.offset : options.offset + options.limit]
        hits = tuple(_hit(query, each, rank, options) for rank, each in enumerate(page, options.offset + 1))
        facets = {name: (FacetCount("2015-11" if name == "month" else name, 3),) for name in options.facets}
        warnings = ("a quote was not closed",) if '"' in query else ()
        return Results(query, len(found), 0.034, hits, warnings, facets, None if found else "harga beras")

    def similar(self, article_id: str, options: SearchOptions = SEARCH) -> Results:
        self.get(article_id)
        return self.search("", options)

    def get(self, article_id: str) -> Article:
        self._record("get", article_id)
        for article in self.articles:
            if article.id == article_id:
                return article
        raise ArticleNotFound(f"no article {article_id}", hint="ids are shown under each hit")

    def suggest(self, prefix: str, limit: int = 10) -> tuple[Suggestion, ...]:
        self._record("suggest", prefix, limit)
        words = (Suggestion("beras", 1200), Suggestion("berita", 7))
        return tuple(word for word in words if word.text.startswith(prefix))[:limit]

    def trace(self, text: str) -> tuple[Step, ...]:
        self._record("trace", text)
        return Step("folded", text.lower()), Step("stem", text.lower()[:4])

    def info(self) -> IndexInfo:
        self._record("info")
        return IndexInfo(
            str(self.index),
            "fake",
            3,
            2_500_000,
            1234,
            date(2015, 11, 11),
            None,
            1,
            2,
            "abc",
            {"segments": "1"},
        )

    def check(self) -> tuple[str, ...]:
        self._record("check")
        return ("a file is damaged",) if self.busy else ()

    def _record(self, name: str, *args: Any, **kwargs: Any) -> None:
        self.calls.append((name, args, kwargs))
        if self.error:
            raise self.error


def _text(article: Article) -> str:
    return f"{article.title} {article.body}".lower()


def _hit(query: str, article: Article, rank: int, options: SearchOptions) -> Hit:
    marks = tuple(_find(article.body, query))
    passage = Passage(0, len(article.body), article.body, marks)
    shares = (TermShare("netral", "title+body", "stem", 5.1, 1.2, 6.12),) if options.explain else None
    passages = (passage,) if options.snippet_chars else ()
    return Hit(rank, 10.0 / rank, article, tuple(_find(article.title, query)), passages, shares)


def _find(text: str, query: str) -> Iterator[Span]:
    for word in sorted(query.lower().split(), key=text.lower().find)[:1]:
        at = text.lower().find(word)
        if at >= 0:
            yield Span(at, at + len(word))


def sleep_for_ever(*_: object, **__: object) -> Results:
    """A search that ends only by Ctrl-C."""
    print("searching", flush=True)
    time.sleep(60)
    raise AssertionError("nobody pressed Ctrl-C")
