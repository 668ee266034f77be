"""From scored documents to a page: order, ties, totals and facets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.segment import SegmentArrays
from search.engines.whoosh.snapshot import Snapshot
from search.engines.whoosh.sources import Scored
from search.errors import UsageError
from search.model import FACETS, FacetCount, SearchOptions, Sort


class Place(NamedTuple):
    """Where a matching document is, and its score."""

    segment: int
    document: int
    score: float


class Chosen(NamedTuple):
    """Documents in the order of a page: their segments, numbers and scores."""

    segments: Array
    documents: Array
    scores: Array

    @classmethod
    def none(cls) -> Chosen:
        """No documents."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(nothing, nothing, np.zeros(0, dtype=np.float32))

    def places(self) -> list[Place]:
        """The same one by one."""
        return [Place(*each) for each in zip(self.segments.tolist(), self.documents.tolist(), self.scores.tolist())]


def gathered(found: Sequence[Scored]) -> Chosen:
    """What was found in each segment, in no order yet."""
    if len(found) == 1:
        (part,) = found
        return Chosen(np.zeros(len(part.documents), dtype=np.int64), part.documents, part.scores)
    if not found:
        return Chosen.none()
    segments = np.repeat(np.arange(len(found)), [len(part.documents) for part in found])
    return Chosen(segments, np.concatenate([p.documents for p in found]), np.concatenate([p.scores for p in found]))


def select(snapshot: Snapshot, found: Chosen, sort: Sort, low: int, high: int) -> Chosen:
    """The documents at places `[low, high)`, in order."""
    if not len(found.documents) or high <= low:
        return Chosen.none()
    if sort is Sort.RELEVANCE and len(found.scores) > 4 * high:
        # Whatever the dates, only these can be on the page.
        keep = (found.scores >= _least(found.scores, high)).nonzero()[0]
        found = Chosen(*(column[keep] for column in found))
    if sort is Sort.RELEVANCE:
        order = (-found.scores).argsort()[: high + 1]
        ordered = found.scores[order]
        if (ordered[1:] < ordered[:-1]).all():  # no ties: nothing else decides
            return Chosen(*(column[order[low:high]] for column in found))
    dates = np.empty(len(found.documents), dtype=np.int64)
    for number in range(len(snapshot.segments)):
        mine = slice(None) if len(snapshot.segments) == 1 else found.segments == number
        dates[mine] = snapshot.segments[number].instants(found.documents[mine])
    keys = _keys(sort, found.scores, dates)
    keep = _first(keys, high)
    ordered = keep[np.lexsort(tuple(key[keep] for key in reversed(keys)))]
    ordered = _settle_ties(snapshot, ordered, keys, found.segments, found.documents, high)[low:high]
    return Chosen(*(column[ordered] for column in found))


def select_best(snapshot: Snapshot, found: Chosen, count: int) -> Chosen:
    """The best so many documents, in the order of segments and documents, as `found` is."""
    if len(found.documents) <= count:
        return found
    keep = (found.scores >= _least(found.scores, count)).nonzero()[0]
    if len(keep) == count:
        return Chosen(*(column[keep] for column in found))
    # Ties at the border: other things decide.
    best = select(snapshot, found, Sort.RELEVANCE, 0, count)
    order = np.lexsort((best.documents, best.segments))
    return Chosen(*(column[order] for column in best))


def _least(scores: Array, count: int) -> float:
    """The score in this place."""
    return float(np.partition(scores, len(scores) - count)[len(scores) - count])


def _keys(sort: Sort, scores: Array, dates: Array) -> tuple[Array, ...]:
    """Sort keys, the weightiest first; smaller comes first. Articles without a date come last in either order."""
    if sort is Sort.RELEVANCE:
        return -scores, -dates
    if sort is Sort.NEWEST:
        return -dates, -scores
    return np.where(dates == 0, np.iinfo(np.int64).max, dates), -scores


