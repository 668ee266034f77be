"""Our engine, through the doors it has: `WhooshEngine` for queries that are analysed already, `snippets.highlight`.

`OursPlain` is the same index ranked by plain BM25F over roots. Two seams, `plain_keywords` and `ids_door`, say
which doors of the engine are used; nothing else here knows.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from comparison.corpus import Record
from comparison.peer import SNIPPET, TOP, Base
from comparison.questions import Question
from search.engines.whoosh.engine import WhooshEngine
from search.model import Article, SearchOptions
from search.query.tree import Boolean, DateRange, Filter, Phrase, Query, Word


def plain_keywords() -> dict[str, Any] | None:
    """What makes `WhooshEngine.search` rank by plain BM25F; None where it has no such switch."""
    return {"plain": True} if "plain" in inspect.signature(WhooshEngine.search).parameters else None


def ids_door(engine: WhooshEngine) -> Any:
    """The engine's door to ids alone, `ids(query, options) -> Sequence[str]`; None where whole articles come."""
    return getattr(engine, "ids", None)


def articles(records: Iterable[Record]) -> Iterator[Article]:
    for record in records:
        day = date(record.day // 10_000, record.day // 100 % 100, record.day % 100)
        yield Article(str(record.number), record.title, record.body, published=day, source=record.source)


class Ours(Base):
    tolerance = 1e-5  # it adds up numbers of 32 bits

    def version(self) -> str:
        from importlib.metadata import version

        return version("cari-berita")

    def build(self, folder: Path, records: Iterable[Record]) -> None:
        WhooshEngine(folder).build(articles(records))

    def open(self, folder: Path) -> None:
        self._engine = WhooshEngine(folder)
        self._engine.snapshot()
        self._analyser = self._engine.analyser()
        self._options = SearchOptions(limit=TOP, snippet_chars=SNIPPET)
        self._ids = ids_door(self._engine)
        self._keywords: dict[str, Any] = {}

    def ready(self, question: Question) -> Query:
        words = tuple(Word(form, root) for form, root in zip(question.forms, question.roots))
        tree: Query = words[0] if len(words) == 1 else Boolean(should=words)
        if question.kind == "phrase":
            tree = Phrase(question.forms)
        filters: tuple[Query, ...] = ()
        if question.source is not None:
            filters = (Filter("source", question.source), DateRange(_day(question.since), _day(question.until)))
        return Boolean(must=(*filters, tree)) if filters else tree

    def ids(self, asked: Query, count: int) -> tuple[int, Sequence[int]]:
        options = self._options if count == TOP else SearchOptions(limit=count)
        if self._ids is not None:
            started = perf_counter_ns()
            found = self._ids(asked, options, **self._keywords)
            return perf_counter_ns() - started, [int(name) for name in found]
        started = perf_counter_ns()
        page = self._engine.search(asked, options, **self._keywords).page
        names = [match.article.id for match in page]
        return perf_counter_ns() - started, [int(name) for name in names]

    def total(self, asked: Query) -> tuple[int, int]:
        started = perf_counter_ns()
        total = self._engine.search(asked, self._options, **self._keywords).total
        return perf_counter_ns() - started, total

    def titles(self, asked: Query) -> tuple[int, Sequence[str]]:
        started = perf_counter_ns()
        titles = [match.article.title for match in self._engine.search(asked, self._options, **self._keywords).page]
        return perf_counter_ns() - started, titles

    def snippets(self, asked: Query) -> tuple[int, Sequence[str]]:
        from search.snippets import highlight

        started = perf_counter_ns()
        found = self._engine.search(asked, self._options, **self._keywords)
        shown = [highlight(match.article, asked, self._analyser, SNIPPET, weights=found.rarities)
                 for match in found.page]  # fmt: skip
        took = perf_counter_ns() - started
        return took, [" ".join(passage.text for passage in one.passages) for one in shown]

    def formula(self) -> Any:
        from comparison.oracle import ours

        return ours(default=True)

    def close(self) -> None:
        self._engine.close()


class OursPlain(Ours):
    def missing(self) -> str | None:
        return None if plain_keywords() else "the engine has no switch to plain BM25 yet"

    def open(self, folder: Path) -> None:
        super().open(folder)
        self._keywords = plain_keywords() or {}

    def formula(self) -> Any:
        from comparison.oracle import ours

        return ours(default=False)


def _day(number: int | None) -> date | None:
    return None if number is None else date(number // 10_000, number // 100 % 100, number % 100)
