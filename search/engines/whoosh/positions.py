"""Phrases and words near each other, from the places in the index.

A place in a document is one number, a key: (document, whether it is in the body, position), so that neighbours in a
text differ by one and fields never meet.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.sources import look_up
from search.engines.whoosh.text_index import OTHER, Frequencies, Pair, PostingList, TextIndex, ragged

_SHIFT = 32

# A start, as `_phrases` has it: the document, whether it is in the body, and a place as the index keeps it, which tells
# the field again in its lowest bit: made of a place in fewer steps than a key is.
_DOCUMENT_BITS = 34
_FIELD_BIT = 33
_SPREAD = (1 << _FIELD_BIT) + 1
_INSIDE = (1 << _DOCUMENT_BITS) - 1
_PLACE = (1 << _FIELD_BIT) - 1

_MANY = 512
_TIMES = 16
"""Documents are looked up by a table if there are so many, and not so many times more in the list."""

_ALIKE = 4
"""Lists of which neither is so many times longer are merged; else the shorter one is looked up in the longer."""

_NOWHERE = np.zeros(0, dtype=np.int64)
_local = threading.local()

Keys = Array
"""Places in ascending order, as numbers."""


def keys_of(owners: Array, places: Array) -> Keys:
    """Keys from the documents of occurrences and their places as the index keeps them."""
    places = places.astype(np.int64)
    keys: Array = ((owners * 2 + (places & 1)) << _SHIFT) | (places >> 1)
    return keys


def root_keys(text: TextIndex, postings: PostingList, documents: Array) -> Keys:
    """The places of a root in some documents (ascending), all forms together."""
    here, rows = look_up(postings.documents(), documents)
    return _keys_at(text, postings, documents[here], rows)


def form_keys(text: TextIndex, pairs: Sequence[Pair], documents: Array) -> Keys:
    """The places of an exact form in some documents (ascending)."""
    return _Form(text, pairs).keys(documents)


def _keys_at(text: TextIndex, postings: PostingList, documents: Array, rows: Array) -> Keys:
    starts, counts = postings.occurrences(rows)
    picked = ragged(starts, counts)
    return keys_of(documents.repeat(counts), text.places(picked))


def phrase_frequencies(text: TextIndex, words: Sequence[Sequence[Pair]], field: str | None, slop: int) -> Frequencies:
    """Documents that hold exact forms as a phrase (`slop` 0) or near each other, and how often each does in title and
    body. `words`: the roots of each form."""
    nothing = np.zeros(0, dtype=np.int64)
    if not all(words):
        return Frequencies(nothing, nothing, nothing)
    if not slop and all(len(pairs) == 1 for pairs in words):
        starts = _phrases([_Word(text, pair, len(words) - number) for number, (pair,) in enumerate(words, 1)])
        return _counted(starts if field is None else starts.compress((starts & 1) == (field == "body")))
    forms = [_Form(text, pairs) for pairs in words]
    common = _common_documents(forms)
    if not len(common):
        return Frequencies(nothing, nothing, nothing)
    if slop:
        owners, counts = _near(forms, common, len(words) + slop)
    else:
        owners, counts = _adjacent(forms, common)
    if field is not None:
        rows = (owners & 1) == (field == "body")
        owners, counts = owners[rows], counts[rows]
    documents, where = np.unique(owners >> 1, return_inverse=True)
    title, body = np.zeros((2, len(documents)), dtype=np.int64)
    in_body = (owners & 1).astype(bool)
    title[where[~in_body]], body[where[in_body]] = counts[~in_body], counts[in_body]
    return Frequencies(documents, title, body)


class _Word:
    """A word of a phrase whose form has one root; `after` it come so many more."""

    def __init__(self, text: TextIndex, pair: Pair, after: int) -> None:
        self._text, self._rank = text, pair.rank
        self.after = 2 * after
        self.postings = text.postings(pair.root)
        self.size, self._only = text.documents_of(pair)
        # Where most postings have the form, those that have not are left out in the end, when few are left.
        self._filters = not self._only and 2 * self.size <= len(self.postings)

    @property
    def common(self) -> bool:
        """Whether most documents hold it, so that looking for it leaves out few."""
        return 2 * len(self.postings) > self._text.size

    def candidates(self) -> tuple[Array, Array | None]:
        """Documents that may hold it, and their rows in the list (None: all)."""
        documents = self.postings.documents()
        if not self._filters:
            return documents, None
        rows = _possible(self.postings.forms(), self._rank)
        return documents.take(rows), rows

    def among(self, documents: Array) -> tuple[Array, Array]:
        """Which of the documents (by place; ascending, or level) may hold it, and in which rows of the list."""
        here, rows = self.postings.find(documents) or _look_up(self._text, self.postings.documents(), documents)
        if self._filters:
            good = _possible(self.postings.forms().take(rows), self._rank)
            here, rows = here.take(good), rows.take(good)
        return here, rows

    def places(self, rows: Array) -> tuple[Array, Array]:
        """Where its root stands in these postings, one after the other, and how often in each."""
        starts, counts = self.postings.occurrences(rows)
        return self._text.place.read(starts, counts, ragged(starts, counts)), counts

    def stands(self, rows: Array, places: Array) -> Array | None:
        """Whether what stands at a place in each of these postings has the form; None: all has."""
        if self._only:
            return None
        forms = self.postings.forms().take(rows)
        right: Array = forms == self._rank if self._rank < OTHER else np.zeros(len(forms), dtype=bool)
        if np.count_nonzero(right) == len(right):
            return None
        mixed = (forms == OTHER).nonzero()[0]
        if len(mixed):
            others = self.postings.among_others(rows.take(mixed))
            right[mixed] = self._text.told_at(others, self._rank, places.take(mixed))
        return right


def _look_up(text: TextIndex, ordered: Array, wanted: Array) -> tuple[Array, Array]:
    """The same as `look_up` for documents of one segment."""
    few = len(wanted) < _MANY or len(wanted) * _TIMES < len(ordered)
    if few or (wanted[1:] == wanted[:-1]).any():  # a table tells of each once
        return look_up(ordered, wanted)
    table: Array | None = getattr(_local, "table", None)
    if table is None or len(table) < text.size:
        table = _local.table = np.zeros(text.size, dtype=np.int32)
    try:
        table[wanted] = np.arange(1, len(wanted) + 1, dtype=np.int32)
        found = table.take(ordered)
    finally:
        table[wanted] = 0
    rows = (found > 0).nonzero()[0]
    here = found.take(rows)
    here -= 1
    return here, rows


def _phrases(words: Sequence[_Word]) -> Array:
    """Where the words follow each other, ascending. Their roots are looked for first; few documents have them in a row,
    and only there the forms are looked at."""
    words = sorted(words, key=lambda word: word.size)
    first, *others = words
    documents, every = first.candidates()
    rows = [every]
    for number, word in enumerate(others):
        if number and word.common:
            break
        here, mine = word.among(documents)
        documents = documents.take(here)
        rows = [here if each is None else each.take(here) for each in rows]
        rows.append(mine)
    if not len(documents):
        return _NOWHERE
    starts = _together(words[:2], rows, documents)
    owners = documents.searchsorted(starts >> _DOCUMENT_BITS)
    for number, word in enumerate(words):
        if not len(starts):
            break
        if number < len(rows):
            known = rows[number]
            mine = owners if known is None else known.take(owners)
        else:
            here, mine = word.among(documents.take(owners))
            starts, owners = starts.take(here), owners.take(here)
        wanted = (starts & _PLACE) - word.after
        if number >= 2 and len(starts):
            places, counts = word.places(mine)
            hits = (places == wanted.repeat(counts)).nonzero()[0]
            here = counts.cumsum().searchsorted(hits, side="right")
            starts, owners, mine, wanted = (each.take(here) for each in (starts, owners, mine, wanted))
        right = word.stands(mine, wanted)
        if right is not None:
            starts, owners = starts.compress(right), owners.compress(right)
    return starts


def _together(words: Sequence[_Word], rows: Sequence[Array | None], documents: Array) -> Array:
    """Where the roots of two words stand as in the phrase, or the root of one."""
    found = [word.places(np.arange(len(documents)) if mine is None else mine) for word, mine in zip(words, rows)]
    starts = np.concatenate([places for places, _ in found], dtype=np.int64)
    starts *= _SPREAD
    starts &= _INSIDE
    bases = [(documents << _DOCUMENT_BITS) + word.after for word in words]
    starts += np.concatenate(bases).repeat(np.concatenate([counts for _, counts in found]))
    if len(words) == 1:
        return starts
    few, many = starts[: len(found[0][0])], starts[len(found[0][0]) :]
    if len(few) > len(many):
        few, many = many, few
    if len(few) > _MANY and len(few) * _ALIKE > len(many):
        starts.sort(kind="stable")  # which merges runs that are sorted already
        return starts[1:].compress(starts[1:] == starts[:-1])
    return few.compress(many.take(many.searchsorted(few), mode="clip") == few)


def _counted(starts: Array) -> Frequencies:
    """How often each document has a phrase, of which these are all."""
    if not len(starts):
        return Frequencies(_NOWHERE, _NOWHERE, _NOWHERE)
    documents = starts >> _DOCUMENT_BITS
    changes = np.ones(len(documents), dtype=bool)
    np.not_equal(documents[1:], documents[:-1], out=changes[1:])
    firsts = changes.nonzero()[0]
    in_body = starts & 1
    body = np.add.reduceat(in_body, firsts)
    return Frequencies(documents.take(firsts), np.add.reduceat(in_body ^ 1, firsts), body)


class _Form:
    """An exact form by the roots that it has in a segment."""

    def __init__(self, text: TextIndex, pairs: Sequence[Pair]) -> None:
        self.pairs = tuple(pairs)
        self._text = text
        self._lists = [_Decoded(text.postings(pair.root)) for pair in pairs]
        self.size = sum(len(each.documents) for each in self._lists)

    def documents(self) -> Array:
        """Documents that may hold the form: those whose postings do not rule it out."""
        found = [each.documents[_possible(each.forms, pair.rank)] for pair, each in zip(self.pairs, self._lists)]
        return found[0] if len(found) == 1 else np.unique(np.concatenate(found), return_counts=True)[0]

    def among(self, documents: Array) -> Array:
        """Those of the documents that may hold the form."""
        if len(self.pairs) > 1:
            return documents[look_up(self.documents(), documents)[0]]
        (pair,), (each,) = self.pairs, self._lists
        here, rows = look_up(each.documents, documents)
        return documents[here[_possible(each.forms[rows], pair.rank)]]

    def keys(self, documents: Array) -> Keys:
        """The places of the form in these documents."""
        found = []
        for pair, each in zip(self.pairs, self._lists):
            here, rows = look_up(each.documents, documents)
            forms = each.forms[rows]
            if pair.rank < OTHER:
                pure = (forms == pair.rank).nonzero()[0]
                found.append(_keys_at(self._text, each.postings, documents[here[pure]], rows[pure]))
            mixed = (forms == OTHER).nonzero()[0]
            if len(mixed):
                found.append(_told(each, pair.rank, documents[here[mixed]], rows[mixed]))
        keys = found[0] if len(found) == 1 else np.concatenate(found)
        if len(found) > 1:
            keys.sort()
        return keys


class _Decoded:
    """A list of postings, read once."""

    def __init__(self, postings: PostingList) -> None:
        self.postings = postings
        self.documents, self.forms = postings.documents(), postings.forms()


def _told(each: _Decoded, rank: int, documents: Array, rows: Array) -> Keys:
    """The places of a form in documents whose postings tell their forms occurrence by occurrence."""
    others = each.postings.others(each.forms)
    which = others.rows.searchsorted(rows)
    starts = others.starts[which]
    counts = others.starts[which + 1] - starts
    picked = ragged(starts, counts)
    here = others.ranks[picked] == rank
    return keys_of(documents.repeat(counts)[here], others.places[picked[here]])


def _possible(forms: Array, rank: int) -> Array:
    if rank >= OTHER:
        return np.flatnonzero(forms == OTHER)
    return np.flatnonzero((forms == rank) | (forms == OTHER))


def _common_documents(forms: Sequence[_Form]) -> Array:
    """Documents that may hold all the forms; the rarest first keeps the work small."""
    first, *others = sorted(forms, key=lambda form: form.size)
    common = first.documents()
    for form in others:
        common = form.among(common)
    return common


def _adjacent(forms: Sequence[_Form], common: Array) -> tuple[Array, Array]:
    """Documents (doubled, plus one for the body) in which the forms follow each other, and how often."""
    starts: Array | None = None
    # The rarest word first: every other one only confirms where the phrase could begin.
    for place in sorted(range(len(forms)), key=lambda place: forms[place].size):
        begins = forms[place].keys(common) - place
        starts = begins if starts is None else starts[look_up(begins, starts)[0]]
        if not len(starts):
            break
    assert starts is not None
    owners = starts >> _SHIFT
    changes = np.flatnonzero(np.concatenate(([True], owners[1:] != owners[:-1]))) if len(owners) else owners
    return owners[changes], np.diff(np.append(changes, len(owners)))


def _near(forms: Sequence[_Form], common: Array, window: int) -> tuple[Array, Array]:
    """The same for forms that stand within so many positions, in any order."""
    needed = Counter(form.pairs for form in forms)
    names = list(needed)
    of_name = {form.pairs: form.keys(common) for form in forms}
    keys = np.concatenate([of_name[name] for name in names])
    labels = np.repeat(np.arange(len(names)), [len(of_name[name]) for name in names])
    order = np.argsort(keys, kind="stable")
    wanted = Counter({number: needed[name] for number, name in enumerate(names)})
    counts: Counter[int] = Counter(_windows(keys[order].tolist(), labels[order].tolist(), wanted, window))
    owners = np.array(sorted(counts), dtype=np.int64)
    return owners, np.array([counts[owner] for owner in owners.tolist()], dtype=np.int64)


def _windows(keys: list[int], labels: list[int], needed: Counter[int], window: int) -> list[int]:
    """Sweep over the occurrences; each stretch of at most `window` positions that holds all the words counts once,
    and the next one starts after it."""
    held: Counter[int] = Counter()
    missing = len(needed)
    left = 0
    found = []
    for right, key in enumerate(keys):
        held[labels[right]] += 1
        missing -= held[labels[right]] == needed[labels[right]]
        while left <= right and (keys[left] >> _SHIFT != key >> _SHIFT or key - keys[left] >= window):
            missing += held[labels[left]] == needed[labels[left]]
            held[labels[left]] -= 1
            left += 1
        if not missing:
            found.append(key >> _SHIFT)
            held.clear()
            missing, left = len(needed), right + 1
    return found
