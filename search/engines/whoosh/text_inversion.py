"""Turns the words of articles into posting lists, by sorting arrays; `text_postings.py` describes and writes them.

An occurrence is a word (an exact form with its root) at a place in a document; one sort by root puts all of them into
posting lists at once. Nothing is done in Python per occurrence or posting.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.dictionary import cumulative, encoded
from search.engines.whoosh.text_index import OTHER, ragged
from search.engines.whoosh.text_postings import (
    Postings,
    Statistics,
    Told,
    Vocabulary,
    coded,
    counted,
    looked_up,
    pair_keys,
)
from search.language.numbering import Numbering

AT_ONCE = 1 << 20
"""Occurrences sorted at once: they stay in the cache of the processor."""


class TextInverter:
    """Gathers the words of the documents of one segment, in the order of their numbers.

    Words come as the numbers that `numbering` gave them; it may go on to another segment.
    """

    def __init__(self, numbering: Numbering) -> None:
        self.occurrences = 0
        self.numbering = numbering
        self._lengths = array("I")  # tokens of title and body of each document, one after the other
        self._words = array("I")
        self._jumps: list[tuple[int, int]] = []  # words from which on a text goes on so many positions later

    @property
    def size(self) -> int:
        """Documents added."""
        return len(self._lengths) // 2

    @property
    def lengths(self) -> tuple[Array, Array]:
        """Tokens in the title and in the body of each document."""
        lengths = np.array(self._lengths, dtype=np.uint32)
        return lengths[0::2], lengths[1::2]

    def add(self, words: Sequence[int], apart: Sequence[int] = (), gap: int = 0) -> None:
        """Add a text of the next document, its title first and then its body. `apart`: words that follow, `gap`
        positions from the last."""
        self._words.extend(words)
        if apart:
            self._jumps.append((len(self._words), gap - 1 if words else gap))
            self._words.extend(apart)
        self._lengths.append(len(words) + len(apart))
        self.occurrences += len(words) + len(apart)

    def packed(self) -> tuple[bytes, bytes, list[tuple[int, int]]]:
        """What was added text by text, for an inverter in another process to `absorb`."""
        return self._words.tobytes(), self._lengths.tobytes(), self._jumps

    def absorb(self, packed: tuple[bytes, bytes, list[tuple[int, int]]], numbers: Array) -> None:
        """Add the documents that another inverter `packed`; `numbers`: of each word there, its number here."""
        words, lengths, jumps = packed
        before = len(self._words)
        self._words.frombytes(numbers[np.frombuffer(words, dtype=np.uint32)].tobytes())
        self._jumps += [(at + before, gap) for at, gap in jumps]
        self._lengths.frombytes(lengths)
        self.occurrences += len(self._words) - before

    def counts(self) -> Array:
        """How often each word of the numbering was added."""
        words = np.asarray(self._words)
        found = np.zeros(len(self.numbering.exacts), dtype=np.int64)
        for low in range(0, len(words), AT_ONCE):
            found += np.bincount(words[low : low + AT_ONCE], minlength=len(found))
        return found

    def blocks(self) -> Iterator[_Block]:
        """All occurrences, some documents at a time. They are handed over: the inverter holds none afterwards."""
        lengths, words = np.array(self._lengths, dtype=np.uint32), np.asarray(self._words)
        steps = np.frombuffer(bytes(self.numbering.steps), dtype=np.uint8)
        starts = cumulative(lengths).astype(np.int64)
        cuts = 2 * np.searchsorted(starts[2::2], np.arange(AT_ONCE, starts[-1], AT_ONCE))
        for low, high in pairwise(dict.fromkeys((0, *cuts.tolist(), len(lengths)))):
            begin, end = int(starts[low]), int(starts[high])
            mine, sizes = words[begin:end], lengths[low:high]
            sums = np.zeros(len(mine) + 1, dtype=np.uint32)
            np.cumsum(steps[mine], out=sums[1:])
            places = sums[1:].copy()
            for at, gap in self._jumps[bisect_left(self._jumps, (begin,)) : bisect_left(self._jumps, (end,))]:
                places[at - begin : starts[np.searchsorted(starts, at, side="right")] - begin] += np.uint32(gap)
            # Positions count from the step of a text's first word, which is never nought.
            places -= (sums[starts[low:high] - begin] + np.uint32(1)).repeat(sizes)
            places <<= np.uint32(1)
            places += np.tile(np.array([0, 1], dtype=np.uint32), len(sizes) // 2).repeat(sizes)
            owners = np.arange(low // 2, high // 2, dtype=np.uint32).repeat(sizes[0::2] + sizes[1::2])
            yield _Block(mine, owners, places)
        self._words, self._jumps = array("I"), []


class _Block(NamedTuple):
    """Occurrences in the order of (document, field, position): words, documents, and places (twice the position, plus
    one in the body)."""

    words: Array
    documents: Array
    places: Array


class _Words:
    """The words of a numbering that occur: their roots and forms, sorted, and the pairs of both.

    `keys`: of the pairs. `root_of`, `pair_of`: of each word; several may be one pair.
    """

    def __init__(self, numbering: Numbering, counts: Array) -> None:
        used = np.flatnonzero(counts)
        numbers = used.tolist()
        self.forms, forms = _numbered([encoded(numbering.exacts[number]) for number in numbers])
        self.roots, roots = _numbered([encoded(numbering.stems[number]) for number in numbers])
        self.keys, which = np.unique(pair_keys(roots, forms), return_inverse=True)
        self.root_of, self.pair_of = np.zeros((2, len(counts)), dtype=np.uint32)
        self.root_of[used], self.pair_of[used] = roots, which

    def ranked(self, counts: Array) -> tuple[Vocabulary, Array]:
        """The pairs in order, each word occurring so often; and the pair of each word."""
        often = np.bincount(self.pair_of, weights=counts)[: len(self.keys)].astype(np.int64)
        words, moved = Vocabulary.ranked(self.roots, self.forms, self.keys, often)
        return words, moved[self.pair_of] if len(moved) else self.pair_of


def _numbered(texts: list[bytes]) -> tuple[list[bytes], Array]:
    """The distinct texts in order, and the number of each text among them."""
    distinct = sorted(set(texts))
    places = {text: number for number, text in enumerate(distinct)}
    return distinct, np.fromiter(map(places.__getitem__, texts), dtype=np.uint32, count=len(texts))


def inverted(inverter: TextInverter) -> Postings:
    """The posting lists of all that was added."""
    counts = inverter.counts()
    words = _Words(inverter.numbering, counts)
    found = _by_root(inverter, words, counts)
    counts -= np.bincount(_left_out(found, words), minlength=len(counts))
    vocabulary, pair_of = words.ranked(counts)
    found[0] = looked_up(pair_of, found[0])
    made = _postings(found, vocabulary, inverter.lengths)
    return made._replace(statistics=counted(made))


def _by_root(inverter: TextInverter, words: _Words, counts: Array) -> list[Array]:
    """The columns of all occurrences in the order of roots, those of a root in their old order. Each block is sorted
    for itself, and what it has of a root goes behind what those before it had."""
    ends = np.cumsum(np.bincount(words.root_of, weights=counts).astype(np.int64))
    free = np.concatenate((np.zeros(1, dtype=np.int64), ends[:-1]))
    found: list[Array] = [np.empty(inverter.occurrences, dtype=np.uint32) for _ in range(3)]
    for block in inverter.blocks():
        roots = words.root_of[block.words]
        order = ordered(roots, len(words.roots))
        roots = roots[order]
        starts = np.flatnonzero(np.concatenate((roots[:1] == roots[:1], roots[1:] != roots[:-1])))
        sizes = np.diff(starts, append=len(roots))
        to = ragged(free[roots[starts]], sizes)
        free[roots[starts]] += sizes
        for column, mine in zip(found, block):
            column[to] = mine[order]
    return found


def ordered(numbers: Array, most: int) -> Array:
    """Where the numbers stand in their order, equal ones in their old one. All are less than `most`."""
    # NumPy sorts numbers of 16 bits by counting them, several times faster than longer ones.
    order = np.argsort(numbers.astype(np.uint16), kind="stable")
    if most > 1 << 16:
        order = order[np.argsort((numbers >> np.uint32(16)).astype(np.uint16)[order], kind="stable")]
    return order


def _left_out(found: list[Array], words: _Words) -> Array:
    """Leave out what is of one pair at one place with another: the words of that."""
    numbers, documents, places = found
    again = places[1:] == places[:-1]
    again &= documents[1:] == documents[:-1]
    # Few are left, and of these the pairs are looked up.
    rows = np.flatnonzero(again)
    rows = rows[words.pair_of[numbers[rows]] == words.pair_of[numbers[rows + 1]]] + 1
    left_out: Array = numbers[rows]
    if len(rows):
        found[:] = (np.delete(column, rows) for column in found)
    return left_out


def _postings(found: list[Array], words: Vocabulary, lengths: tuple[Array, Array]) -> Postings:
    """The sorted occurrences, by pair now, as postings that are still to be counted. They are taken out of the list."""
    pairs, every, places = found
    found.clear()
    roots = looked_up(words.root_of, pairs)
    changes = np.ones(len(roots), dtype=bool)
    np.not_equal(roots[1:], roots[:-1], out=changes[1:])
    changes[1:] |= every[1:] != every[:-1]
    starts = np.flatnonzero(changes)  # of each posting, among the occurrences
    documents = every[starts]
    lists = np.searchsorted(roots[starts], np.arange(len(words.roots) + 1))
    del roots, every
    forms = np.minimum(words.rank_of, OTHER).astype(np.uint8)[pairs[starts]]
    mixed = np.flatnonzero(~changes[1:] & (pairs[1:] != pairs[:-1])) + 1
    forms[np.searchsorted(starts, mixed, side="right") - 1] = OTHER
    told = _told(pairs, places, starts, np.flatnonzero(forms == OTHER))
    del pairs
    # Two forms of a root at one place (se-Jawa and its Jawa) count once for the root.
    same = np.flatnonzero(~changes[1:] & (places[1:] == places[:-1])) + 1
    if len(same):
        places, starts = np.delete(places, same), np.flatnonzero(np.delete(changes, same))
    codes, kinds = coded(*_frequencies(places, starts))
    return Postings(words, lengths, lists, documents, codes, kinds, forms, places, told, Statistics.unknown())


def _told(pairs: Array, places: Array, starts: Array, others: Array) -> Told:
    low = starts[others]
    counts = np.append(starts, len(places))[others + 1] - low
    picked = ragged(low, counts)
    return Told(cumulative(counts).astype(np.int64), pairs[picked], places[picked])


def _frequencies(places: Array, starts: Array) -> tuple[Array, Array]:
    """How often each root stands in title and body of each document; title places are even."""
    both = np.diff(starts, append=len(places)).astype(np.uint32)
    odd = (places & np.uint32(1)).astype(np.uint8)
    body = np.add.reduceat(odd, starts, dtype=np.uint32) if len(starts) else both
    return both - body, body
