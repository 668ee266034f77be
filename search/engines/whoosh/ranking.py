"""Scores of single terms, phrases and patterns: BM25F over title and body, by root and by exact form.

BM25F as in Robertson, Zaragoza and Taylor 2004, "Simple BM25 extension to multiple weighted fields": frequencies
of the fields are normalised by length, weighted, and added up before saturation. A word is scored twice, once by its
root and once by its exact form, so that the root finds and the form as typed ranks higher.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.segment import Postings
from search.engines.whoosh.snapshot import Snapshot

K1 = 1.2
"""Saturation of term frequency; the customary value (Robertson and Zaragoza 2009, section 3.3)."""

TITLE_WEIGHT = 2.5
"""How many times a word in the title counts for one in the body."""

TITLE_B = 0.5
BODY_B = 0.75
"""Length normalisation: customary for bodies; weaker for titles, which differ little in length."""

STEM_SHARE = 0.6
EXACT_SHARE = 0.4
"""Shares of the two kinds of evidence in a word's score; see benchmarks/README.md for how they were chosen."""

PAIR_SHARE = 0.75
"""Weight of neighbouring query words that are neighbours in the article; see benchmarks/README.md."""

_FIELD_WEIGHTS = {"title": (TITLE_WEIGHT, TITLE_B), "body": (1.0, BODY_B)}


@dataclass(frozen=True, slots=True)
class Scored:
    """Documents of one segment in ascending order, each with its score; what made it, for explanations."""

    documents: Array
    scores: Array
    frequencies: Array | None = None


EMPTY = Scored(np.zeros(0, dtype=np.int64), np.zeros(0))


def idf(document_frequency: int, documents: int) -> float:
    """ln(1 + (N - n + 0.5) / (n + 0.5)): rarity of a term, never negative (Lucene's form of BM25's idf)."""
    return math.log(1.0 + (documents - document_frequency + 0.5) / (document_frequency + 0.5))


def fields_of(field: str | None) -> tuple[str, ...]:
    """The text fields that a leaf looks in."""
    return (field,) if field else ("title", "body")


def merge(parts: Sequence[tuple[Array, Array]], size: int) -> tuple[Array, Array]:
    """Add up sparse vectors (documents in ascending order, values) of a segment of `size` documents."""
    parts = [part for part in parts if len(part[0])]
    if len(parts) < 2:
        return (parts[0][0], parts[0][1]) if parts else (EMPTY.documents, EMPTY.scores)
    total = np.zeros(size)
    seen = np.zeros(size, dtype=bool)
    for documents, values in parts:
        total[documents] += values  # a posting list names each document once
        seen[documents] = True
    documents = np.flatnonzero(seen)
    return documents, total[documents]


def normalised(snapshot: Snapshot, number: int, field: str, postings: Postings) -> tuple[Array, Array]:
    """Weighted frequencies of a term in one field, normalised by the field's length."""
    weight, b = _FIELD_WEIGHTS[field]
    norms = snapshot.norms(number, field, b)
    return postings.documents, weight * postings.frequencies * norms[postings.documents]


def saturate(frequencies: Array, rarity: float) -> Array:
    """BM25's saturation: from 0 towards rarity * (k1 + 1)."""
    scores: Array = rarity * (K1 + 1.0) * frequencies / (K1 + frequencies)
    return scores


def group_frequencies(
    snapshot: Snapshot, number: int, members: Sequence[tuple[str, str, float]]
) -> tuple[Array, Array]:
    """Weighted, normalised frequencies of several (indexed field, term, weight) taken as one term."""
    size = snapshot.segments[number].size
    parts = []
    for name, term, weight in members:
        postings = snapshot.postings(name, term).segments[number]
        if len(postings.documents):
            field = name.removesuffix("_exact")
            documents, values = normalised(snapshot, number, field, postings)
            parts.append((documents, values * weight if weight != 1.0 else values))
    return merge(parts, size)


class TermGroup:
    """Terms of several fields scored as one: a root in title and body, an exact form, the words of a pattern."""

    def __init__(self, snapshot: Snapshot, members: Sequence[tuple[str, str, float]], share: float = 1.0) -> None:
        self._snapshot = snapshot
        self._members = [m for m in members if snapshot.postings(m[0], m[1]).document_frequency]
        self.share = share
        self.document_frequency = self._count()
        self.idf = idf(self.document_frequency, snapshot.size)

    def _count(self) -> int:
        snapshot = self._snapshot
        if len(self._members) < 2:
            return sum(snapshot.postings(name, term).document_frequency for name, term, _ in self._members)
        total = 0
        for number, segment in enumerate(snapshot.segments):
            seen = np.zeros(segment.size, dtype=bool)
            for name, term, _ in self._members:
                seen[snapshot.postings(name, term).segments[number].documents] = True
            total += int(np.count_nonzero(seen))
        return total

    def score(self, number: int) -> Scored:
        """Documents of segment `number` with any of the terms, and their scores."""
        documents, frequencies = group_frequencies(self._snapshot, number, self._members)
        return Scored(documents, self.share * saturate(frequencies, self.idf), frequencies)
