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
from typing import NamedTuple

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.evaluation import Evaluator
from search.engines.whoosh.roots import Pending, add_at, add_pending, gather
from search.engines.whoosh.sources import EMPTY, Scored, Source, joined
from search.query.tree import Boolean, DateRange, Everything, Filter, Fuzzy, Nothing, Phrase, Query, Wildcard, Word

SLACK = 1.0 - 1e-5
"""Bounds are lowered by this share, so that rounding never drops what is level with the last of the page."""

LONG = 8192
"""Sources are gathered together if they name no more documents than this in all."""

HOPE = 0.3
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
        found = [evaluator.leaf(leaf).sources for leaf in query.leaves]
        sources = [source for each in found for source in each if source.highest]
        # What gives most first; two that give as much in the order in which they were asked for.
        self._sources = sorted(sources, key=lambda source: -source.highest)
        left = [0.0]
        for source in reversed(self._sources):
            left.append(left[-1] + source.highest)
        self._left = left[::-1]  # the most that the sources from each one on can give
        self._groups: list[list[Source]] = []
        # Where nothing is required but any of all that ranks, what ranks is what matches.
        if query.required != (query.leaves,):
            groups = [[source for leaf in group for source in evaluator.leaf(leaf).sources] for group in query.required]
            ranked = set(map(id, sources))
            self._groups = [group for group in groups if len(groups) > 1 or not ranked <= set(map(id, group))]
        self._best = EMPTY.scores
        self._masks: dict[int, Array | None] = {}

    def best(self, number: int, needed: int) -> Scored:
        """Documents of a segment among which are all of its that are among the best `needed` of the segments asked for
        so far, or level with the last of them, with their scores."""
        mask = self._mask(number)
        if not self._sources or not needed or (mask is not None and not mask.any()):
            return EMPTY
        sums = _Sums(self._evaluator.snapshot.segments[number].size)
        try:
            done, bar = self._gather(number, mask, needed, sums)
            found = sums.hopeful((bar - self._left[done]) * SLACK)
        finally:
            sums.clear()
        documents, scores = self._settle(number, needed, found, sums.pending, done, bar)
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

    def _gather(self, number: int, mask: Array | None, needed: int, sums: _Sums) -> tuple[int, float]:
        """Add to `sums` what sources give, until no other documents can be among the best. Gives from how many sources,
        and the bar."""
        done, bar = 0, _kth(self._best, needed)
        while done < len(self._sources) and self._left[done] >= bar * SLACK:
            together = self._together(number, done, bar)
            more: list[Pending] = []
            for part in gather(self._sources[done : done + together], number, mask, more):
                sums.add(part)
            sums.allow(more)
            done += together
            bar = max(bar, sums.bar(needed))
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
        self, number: int, needed: int, found: _Candidates, pending: list[Pending], done: int, bar: float
    ) -> tuple[Array, Array]:
        """Add what the other sources say of the candidates, dropping on the way those that cannot reach the bar, and
        in the end what is pending for them."""
        if done < len(self._sources) and len(found.documents) > max(FEW, 4 * needed):
            some = (found.scores >= _bar(found.scores, 2 * needed)).nonzero()[0][: 4 * needed]
            tried = found.scores.take(some)
            add_at(self._sources[done:], number, found.documents.take(some), tried, None)
            bar = max(bar, _kth(tried, needed))
            found = found.reaching((bar - self._left[done]) * SLACK)
        found = found.ascending()
        while done < len(self._sources) and len(found.documents) > FEW:
            more: list[Pending] = []
            add_at(self._sources[done : done + 1], number, found.documents, found.scores, more)
            pending += more
            done += 1
            found = found.allowing(more).reaching((bar - self._left[done]) * SLACK)
        documents, scores, _ = found
        add_at(self._sources[done:], number, documents, scores, pending)
        if pending:
            add_pending(self._evaluator.snapshot, number, pending, documents, scores)
        bar = max(bar, _kth(scores, needed))
        keep = (scores >= bar * SLACK).nonzero()[0]
        return documents.take(keep), scores.take(keep)


