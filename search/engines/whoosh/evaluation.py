"""Evaluates a Query tree on the arrays of a snapshot: which documents match, and how well.

Leaves give sparse vectors of scores; a Boolean adds them up in one dense vector a segment. Any tree can be evaluated
so, every match scored; what people ask most takes the quicker way of `maxscore.py`.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.leaves import Leaf, Part, Words, leaf_of
from search.engines.whoosh.ranking import unsaturated
from search.engines.whoosh.snapshot import Snapshot, holds_in_a_row, words_of
from search.engines.whoosh.sources import EMPTY, Scored
from search.model import TermShare
from search.query.tree import Boolean, DateRange, Everything, Filter, Nothing, Query, Word


class Evaluator:
    """Evaluates one tree on one snapshot. `warnings` grows with the bounds that were reached. `plain`: words count by
    their roots alone."""

    def __init__(self, snapshot: Snapshot, plain: bool = False) -> None:
        self.snapshot = snapshot
        self.plain = plain
        self.warnings: list[str] = []
        self.words = Words(snapshot, plain)
        self._leaves: dict[Query, Leaf] = {}

    def evaluate(self, query: Query, number: int) -> Scored:
        """Matching live documents of segment `number`, ascending, with their scores."""
        if isinstance(query, Boolean):
            return self._boolean(query, number)
        if isinstance(query, Nothing):
            return EMPTY
        if isinstance(query, (Everything, DateRange, Filter)):
            documents = np.flatnonzero(self.allowed(query, number))
            return Scored(documents, np.zeros(len(documents), dtype=np.float32))
        live = self.snapshot.segments[number].live
        parts = [source.all(number, live) for source in self.leaf(query).sources]
        return parts[0] if len(parts) == 1 else _added(parts, self.snapshot.segments[number].size)

    def explain(self, query: Query, number: int, document: int) -> list[TermShare]:
        """What each leaf of the tree adds to the score of one document."""
        if isinstance(query, Boolean):
            return [s for child in (*query.must, *query.should) for s in self._explain_child(child, number, document)]
        if isinstance(query, (Nothing, Everything, DateRange, Filter)):
            return []
        leaf = leaf_of(self.words, self.snapshot, query, [], explain=True)
        return [share for part in leaf.parts for share in _share(part, number, document)]

    def _explain_child(self, child: Query, number: int, document: int) -> list[TermShare]:
        matches = not isinstance(child, Boolean) or document in self.evaluate(child, number).documents
        return self.explain(child, number, document) if matches else []

    def _boolean(self, query: Boolean, number: int) -> Scored:
        segment = self.snapshot.segments[number]
        scores = np.zeros(segment.size, dtype=np.float32)
        mask: Array | None = None
        for child in query.must:
            found = self.evaluate(child, number)
            scores[found.documents] += found.scores
            here = np.zeros(segment.size, dtype=bool)
            here[found.documents] = True
            mask = here if mask is None else mask & here
            if not mask.any():
                return EMPTY
        optional = np.zeros(segment.size, dtype=bool)
        for child in query.should:
            found = self.evaluate(child, number)
            scores[found.documents] += found.scores
            optional[found.documents] = True
        if mask is None:
            mask = optional if query.should else self._everything(number)
        for child in query.must_not:
            mask[self.evaluate(child, number).documents] = False
        documents = np.flatnonzero(mask)
        return Scored(documents, scores[documents])

    def _everything(self, number: int) -> Array:
        segment = self.snapshot.segments[number]
        return np.ones(segment.size, dtype=bool) if segment.live is None else segment.live.copy()

    def allowed(self, query: Everything | DateRange | Filter, number: int) -> Array:
        """A mask of the live documents that a filter lets through."""
        segment = self.snapshot.segments[number]
        if isinstance(query, Everything):
            return self._everything(number)
        if isinstance(query, DateRange):
            days = segment.numbers("day")
            mask: Array = days >= (_day_number(query.since) if query.since else 1)
            if query.until:
                mask &= days <= _day_number(query.until)
        else:
            mask = self._labelled(query, number)
        if segment.live is not None:
            mask &= segment.live
        return mask

    def _labelled(self, query: Filter, number: int) -> Array:
        segment = self.snapshot.segments[number]
        terms = segment.labels(query.field)
        mask = np.zeros(segment.size, dtype=bool)
        wanted = words_of(query.value)
        for place, label in enumerate(self.snapshot.label_terms(query.field)[number]):
            if terms is not None and (label == query.value or holds_in_a_row(words_of(label), wanted)):
                mask[terms.documents(place)] = True
        return mask

    def rarities(self) -> dict[str, float]:
        """How rare each thing is that was asked for in what has been evaluated."""
        return {key: rarity for leaf in self._leaves.values() for key, rarity in leaf.rarities.items()}

    def unknown(self) -> frozenset[str]:
        """Words that were asked for and stand in no article, neither so nor by root."""
        return frozenset(
            word.exact for word, leaf in self._leaves.items() if isinstance(word, Word) and not leaf.known
        )

    def leaf(self, query: Query) -> Leaf:
        """A leaf of the tree, resolved once."""
        leaf = self._leaves.get(query)
        if leaf is None:
            leaf = self._leaves[query] = leaf_of(self.words, self.snapshot, query, self.warnings)
        return leaf


def _added(parts: list[Scored], size: int) -> Scored:
    """Sparse vectors of a segment of `size` documents, added up."""
    total = np.zeros(size, dtype=np.float32)
    seen = np.zeros(size, dtype=bool)
    for part in parts:
        total[part.documents] += part.scores  # a posting list names each document once
        seen[part.documents] = True
    documents = np.flatnonzero(seen)
    return Scored(documents, total[documents])


def _share(part: Part, number: int, document: int) -> list[TermShare]:
    here, scores = part.source.at(number, np.array([document]))
    if not len(here):
        return []
    score = float(scores[0])
    return [TermShare(part.term, part.field, part.evidence, part.idf, unsaturated(score / part.most), score)]


def _day_number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
