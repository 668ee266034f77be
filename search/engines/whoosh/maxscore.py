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
from search.engines.whoosh.roots import add_at, gather
from search.engines.whoosh.sources import EMPTY, Scored
from search.query.tree import Boolean, DateRange, Everything, Filter, Fuzzy, Nothing, Phrase, Query, Wildcard, Word

SLACK = 1.0 - 1e-5
"""Bounds are lowered by this share, so that rounding never drops what is level with the last of the page."""

LONG = 8192
"""Sources are gathered together if they name no more documents than this in all."""

HOPE = 0.4
"""The bar is hardly higher than this share of the most that a document could get."""

FEW = 400
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
        sums = _zeros(self._evaluator.snapshot.segments[number].size)
        touched: list[Array] = []
        try:
            done, bar = self._gather(number, mask, needed, sums, touched)
            documents = _hopeful(sums, touched, (bar - self._left[done]) * SLACK)
            scores = sums.take(documents)
        finally:
            for each in touched:
                sums[each] = 0.0
        documents, scores = self._settle(number, needed, documents, scores, done, bar)
        self._best = np.concatenate((self._best, scores)) if len(self._best) else scores
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

    def _gather(
        self, number: int, mask: Array | None, needed: int, sums: Array, touched: list[Array]
    ) -> tuple[int, float]:
        """Add to `sums` what sources give, and to `touched` the documents that each is the first to name, until no
        others can be among the best. Gives from how many sources, and the bar."""
        done, bar = 0, _kth(self._best, needed)
        while done < len(self._sources) and self._left[done] >= bar * SLACK:
            together = self._together(number, done, bar)
            for documents, scores in gather(self._sources[done : done + together], number, mask):
                if touched:
                    before = sums.take(documents)
                    scores = scores + before
                    touched.append(documents.take((before == 0.0).nonzero()[0]))
                else:
                    touched.append(documents)
                sums[documents] = scores
                bar = max(bar, _bar(scores, needed))
            done += together
        return done, bar

    def _together(self, number: int, done: int, bar: float) -> int:
        """How many sources to gather at once: short ones that will be needed in any case, as it seems."""
        size, count = self._sources[done].size(number), 1
        for source in self._sources[done + 1 :]:
            size += source.size(number)
            if size > LONG or self._left[done + count] < max(bar, HOPE * self._left[0]):
                break
            count += 1
        return count

    def _settle(
        self, number: int, needed: int, documents: Array, scores: Array, done: int, bar: float
    ) -> tuple[Array, Array]:
        """Add what the other sources say of the candidates, dropping on the way those that cannot reach the bar."""
        rest = self._sources[done:]
        if rest and len(documents) > max(FEW, 4 * needed):
            some = _likeliest(scores, 2 * needed)
            tried = scores[some]
            add_at(rest, number, documents[some], tried)
            bar = max(bar, _kth(tried, needed))
            keep = (scores >= (bar - self._left[done]) * SLACK).nonzero()[0]
            documents, scores = documents.take(keep), scores.take(keep)
        for place, source in enumerate(rest, done):
            if len(documents) <= FEW:
                break
            here, more = source.at(number, documents)
            scores[here] += more
            done = place + 1
            keep = (scores >= (bar - self._left[done]) * SLACK).nonzero()[0]
            documents, scores = documents.take(keep), scores.take(keep)
        add_at(self._sources[done:], number, documents, scores)
        bar = max(bar, _kth(scores, needed))
        keep = (scores >= bar * SLACK).nonzero()[0]
        return documents.take(keep), scores.take(keep)


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
    documents = np.concatenate(touched)
    if least > 0.0:
        documents = documents.take((sums.take(documents) >= least).nonzero()[0])
    documents.sort(kind="stable")  # which merges runs that are sorted already
    return documents


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
