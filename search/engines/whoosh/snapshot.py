"""One committed state of the index, as searching sees it: its segments, and statistics over all of them.

Statistics count live documents only and are taken over all segments together, so an index of many segments with
deleted documents ranks as one fresh segment would. A snapshot never changes; a new commit makes a new one.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.manifest import Manifest
from search.engines.whoosh.memo import Memo
from search.engines.whoosh.segment import FieldTerms, Postings, SegmentArrays
from search.engines.whoosh.storage import read_toc
from search.errors import IndexCorrupt

_CACHED_POSTINGS = 4096

_REMEMBERED = 40 * 1024 * 1024
"""Bytes of scores kept for later queries: at 100,000 articles, the hundred commonest words and some thousand others."""


@dataclass(frozen=True, slots=True)
class TermPostings:
    """A term's live postings in each segment, and in how many documents it stands."""

    segments: tuple[Postings, ...]
    document_frequency: int


class Snapshot:
    """Segments of one generation. Safe from many threads."""

    def __init__(self, folder: Path) -> None:
        toc = read_toc(folder)
        self.folder = folder
        self.generation: int = toc.generation
        self.made_with = Manifest.load(folder).require(toc.generation, folder)
        try:
            self.segments: tuple[SegmentArrays, ...] = tuple(segment.arrays(folder) for segment in toc.segments)
        except AttributeError as error:  # a segment of Whoosh's own codec
            raise IndexCorrupt(
                f"The index in {folder} holds a segment that another program wrote.",
                hint="Build the index again with `cari build`.",
            ) from error
        self.size = sum(segment.size - len(segment.deleted) for segment in self.segments)
        self._averages: dict[str, float] = {}
        self._norms: dict[tuple[int, str, float], Array] = {}
        self._postings: dict[tuple[str, str], TermPostings] = {}
        self._labels: dict[str, list[list[str]]] = {}
        self.memory: Memo[Any] = Memo(_REMEMBERED, lambda value: int(value.size))
        """Scores of terms and pairs over all segments (things with a `size` in bytes), for later queries."""
        self._lock = threading.Lock()

    def postings(self, field: str, term: str) -> TermPostings:
        """Live postings of a term in every segment."""
        key = (field, term)
        found = self._postings.get(key)
        if found is None:
            encoded = term.encode("utf-8", "surrogatepass")
            parts = tuple(segment.postings(field, encoded) for segment in self.segments)
            found = TermPostings(parts, sum(len(part.documents) for part in parts))
            with self._lock:
                if len(self._postings) >= _CACHED_POSTINGS:
                    self._postings.clear()
                self._postings[key] = found
        return found

    def average_length(self, field: str) -> float:
        """Mean number of terms of a field over the live documents that have it, at least 1."""
        if field not in self._averages:
            total = filled = 0
            for segment in self.segments:
                lengths = segment.lengths(field)
                lengths = lengths if segment.live is None else lengths[segment.live]
                total += int(lengths.sum(dtype=np.int64))
                filled += int(np.count_nonzero(lengths))
            self._averages[field] = max(total / filled, 1.0) if filled else 1.0
        return self._averages[field]

    def norms(self, number: int, field: str, b: float) -> Array:
        """For each document of a segment, the factor 1 / (1 - b + b * length / average) of BM25."""
        key = (number, field, b)
        found = self._norms.get(key)
        if found is None:
            lengths = self.segments[number].lengths(field)
            found = 1.0 / (1.0 - b + b * (lengths / self.average_length(field)))
            self._norms[key] = found
        return found

    def terms(self, field: str) -> list[FieldTerms | None]:
        """The term dictionary of a field in each segment."""
        return [segment.field(field) for segment in self.segments]

    def label_terms(self, field: str) -> list[list[str]]:
        """Every folded value of a label field in each segment, in order."""
        if field not in self._labels:
            self._labels[field] = [terms.all() if terms else [] for terms in self.terms(field)]
        return self._labels[field]

    def locate(self, article_id: str) -> tuple[int, int] | None:
        """Segment and document number of a live article."""
        key = article_id.encode("utf-8", "surrogatepass")
        for number, segment in enumerate(self.segments):
            for document in segment.postings("id", key).documents.tolist():
                return number, document
        return None


def words_of(text: str) -> list[str]:
    """The words of a folded label."""
    return re.findall(r"\w+", text)


def holds_in_a_row(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether `wanted` stands in `words` as an unbroken run."""
    span = len(wanted)
    return bool(span) and any(list(words[i : i + span]) == list(wanted) for i in range(len(words) - span + 1))
