"""Whoosh as it comes: its own codec, BM25F and highlighter, on our tokens through a tokenizer that splits at spaces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from time import perf_counter_ns
from typing import Any, NamedTuple

from comparison.corpus import Record
from comparison.peer import TOP, Base
from comparison.questions import Question


class Asked(NamedTuple):
    query: Any
    filter: Any


class StockWhoosh(Base):
    def version(self) -> str:
        import whoosh

        return str(whoosh.versionstring())

    def build(self, folder: Path, records: Iterable[Record]) -> None:
        from whoosh import index
        from whoosh.analysis import SpaceSeparatedTokenizer
        from whoosh.fields import ID, NUMERIC, STORED, TEXT, Schema

        def text(stored: bool = False) -> TEXT:
            return TEXT(analyzer=SpaceSeparatedTokenizer(), phrase=True, stored=stored)

        schema = Schema(
            number=NUMERIC(signed=False, stored=True), source=ID, day=NUMERIC, headline=STORED,
            title=text(), body=text(stored=True), title_forms=text(), body_forms=text(),
        )  # fmt: skip
        folder.mkdir(parents=True)
        writer = index.create_in(str(folder), schema).writer()
        for record in records:
            writer.add_document(
                number=record.number, source=record.source, day=record.day, headline=record.title,
                title=record.title_roots, body=record.body_roots,
                title_forms=record.title_forms, body_forms=record.body_forms,
            )  # fmt: skip
        writer.commit()

    def open(self, folder: Path) -> None:
        from whoosh import index, scoring

        opened = index.open_dir(str(folder))
        self._searcher = opened.searcher(weighting=scoring.BM25F(B=0.75, K1=1.2))

    def ready(self, question: Question) -> Asked:
        from whoosh import query

        parts: list[Any]
        if question.kind == "phrase":
            parts = [query.Phrase(field, list(question.forms)) for field in ("title_forms", "body_forms")]
        else:
            parts = [query.Term(field, root) for root in question.roots for field in ("title", "body")]
        only = None
        if question.source is not None:
            days = query.NumericRange("day", question.since, question.until)
            only = query.And([query.Term("source", question.source), days])
        return Asked(query.Or(parts), only)

    def does(self, what: str, question: Question) -> bool:
        # The highlighter cuts what is stored, which are the roots; phrases are of forms.
        return not (what == "snippets" and question.kind == "phrase")

    def ids(self, asked: Asked, count: int) -> tuple[int, Sequence[int]]:
        started = perf_counter_ns()
        results = self._searcher.search(asked.query, limit=count, filter=asked.filter)
        found = [hit["number"] for hit in results]
        return perf_counter_ns() - started, found

    def total(self, asked: Asked) -> tuple[int, int]:
        started = perf_counter_ns()
        total = len(self._searcher.search(asked.query, limit=TOP, filter=asked.filter))
        return perf_counter_ns() - started, total

    def titles(self, asked: Asked) -> tuple[int, Sequence[str]]:
        started = perf_counter_ns()
        results = self._searcher.search(asked.query, limit=TOP, filter=asked.filter)
        titles = [hit["headline"] for hit in results]
        return perf_counter_ns() - started, titles

    def snippets(self, asked: Asked) -> tuple[int, Sequence[str]]:
        started = perf_counter_ns()
        results = self._searcher.search(asked.query, limit=TOP, filter=asked.filter)
        shown = [(hit["headline"], hit.highlights("body", top=1)) for hit in results]
        return perf_counter_ns() - started, [text for _, text in shown]

    def formula(self) -> Any:
        from comparison.oracle import by_field, whoosh_lengths, whoosh_rarity

        return by_field(whoosh_lengths, whoosh_rarity)
