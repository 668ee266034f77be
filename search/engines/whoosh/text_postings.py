"""The posting lists of a segment in memory, and how they are written: what `text_inversion.py` and `text_merging.py`
both make, and `text_index.py` describes and reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from search.engines.whoosh.container import Array, ContainerWriter
from search.engines.whoosh.dictionary import cumulative, narrow, write_dictionary
from search.engines.whoosh.ranking import Norms, average_length, constants, saturated
from search.engines.whoosh.text_index import BLOCK, OTHER, PLAIN_CODES, RANGE, is_frequent

STRETCH = 1 << 17  # postings worked on at a time where several passes follow: they stay in the processor's cache
_HIGH, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
_RANGE_BITS = RANGE.bit_length() - 1


class Vocabulary:
    """The pairs (exact form, root) that occur, in the order of (root, rank), the commonest form of a root first.

    `roots`, `forms`: sorted UTF-8. `root_of`, `form_of`, `rank_of`: of each pair. `first`: of the pairs of each root,
    and last the number of pairs.
    """

    def __init__(self, roots: list[bytes], forms: list[bytes], root_of: Array, form_of: Array) -> None:
        self.roots, self.forms, self.root_of, self.form_of = roots, forms, root_of, form_of
        self.first = np.searchsorted(root_of, np.arange(len(roots) + 1))
        self.rank_of = np.arange(len(root_of)) - self.first[root_of]

    @classmethod
    def ranked(cls, roots: list[bytes], forms: list[bytes], keys: Array, often: Array) -> tuple[Vocabulary, Array]:
        """From the keys of pairs and how often each occurs; and where each pair has come to stand."""
        root_of, form_of = (keys >> _HIGH).astype(np.uint32), (keys & _LOW).astype(np.uint32)
        order = np.lexsort((form_of, -often, root_of))
        moved = np.empty(len(order), dtype=np.uint32)
        moved[order] = np.arange(len(order), dtype=np.uint32)
        return cls(roots, forms, root_of[order], form_of[order]), moved


def pair_keys(roots: Array, forms: Array) -> Array:
    """One number for each pair of numbers of a root and a form; in the order of roots, then forms."""
    keys: Array = roots.astype(np.uint64) << _HIGH
    keys |= forms.astype(np.uint64)
    return keys


class Told(NamedTuple):
    """The postings whose form is OTHER, occurrence by occurrence: where those of each begin (one more than postings),
    and pair and place of each."""

    starts: Array
    pairs: Array
    places: Array


class Statistics(NamedTuple):
    """How often each pair occurs; in how many documents each form stands; in which fields (1 title, 2 body) forms and
    roots stand."""

    often: Array
    documents: Array
    form_fields: Array
    root_fields: Array

    @classmethod
    def unknown(cls) -> Statistics:
        """For postings that are still to be counted."""
        nothing = np.zeros(0, dtype=np.int64)
        return cls(nothing, nothing, nothing, nothing)


class Postings(NamedTuple):
    """The posting lists of some documents, root by root.

    `lengths`: tokens of title and body of each document. `lists`: where each root's postings begin, and last their
    number. `documents`, `codes`, `forms`: of each posting, the codes by `frequencies(kinds)`, the forms by rank.
    `places`: of each occurrence of a root, posting by posting.
    """

    words: Vocabulary
    lengths: tuple[Array, Array]
    lists: Array
    documents: Array
    codes: Array
    kinds: Array
    forms: Array
    places: Array
    told: Told
    statistics: Statistics


def frequencies(kinds: Array) -> tuple[Array, Array]:
    """How often a root stands in title and body, by code. `kinds`: what the codes from PLAIN_CODES on mean, the title's
    frequency in the high half."""
    plain = np.arange(PLAIN_CODES, dtype=np.uint32)
    title = np.concatenate((np.zeros_like(plain), (kinds >> _HIGH).astype(np.uint32)))
    return title, np.concatenate((plain, (kinds & _LOW).astype(np.uint32)))


def stretches(size: int) -> Iterator[slice]:
    """So many things in pieces."""
    return (slice(low, min(low + STRETCH, size)) for low in range(0, size, STRETCH))


def looked_up(table: Array, numbers: Array) -> Array:
    """What the table has for each number. NumPy makes numbers of eight bytes of all that are looked up at once."""
    found: Array = np.empty(len(numbers), dtype=table.dtype)
    for part in stretches(len(numbers)):
        found[part] = table.take(numbers[part])
    return found


def pairs_of(words: Vocabulary, lists: Array, forms: Array) -> Array:
    """The pair of each posting; of those that have the form OTHER, any."""
    pairs: Array = words.first[:-1].astype(np.uint32).repeat(np.diff(lists))
    pairs += forms
    # What stands behind the last of a root may not even be a pair.
    np.minimum(pairs, np.uint32(max(len(words.root_of) - 1, 0)), out=pairs)
    return pairs


def occurrences_of_pairs(found: Postings) -> Array:
    """How often each pair occurs."""
    title, body = frequencies(found.kinds)
    sums = (title + body).astype(np.float64)
    often = np.bincount(found.told.pairs, minlength=len(found.words.root_of))
    for part, base, pairs, pure in _by_pair(found):
        weights = sums.take(found.codes[part])
        weights *= pure
        here = np.bincount(pairs, weights=weights).astype(np.int64)
        often[base : base + len(here)] += here
    return often


def _by_pair(found: Postings) -> Iterator[tuple[slice, int, Array, Array]]:
    """All postings in stretches: the least pair in each, by how much the pair of each is more, and whether it has one;
    of those that are OTHER, any."""
    pairs = pairs_of(found.words, found.lists, found.forms)
    for part in stretches(len(pairs)):
        here, pure = pairs[part], found.forms[part] != OTHER
        base = int(here.min())
        yield part, base, here.astype(np.int64) - base, pure


def counted(found: Postings) -> Statistics:
    """The statistics of postings, found by looking at each. Those that they come with are not looked at."""
    words, told = found.words, found.told
    title, body = frequencies(found.kinds)
    fields = (title > 0) + np.uint8(2) * (body > 0)
    # How many postings each pair has by the fields in which it stands; those that are OTHER count for none.
    standing: Array = np.zeros(4 * len(words.root_of), dtype=np.int64)
    for part, base, pairs, pure in _by_pair(found):
        pairs *= 4
        pairs += fields.take(found.codes[part]) * pure
        here = np.bincount(pairs)
        standing[4 * base : 4 * base + len(here)] += here
    standing = standing.reshape(-1, 4)
    bits = np.bitwise_or.reduce((standing > 0) * np.arange(4, dtype=np.uint8), axis=1)
    form_fields = np.zeros(len(words.forms), dtype=np.uint8)
    np.bitwise_or.at(form_fields, words.form_of, bits)
    np.bitwise_or.at(form_fields, words.form_of[told.pairs], np.uint8(1) << (told.places & 1).astype(np.uint8))
    return Statistics(
        occurrences_of_pairs(found), _form_documents(found, standing[:, 1:].sum(axis=1)), form_fields,
        _root_fields(found, fields),
    )  # fmt: skip


def _root_fields(found: Postings, fields: Array) -> Array:
    if not len(found.codes):
        return np.zeros(len(found.words.roots), dtype=np.uint8)
    # A list may be empty, and reduceat would take the next one's first for it.
    filled = np.flatnonzero(np.diff(found.lists))
    of_roots = np.zeros(len(found.words.roots), dtype=np.uint8)
    of_roots[filled] = np.bitwise_or.reduceat(looked_up(fields, found.codes), found.lists[filled])
    return of_roots


def _form_documents(found: Postings, pure: Array) -> Array:
    """In how many documents each form stands. `pure`: how many postings have a pair throughout."""
    words, told = found.words, found.told
    # A form of two roots (PERADI, peradi) may stand in one document by both, and counts once.
    single = (np.bincount(words.form_of, minlength=len(words.forms)) < 2)[words.form_of]
    counts = np.bincount(words.form_of[single], weights=pure[single], minlength=len(words.forms)).astype(np.int64)
    owners = found.documents[found.forms == OTHER].repeat(np.diff(told.starts))
    keys = pair_keys(words.form_of[told.pairs], owners)
    if not single.all():
        pairs = pairs_of(words, found.lists, found.forms)
        again = np.flatnonzero((found.forms != OTHER) & ~single[pairs])
        keys = np.concatenate((keys, pair_keys(words.form_of[pairs[again]], found.documents[again])))
    # Sorting plain numbers takes a tenth of what NumPy's search for distinct ones does.
    keys.sort()
    forms = (keys[np.concatenate((keys[:1] == keys[:1], keys[1:] != keys[:-1]))] >> _HIGH).astype(np.int64)
    counts += np.bincount(forms, minlength=len(words.forms))
    return counts


def coded(title: Array, body: Array) -> tuple[Array, Array]:
    """Frequencies as codes, one small number for each pair of them that there is; and the kinds of those."""
    special = np.flatnonzero((title > 0) | (body >= PLAIN_CODES))
    kinds, which = np.unique(pair_keys(title[special], body[special]), return_inverse=True)
    codes: Array = body.astype(code_type(kinds))
    codes[special] = PLAIN_CODES + which
    return codes, kinds


def code_type(kinds: Array) -> type:
    """The smallest type for codes of so many kinds."""
    return np.uint8 if PLAIN_CODES + len(kinds) <= 256 else np.uint16 if len(kinds) < 1 << 15 else np.uint32


def write_postings(out: ContainerWriter, found: Postings) -> None:
    """Write all sections of the text index."""
    words, told = found.words, found.told
    for name, lengths in zip(("title", "body"), found.lengths):
        out.add(f"{name}.lengths", narrow(lengths))
    write_dictionary(out, "root", words.roots)
    write_dictionary(out, "form", words.forms)
    order = np.argsort(words.form_of, kind="stable")
    out.add("form.pairs", narrow(np.searchsorted(words.form_of[order], np.arange(len(words.forms) + 1))))
    out.add("pair.root", narrow(words.root_of[order]))
    out.add("pair.rank", narrow(words.rank_of[order]))
    out.add("root.pairs", narrow(words.first))
    out.add("root.forms", narrow(words.form_of))
    out.add("root.lists", narrow(found.lists))
    out.add("form.documents", narrow(found.statistics.documents))
    out.add("form.fields", found.statistics.form_fields)
    out.add("root.fields", found.statistics.root_fields)
    _write_documents(out, found)
    _write_codes(out, found)
    out.add("post.forms", found.forms)
    out.add("post.places", narrow(found.places))
    others = np.flatnonzero(found.forms == OTHER)
    out.add("other.lists", narrow(np.searchsorted(others, found.lists)))
    out.add("other.starts", narrow(told.starts))
    out.add("other.ranks", narrow(words.rank_of[told.pairs]))
    out.add("other.places", narrow(told.places))


def _write_documents(out: ContainerWriter, found: Postings) -> None:
    size, sizes = len(found.lengths[0]), np.diff(found.lists)
    frequent = is_frequent(sizes, size)
    in_frequent = np.repeat(frequent, sizes)
    out.add("post.low", found.documents.astype(np.uint8))
    ranges = -(-size // RANGE)
    high: Array = np.empty(len(in_frequent), dtype=np.uint16 if ranges <= 1 << 16 else np.uint32)
    np.right_shift(found.documents, np.uint32(_RANGE_BITS), out=high, casting="unsafe")
    out.add("rare.high", narrow(high[~in_frequent]))
    # Where a list begins in the section of its kind: rare.high, or the rows of frequent.counts.
    begins = np.zeros(len(sizes), dtype=np.int64)
    begins[frequent] = np.arange(frequent.sum())
    begins[~frequent] = cumulative(sizes[~frequent])[:-1]
    changes = np.zeros(len(in_frequent), dtype=bool)
    changes[1:] = high[1:] != high[:-1]
    changes &= in_frequent
    changes[found.lists[:-1]] = True
    del in_frequent
    starts = np.flatnonzero(changes)
    owners = np.searchsorted(found.lists, starts, side="right") - 1
    cells = np.where(frequent[owners], begins[owners] * ranges + high[starts], -1)
    del high, changes
    counts = np.zeros(int(frequent.sum()) * ranges, dtype=np.uint32)
    counts[cells[cells >= 0]] = np.diff(starts, append=len(found.documents))[cells >= 0]
    out.add("frequent.counts", narrow(counts))
    out.add("root.begins", narrow(begins))
    _write_highest(out, found, starts, cells, len(counts))


def _write_highest(out: ContainerWriter, found: Postings, starts: Array, cells: Array, count: int) -> None:
    """The most that a posting is worth: of each list, and of each range of a frequent list in steps of 1/255. `starts`:
    of the postings of each such range, and of each rare list; `cells`: which of `count` ranges it is, or -1."""
    averages = np.array([average_length(lengths) for lengths in found.lengths])
    worth = _worth(found, averages)
    out.add("root.highest", np.maximum.reduceat(worth, found.lists[:-1]) if len(worth) else worth)
    out.add("averages", averages)
    out.add("constants", constants())
    of_ranges = np.zeros(count, dtype=np.uint8)
    if count:
        of_ranges[cells[cells >= 0]] = np.ceil(np.maximum.reduceat(worth, starts)[cells >= 0] * 255)
    out.add("frequent.highest", of_ranges)


def _worth(found: Postings, averages: Array) -> Array:
    norms = Norms.of(*found.lengths, averages)
    title, body = (by_code.astype(np.float32) for by_code in frequencies(found.kinds))
    worth = np.empty(len(found.codes), dtype=np.float32)
    for part in stretches(len(worth)):
        documents, codes = found.documents[part], found.codes[part]
        worth[part] = saturated(title[codes], body[codes], norms.title[documents], norms.body[documents])
    return worth


def _write_codes(out: ContainerWriter, found: Postings) -> None:
    title, body = frequencies(found.kinds)
    out.add("post.codes", found.codes)
    out.add("code.title", narrow(title))
    out.add("code.body", narrow(body))
    # One number for so many postings, and one more where the last of these blocks is full.
    counts = looked_up(title + body, found.codes)
    sums = np.add.reduceat(counts, np.arange(0, len(counts), BLOCK), dtype=np.uint64) if len(counts) else counts
    out.add("post.blocks", narrow(cumulative(sums)[: len(counts) // BLOCK + 1]))
