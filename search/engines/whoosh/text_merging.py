"""Makes the posting lists of several segments into one: what each word has in them is put one behind the other, and
nothing is analysed or sorted again. `text_postings.py` describes and writes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.dictionary import cumulative
from search.engines.whoosh.text_index import OTHER, PLAIN_CODES, RANGE, TextIndex, is_frequent, ragged
from search.engines.whoosh.text_postings import (
    STRETCH,
    Postings,
    Statistics,
    Told,
    Vocabulary,
    code_type,
    counted,
    frequencies,
    looked_up,
    occurrences_of_pairs,
    pair_keys,
    pairs_of,
)


def read_postings(text: TextIndex, live: Array | None = None) -> Postings:
    """The postings of a segment; `live`: a mask of the documents that are to remain, or None for all."""
    array = text.container.array
    first = array("root.pairs").astype(np.int64)
    root_of = np.arange(len(text.roots), dtype=np.uint32).repeat(np.diff(first))
    words = Vocabulary(text.roots.all_encoded(), text.forms.all_encoded(), root_of, array("root.forms"))
    kinds = pair_keys(text.title_code, text.body_code)[PLAIN_CODES:]
    lists, starts = array("root.lists").astype(np.int64), array("other.starts").astype(np.int64)
    pairs = first[:-1].astype(np.uint32).repeat(np.diff(starts[array("other.lists")]))
    pairs += array("other.ranks")
    found = Postings(
        words, (array("title.lengths"), array("body.lengths")), lists, _documents(text, lists),
        array("post.codes"), kinds, array("post.forms"), array("post.places"),
        Told(starts, pairs, array("other.places")), Statistics.unknown(),
    )  # fmt: skip
    if live is not None:
        return _without_the_dead(found, live)
    often = occurrences_of_pairs(found)
    return found._replace(
        statistics=Statistics(often, array("form.documents"), array("form.fields"), array("root.fields"))
    )


def _documents(text: TextIndex, lists: Array) -> Array:
    """The document of every posting."""
    array = text.container.array
    sizes = np.diff(lists)
    frequent = np.repeat(is_frequent(sizes, text.size), sizes)
    documents = np.empty(len(frequent), dtype=np.uint32)
    documents[~frequent] = array("rare.high")
    counts = array("frequent.counts")
    ranges = -(-text.size // RANGE)
    rows = len(counts) // ranges if ranges else 0
    documents[frequent] = np.tile(np.arange(ranges, dtype=np.uint32), rows).repeat(counts)
    documents *= np.uint32(RANGE)
    documents += array("post.low")
    return documents


def _without_the_dead(found: Postings, live: Array) -> Postings:
    """The postings of live documents, numbered anew. Words that only dead ones held stay, without any posting."""
    numbers = np.cumsum(live, dtype=np.uint32) - np.uint32(1)
    keep = live[found.documents]
    kept = np.flatnonzero(keep)
    others = np.flatnonzero(found.forms == OTHER)
    sizes = np.diff(found.told.starts)
    stays = keep[others].repeat(sizes)
    told = Told(cumulative(sizes[keep[others]]).astype(np.int64), found.told.pairs[stays], found.told.places[stays])
    title, body = frequencies(found.kinds)
    codes, kinds = found.codes[kept], found.kinds
    used = np.bincount(codes, minlength=PLAIN_CODES + len(kinds))[PLAIN_CODES:] > 0
    found = found._replace(
        lengths=(found.lengths[0][live], found.lengths[1][live]), lists=np.searchsorted(kept, found.lists),
        documents=numbers[found.documents[kept]], codes=_recoded(codes, kinds, kinds[used]), kinds=kinds[used],
        forms=found.forms[kept], places=found.places[keep.repeat((title + body).take(found.codes))], told=told,
    )  # fmt: skip
    return found._replace(statistics=counted(found))


def _recoded(codes: Array, kinds: Array, wanted: Array) -> Array:
    """Codes of some kinds as those of others, which hold them all."""
    if np.array_equal(kinds, wanted):
        return codes
    table = np.concatenate((np.arange(PLAIN_CODES), PLAIN_CODES + np.searchsorted(wanted, kinds)))
    return looked_up(table.astype(code_type(wanted)), codes)


def joined(parts: Sequence[Postings]) -> Postings:
    """All parts as one; the documents of each follow those of the part before it."""
    united = _United(parts)
    kinds = np.unique(np.concatenate([part.kinds for part in parts]))
    layout = _Layout(united, [np.diff(part.lists) for part in parts])
    documents = np.empty(layout.total, dtype=np.uint32)
    codes: Array = np.empty(layout.total, dtype=code_type(kinds))
    forms = np.empty(layout.total, dtype=np.uint8)
    before = 0
    told = []
    for number, part in enumerate(parts):
        new_codes = _recoded(part.codes, part.kinds, kinds)
        new_forms, mine = _renamed(part, united.pairs[number], united.words)
        told.append(mine)
        for rows, to in layout.moves(number):
            documents[to] = part.documents[rows] + np.uint32(before)
            codes[to] = new_codes[rows]
            forms[to] = new_forms[rows]
        before += len(part.lengths[0])
    title, body = (np.concatenate([part.lengths[field] for part in parts]) for field in (0, 1))
    return Postings(
        united.words, (title, body), layout.lists, documents, codes, kinds, forms, _places(united, parts),
        _all_told(united, parts, told), united.statistics(parts),
    )  # fmt: skip


class _United:
    """The words of all parts, and where the roots, forms and pairs of each have come to stand among them."""

    def __init__(self, parts: Sequence[Postings]) -> None:
        words = [part.words for part in parts]
        # Words that only deleted documents held are left behind.
        used = [np.flatnonzero(part.statistics.often) for part in parts]
        roots, self.roots = _together([(w.roots, w.root_of[u]) for w, u in zip(words, used)])
        forms, self.forms = _together([(w.forms, w.form_of[u]) for w, u in zip(words, used)])
        keys = [
            pair_keys(of_roots[w.root_of[u]], of_forms[w.form_of[u]])
            for w, u, of_roots, of_forms in zip(words, used, self.roots, self.forms)
        ]
        distinct, which = np.unique(np.concatenate(keys), return_inverse=True)
        often = np.concatenate([part.statistics.often[u] for part, u in zip(parts, used)])
        often = np.bincount(which, weights=often, minlength=len(distinct)).astype(np.int64)
        self.words, moved = Vocabulary.ranked(roots, forms, distinct, often)
        self._often = np.zeros_like(often)
        self._often[moved] = often
        self.pairs = [np.zeros(len(w.root_of), dtype=np.uint32) for w in words]
        ends = np.cumsum([len(u) for u in used])
        for pairs, u, end in zip(self.pairs, used, ends):
            pairs[u] = moved[which[end - len(u) : end]]

    def statistics(self, parts: Sequence[Postings]) -> Statistics:
        """No document is in two parts, so theirs add up."""
        documents = np.zeros(len(self.words.forms), dtype=np.int64)
        form_fields = np.zeros(len(self.words.forms), dtype=np.uint8)
        root_fields = np.zeros(len(self.words.roots), dtype=np.uint8)
        for part, roots, forms in zip(parts, self.roots, self.forms):
            if not len(part.codes):
                continue
            of_part = part.statistics
            np.add.at(documents, forms, of_part.documents.astype(np.int64))
            np.bitwise_or.at(form_fields, forms, of_part.form_fields)
            np.bitwise_or.at(root_fields, roots, of_part.root_fields)
        return Statistics(self._often, documents, form_fields, root_fields)


def _together(parts: list[tuple[list[bytes], Array]]) -> tuple[list[bytes], list[Array]]:
    """The distinct texts in order, and the number of each text of each part among them. Of each part: sorted texts, and
    the numbers of those that are used; the others get any number."""
    used = [np.flatnonzero(np.bincount(which, minlength=len(texts))) for texts, which in parts]
    chosen = [
        texts if len(which) == len(texts) else [texts[number] for number in which.tolist()]
        for (texts, _), which in zip(parts, used)
    ]
    # Sorting what is sorted in parts only merges them.
    distinct = list(dict.fromkeys(sorted(chain.from_iterable(chosen))))
    numbers = dict(zip(distinct, range(len(distinct))))
    maps = []
    for (texts, _), which, mine in zip(parts, used, chosen):
        found = np.zeros(len(texts), dtype=np.int64)
        found[which] = np.fromiter(map(numbers.__getitem__, mine), dtype=np.int64, count=len(mine))
        maps.append(found)
    return distinct, maps


class _Layout:
    """Where the things of each root, of which every part has some, go: behind those of the parts before it.

    `lists`: where those of each root begin, and last their number, which is `total`.
    """

    def __init__(self, united: _United, sizes: list[Array]) -> None:
        self._roots, self._sizes = united.roots, sizes
        grid = np.zeros((len(united.words.roots), len(sizes)), dtype=np.int64)
        for part, (roots, counts) in enumerate(zip(united.roots, sizes)):
            filled = np.flatnonzero(counts)
            grid[roots[filled], part] = counts[filled]
        ends = np.cumsum(grid.ravel()).reshape(grid.shape)
        self._begins = ends - grid
        self.lists = np.concatenate((np.zeros(1, dtype=np.int64), ends[:, -1]))
        self.total = int(self.lists[-1])

    def moves(self, part: int) -> Iterator[tuple[slice, Array]]:
        """The things of a part in stretches, with the new place of each."""
        sizes = self._sizes[part]
        ends = np.cumsum(sizes)
        if not sizes.any():
            return
        begins = self._begins[self._roots[part], part]
        cuts = np.searchsorted(ends, np.arange(STRETCH, ends[-1], STRETCH)).tolist()
        for low, high in pairwise(dict.fromkeys((0, *cuts, len(sizes)))):
            yield slice(ends[low] - sizes[low], ends[high - 1]), ragged(begins[low:high], sizes[low:high])


def _places(united: _United, parts: Sequence[Postings]) -> Array:
    counts = [_by_list(part.lists, looked_up(_sums(part), part.codes)) for part in parts]
    layout = _Layout(united, counts)
    found = np.empty(layout.total, dtype=np.result_type(*(part.places.dtype for part in parts)))
    for number, part in enumerate(parts):
        for rows, to in layout.moves(number):
            found[to] = part.places[rows]
    return found


def _all_told(united: _United, parts: Sequence[Postings], told: list[_Renamed]) -> Told:
    """What the parts tell one by one, as one. Of each: the postings and their occurrences."""
    of_postings = _Layout(united, [np.diff(np.searchsorted(one.rows, part.lists)) for one, part in zip(told, parts)])
    sizes = np.empty(of_postings.total, dtype=np.int64)
    of_occurrences = _Layout(
        united, [np.diff(one.told.starts[np.searchsorted(one.rows, part.lists)]) for one, part in zip(told, parts)]
    )
    pairs, places = np.empty((2, of_occurrences.total), dtype=np.uint32)
    for number, one in enumerate(told):
        mine = np.diff(one.told.starts)
        for rows, to in of_postings.moves(number):
            sizes[to] = mine[rows]
        for rows, to in of_occurrences.moves(number):
            pairs[to], places[to] = one.told.pairs[rows], one.told.places[rows]
    return Told(cumulative(sizes).astype(np.int64), pairs, places)


def _sums(part: Postings) -> Array:
    title, body = frequencies(part.kinds)
    return title + body


def _by_list(lists: Array, counts: Array) -> Array:
    """The sum of the counts of each list."""
    sums = np.zeros(len(lists) - 1, dtype=np.int64)
    filled = np.flatnonzero(np.diff(lists))
    if len(filled):
        sums[filled] = np.add.reduceat(counts, lists[filled], dtype=np.int64)
    return sums


class _Renamed(NamedTuple):
    """Rows of the postings that are told one by one, and what is told of them."""

    rows: Array
    told: Told


def _renamed(part: Postings, pairs: Array, words: Vocabulary) -> tuple[Array, _Renamed]:
    """The form of each posting by its new rank, and what is told one by one. `pairs`: the new number of each pair."""
    if not len(part.codes):
        return part.forms, _Renamed(np.flatnonzero(part.forms), part.told)
    ranks = np.minimum(words.rank_of, OTHER).astype(np.uint8)
    rows = np.flatnonzero(part.forms == OTHER)
    told = part.told._replace(pairs=pairs[part.told.pairs])
    forms = looked_up(ranks[pairs], pairs_of(part.words, part.lists, part.forms))
    forms[rows] = OTHER
    if np.diff(words.first).max(initial=0) <= OTHER:
        return forms, _Renamed(rows, told)
    return _told_anew(part, pairs, ranks, forms, told)


def _told_anew(part: Postings, pairs: Array, ranks: Array, forms: Array, told: Told) -> tuple[Array, _Renamed]:
    """The same where a root has so many forms that some have no rank of their own: a form may have lost it to one that
    is commoner in all parts together, or have won it."""
    old = np.flatnonzero(part.forms == OTHER)
    if len(old):
        starts = told.starts[:-1]
        pure = np.minimum.reduceat(told.pairs, starts) == np.maximum.reduceat(told.pairs, starts)
        forms[old[pure]] = ranks[told.pairs[starts[pure]]]
    rows = np.flatnonzero(forms == OTHER)
    # Those that were told stand behind all places, as if both were one column.
    counts = _sums(part).take(part.codes).astype(np.int64)
    starts = np.cumsum(counts) - counts
    starts[old], counts[old] = told.starts[:-1] + len(part.places), np.diff(told.starts)
    picked = ragged(starts[rows], counts[rows])
    places = np.concatenate((part.places, told.places))[picked]
    found = pairs[pairs_of(part.words, part.lists, part.forms)[rows]].repeat(counts[rows])
    again = picked >= len(part.places)
    found[again] = told.pairs[picked[again] - len(part.places)]
    return forms, _Renamed(rows, Told(cumulative(counts[rows]).astype(np.int64), found, places))
