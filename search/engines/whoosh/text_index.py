"""The words of one segment: posting lists by root, from which the lists of exact forms are read, too.

Each root has one list over title and body. A posting tells its document, a code for how often the root stands in
title and body, and the form in which it stands there: most articles use one form of a root throughout, so the form of
the posting is that of all its occurrences, and only the others tell it one by one. Documents are kept as their low
byte; the rest is a count for each range of 256 documents in a frequent list, and a number a posting in a rare one.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from search.engines.whoosh.container import Array, Container
from search.engines.whoosh.dictionary import Dictionary, encoded
from search.engines.whoosh.places import BLOCK as BLOCK
from search.engines.whoosh.places import Places
from search.engines.whoosh.ranking import constants
from search.engines.whoosh.ranks import Ranks

RANGE = 256
"""Documents in a range: what the low byte of a document's number tells apart."""

OTHER = 255
"""Form of a posting whose occurrences have different forms, or one that is not among the 255 commonest of its root."""

PLAIN_CODES = 128
"""Codes below this are the frequency in the body of a root that the title lacks; others are looked up."""

DENSE = 8
"""A list that names one in so many documents, or more, is dense."""

RANKS_KEPT = 16 << 20
"""Bytes in which `Ranks` are kept; one takes about a byte a document."""

REMEMBERED = 4096
"""Lists of which it is remembered where they lie."""


def is_frequent(sizes: Array, documents: int) -> Array:
    """Which lists are kept with a count for each range: those with a posting a range."""
    found: Array = sizes.astype(np.int64) * RANGE >= documents
    return found


class Pair(NamedTuple):
    """A form of a root: the root's number, and the form's rank among its forms."""

    root: int
    rank: int


class PostingList:
    """The postings of one root: where they lie. Reading them is done anew each time."""

    __slots__ = (
        "_codes", "_first_other", "_forms", "_high", "_low", "_ranks", "_text",
        "begin", "end", "highest", "root", "size",
    )  # fmt: skip

    def __init__(self, text: TextIndex, root: int) -> None:
        self._text, self.root = text, root
        self.begin, self.end = text.bounds(root)
        self.size = self.end - self.begin
        self._ranks: Ranks | None = None
        self.highest = text.highest(root)
        """No posting is worth more, by the averages of the segment."""
        # Views into the file; taking and checking one anew costs as much as reading a thousand postings.
        self._low: Array | None = None
        self._high: Array | None = None
        self._codes: Array | None = None
        self._forms: Array | None = None
        self._first_other: int | None = None

    def __len__(self) -> int:
        return self.size

    def documents(self) -> Array:
        """Numbers of the documents, ascending."""
        if self._low is None or self._high is None:
            self._high = self._text.high(self.root, self.begin, self.end)
            self._low = self._text.low(self.begin, self.end)
        return self._text.joined(self._high, self._low)

    def codes(self) -> Array:
        """How often the root stands in title and body of each, as codes."""
        if self._codes is None:
            self._codes = self._text.codes(self.begin, self.end)
        return self._codes

    def forms(self) -> Array:
        """The rank of the form in which it stands there, or OTHER."""
        if self._forms is None:
            self._forms = self._text.forms_of(self.begin, self.end)
        return self._forms

    def others(self, forms: Array) -> Others:
        """What is told occurrence by occurrence; `forms` as above."""
        return self._text.others(self.root, forms)

    def among_others(self, rows: Array, among_themselves: bool = False) -> Array:
        """Numbers, among all postings whose form is OTHER, of those in these rows of the list (or, `among_themselves`,
        in these places among all such of the list)."""
        if self._first_other is None:
            self._first_other = self._text.first_other(self.root)
        if among_themselves:
            return rows + self._first_other
        ranks = self.ranks()
        others = (self.forms() == OTHER).nonzero()[0] if ranks is None else ranks.others
        found: Array = others.searchsorted(rows)
        found += self._first_other
        return found

    def ranks(self) -> Ranks | None:
        """Where its documents stand in it, for a list that names a great part of all documents."""
        if self._ranks is None and self.size * DENSE >= self._text.size:
            others = (self.forms() == OTHER).nonzero()[0]
            self._ranks = Ranks(self.documents(), self._text.size, others)
            self._text.keep(self, self._ranks)
        return self._ranks

    def forget_ranks(self) -> None:
        """Free them."""
        self._ranks = None

    def find(self, documents: Array) -> tuple[Array, Array] | None:
        """Which of some documents (by place) it names, and in which rows; None: its documents must be read for that."""
        ranks = self.ranks()
        return None if ranks is None else ranks.find(documents)

    def occurrences(self, rows: Array) -> tuple[Array, Array]:
        """Where the occurrences of these postings begin among all places, and how many each has."""
        return self._text.place.of_rows(self.begin, self.end, self.codes(), rows)


class Frequencies(NamedTuple):
    """Documents, ascending, and how often something stands in title and body of each."""

    documents: Array
    title: Array
    body: Array


