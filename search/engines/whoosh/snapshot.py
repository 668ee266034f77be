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
from typing import TypeVar

import numpy as np

from search.engines.whoosh.commits import read_commit
from search.engines.whoosh.container import Array
from search.engines.whoosh.dictionary import encoded
from search.engines.whoosh.manifest import Manifest
from search.engines.whoosh.ranking import Norms, average_length, idf
from search.engines.whoosh.segment import LabelTerms, SegmentArrays
from search.engines.whoosh.text_index import Pair, PostingList

_REMEMBERED = 4096  # roots, and as many forms


@dataclass(frozen=True, slots=True)
class RootTerm:
    """A root in each segment (None where it has no postings), and in how many live documents it stands."""

    lists: tuple[PostingList | None, ...]
    documents: int
    idf: float


@dataclass(frozen=True, slots=True)
class FormTerm:
    """An exact form: the roots that it has in each segment, and in how many live documents it stands."""

    pairs: tuple[list[Pair], ...]
    documents: int
    idf: float


Term = TypeVar("Term")


class Snapshot:
    """Segments of one generation. Safe from many threads."""

    def __init__(self, folder: Path) -> None:
        commit = read_commit(folder)
        self.folder = folder
        self.generation: int = commit.generation
        self.made_with = Manifest.load(folder).require(commit.generation, folder)
        self.segments: tuple[SegmentArrays, ...] = tuple(segment.arrays(folder) for segment in commit.segments)
        self.size = sum(segment.size - len(segment.deleted) for segment in self.segments)
        self._norms: dict[int, Norms] = {}
        self._averages: Array | None = None
        self._drifts: dict[int, float] = {}
        self._roots: dict[str, RootTerm] = {}
        self._forms: dict[str, FormTerm] = {}
        self._labels: dict[str, list[list[str]]] = {}
        self._lock = threading.Lock()

    # Words

    def root(self, text: str) -> RootTerm:
        """A root with its postings."""
        found = self._roots.get(text)
        if found is None:
            lists = tuple(segment.text.root(text) for segment in self.segments)
            documents = sum(
                0 if postings is None else len(postings) if segment.live is None
                else int(segment.live[postings.documents()].sum())
                for segment, postings in zip(self.segments, lists)
            )  # fmt: skip
            found = RootTerm(lists, documents, idf(documents, self.size))
            self._remember(self._roots, text, found)
        return found

    def form(self, text: str) -> FormTerm:
        """An exact form with its roots."""
        found = self._forms.get(text)
        if found is None:
            each = [segment.text.form(text) for segment in self.segments]
            documents = 0
            for segment, (count, pairs) in zip(self.segments, each):
                if segment.live is not None and pairs:
                    count = len(segment.only_live(segment.text.form_postings(pairs).documents))
                documents += count
            found = FormTerm(tuple(pairs for _, pairs in each), documents, idf(documents, self.size))
            self._remember(self._forms, text, found)
        return found

    def _remember(self, terms: dict[str, Term], text: str, term: Term) -> None:
        """A term's place in the files costs a few look-ups, and with deletions reading its postings."""
        with self._lock:
            if len(terms) >= _REMEMBERED:
                terms.clear()
            terms[text] = term

    @property
    def averages(self) -> Array:
        """Mean number of tokens of title and body over the live documents that have them, at least 1."""
        if self._averages is None:
            means = []
            for field in ("title", "body"):
                lengths = [s.lengths(field) if s.live is None else s.lengths(field)[s.live] for s in self.segments]
                means.append(average_length(np.concatenate(lengths)) if lengths else 1.0)
            self._averages = np.array(means)
        return self._averages

    def norms(self, number: int) -> Norms:
        """The factors of each document of a segment."""
        found = self._norms.get(number)
        if found is None:
            segment = self.segments[number]
            found = Norms.of(segment.lengths("title"), segment.lengths("body"), self.averages)
            self._norms[number] = found
        return found

    def drift(self, number: int) -> float:
        """By what factor a posting may be worth more than `highest` of a segment says, which was reckoned from the
        averages of the segment alone: a norm grows at most as its average does."""
        found = self._drifts.get(number)
        if found is None:
            found = float(max(1.0, (self.averages / self.segments[number].text.averages).max()))
            self._drifts[number] = found
        return found

    # Labels

    def label_terms(self, field: str) -> list[list[str]]:
        """Every folded value of a label field in each segment, in order."""
        if field not in self._labels:
            found: list[LabelTerms | None] = [segment.labels(field) for segment in self.segments]
            self._labels[field] = [terms.all() if terms else [] for terms in found]
        return self._labels[field]

    def locate(self, article_id: str) -> tuple[int, int] | None:
        """Segment and document number of a live article."""
        for number, segment in enumerate(self.segments):
            for document in segment.labelled("id", encoded(article_id)).tolist():
                return number, document
        return None


def words_of(text: str) -> list[str]:
    """The words of a folded label."""
    return re.findall(r"\w+", text)


def holds_in_a_row(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether `wanted` stands in `words` as an unbroken run."""
    span = len(wanted)
    return bool(span) and any(list(words[i : i + span]) == list(wanted) for i in range(len(words) - span + 1))
