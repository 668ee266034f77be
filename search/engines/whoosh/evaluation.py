"""Evaluates a Query tree on the arrays of a snapshot: which documents match, and how well.

Leaves give sparse vectors of scores; a Boolean adds them up in one dense vector a segment. Each leaf is resolved
once for the whole snapshot (terms, rarity), then applied segment by segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np

from search.engines.whoosh import ranking
from search.engines.whoosh.container import Array
from search.engines.whoosh.expansion import MAX_TERMS, fuzzy_terms, wildcard_terms
from search.engines.whoosh.positions import phrase_frequencies
from search.engines.whoosh.ranking import EMPTY, Scored, TermGroup, fields_of, term_group
from search.engines.whoosh.segment import Postings
from search.engines.whoosh.snapshot import Snapshot, holds_in_a_row, words_of
from search.errors import UnsupportedQuery
from search.model import TermShare
from search.query.tree import (
    Boolean,
    DateRange,
    Everything,
    Filter,
    Fuzzy,
    Nothing,
    Phrase,
    Query,
    Wildcard,
    Word,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of evidence that a leaf gives; `term` and `evidence` name it in explanations."""

    term: str
    field: str
    evidence: str
    idf: float
    share: float
    scored: Scored


class Leaf(Protocol):
    """A leaf made ready for one snapshot."""

    def parts(self, number: int) -> list[Part]:
        """Its evidence in segment `number`."""

    def rarities(self) -> dict[str, float]:
        """How rare what it asks for is, as in `Matches.rarities`."""


