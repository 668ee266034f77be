"""The best articles without scoring every match: MaxScore on arrays.

Turtle and Flood 1995, "Query evaluation: strategies and optimizations", made vectorised. Evidence is taken in the
order of the most it can give. Its documents are gathered until what is left cannot lift a new document into the page;
from then on only the documents gathered so far are looked up in what is left, and those that cannot make it are
dropped. It finds what `Evaluator.evaluate` finds, for trees that are words, phrases and patterns, some of them
required, within filters.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.evaluation import Evaluator
from search.engines.whoosh.sources import EMPTY, Scored, Source, add_at
from search.query.tree import Boolean, DateRange, Everything, Filter, Fuzzy, Nothing, Phrase, Query, Wildcard, Word

SLACK = 1.0 - 1e-5
"""Bounds are lowered by this share, so that rounding never drops what is level with the last of the page."""

SAMPLE = 16
"""With so many times more candidates than places, the likeliest are looked up first, for a higher bar."""

FEW = 512
"""So few candidates are looked up in all that is left at once: dropping some on the way would cost more."""

_LEAVES = (Word, Phrase, Wildcard, Fuzzy)
_local = threading.local()


@dataclass(frozen=True, slots=True)
class FlatQuery:
    """A query without depth: ranked by all `leaves`; a match holds one of each group of `required`, is let through by
    all `filters`, and matches none of `excluded`."""

    leaves: tuple[Query, ...] = ()
    required: tuple[tuple[Query, ...], ...] = ()
    filters: tuple[Everything | DateRange | Filter, ...] = ()
    excluded: tuple[Query, ...] = ()

    def __add__(self, other: FlatQuery) -> FlatQuery:
        return FlatQuery(
            self.leaves + other.leaves, self.required + other.required, self.filters + other.filters,
            self.excluded + other.excluded,
        )  # fmt: skip


def flat(query: Query) -> FlatQuery | None:
    """The tree as a FlatQuery whose matches all rank by something, or None where it asks for more."""
    found = _flat(query)
    # Where nothing that ranks is required, what matches need not rank.
    return found if found is not None and found.required else None


def _flat(query: Query) -> FlatQuery | None:
    if isinstance(query, (Everything, DateRange, Filter)):
        return FlatQuery(filters=(query,))
    if isinstance(query, _LEAVES):
        return FlatQuery((query,), ((query,),))
    if not isinstance(query, Boolean) or not all(isinstance(child, _LEAVES) for child in query.should):
        return None
    found = FlatQuery(excluded=tuple(child for child in query.must_not if not isinstance(child, Nothing)))
    for child in query.must:
        inner = _flat(child)
        if inner is None:
            return None
        found += inner
    groups = (query.should,) if query.should and not query.must else ()
    return found + FlatQuery(query.should, groups)


class MaxScore:
    """Answers one FlatQuery on the snapshot of an evaluator, segment by segment; the bar of one holds for the next."""

    def __init__(self, evaluator: Evaluator, query: FlatQuery) -> None:
        self._evaluator, self._query = evaluator, query
        leaves = {leaf: evaluator.leaf(leaf).sources for leaf in query.leaves}
        sources = [source for leaf in query.leaves for source in leaves[leaf] if source.highest]
        # What gives most first; two that give as much in the order in which they were asked for.
        self._sources = sorted(sources, key=lambda source: -source.highest)
        self._left = [0.0]  # the most that the sources from each one on can give
        for source in reversed(self._sources):
            self._left.insert(0, self._left[0] + source.highest)
        groups = [[source for leaf in group for source in leaves[leaf]] for group in query.required]
        # Where nothing is required but any of all that ranks, what ranks is what matches.
        ranked = set(map(id, sources))
        self._groups = [group for group in groups if len(groups) > 1 or not ranked <= set(map(id, group))]
        self._best = np.zeros(0, dtype=np.float32)
        self._masks: dict[int, Array | None] = {}

    def best(self, number: int, needed: int) -> Scored:
        """Documents of a segment among which are all of its that are among the best `needed` of the segments asked for
        so far, or level with the last of them, with their scores."""
        mask = self._mask(number)
        if not self._sources or not needed or (mask is not None and not mask.any()):
            return EMPTY
        bar = _kth(self._best, needed)
        documents, scores, done, bar = self._gather(number, mask, needed, bar)
        documents, scores, bar = self._look_up(number, documents, scores, done, needed, bar)
        keep = (scores >= bar * SLACK).nonzero()[0]
        documents, scores = documents[keep], scores[keep]
        self._best = np.concatenate((self._best, scores))
        if len(self._best) > needed:
            self._best = np.partition(self._best, len(self._best) - needed)[-needed:]
        return Scored(documents, scores)

    def count(self, number: int) -> int:
        """How many documents of a segment match in all."""
        mask = self._mask(number)
        if mask is not None and self._groups:
            return int(np.count_nonzero(mask))
        seen = np.zeros(self._evaluator.snapshot.segments[number].size, dtype=bool)
        for source in self._sources:
            seen[source.documents(number)] = True
        if mask is not None:
            seen &= mask
        return int(np.count_nonzero(seen))

    def _mask(self, number: int) -> Array | None:
        if number not in self._masks:
            self._masks[number] = self._made_mask(number)
        return self._masks[number]

    def _made_mask(self, number: int) -> Array | None:
        """The documents that are allowed, or None where all are."""
        segment = self._evaluator.snapshot.segments[number]
        masks = [self._evaluator.allowed(query, number) for query in self._query.filters]
        for group in self._groups:
            held = np.zeros(segment.size, dtype=bool)
            for source in group:
                held[source.documents(number)] = True
            masks.append(held)
        if segment.live is not None:
            masks.append(segment.live)
        if not masks and not self._query.excluded:
            return None
        mask = masks[0].copy() if masks else np.ones(segment.size, dtype=bool)
        for other in masks[1:]:
            mask &= other
        for query in self._query.excluded:
            mask[self._evaluator.evaluate(query, number).documents] = False
        return mask

    def _gather(self, number: int, mask: Array | None, needed: int, bar: float) -> tuple[Array, Array, int, float]:
        """Documents that may be among the best, what they got so far, from how many sources, and the bar."""
        sums = _zeros(self._evaluator.snapshot.segments[number].size)
        touched: list[Array] = []
        done = 0
        try:
            for source in self._sources:
                if self._left[done] < bar * SLACK:
                    break
                found = source.all(number, mask)
                scores = found.scores
                if touched:
                    scores = scores + sums[found.documents]
                touched.append(found.documents)  # first, so that an interruption leaves the zeros as found
                sums[found.documents] = scores
                done += 1
                bar = max(bar, _bar(scores, needed))
            if len(touched) == 1:
                rows = (scores >= (bar - self._left[done]) * SLACK).nonzero()[0]
                return touched[0][rows], scores[rows], done, bar
            documents = _hopeful(sums, touched, (bar - self._left[done]) * SLACK)
            return documents, sums[documents], done, bar
        finally:
            for documents_touched in touched:
                sums[documents_touched] = 0.0

    def _look_up(
        self, number: int, documents: Array, scores: Array, done: int, needed: int, bar: float
    ) -> tuple[Array, Array, float]:
        """Add what the other sources say of the candidates, dropping on the way those that cannot reach the bar."""
        rest = self._sources[done:]
        if rest and len(documents) > max(FEW, SAMPLE * needed):
            some = _likeliest(scores, 2 * needed)
            tried = scores[some]
            add_at(rest, number, documents[some], tried)
            bar = max(bar, _kth(tried, needed))
            keep = (scores >= (bar - self._left[done]) * SLACK).nonzero()[0]
            documents, scores = documents[keep], scores[keep]
        if len(documents) < FEW:
            add_at(rest, number, documents, scores)
            return documents, scores, max(bar, _bar(scores, needed))
        for place, source in enumerate(rest, done + 1):
            if source.size(number) < len(documents) * 4:
                self._add_all(source, number, documents, scores)
            else:
                here, more = source.at(number, documents)
                scores[here] += more
            bar = max(bar, _bar(scores, needed))
            keep = (scores >= (bar - self._left[place]) * SLACK).nonzero()[0]
            documents, scores = documents[keep], scores[keep]
            if len(documents) < FEW:
                add_at(self._sources[place:], number, documents, scores)
                return documents, scores, max(bar, _bar(scores, needed))
        return documents, scores, bar

    def _add_all(self, source: Source, number: int, documents: Array, scores: Array) -> None:
        """For many candidates: spread the whole of a source out and read what is asked for."""
        found = source.all(number, None)
        sums = _zeros(self._evaluator.snapshot.segments[number].size)
        try:
            sums[found.documents] = found.scores
            scores += sums[documents]
        finally:
            sums[found.documents] = 0.0


def _zeros(size: int) -> Array:
    """A vector of zeros that its user leaves as zeros; one for each thread, since making it costs more than its use."""
    buffer: Array | None = getattr(_local, "sums", None)
    if buffer is None or len(buffer) < size:
        buffer = _local.sums = np.zeros(size, dtype=np.float32)
    return buffer


def _hopeful(sums: Array, touched: Sequence[Array], least: float) -> Array:
    """The documents touched whose sum is at least so much, ascending."""
    if not touched:
        return EMPTY.documents
    if sum(map(len, touched)) * 4 > len(sums):
        found: Array = (sums >= max(least, np.finfo(np.float32).tiny)).nonzero()[0]
        return found
    hopeful = np.concatenate([documents[(sums[documents] >= least).nonzero()[0]] for documents in touched])
    hopeful.sort(kind="stable")  # which merges runs that are sorted already
    return hopeful[np.concatenate(([True], hopeful[1:] != hopeful[:-1]))] if len(hopeful) else hopeful


def _kth(values: Array, needed: int) -> float:
    """The value that stands in this place when they are in falling order; 0 if there are fewer."""
    if len(values) < needed:
        return 0.0
    return float(np.partition(values, len(values) - needed)[len(values) - needed])


def _bar(values: Array, needed: int) -> float:
    """A value that at least `needed` reach; 0 if there are fewer."""
    columns = 4 * needed
    if len(values) > 8 * columns:
        # The greatest of each column are values of different documents, too, and much fewer.
        rows = len(values) // columns
        values = values[: rows * columns].reshape(rows, columns).max(axis=0)
    return _kth(values, needed)


def _likeliest(values: Array, count: int) -> Array:
    """Where the greatest values are, about so many of them, in order of place."""
    found: Array = (values >= _kth(values, count)).nonzero()[0]
    return found[: 2 * count]