class _Candidates(NamedTuple):
    """Documents, what they got so far, and what they may still get of what is pending (None: nothing is)."""

    documents: Array
    scores: Array
    slack: Array | None

    def reaching(self, least: float) -> _Candidates:
        """Those that may have so much."""
        documents, scores, slack = self
        rows = ((scores if slack is None else scores + slack) >= least).nonzero()[0]
        return _Candidates(documents.take(rows), scores.take(rows), None if slack is None else slack.take(rows))

    def ascending(self) -> _Candidates:
        """The same in the order of documents."""
        documents, scores, slack = self
        order = documents.argsort(kind="stable")  # which merges runs that are sorted already
        return _Candidates(documents.take(order), scores.take(order), None if slack is None else slack.take(order))

    def allowing(self, pending: Sequence[Pending]) -> _Candidates:
        """The same, ascending as they are, where more is pending for some."""
        if not pending:
            return self
        slack = np.zeros_like(self.scores) if self.slack is None else self.slack
        for each in pending:
            slack[self.documents.searchsorted(each.documents)] += each.most
        return self._replace(slack=slack)


class _Sums:
    """What documents got so far, in vectors of zeros, which are zeros again after `clear`: each thread keeps its own,
    since making them costs more than their use."""

    def __init__(self, size: int) -> None:
        kept: Array | None = getattr(_local, "vectors", None)
        if kept is None or kept.shape[1] < size:
            kept = _local.vectors = np.zeros((2, size), dtype=np.float32)
        self._sums, self._slack = kept[:, :size]
        self._touched: list[Array] = []
        self._last, self._found = EMPTY.scores, tuple(EMPTY)
        self.pending: list[Pending] = []

    def add(self, part: Scored) -> None:
        """Add scores."""
        documents, scores = part
        if self._touched:
            before = self._sums.take(documents)
            self._touched.append(documents.take((before == 0.0).nonzero()[0]))
            scores = scores + before
        else:
            self._touched.append(documents)
        self._sums[documents] = scores
        self._last = scores

    def bar(self, needed: int) -> float:
        """What at least so many documents have got."""
        if self._many():
            return _bar(self._last, needed)
        documents = joined(self._touched)
        scores = self._sums.take(documents)
        self._found = documents, scores
        return _bar(scores, needed)

    def _many(self) -> bool:
        return sum(map(len, self._touched)) * 4 > len(self._sums)

    def allow(self, pending: Sequence[Pending]) -> None:
        """Take in what is pending for documents that have scores."""
        self.pending += pending
        for each in pending:
            self._slack[each.documents] += each.most

    def hopeful(self, least: float) -> _Candidates:
        """The documents that may have so much; in no order, unless they are many."""
        if not self._touched:
            return _Candidates(*EMPTY, None)
        if self._many():
            most = self._sums + self._slack if self.pending else self._sums
            documents = (most >= max(least, np.finfo(np.float32).tiny)).nonzero()[0]
            scores, least = self._sums.take(documents), 0.0
        else:
            documents, scores = self._found
        found = _Candidates(documents, scores, self._slack.take(documents) if self.pending else None)
        return found.reaching(least) if least > 0.0 else found

    def clear(self) -> None:
        """Make all zeros again."""
        for documents in self._touched:
            self._sums[documents] = 0.0
        for each in self.pending:
            self._slack[each.documents] = 0.0


def _kth(values: Array, needed: int) -> float:
    """The value that stands in this place when they are in falling order; 0 if there are fewer."""
    place = len(values) - needed
    if place < 0:
        return 0.0
    values = values.copy()
    values.partition(place)
    return float(values[place])


def _bar(values: Array, needed: int) -> float:
    """A value that at least `needed` reach; 0 if there are fewer."""
    columns = 4 * needed
    if len(values) > 4 * columns:
        # The greatest of each column are values of different documents, too, and much fewer.
        rows = len(values) // columns
        values = values[: rows * columns].reshape(rows, columns).max(axis=0)
    return _kth(values, needed)