class Evaluator:
    """Evaluates one tree on one snapshot. `warnings` grows with the bounds that were reached."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.warnings: list[str] = []
        self._leaves: dict[Query, Leaf] = {}
        self._pairs: dict[tuple[str, str, str | None], _PairLeaf] = {}

    def evaluate(self, query: Query, number: int) -> Scored:
        """Matching live documents of segment `number`, ascending, with their scores."""
        if isinstance(query, Boolean):
            return self._boolean(query, number)
        if isinstance(query, Nothing):
            return EMPTY
        if isinstance(query, (Everything, DateRange, Filter)):
            documents = self._filtered(query, number)
            return Scored(documents, np.zeros(len(documents)))
        parts = [(p.scored.documents, p.scored.scores) for p in self._leaf(query).parts(number)]
        return Scored(*ranking.merge(parts, self.snapshot.segments[number].size))

    def explain(self, query: Query, number: int, document: int) -> list[TermShare]:
        """What each leaf of the tree adds to the score of one document."""
        if isinstance(query, Boolean):
            shares = [s for child in (*query.must, *query.should) for s in self._explain_child(child, number, document)]
            return shares + self._shares(self._closeness(query, number), document)
        if isinstance(query, (Nothing, Everything, DateRange, Filter)):
            return []
        return self._shares(self._leaf(query).parts(number), document)

    def _shares(self, parts: list[Part], document: int) -> list[TermShare]:
        shares = []
        for part in parts:
            place = int(np.searchsorted(part.scored.documents, document))
            if place < len(part.scored.documents) and part.scored.documents[place] == document:
                score = float(part.scored.scores[place])
                frequency = ranking.unsaturated(score / part.share, part.idf)
                shares.append(TermShare(part.term, part.field, part.evidence, part.idf, frequency, score))
        return shares

    def _explain_child(self, child: Query, number: int, document: int) -> list[TermShare]:
        matches = not isinstance(child, Boolean) or document in self.evaluate(child, number).documents
        return self.explain(child, number, document) if matches else []

    def _boolean(self, query: Boolean, number: int) -> Scored:
        segment = self.snapshot.segments[number]
        scores = np.zeros(segment.size)
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
        for part in self._closeness(query, number):
            # Only lifts what matches anyway.
            keep = mask[part.scored.documents]
            scores[part.scored.documents[keep]] += part.scored.scores[keep]
        documents = np.flatnonzero(mask)
        return Scored(documents, scores[documents])

    def _closeness(self, query: Boolean, number: int) -> list[Part]:
        """Evidence from neighbouring words of the query that are neighbours in an article, too."""
        parts: list[Part] = []
        for children in (query.must, query.should):
            for first, second in _neighbours(children):
                parts += self._pair(first, second).parts(number)
        return parts

    def sources(self, query: Boolean) -> tuple[list[tuple[TermGroup, ...]], list[_PairLeaf]]:
        """For a Boolean of words alone: the groups of each word, and the pairs, in the order of their summing."""
        words = [self._leaf(child) for child in query.should]
        close = [self._pair(a, b) for a, b in _neighbours(query.should)]
        return [leaf.groups for leaf in words if isinstance(leaf, _WordLeaf)], [p for p in close if p.highest]

    def _pair(self, first: Word, second: Word) -> _PairLeaf:
        key = (first.stem, second.stem, first.field)
        if key not in self._pairs:
            self._pairs[key] = self.snapshot.memory.get(("pair", key), lambda: _PairLeaf(self.snapshot, *key))
        return self._pairs[key]

    def _everything(self, number: int) -> Array:
        segment = self.snapshot.segments[number]
        return np.ones(segment.size, dtype=bool) if segment.live is None else segment.live.copy()

    def _filtered(self, query: Everything | DateRange | Filter, number: int) -> Array:
        segment = self.snapshot.segments[number]
        if isinstance(query, Everything):
            return np.flatnonzero(self._everything(number))
        if isinstance(query, DateRange):
            days = segment.numbers("day")
            low = _day_number(query.since) if query.since else 1
            high = _day_number(query.until) if query.until else 99_999_999
            return np.flatnonzero((days >= low) & (days <= high) & self._everything(number))
        return self._labelled(query, number)

    def _labelled(self, query: Filter, number: int) -> Array:
        segment = self.snapshot.segments[number]
        terms = segment.field(query.field)
        mask = np.zeros(segment.size, dtype=bool)
        wanted = words_of(query.value)
        for place, label in enumerate(self.snapshot.label_terms(query.field)[number]):
            if terms is not None and (label == query.value or holds_in_a_row(words_of(label), wanted)):
                mask[segment.only_live(terms.postings(place)).documents] = True
        return np.flatnonzero(mask)

    def rarities(self) -> dict[str, float]:
        """How rare each thing is that was asked for in what has been evaluated."""
        return {key: rarity for leaf in self._leaves.values() for key, rarity in leaf.rarities().items()}

    def unknown(self) -> frozenset[str]:
        """Words that were asked for and stand in no article, neither so nor by root."""
        return frozenset(
            word.exact
            for word, leaf in self._leaves.items()
            if isinstance(word, Word)
            and isinstance(leaf, _WordLeaf)
            and not any(g.document_frequency for g in leaf.groups)
        )

    def _leaf(self, query: Query) -> Leaf:
        leaf = self._leaves.get(query)
        if leaf is None:
            leaf = self._leaves[query] = self._resolve(query)
        return leaf

    def _resolve(self, query: Query) -> Leaf:
        if isinstance(query, Word):
            return _WordLeaf(self.snapshot, query)
        if isinstance(query, Phrase):
            return _PhraseLeaf(self.snapshot, query)
        if isinstance(query, Wildcard):
            counted = wildcard_terms(self.snapshot, fields_of(query.field), query.pattern)
            if len(counted) > MAX_TERMS:
                self.warnings.append(
                    f"Pola {query.pattern} cocok dengan terlalu banyak kata; dipakai {MAX_TERMS} kata yang paling umum."
                )
            weights = {term: 1.0 for term, _ in counted.most_common(MAX_TERMS)}
            return _PatternLeaf(self.snapshot, query.field, query.pattern, weights)
        if isinstance(query, Fuzzy):
            near = fuzzy_terms(self.snapshot, fields_of(query.field), query.exact, query.distance)
            best = sorted(near, key=lambda term: (near[term][0], -near[term][1], term))[:MAX_TERMS]
            # A form with an edit counts half of the form as typed, with two edits a third.
            weights = {term: 1.0 / (1 + near[term][0]) for term in best}
            return _PatternLeaf(self.snapshot, query.field, f"{query.exact}~{query.distance}", weights)
        raise UnsupportedQuery(f"This engine cannot evaluate {type(query).__name__}.")


def _neighbours(children: Sequence[Query]) -> list[tuple[Word, Word]]:
    """Words of the same field that were typed one after the other."""
    return [
        (first, second)
        for first, second in zip(children, children[1:])
        if isinstance(first, Word) and isinstance(second, Word) and first.field == second.field
    ]


def _day_number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


class _WordLeaf:
    """A word by its root and by its exact form."""

    def __init__(self, snapshot: Snapshot, word: Word) -> None:
        fields = fields_of(word.field)
        self._field = "+".join(fields)
        self._kinds = (
            (word.stem, "stem", term_group(snapshot, [(f, word.stem, 1.0) for f in fields], ranking.STEM_SHARE)),
            (
                word.exact, "exact",
                term_group(snapshot, [(f"{f}_exact", word.exact, 1.0) for f in fields], ranking.EXACT_SHARE),
            ),
        )  # fmt: skip

    @property
    def groups(self) -> tuple[TermGroup, ...]:
        """Root and exact form, in the order of their summing."""
        return tuple(group for _, _, group in self._kinds)

    def parts(self, number: int) -> list[Part]:
        return [
            Part(term, self._field, kind, group.idf, group.share, group.segments[number])
            for term, kind, group in self._kinds
        ]

    def rarities(self) -> dict[str, float]:
        (stem, _, group), _ = self._kinds
        return {stem: group.idf}


class _PatternLeaf:
    """The terms of a pattern, scored as if they were one word."""

    def __init__(self, snapshot: Snapshot, field: str | None, label: str, weights: dict[str, float]) -> None:
        fields = fields_of(field)
        self._field, self._label, self._key = "+".join(fields), label, label.partition("~")[0]
        self._group = term_group(snapshot, [(f"{f}_exact", term, w) for f in fields for term, w in weights.items()])

    def parts(self, number: int) -> list[Part]:
        return [Part(self._label, self._field, "pattern", self._group.idf, 1.0, self._group.segments[number])]

    def rarities(self) -> dict[str, float]:
        return {self._key: self._group.idf}


class _PairLeaf:
    """Two roots next to each other, in this order.

    A pair's rarity is what it tells beyond its rarer word: idf(pair) - max(idf(first), idf(second)). Words that go
    together by chance alone ("di kabupaten") then add little, and a name of two common words much. The idea is that
    of the ordered pairs in Metzler and Croft 2005, "A Markov random field model for term dependencies".
    """

    def __init__(self, snapshot: Snapshot, first: str, second: str, field: str | None) -> None:
        fields = fields_of(field)
        found = []
        for number, segment in enumerate(snapshot.segments):
            vectors = [
                (name, Postings(*phrase_frequencies(segment, name, (first, second), 0)))
                for name in fields
                if all(len(snapshot.postings(name, term).segments[number].documents) for term in (first, second))
            ]
            weighted = [ranking.normalised(snapshot, number, name, p) for name, p in vectors if len(p.documents)]
            found.append(ranking.merge(weighted, segment.size))
        together = sum(len(documents) for documents, _ in found)
        rarer = max(
            term_group(snapshot, [(f, t, 1.0) for f in fields], ranking.STEM_SHARE).idf for t in (first, second)
        )
        rarity = max(0.0, ranking.idf(together, snapshot.size) - rarer)
        self.segments = tuple(Scored(d, ranking.PAIR_SHARE * ranking.saturate(f, rarity)) for d, f in found)
        self.highest = max((float(s.scores.max()) for s in self.segments if len(s.scores)), default=0.0)
        self.size = sum(s.documents.nbytes + s.scores.nbytes for s in self.segments)
        self._field, self._label, self._idf = "+".join(fields), f"{first} {second}", rarity

    def parts(self, number: int) -> list[Part]:
        if not self.highest:
            return []
        return [Part(self._label, self._field, "near", self._idf, ranking.PAIR_SHARE, self.segments[number])]


class _PhraseLeaf:
    """A phrase: its rarity is the sum of its words' (as if they stood by chance), its frequency its own."""

    def __init__(self, snapshot: Snapshot, phrase: Phrase) -> None:
        self._snapshot, self._phrase = snapshot, phrase
        self._fields = fields_of(phrase.field)
        self._rarities = {
            word: term_group(snapshot, [(f"{f}_exact", word, 1.0) for f in self._fields]).idf for word in phrase.words
        }
        self._idf = sum(self._rarities.values())

    def rarities(self) -> dict[str, float]:
        return self._rarities

    def parts(self, number: int) -> list[Part]:
        segment, phrase = self._snapshot.segments[number], self._phrase
        vectors = []
        for field in self._fields:
            documents, counts = phrase_frequencies(segment, f"{field}_exact", phrase.words, phrase.slop)
            postings = Postings(documents, counts)
            vectors.append(ranking.normalised(self._snapshot, number, field, postings))
        documents, frequencies = ranking.merge(vectors, segment.size)
        scored = Scored(documents, ranking.saturate(frequencies, self._idf))
        label = f'"{" ".join(phrase.words)}"' + (f"~{phrase.slop}" if phrase.slop else "")
        evidence = "near" if phrase.slop else "phrase"
        return [Part(label, "+".join(self._fields), evidence, self._idf, 1.0, scored)]