class Others:
    """The postings of a list whose form is OTHER: their rows in the list, where the occurrences of each begin and end
    (one more than rows), and rank and place of each occurrence."""

    def __init__(self, rows: Array, starts: Array, ranks: Array, places: Array) -> None:
        self.rows, self.starts, self.ranks, self.places = rows, starts, ranks, places

    def frequencies(self, rank: int, which: Array | None = None) -> tuple[Array, Array]:
        """How often the form of this rank stands in title and body of these postings (None: of all)."""
        if which is not None and 4 * len(which) < len(self.rows):
            starts = self.starts[which]
            counts = self.starts[which + 1] - starts
            picked = ragged(starts, counts)
            here = (self.ranks[picked] == rank).nonzero()[0]
            owners, places = np.arange(len(which)).repeat(counts)[here], self.places[picked[here]]
            return _by_field(owners, places, len(which))
        here = (self.ranks == rank).nonzero()[0]
        owners = self.starts.searchsorted(here, side="right") - 1
        title, body = _by_field(owners, self.places[here], len(self.rows))
        return (title, body) if which is None else (title[which], body[which])


def _by_field(owners: Array, places: Array, size: int) -> tuple[Array, Array]:
    """How often each owner has a place in the title, and in the body."""
    body = np.bincount(owners[(places & 1).nonzero()[0]], minlength=size)
    return np.bincount(owners, minlength=size) - body, body


def ragged(starts: Array, counts: Array) -> Array:
    """The numbers from each start on, as many as its count."""
    before = counts.cumsum()
    before -= counts
    found: Array = (starts - before).repeat(counts)
    found += np.arange(len(found))
    return found


