"""The words of one segment: posting lists by root, from which the lists of exact forms are read, too.

Each root has one list over title and body. A posting tells its document, a code for how often the root stands in
title and body, and the form in which it stands there: most articles use one form of a root throughout, so the form of
the posting is that of all its occurrences, and only the others tell it one by one. Documents are kept as their low
byte; the rest is a count for each range of 256 documents in a frequent list, and a number a posting in a rare one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from search.engines.whoosh.container import Array, Container
from search.engines.whoosh.dictionary import Dictionary, encoded, numbers
from search.engines.whoosh.ranking import constants

RANGE = 256
"""Documents in a range: what the low byte of a document's number tells apart."""

OTHER = 255
"""Form of a posting whose occurrences have different forms, or one that is not among the 255 commonest of its root."""

PLAIN_CODES = 128
"""Codes below this are the frequency in the body of a root that the title lacks; others are looked up."""

BLOCK = 32
"""Postings for which one number tells where their occurrences begin."""


def is_frequent(sizes: Array, documents: int) -> Array:
    """Which lists are kept with a count for each range: those with a posting a range."""
    found: Array = sizes.astype(np.int64) * RANGE >= documents
    return found


class Pair(NamedTuple):
    """A form of a root: the root's number, and the form's rank among its forms."""

    root: int
    rank: int


class PostingList:
    """The postings of one root. What is decoded is kept as long as the object lives, which is one query."""

    __slots__ = ("_documents", "_index", "begin", "end", "highest", "root")

    def __init__(self, index: TextIndex, root: int) -> None:
        self._index, self.root = index, root
        self.begin, self.end = index.lists[root], index.lists[root + 1]
        self.highest: float = index.highest[root]
        self._documents: Array | None = None

    def __len__(self) -> int:
        return self.end - self.begin

    @property
    def documents(self) -> Array:
        """Numbers of the documents, ascending."""
        if self._documents is None:
            self._documents = self._index.documents(self.root, self.begin, self.end)
        return self._documents

    @property
    def codes(self) -> Array:
        """How often the root stands in title and body of each, as codes."""
        return self._index.codes(self.begin, self.end)

    @property
    def forms(self) -> Array:
        """The rank of the form in which it stands there, or OTHER."""
        return self._index.forms_of(self.begin, self.end)

    def occurrences(self, rows: Array) -> tuple[Array, Array]:
        """Where the occurrences of these postings begin among all places, and how many each has."""
        counts = self._index.code_sums.take(self.codes[rows])
        if len(rows) * BLOCK > len(self):
            sums = self._index.code_sums.take(self.codes)
            first = self._index.place_starts(np.array([self.begin]))
            return (np.cumsum(sums) - sums + first)[rows], counts
        return self._index.place_starts(self.begin + rows), counts


class Frequencies(NamedTuple):
    """Documents, ascending, and how often something stands in title and body of each."""

    documents: Array
    title: Array
    body: Array


class Others(NamedTuple):
    """The postings of a list whose form is OTHER: their rows in the list, where the occurrences of each begin and end
    (one more than rows), and rank and place of each occurrence."""

    rows: Array
    starts: Array
    ranks: Array
    places: Array

    def frequencies(self, rank: int) -> tuple[Array, Array]:
        """How often the form of this rank stands in title and body of each posting."""
        here = self.ranks == rank
        in_body = here & ((self.places & 1) > 0)
        sums = np.zeros((2, len(here) + 1), dtype=np.int64)
        np.cumsum(here, out=sums[0, 1:])
        np.cumsum(in_body, out=sums[1, 1:])
        every, body = np.diff(sums[:, self.starts], axis=1)
        return every - body, body


