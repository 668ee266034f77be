"""The best articles for words, without scoring every match: MaxScore on arrays.

Turtle and Flood 1995, "Query evaluation: strategies and optimizations", made vectorised. Evidence is taken in the
order of the most it can give. Its documents are gathered until what is left cannot lift a new document into the page;
from then on only the documents gathered so far are looked up in what is left, and those that cannot make it are
dropped. The result is that of `Evaluator.evaluate`, to the last bit: who survives is scored again in its order.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.evaluation import Evaluator
from search.engines.whoosh.ranking import EMPTY, Scored
from search.query.tree import Boolean, DateRange, Everything, Filter, Query, Word

SLACK = 1.0 - 1e-9
"""Bounds are lowered by this share, so that rounding never drops what is level with the last of the page."""

CROWD = 16
"""A term in more than one document of so many is counted by its bitmap, kept with it, and not one by one."""

_BITS = np.array([bin(value).count("1") for value in range(256)], dtype=np.uint8)
_local = threading.local()


class Source(Protocol):
    """Evidence: its documents and scores in each segment, and the most that it gives anywhere."""

    segments: tuple[Scored, ...]
    highest: float


@dataclass(frozen=True, slots=True)
class WordQuery:
    """A query that ranks by words alone: any of `words`, within all `filters`, and none of `excluded`."""

    words: Boolean
    filters: tuple[Query, ...]
    excluded: tuple[Query, ...]


def word_query(query: Query) -> WordQuery | None:
    """The tree as a WordQuery, or None where it asks for more."""
    if isinstance(query, Word):
        query = Boolean(should=(query,))
    if not isinstance(query, Boolean):
        return None
    if not query.must:
        plain = bool(query.should) and all(isinstance(child, Word) for child in query.should)
        return WordQuery(Boolean(should=query.should), (), query.must_not) if plain else None
    scored = [child for child in query.must if not isinstance(child, (Filter, DateRange, Everything))]
    if query.should or len(scored) != 1:
        return None
    inner = word_query(scored[0])
    if inner is None:
        return None
    filters = tuple(child for child in query.must if child is not scored[0])
    return WordQuery(inner.words, (*filters, *inner.filters), (*query.must_not, *inner.excluded))


class MaxScore:
    """Answers one WordQuery on the snapshot of an evaluator."""

    def __init__(self, evaluator: Evaluator, query: WordQuery) -> None:
        self._evaluator, self._query = evaluator, query
        self._words, self._pairs = evaluator.sources(query.words)
        self._groups = [group for groups in self._words for group in groups]
        everything: list[Source] = [*self._groups, *self._pairs]
        self._by_promise = sorted(everything, key=lambda source: -source.highest)

    def best(self, number: int, needed: int) -> tuple[Scored, int]:
        """Documents of a segment among which are its best `needed` and all that are level with the last of them,
        with their scores; and how many match in all."""
        mask = self._mask(number)
        total = self._count(number, mask)
        if not total or not needed:
            return EMPTY, total
        documents = self._candidates([source.segments[number] for source in self._by_promise], mask, number, needed)
        return self._score(documents, number), total

    def _mask(self, number: int) -> Array | None:
        if not (self._query.filters or self._query.excluded):
            return None
        found = self._evaluator.evaluate(Boolean(must=self._query.filters, must_not=self._query.excluded), number)
        mask = np.zeros(self._evaluator.snapshot.segments[number].size, dtype=bool)
        mask[found.documents] = True
        return mask

    def _count(self, number: int, mask: Array | None) -> int:
        size = self._evaluator.snapshot.segments[number].size
        seen = np.zeros(size, dtype=bool)
        bitmaps = []
        for group in self._groups:
            documents = group.segments[number].documents
            if len(documents) * CROWD > size:
                bitmaps.append(group.bitmap(number, size))
            else:
                seen[documents] = True
        packed = np.packbits(seen)
        for bitmap in bitmaps:
            packed |= bitmap
        if mask is not None:
            packed &= np.packbits(mask)
        return int(_BITS[packed].sum(dtype=np.int64))

    def _candidates(self, sources: Sequence[Scored], mask: Array | None, number: int, needed: int) -> Array:
        left = np.cumsum([0.0, *(source.highest for source in reversed(self._by_promise))])[::-1].tolist()
        sums = _zeros(self._evaluator.snapshot.segments[number].size)
        touched: list[Array] = []
        bar, taken = 0.0, 0
        try:
            for taken, source in enumerate(sources, 1):
                if len(source.documents):
                    touched.append(source.documents)  # first, so that an interruption leaves the zeros as found
                    sums[source.documents] += source.scores
                    bar = max(bar, _bar(sums, source.documents, mask, needed))
                if left[taken] < bar * SLACK:
                    break
            least = (bar - left[taken]) * SLACK
            hopeful = [documents[sums[documents] >= least] for documents in touched]
            documents = np.unique(np.concatenate(hopeful)) if hopeful else np.zeros(0, dtype=np.uint32)
            if mask is not None:
                documents = documents[mask[documents]]
            values = sums[documents]
        finally:
            for documents_touched in touched:
                sums[documents_touched] = 0.0
        return _look_up(documents, values, sources[taken:], left[taken:], needed)

    def _score(self, documents: Array, number: int) -> Scored:
        """The documents with their scores, summed as `Evaluator` sums them: word by word, then the pairs."""
        scores = np.zeros(len(documents))
        summed: list[Sequence[Source]] = [*self._words, *((pair,) for pair in self._pairs)]
        for sources in summed:
            part = np.zeros(len(documents))
            for source in sources:
                here, places = _places(source.segments[number].documents, documents)
                part[here] += source.segments[number].scores[places]
            scores += part
        return Scored(documents, scores)


def _zeros(size: int) -> Array:
    """A vector of zeros that its user leaves as zeros; one for each thread, since making it costs more than its use."""
    buffer: Array | None = getattr(_local, "sums", None)
    if buffer is None or len(buffer) < size:
        buffer = _local.sums = np.zeros(size)
    return buffer


def _bar(sums: Array, documents: Array, mask: Array | None, needed: int) -> float:
    """A score that at least `needed` documents reach already; 0 if these are fewer."""
    if mask is not None:
        documents = documents[mask[documents]]
    if len(documents) < needed:
        return 0.0
    values = sums[documents]
    return float(np.partition(values, len(values) - needed)[len(values) - needed])


def _places(ordered: Array, wanted: Array) -> tuple[Array, Array]:
    """Which of `wanted` are in `ordered` (both ascending), and where."""
    if not len(ordered):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    places = np.searchsorted(ordered, wanted)
    places[places == len(ordered)] = 0
    here = np.flatnonzero(ordered[places] == wanted)
    return here, places[here]


def _look_up(documents: Array, values: Array, sources: Sequence[Scored], left: Sequence[float], needed: int) -> Array:
    """Add what the other sources say of the candidates, dropping on the way those that cannot reach the page."""
    for source, rest in zip(sources, left[1:]):
        here, places = _places(source.documents, documents)
        values[here] += source.scores[places]
        if len(values) > needed:
            bar = float(np.partition(values, len(values) - needed)[len(values) - needed])
            keep = values + rest >= bar * SLACK
            documents, values = documents[keep], values[keep]
    return documents
