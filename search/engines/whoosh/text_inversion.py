"""Turns the words of articles into posting lists, by sorting arrays; `text_postings.py` describes and writes them.

An occurrence is a word (an exact form with its root) at a place in a document; one sort by root puts all of them into
posting lists at once. Nothing is done in Python per occurrence or posting.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.dictionary import cumulative, encoded
from search.engines.whoosh.text_index import OTHER, ragged
from search.engines.whoosh.text_postings import Postings, Statistics, Told, Vocabulary, coded, counted, pair_keys
from search.language.numbering import Numbering


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

    def gathered(self) -> list[Array]:
        """All occurrences in the order of (document, field, position): words, documents, and places (twice the
        position, plus one in the body). They are handed over: the inverter holds none afterwards."""
        lengths = np.array(self._lengths, dtype=np.uint32)
        words = np.array(self._words, dtype=np.uint32)
        self._words = array("I")
        steps = np.frombuffer(bytes(self.numbering.steps), dtype=np.uint8)[words]
        sums = np.zeros(len(words) + 1, dtype=np.uint32)
        np.cumsum(steps, out=sums[1:])
        places = sums[1:].copy()
        starts = cumulative(lengths).astype(np.int64)
        for at, gap in self._jumps:
            places[at : starts[np.searchsorted(starts, at, side="right")]] += np.uint32(gap)
        # Positions count from the step of a text's first word, which is never nought.
        places -= (sums[starts[:-1]] + np.uint32(1)).repeat(lengths)
        del sums, steps
        places <<= np.uint32(1)
        places += np.tile(np.array([0, 1], dtype=np.uint32), len(lengths) // 2).repeat(lengths)
        owners = np.arange(len(lengths) // 2, dtype=np.uint32).repeat(lengths[0::2] + lengths[1::2])
        return [words, owners, places]


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
    found = inverter.gathered()
    counts = np.bincount(found[0], minlength=len(inverter.numbering.exacts))
    words = _Words(inverter.numbering, counts)
    counts -= np.bincount(_sort(found, words), minlength=len(counts))
    vocabulary, pair_of = words.ranked(counts)
    found[0] = pair_of[found[0]]
    made = _postings(found, vocabulary, inverter.lengths)
    return made._replace(statistics=counted(made))


def _sort(found: list[Array], words: _Words) -> Array:
    """Bring the occurrences into the order of roots, those of a root in their old order, and leave out what is of one
    pair at one place with another: the words of that. Each column goes as soon as its sorted copy is there."""
    # Root and old index in one number: plain numbers are sorted several times faster than a stable argsort does it.
    keys = words.root_of[found[0]].astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= np.arange(len(keys), dtype=np.uint64)
    keys.sort()
    order = keys.astype(np.uint32)
    del keys
    for column in range(3):
        found[column] = found[column][order]
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
    roots = words.root_of[pairs]
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
