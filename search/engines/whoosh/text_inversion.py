"""Turns the words of articles into the posting lists of a segment, by sorting arrays: the writing side of
`text_index.py`, which describes what is written.

An occurrence is a word (an exact form with its root) at a place in a document; one sort by root puts all of them into
posting lists at once. Nothing is done in Python per occurrence or posting.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from search.engines.whoosh.container import Array, ContainerWriter
from search.engines.whoosh.dictionary import cumulative, encoded, narrow, write_dictionary
from search.engines.whoosh.ranking import Norms, average_length, constants, saturated
from search.engines.whoosh.text_index import BLOCK, OTHER, PLAIN_CODES, RANGE, is_frequent
from search.language.numbering import Numbering


class Occurrences(NamedTuple):
    """Flat arrays in the order of (document, field, position): numbers of words, documents, and places (twice the
    position, plus one in the body)."""

    words: Array
    documents: Array
    places: Array


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
        self._parts: list[Occurrences] = []
        self._first = 0  # the first document that is not in a part yet

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

    def add_occurrences(self, found: Occurrences, title: Array, body: Array) -> None:
        """Add whole documents of another segment, numbered from 0, with the lengths of their titles and bodies."""
        self._gather()
        self._parts.append(found._replace(documents=found.documents + np.uint32(self._first)))
        self._lengths.frombytes(np.stack((title, body), axis=1).astype(np.uint32).tobytes())
        self._first = len(self._lengths) // 2
        self.occurrences += len(found.words)

    def _gather(self) -> None:
        """Make a part of what was added one by one."""
        documents = len(self._lengths) // 2
        if documents == self._first:
            return
        lengths = np.array(self._lengths[2 * self._first :], dtype=np.uint32)
        words = np.array(self._words, dtype=np.uint32)
        steps = np.frombuffer(bytes(self.numbering.steps), dtype=np.uint8)[words]
        places = np.cumsum(steps, dtype=np.uint32)
        starts = cumulative(lengths).astype(np.int64)
        for at, gap in self._jumps:
            places[at : starts[np.searchsorted(starts, at, side="right")]] += np.uint32(gap)
        # Positions count from the step of a text's first word, which is never nought.
        before = np.concatenate((np.zeros(1, dtype=np.uint32), np.cumsum(steps, dtype=np.uint32)))[starts[:-1]]
        places -= (before + np.uint32(1)).repeat(lengths)
        places <<= np.uint32(1)
        places += np.tile(np.array([0, 1], dtype=np.uint32), len(lengths) // 2).repeat(lengths)
        owners = np.arange(2 * self._first, 2 * documents, dtype=np.uint32).repeat(lengths)
        owners >>= np.uint32(1)
        self._parts.append(Occurrences(words, owners, places))
        self._words, self._jumps, self._first = array("I"), [], documents

    def gathered(self) -> Occurrences:
        """All occurrences. They are handed over: the inverter holds none afterwards."""
        self._gather()
        parts, self._parts = self._parts, []
        if not parts:
            nothing = np.zeros(0, dtype=np.uint32)
            return Occurrences(nothing, nothing, nothing)
        return parts[0] if len(parts) == 1 else Occurrences(*map(np.concatenate, zip(*parts)))


class _Vocabulary:
    """The pairs (exact form, root) that occur, in the order of (root, rank), the commonest form of a root first.

    `roots`, `forms`: sorted UTF-8. `root_of`, `form_of`, `rank_of`: of each pair. `first`: of the pairs of each root.
    `pair_of`: of each word of the numbering, which may have several numbers for one pair.
    """

    def __init__(self, numbering: Numbering, counts: Array) -> None:
        used = np.flatnonzero(counts)
        numbers = used.tolist()
        self.forms, forms = _numbered([encoded(numbering.exacts[number]) for number in numbers])
        self.roots, roots = _numbered([encoded(numbering.stems[number]) for number in numbers])
        both, which = np.unique(roots.astype(np.uint64) << np.uint64(32) | forms, return_inverse=True)
        how_often = np.bincount(which, weights=counts[used], minlength=len(both)).astype(np.int64)
        roots, forms = (both >> np.uint64(32)).astype(np.uint32), both.astype(np.uint32)
        order = np.lexsort((forms, -how_often, roots))
        self.root_of, self.form_of = roots[order], forms[order]
        self.first = np.searchsorted(self.root_of, np.arange(len(self.roots) + 1))
        self.rank_of = np.arange(len(order)) - self.first[self.root_of]
        renumbered = np.empty(len(order), dtype=np.uint32)
        renumbered[order] = np.arange(len(order), dtype=np.uint32)
        self.pair_of = np.zeros(len(counts), dtype=np.uint32)
        self.pair_of[used] = renumbered[which]


def _numbered(texts: list[bytes]) -> tuple[list[bytes], Array]:
    """The distinct texts in order, and the number of each text among them."""
    distinct = sorted(set(texts))
    places = {text: number for number, text in enumerate(distinct)}
    return distinct, np.fromiter(map(places.__getitem__, texts), dtype=np.uint32, count=len(texts))


def write_text(out: ContainerWriter, inverter: TextInverter) -> None:
    """Invert, and write all sections of the text index."""
    title, body = inverter.lengths
    out.add("title.lengths", narrow(title))
    out.add("body.lengths", narrow(body))
    found = list(inverter.gathered())
    words = _Vocabulary(inverter.numbering, np.bincount(found[0], minlength=len(inverter.numbering.exacts)))
    found[0] = words.pair_of[found[0]]
    _Postings(_sorted(found, words), words, title, body).write(out)


def _sorted(found: list[Array], words: _Vocabulary) -> Occurrences:
    """The occurrences by root, those of a root in their old order, and no pair twice at one place. The columns are
    taken out of the list, so that each can go as soon as its sorted copy is there."""
    # Root and old index in one number: plain numbers are sorted several times faster than a stable argsort does it.
    keys = words.root_of[found[0]].astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= np.arange(len(keys), dtype=np.uint64)
    keys.sort()
    order = keys.astype(np.uint32)
    del keys
    sorted_ = Occurrences(*(found.pop(0)[order] for _ in range(3)))
    again = sorted_.places[1:] == sorted_.places[:-1]
    again &= sorted_.words[1:] == sorted_.words[:-1]
    again &= sorted_.documents[1:] == sorted_.documents[:-1]
    if not again.any():
        return sorted_
    keep = np.concatenate(([True], ~again))
    return Occurrences(*(column[keep] for column in sorted_))


class _Postings:
    """The sorted occurrences as postings."""

    def __init__(self, found: Occurrences, words: _Vocabulary, title: Array, body: Array) -> None:
        self._words, self._lengths, self._size = words, (title, body), len(title)
        roots = words.root_of[found.words]
        changes = _changes(roots, found.documents)
        self._starts = np.flatnonzero(changes)  # of each posting, among the occurrences
        self._documents = found.documents[self._starts]
        self._lists = np.searchsorted(roots[self._starts], np.arange(len(words.roots) + 1))
        del roots
        self._pairs = found.words[self._starts]  # the first of each posting
        self._forms = np.minimum(words.rank_of[self._pairs], OTHER).astype(np.uint8)
        mixed = np.flatnonzero(~changes[1:] & (found.words[1:] != found.words[:-1])) + 1
        self._forms[np.searchsorted(self._starts, mixed, side="right") - 1] = OTHER
        self._tell_others(found)
        # Two forms of a root at one place (se-Jawa and its Jawa) count once for the root.
        same = np.flatnonzero(~changes[1:] & (found.places[1:] == found.places[:-1])) + 1
        self._places = np.delete(found.places, same) if len(same) else found.places
        self._count(np.delete(changes, same) if len(same) else changes)

    def _tell_others(self, found: Occurrences) -> None:
        """Pair and place of each occurrence in the postings that do not have one form throughout."""
        self._others = np.flatnonzero(self._forms == OTHER)
        low = self._starts[self._others]
        counts = np.append(self._starts, len(found.places))[self._others + 1] - low
        self._other_starts = cumulative(counts)
        picked = np.repeat(low - self._other_starts[:-1].astype(np.int64), counts)
        picked += np.arange(len(picked))
        self._other_pairs, self._other_places = found.words[picked], found.places[picked]

    def _count(self, changes: Array) -> None:
        """How often each root stands in title and body of each document; title places are even."""
        starts = np.flatnonzero(changes)
        both = np.diff(starts, append=len(changes)).astype(np.uint32)
        odd = (self._places & np.uint32(1)).astype(np.uint8)
        self._body = np.add.reduceat(odd, starts, dtype=np.uint32) if len(starts) else both
        self._title = both - self._body

    def write(self, out: ContainerWriter) -> None:
        """Write all sections but the lengths."""
        words = self._words
        write_dictionary(out, "root", words.roots)
        write_dictionary(out, "form", words.forms)
        order = np.argsort(words.form_of, kind="stable")
        out.add("form.pairs", narrow(np.searchsorted(words.form_of[order], np.arange(len(words.forms) + 1))))
        out.add("pair.root", narrow(words.root_of[order]))
        out.add("pair.rank", narrow(words.rank_of[order]))
        out.add("root.pairs", narrow(words.first))
        out.add("root.forms", narrow(words.form_of))
        out.add("root.lists", narrow(self._lists))
        self._write_statistics(out)
        self._write_documents(out)
        self._write_codes(out)
        out.add("post.forms", self._forms)
        out.add("post.places", narrow(self._places))
        out.add("other.lists", narrow(np.searchsorted(self._others, self._lists)))
        out.add("other.starts", narrow(self._other_starts))
        out.add("other.ranks", narrow(words.rank_of[self._other_pairs]))
        out.add("other.places", narrow(self._other_places))

    def _write_statistics(self, out: ContainerWriter) -> None:
        """In how many documents each form stands, and in which fields (1 title, 2 body) roots and forms do."""
        words = self._words
        pure = np.flatnonzero(self._forms != OTHER)
        forms = words.form_of[self._pairs[pure]]
        # A form of two roots (PERADI, peradi) may stand in one document by both, and counts once.
        twice = np.bincount(words.form_of, minlength=len(words.forms)) > 1
        single = ~twice[forms]
        counts = np.bincount(forms[single], minlength=len(words.forms))
        other_forms = words.form_of[self._other_pairs]
        owners = np.repeat(self._others, np.diff(self._other_starts).astype(np.int64))
        documents = np.concatenate((self._documents[owners], self._documents[pure][~single])).astype(np.uint64)
        documents |= np.concatenate((other_forms, forms[~single])).astype(np.uint64) << np.uint64(32)
        documents.sort()
        first = np.flatnonzero(np.diff(documents, prepend=~documents[:1]))
        counts += np.bincount((documents[first] >> np.uint64(32)).astype(np.int64), minlength=len(words.forms))
        out.add("form.documents", narrow(counts))
        fields = np.zeros(len(words.forms), dtype=np.uint8)
        in_body = (self._other_places & 1).astype(bool)
        for bit, here, there in ((1, self._title[pure] > 0, ~in_body), (2, self._body[pure] > 0, in_body)):
            stands = np.zeros(len(fields), dtype=bool)
            stands[forms[here]] = stands[other_forms[there]] = True
            fields += np.uint8(bit) * stands
        out.add("form.fields", fields)
        fields = np.zeros(len(words.roots), dtype=np.uint8)
        for bit, frequencies in ((1, self._title), (2, self._body)):
            most = np.maximum.reduceat(frequencies, self._lists[:-1]) if len(fields) else frequencies
            fields += np.uint8(bit) * (most > 0)
        out.add("root.fields", fields)

    def _write_documents(self, out: ContainerWriter) -> None:
        sizes = np.diff(self._lists)
        frequent = is_frequent(sizes, self._size)
        count, ranges = int(frequent.sum()), -(-self._size // RANGE)
        in_frequent = np.repeat(frequent, sizes)
        out.add("post.low", (self._documents % RANGE).astype(np.uint8))
        out.add("rare.high", narrow(self._documents[~in_frequent] // RANGE))
        cells = np.repeat(np.arange(count) * ranges, sizes[frequent])
        cells += self._documents[in_frequent] // RANGE
        out.add("frequent.counts", narrow(np.bincount(cells, minlength=count * ranges)))
        # Where a list begins in the section of its kind: rare.high, or the rows of frequent.counts.
        begins = np.zeros(len(sizes), dtype=np.int64)
        begins[frequent] = np.arange(count)
        begins[~frequent] = cumulative(sizes[~frequent])[:-1]
        out.add("root.begins", narrow(begins))
        self._write_highest(out, cells, in_frequent, count * ranges)

    def _write_highest(self, out: ContainerWriter, cells: Array, in_frequent: Array, count: int) -> None:
        """The most that a posting is worth: of each list, and of each range of a frequent list in steps of 1/255."""
        averages = np.array([average_length(lengths) for lengths in self._lengths])
        norms = Norms.of(*self._lengths, averages)
        title, body = norms.title[self._documents], norms.body[self._documents]
        worth = saturated(self._title.astype(np.float32), self._body.astype(np.float32), title, body)
        highest = np.maximum.reduceat(worth, self._lists[:-1]) if len(worth) else worth
        out.add("root.highest", highest)
        out.add("averages", averages)
        out.add("constants", constants())
        steps = np.ceil(worth[in_frequent] * 255).astype(np.uint8)
        of_ranges = np.zeros(count, dtype=np.uint8)
        if len(cells):
            starts = np.flatnonzero(np.concatenate(([True], cells[1:] != cells[:-1])))
            of_ranges[cells[starts]] = np.maximum.reduceat(steps, starts)
        out.add("frequent.highest", of_ranges)

    def _write_codes(self, out: ContainerWriter) -> None:
        """One small number for each (frequency in the title, frequency in the body) that there is."""
        codes = self._body.copy()
        special = np.flatnonzero((self._title > 0) | (self._body >= PLAIN_CODES))
        both = self._title[special].astype(np.uint64) << np.uint64(32) | self._body[special]
        kinds, which = np.unique(both, return_inverse=True)
        codes[special] = PLAIN_CODES + which
        out.add("post.codes", narrow(codes))
        plain = np.arange(PLAIN_CODES, dtype=np.uint64)
        out.add("code.title", narrow(np.concatenate((np.zeros_like(plain), kinds >> np.uint64(32)))))
        out.add("code.body", narrow(np.concatenate((plain, kinds & np.uint64(0xFFFFFFFF)))))
        out.add("post.blocks", narrow(cumulative(self._title + self._body)[::BLOCK]))


def _changes(first: Array, second: Array) -> Array:
    """Where either of two arrays has another value than before."""
    changes = np.ones(len(first), dtype=bool)
    np.not_equal(first[1:], first[:-1], out=changes[1:])
    changes[1:] |= second[1:] != second[:-1]
    return changes