class TextIndex:
    """Roots, forms and postings of a segment of `size` documents. Safe from many threads."""

    def __init__(self, container: Container, size: int) -> None:
        self.container, self.size = container, size
        self.roots, self.forms = Dictionary(container, "root"), Dictionary(container, "form")
        array = container.array
        self.lists = numbers(array("root.lists"))
        # Maxima that were reckoned with other constants say nothing; no posting is worth more than 1.
        known = np.array_equal(array("constants"), constants())
        self.highest = numbers(array("root.highest")) if known else [1.0] * (len(self.lists) - 1)
        self._begins = numbers(array("root.begins"))
        self._form_pairs = numbers(array("form.pairs"))
        self._pair_roots, self._pair_ranks = numbers(array("pair.root")), numbers(array("pair.rank"))
        self.form_documents = array("form.documents")
        self._form_documents = numbers(self.form_documents)
        self.title_code, self.body_code = array("code.title"), array("code.body")
        self.code_sums = self.title_code.astype(np.int64) + self.body_code
        self.averages = array("averages")
        self._low, self._high = container.taker("post.low"), container.taker("rare.high")
        self._counts = container.taker("frequent.counts")
        self.codes, self.forms_of = container.taker("post.codes"), container.taker("post.forms")
        self._ranges = -(-size // RANGE)

    @cached_property
    def _range_starts(self) -> Array:
        return np.arange(self._ranges, dtype=np.int64) * RANGE

    def root(self, text: str) -> PostingList | None:
        """The postings of a root."""
        number = self.roots.find(encoded(text))
        return None if number is None else PostingList(self, number)

    def form(self, text: str) -> tuple[int, list[Pair]]:
        """In how many documents an exact form stands, deleted ones too; and the roots that it has here: one, but where
        capitals decide (PERADI and peradi)."""
        number = self.forms.find(encoded(text))
        return (0, []) if number is None else (self._form_documents[number], self.pairs(number))

    def forms_in(self, field: str | None) -> Array:
        """Which forms stand in a field (None: in either)."""
        fields = self.container.array("form.fields")
        found: Array = (fields & {"title": 1, "body": 2, None: 3}[field]) > 0
        return found

    def pairs(self, form: int) -> list[Pair]:
        """The roots that the form with this number has."""
        low, high = self._form_pairs[form], self._form_pairs[form + 1]
        return [Pair(self._pair_roots[at], self._pair_ranks[at]) for at in range(low, high)]

    def documents(self, root: int, begin: int, end: int) -> Array:
        """The documents of the postings `[begin, end)`, which are those of `root`."""
        at = self._begins[root]
        if (end - begin) * RANGE >= self.size:
            found = self._range_starts.repeat(self._counts(at * self._ranges, (at + 1) * self._ranges))
        else:
            found = self._high(at, at + end - begin).astype(np.int64)
            found *= RANGE
        found += self._low(begin, end)
        return found

    def place_starts(self, postings: Array) -> Array:
        """Where the occurrences of each of these postings begin in `places`."""
        blocks = postings // BLOCK
        found = self.container.array("post.blocks")[blocks].astype(np.int64)
        inside = postings - blocks * BLOCK
        most = int(inside.max()) if len(inside) else 0
        if most:
            before = np.arange(most)
            wanted = (blocks * BLOCK)[:, None] + before
            codes = self.container.array("post.codes")[np.minimum(wanted, self.lists[-1] - 1)]
            sums = self.code_sums.take(codes)
            sums[before >= inside[:, None]] = 0
            found += sums.sum(axis=1)
        return found

    @property
    def places(self) -> Array:
        """Place of each occurrence, posting by posting: twice its position, plus one in the body; ascending within the
        title and within the body of a posting, the title first."""
        return self.container.array("post.places")

    def others(self, root: int) -> Others:
        """What is told occurrence by occurrence of a root's postings."""
        array = self.container.array
        low, high = array("other.lists", root, root + 2).tolist()
        starts = array("other.starts", low, high + 1).astype(np.int64)
        first, last = int(starts[0]), int(starts[-1])
        rows = np.flatnonzero(self.forms_of(self.lists[root], self.lists[root + 1]) == OTHER)
        return Others(rows, starts - first, array("other.ranks", first, last), array("other.places", first, last))

    def form_postings(self, pairs: Sequence[Pair]) -> Frequencies:
        """The documents of a form by all the roots that it has, and its frequencies."""
        found = [part for pair in pairs for part in (self._pure(pair), self._among_others(pair))]
        columns = [np.concatenate(column) for column in zip(*found)] if found else [np.zeros(0, np.int64)] * 3
        if sum(len(part.documents) > 0 for part in found) < 2:
            return Frequencies(*columns)
        documents, where = np.unique(columns[0], return_inverse=True)
        title, body = (np.bincount(where, weights=column).astype(np.int64) for column in columns[1:])
        return Frequencies(documents, title, body)

    def root_postings(self, root: int) -> Frequencies:
        """The documents of a root, and its frequencies."""
        postings = PostingList(self, root)
        codes = postings.codes
        return Frequencies(postings.documents, self.title_code[codes], self.body_code[codes])

    def _pure(self, pair: Pair) -> Frequencies:
        postings = PostingList(self, pair.root)
        rows = np.flatnonzero(postings.forms == pair.rank) if pair.rank < OTHER else np.zeros(0, np.int64)
        codes = postings.codes[rows]
        return Frequencies(postings.documents[rows], self.title_code[codes], self.body_code[codes])

    def _among_others(self, pair: Pair) -> Frequencies:
        others = self.others(pair.root)
        title, body = others.frequencies(pair.rank)
        rows = np.flatnonzero(title + body)
        documents = PostingList(self, pair.root).documents[others.rows[rows]] if len(rows) else rows
        return Frequencies(documents, title[rows], body[rows])