class TextIndex:
    """Roots, forms and postings of a segment of `size` documents. Safe from many threads.

    `places` gives occurrences by number: posting by posting, twice the position, plus one in the body; ascending within
    the title and within the body of a posting, the title first. `occurrences` gives these numbers.
    """

    def __init__(self, container: Container, size: int) -> None:
        self.container, self.size = container, size
        self.roots, self.forms = Dictionary(container, "root"), Dictionary(container, "form")
        array, getter, picker, taker = container.array, container.getter, container.picker, container.taker
        self._list, self._begin, self._other_list = getter("root.lists"), getter("root.begins"), getter("other.lists")
        self._form_pair, self._form_count = getter("form.pairs"), getter("form.documents")
        self._pair_root, self._pair_rank = getter("pair.root"), getter("pair.rank")
        # Maxima that were reckoned with other constants say nothing; no posting is worth more than 1.
        known = np.array_equal(array("constants"), constants())
        self.highest: Callable[[int], float] = getter("root.highest") if known else lambda root: 1.0
        self._root_pair, self._root_form = getter("root.pairs"), getter("root.forms")
        self.averages = array("averages")
        self.title_code, self.body_code = array("code.title"), array("code.body")
        self.code_sums = self.title_code.astype(np.int32) + self.body_code.astype(np.int32)
        self.code_frequencies = self.title_code.astype(np.float32), self.body_code.astype(np.float32)
        self.low, self._high, self._counts = taker("post.low"), taker("rare.high"), taker("frequent.counts")
        self.codes, self.forms_of = taker("post.codes"), taker("post.forms")
        self.place = Places(container, self.code_sums)
        self.places, self.occurrences = picker("post.places"), self.place.of_postings
        self._lists: dict[int, PostingList] = {}
        self._other_starts, self._other_ranks = taker("other.starts"), taker("other.ranks")
        self._other_places = taker("other.places")
        self._every_other_start = container.unchecked("other.starts")
        self._every_other_rank, self._every_other_place = map(container.unchecked, ("other.ranks", "other.places"))
        self._ranked: deque[tuple[PostingList, int]] = deque()
        self._ranked_bytes = 0
        self._lock = threading.Lock()
        self._ranges = -(-size // RANGE)
        self._range_starts = np.arange(self._ranges, dtype=np.int64) * RANGE

    def bounds(self, root: int) -> tuple[int, int]:
        """Where the postings of a root begin and end."""
        return self._list(root), self._list(root + 1)

    def root(self, text: str) -> PostingList | None:
        """The postings of a root."""
        number = self.roots.find(encoded(text))
        return None if number is None else self.postings(number)

    def postings(self, root: int) -> PostingList:
        """The postings of the root with this number; the same list to all who ask, as far as memory goes."""
        found = self._lists.get(root)
        if found is None:
            if len(self._lists) >= REMEMBERED:
                self._lists.clear()
            found = self._lists[root] = PostingList(self, root)
        return found

    def documents_of(self, pair: Pair) -> tuple[int, bool]:
        """In how many documents the form of a pair stands, and whether it is the only one of its root."""
        first = self._root_pair(pair.root)
        return self._form_count(self._root_form(first + pair.rank)), self._root_pair(pair.root + 1) == first + 1

    def form(self, text: str) -> tuple[int, list[Pair]]:
        """In how many documents an exact form stands, deleted ones too; and the roots that it has here: one, but where
        capitals decide (PERADI and peradi)."""
        number = self.forms.find(encoded(text))
        return (0, []) if number is None else (self._form_count(number), self.pairs(number))

    @property
    def form_documents(self) -> Array:
        """In how many documents each form stands, deleted ones too."""
        return self.container.array("form.documents")

    def forms_in(self, field: str | None) -> Array:
        """Which forms stand in a field (None: in either)."""
        fields = self.container.array("form.fields")
        found: Array = (fields & {"title": 1, "body": 2, None: 3}[field]) > 0
        return found

    def pairs(self, form: int) -> list[Pair]:
        """The roots that the form with this number has."""
        return [
            Pair(self._pair_root(at), self._pair_rank(at))
            for at in range(self._form_pair(form), self._form_pair(form + 1))
        ]

    def high(self, root: int, begin: int, end: int) -> Array:
        """The postings `[begin, end)` of one root without the low bytes of their documents: a number for each range in
        a frequent list, for each posting in a rare one."""
        at = self._begin(root)
        if (end - begin) * RANGE >= self.size:
            return self._counts(at * self._ranges, (at + 1) * self._ranges)
        return self._high(at, at + end - begin)

    def joined(self, high: Array, low: Array) -> Array:
        """Documents from both."""
        if len(low) * RANGE >= self.size:
            found = self._range_starts.repeat(high)
        else:
            found = high.astype(np.int64)
            found *= RANGE
        found += low
        return found

    def others(self, root: int, forms: Array) -> Others:
        """What is told occurrence by occurrence of a root's postings."""
        low, high = self._other_list(root), self._other_list(root + 1)
        starts = self._other_starts(low, high + 1).astype(np.int64)
        first, last = int(starts[0]), int(starts[-1])
        starts -= first
        rows = (forms == OTHER).nonzero()[0]
        return Others(rows, starts, self._other_ranks(first, last), self._other_places(first, last))

    def first_other(self, root: int) -> int:
        """How many postings whose form is OTHER come before those of a root. Checks what is told of its own."""
        low, high = self._other_list(root), self._other_list(root + 1)
        starts = self._other_starts(low, high + 1)
        self._other_ranks(int(starts[0]), int(starts[-1]))
        self._other_places(int(starts[0]), int(starts[-1]))
        return low

    def told(self, others: Array, wanted: Array) -> tuple[Array, Array]:
        """How often forms stand in title and body of postings, by their numbers among those whose form is OTHER; each
        posting is asked for the form of the rank wanted. The numbers are `among_others`."""
        picked, counts = self._told(others)
        here = (self._every_other_rank.take(picked) == wanted.repeat(counts)).nonzero()[0]
        owners = np.arange(len(others)).repeat(counts).take(here)
        return _by_field(owners, self._every_other_place.take(picked.take(here)), len(others))

    def _told(self, others: Array) -> tuple[Array, Array]:
        """The numbers of the occurrences of these postings among all that are told, and how many each has."""
        starts = self._every_other_start.take(others).astype(np.int64)
        counts = self._every_other_start.take(others + 1) - starts
        return ragged(starts, counts), counts

    def told_at(self, others: Array, rank: int, places: Array) -> Array:
        """Whether the form of this rank stands at a place in each of these postings. The numbers are `among_others`."""
        picked, counts = self._told(others)
        right = self._every_other_place.take(picked) == places.repeat(counts)
        right &= self._every_other_rank.take(picked) == rank
        found: Array = np.logical_or.reduceat(right, counts.cumsum() - counts)
        return found

    def keep(self, postings: PostingList, ranks: Ranks) -> None:
        """Let a list have its ranks, and the first that got some forget them when all take too much memory."""
        with self._lock:
            self._ranked.append((postings, ranks.bytes))
            self._ranked_bytes += ranks.bytes
            while len(self._ranked) > 1 and self._ranked_bytes > RANKS_KEPT:
                first, size = self._ranked.popleft()
                first.forget_ranks()
                self._ranked_bytes -= size

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
        codes = postings.codes()
        return Frequencies(postings.documents(), self.title_code[codes], self.body_code[codes])

    def _pure(self, pair: Pair) -> Frequencies:
        postings = PostingList(self, pair.root)
        rows = np.flatnonzero(postings.forms() == pair.rank) if pair.rank < OTHER else np.zeros(0, np.int64)
        codes = postings.codes()[rows]
        return Frequencies(postings.documents()[rows], self.title_code[codes], self.body_code[codes])

    def _among_others(self, pair: Pair) -> Frequencies:
        postings = PostingList(self, pair.root)
        others = postings.others(postings.forms())
        title, body = others.frequencies(pair.rank)
        rows = np.flatnonzero(title + body)
        documents = postings.documents()[others.rows[rows]] if len(rows) else rows
        return Frequencies(documents, title[rows], body[rows])
