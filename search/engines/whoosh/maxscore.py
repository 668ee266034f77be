"""The best articles without scoring every match: MaxScore on arrays.

Turtle and Flood 1995, "Query evaluation: strategies and optimizations", made vectorised. Evidence is taken in the
order of the most it can give. Its documents are gathered until what is left cannot lift a new document into the page;
from then on only the documents gathered so far are looked up in what is left, and those that cannot make it are
dropped. It finds what `Evaluator.evaluate` finds, for trees that are words, phrases and patterns, some of them
required, within filters.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.evaluation import Evaluator
from search.engines.whoosh.roots import add_at, gather
from search.engines.whoosh.sources import EMPTY, Scored, Source, joined
from search.query.tree import Boolean, DateRange, Everything, Filter, Fuzzy, Nothing, Phrase, Query, Wildcard, Word

SLACK = 1.0 - 1e-5
"""Bounds are lowered by this share, so that rounding never drops what is level with the last of the page."""

LONG = 8192
"""Sources are gathered together if they name no more documents than this in all."""

HOPE = 0.3
"""The bar is hardly higher than this share of the most that a document could get."""

FEW = 256
"""So few candidates are looked up in all that is left at once: choosing among them would cost more."""

SOME = 1024
"""The likeliest are told by so many of all, in even steps."""

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
        settled = self._settle(number, needed, found, done, bar)
        self._best = np.concatenate((self._best, settled.scores)) if len(self._best) else settled.scores
        return settled

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
            for part in gather(self._sources[done : done + together], number, mask):
                sums.add(part)
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

    def _settle(self, number: int, needed: int, found: Scored, done: int, bar: float) -> Scored:
        """Add what is left to the candidates, the likeliest first: they make a bar that others hardly ever reach."""
        many = max(FEW, 4 * needed)
        others = None
        if done < len(self._sources) and len(found.documents) > 2 * many:
            found, others = _parted(found, many)
        settled = self._added(number, found, done, bar)
        if others is not None:
            bar = max(bar, _kth(settled.scores, needed))
            others = _reaching(others, (bar - self._left[done]) * SLACK)
            if len(others.documents):
                more = self._added(number, others, done, bar)
                settled = Scored(*(np.concatenate(columns) for columns in zip(settled, more)))
        bar = max(bar, _kth(settled.scores, needed))
        settled = _reaching(settled, bar * SLACK)
        return _taken(settled, settled.documents.argsort())

    def _added(self, number: int, found: Scored, done: int, bar: float) -> Scored:
        """Add what the other sources say of candidates. If they are many, those that cannot reach the bar are dropped
        on the way."""
        found = _taken(found, found.documents.argsort(kind="stable"))  # which merges runs that are sorted already
        while done < len(self._sources) and len(found.documents) > 2 * FEW:
            add_at(self._sources[done : done + 1], number, *found)
            done += 1
            found = _reaching(found, (bar - self._left[done]) * SLACK)
        add_at(self._sources[done:], number, *found)
        return found


def _taken(found: Scored, rows: Array) -> Scored:
    return Scored(found.documents.take(rows), found.scores.take(rows))


def _reaching(found: Scored, least: float) -> Scored:
    """Those that have so much."""
    return _taken(found, (found.scores >= least).nonzero()[0])


def _parted(found: Scored, count: int) -> tuple[Scored, Scored]:
    """The likeliest, about so many, and the others."""
    step = len(found.scores) // SOME + 1
    likely = found.scores >= _kth(found.scores[::step], max(count // step, 1))
    return _taken(found, likely.nonzero()[0]), _taken(found, (~likely).nonzero()[0])


class _Sums:
    """What documents got so far, in a vector of zeros, which are zeros again after `clear`: each thread keeps its own,
    since making it costs more than its use."""

    def __init__(self, size: int) -> None:
        kept: Array | None = getattr(_local, "sums", None)
        if kept is None or len(kept) < size:
            kept = _local.sums = np.zeros(size, dtype=np.float32)
        self._sums = kept[:size]
        self._touched: list[Array] = []  # the documents that each part was the first to name
        self._last = EMPTY.scores
        self._found = EMPTY

    def add(self, part: Scored) -> None:
        """Add scores."""
        documents, scores = part
        if self._touched:
            before = self._sums.take(documents)
            self._touched.append(documents.take((before == 0.0).nonzero()[0]))
            scores = scores + before
        else:
            self._touched.append(documents)
        self._sums[documents] = self._last = scores

    def _many(self) -> bool:
        return sum(map(len, self._touched)) * 4 > len(self._sums)

    def bar(self, needed: int) -> float:
        """What at least so many documents have got."""
        if self._many():
            return _bar(self._last, needed)
        documents = joined(self._touched)
        self._found = Scored(documents, self._sums.take(documents))
        return _bar(self._found.scores, needed)

    def hopeful(self, least: float) -> Scored:
        """The documents that have so much; in no order, unless they are many."""
        if self._many():
            documents = (self._sums >= max(least, np.finfo(np.float32).tiny)).nonzero()[0]
            return Scored(documents, self._sums.take(documents))
        return _reaching(self._found, least) if least > 0.0 else self._found

    def clear(self) -> None:
        """Make all zeros again."""
        for documents in self._touched:
            self._sums[documents] = 0.0


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
