"""bm25s: every score computed when building, title and body as one text.

It keeps no positions and cuts no snippets, so phrases and snippets are left out; filters are its `weight_mask`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from time import perf_counter_ns
from typing import Any, NamedTuple

from comparison.corpus import Record
from comparison.peer import TOP, Base
from comparison.questions import Question


class Asked(NamedTuple):
    roots: list[str]
    source: str | None
    since: int | None
    until: int | None


class Bm25s(Base):
    def missing(self) -> str | None:
        try:
            import bm25s  # noqa: F401
        except ImportError:
            return "the bm25s package is not installed (it is in the bench extra)"
        return None

    def version(self) -> str:
        from importlib.metadata import version

        return version("bm25s")

    def build(self, folder: Path, records: Iterable[Record]) -> None:
        import bm25s
        import numpy as np

        tokens, stored, sources, days = [], [], [], []
        same: dict[str, str] = {}
        for record in records:
            tokens.append([same.setdefault(t, t) for t in (record.title_roots + " " + record.body_roots).split(" ")])
            stored.append({"title": record.title, "body": record.body})
            sources.append(record.source)
            days.append(record.day)
        engine = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
        engine.index(tokens, show_progress=False)
        engine.save(str(folder), corpus=stored, show_progress=False)
        np.save(folder / "sources.npy", np.array(sources))
        np.save(folder / "days.npy", np.array(days))

    def open(self, folder: Path) -> None:
        import bm25s
        import numpy as np

        self._engine = bm25s.BM25.load(str(folder), mmap=True, load_corpus=True, show_progress=False)
        self._sources, self._days = np.load(folder / "sources.npy"), np.load(folder / "days.npy")
        self._documents = len(self._days)

    def does(self, what: str, question: Question) -> bool:
        return question.kind != "phrase" and what in ("ids", "titles")

    def ready(self, question: Question) -> Asked:
        return Asked(list(question.roots), question.source, question.since, question.until)

    def _found(self, asked: Asked, count: int) -> list[int]:
        mask = None
        if asked.source is not None:
            mask = (self._sources == asked.source) & (self._days >= asked.since) & (self._days <= asked.until)
        scores = self._engine.get_scores(asked.roots, weight_mask=mask)
        # Its own door for one question; `retrieve` does the same with more ado around it.
        import bm25s

        values, numbers = bm25s.selection.topk(scores, min(count, self._documents), backend="numpy")
        return [number for number, value in zip(numbers.tolist(), values.tolist()) if value > 0]

    def ids(self, asked: Asked, count: int) -> tuple[int, Sequence[int]]:
        started = perf_counter_ns()
        found = self._found(asked, count)
        return perf_counter_ns() - started, found

    def titles(self, asked: Asked) -> tuple[int, Sequence[str]]:
        started = perf_counter_ns()
        titles = [self._engine.corpus[number]["title"] for number in self._found(asked, TOP)]
        return perf_counter_ns() - started, titles

    def formula(self) -> Any:
        from comparison.oracle import as_one_text

        return as_one_text()
