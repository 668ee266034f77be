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

# What each was measured against stands in benchmarks/README.md, "Why these constants".

K1 = 0.9
"""Saturation of term frequency: news is short, and a word's second mention says little more than its first."""

TITLE_WEIGHT = 2.5
"""How many times a word in the title counts for one in the body; a customary value (the sets have no titles)."""

TITLE_B = 0.5
BODY_B = 0.75
"""Length normalisation: the customary value for bodies; a weaker one for titles, which differ little in length."""

STEM_SHARE = 0.6
EXACT_SHARE = 0.4
"""Shares of the two kinds of evidence in a word's score."""

PAIR_SHARE = 0.75
"""Weight of neighbouring query words that are neighbours in the article."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Documents of one segment in ascending order, each with its score."""

    documents: Array
    scores: Array


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
    weight, b = (TITLE_WEIGHT, TITLE_B) if field == "title" else (1.0, BODY_B)
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
    """Terms of several fields scored as one: a root in title and body, an exact form, the words of a pattern.

    `segments`: documents and scores in each segment. `highest`: no score in any segment is above it. `idf` is of the
    documents that hold any of the terms.
    """

    def __init__(self, snapshot: Snapshot, members: Sequence[tuple[str, str, float]], share: float = 1.0) -> None:
        known = [m for m in members if snapshot.postings(m[0], m[1]).document_frequency]
        found = [group_frequencies(snapshot, number, known) for number in range(len(snapshot.segments))]
        self.share = share
        self.document_frequency = sum(len(documents) for documents, _ in found)
        self.idf = idf(self.document_frequency, snapshot.size)
        self.segments = tuple(
            Scored(documents.astype(np.uint32, copy=False), share * saturate(frequencies, self.idf))
            for documents, frequencies in found
        )
        self.highest = max((float(s.scores.max()) for s in self.segments if len(s.scores)), default=0.0)

        self._bitmaps: dict[int, Array] = {}

    def bitmap(self, number: int, size: int) -> Array:
        """The documents of a segment of `size` as one bit each, packed as by `np.packbits`."""
        if number not in self._bitmaps:
            self._bitmaps[number] = np.packbits(_as_mask(self.segments[number].documents, size))
        return self._bitmaps[number]

    @property
    def size(self) -> int:
        """Bytes that its arrays take."""
        return sum(s.documents.nbytes + s.scores.nbytes for s in self.segments)


def term_group(snapshot: Snapshot, members: Sequence[tuple[str, str, float]], share: float = 1.0) -> TermGroup:
    """The group of these terms, from the snapshot's memory where it is there."""
    key = (tuple(members), share)
    group: TermGroup = snapshot.memory.get(key, lambda: TermGroup(snapshot, members, share))
    return group


def _as_mask(documents: Array, size: int) -> Array:
    mask = np.zeros(size, dtype=bool)
    mask[documents] = True
    return mask


def unsaturated(score: float, rarity: float) -> float:
    """The frequency that `saturate` turned into `score`: its inverse."""
    most = rarity * (K1 + 1.0)
    return K1 * score / (most - score) if most > score else math.inf