def _first(keys: tuple[Array, ...], needed: int) -> Array:
    """Candidates for the first `needed` places: all that no key puts behind the last of them."""
    first, *others = keys
    if len(first) <= needed:
        return np.arange(len(first))
    limit = np.partition(first, needed - 1)[needed - 1]
    below, equal = np.flatnonzero(first < limit), np.flatnonzero(first == limit)
    if others:
        equal = equal[_first(tuple(key[equal] for key in others), needed - len(below))]
    return np.concatenate((below, equal))


def _settle_ties(
    snapshot: Snapshot,
    ordered: Array,
    keys: tuple[Array, ...],
    segments: Array,
    documents: Array,
    needed: int,
) -> Array:
    """Order runs of equal keys by id, as far as the page reaches."""
    same = np.ones(max(len(ordered) - 1, 0), dtype=bool)
    for key in keys:
        same &= key[ordered[1:]] == key[ordered[:-1]]
    borders = np.concatenate(([0], np.flatnonzero(~same) + 1, [len(ordered)]))
    for low, high in zip(borders[:-1].tolist(), borders[1:].tolist()):
        if low >= needed:
            break
        if high - low > 1:
            ordered[low:high] = _by_id(snapshot, ordered[low:high], segments, documents, needed - low)
    return ordered


def _by_id(snapshot: Snapshot, run: Array, segments: Array, documents: Array, needed: int) -> Array:
    """A run of ties by id. Within a segment ids order as their numbers do, so only the first of each are compared
    as text."""
    named: list[tuple[str, int]] = []
    rest: list[Array] = []
    for number in np.bincount(segments[run]).nonzero()[0].tolist():
        mine = run[segments[run] == number]
        segment = snapshot.segments[number]
        mine = mine[np.argsort(segment.ordinals("id")[documents[mine]], kind="stable")]
        named += [(segment.document_label("id", int(documents[i])), i) for i in mine[:needed].tolist()]
        rest.append(mine[needed:])
    return np.concatenate([np.array([i for _, i in sorted(named)], dtype=run.dtype), *rest])


def facet_counts(
    snapshot: Snapshot, found: Sequence[Scored], options: SearchOptions
) -> Mapping[str, tuple[FacetCount, ...]]:
    """Counts of the values of each facet asked for, over all matching documents. Months are in order of time, the
    latest `facet_limit` of them; others by count, then value. Raises UsageError."""
    unknown = [name for name in options.facets if name not in FACETS]
    if unknown:
        raise UsageError(f"There is no facet {unknown[0]!r}.", hint=f"Choose from {', '.join(FACETS)}.")
    return {name: _facet(snapshot, found, name, options.facet_limit) for name in options.facets}


def _facet(snapshot: Snapshot, found: Sequence[Scored], name: str, limit: int) -> tuple[FacetCount, ...]:
    totals: Counter[str] = Counter()
    for segment, scored in zip(snapshot.segments, found):
        count = _months if name == "month" else _labels
        totals.update(count(segment, name, scored.documents))
    totals.pop("", None)
    if name == "month":
        return tuple(FacetCount(*item) for item in sorted(totals.items())[-limit:] if limit)
    ranked = sorted(_spelt_alike(totals).items(), key=lambda item: (-item[1], item[0]))
    return tuple(FacetCount(*item) for item in ranked[:limit])


def _spelt_alike(totals: Counter[str]) -> Counter[str]:
    """One value for those that differ in case only ("Politik", "politik"), as filters take them for one; the commonest
    spelling stands for all."""
    spelling: dict[str, str] = {}
    merged: Counter[str] = Counter()
    for value, count in sorted(totals.items(), key=lambda item: (-item[1], item[0])):
        merged[spelling.setdefault(value.casefold(), value)] += count
    return merged


def _months(segment: SegmentArrays, _: str, documents: Array) -> dict[str, int]:
    months, counts = np.unique(segment.numbers("day")[documents] // 100, return_counts=True)
    return {f"{m // 100:04d}-{m % 100:02d}": n for m, n in zip(months.tolist(), counts.tolist()) if m}


def _labels(segment: SegmentArrays, name: str, documents: Array) -> dict[str, int]:
    counts = np.bincount(segment.ordinals(name)[documents], minlength=segment.label_count(name))
    return {segment.label(name, ordinal): int(counts[ordinal]) for ordinal in np.flatnonzero(counts).tolist()}
