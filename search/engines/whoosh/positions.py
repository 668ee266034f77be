"""Phrases and words near each other, from the places in the index.

A place in a document is one number, a key: (document, whether it is in the body, position), so that neighbours in a
text differ by one and fields never meet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.sources import look_up
from search.engines.whoosh.text_index import OTHER, Frequencies, Pair, PostingList, TextIndex, ragged

_SHIFT = 32

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
    return _keys_at(text, postings, documents[here], rows, postings.codes())


def form_keys(text: TextIndex, pairs: Sequence[Pair], documents: Array) -> Keys:
    """The places of an exact form in some documents (ascending)."""
    return _Form(text, pairs).keys(documents)


def _keys_at(text: TextIndex, postings: PostingList, documents: Array, rows: Array, codes: Array) -> Keys:
    starts, counts = postings.occurrences(rows, codes)
    picked = ragged(starts, counts)
    return keys_of(documents.repeat(counts), text.places(picked))


def phrase_frequencies(text: TextIndex, words: Sequence[Sequence[Pair]], field: str | None, slop: int) -> Frequencies:
    """Documents that hold exact forms as a phrase (`slop` 0) or near each other, and how often each does in title and
    body. `words`: the roots of each form."""
    nothing = np.zeros(0, dtype=np.int64)
    if not all(words):
        return Frequencies(nothing, nothing, nothing)
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


class _Form:
    """An exact form by the roots that it has in a segment."""

    def __init__(self, text: TextIndex, pairs: Sequence[Pair]) -> None:
        self.pairs = tuple(pairs)
        self._text = text
        self._lists = [_Decoded(PostingList(text, pair.root)) for pair in pairs]
        self.size = sum(len(each.documents) for each in self._lists)

    def documents(self) -> Array:
        """Documents that may hold the form: those whose postings do not rule it out."""
        found = [each.documents[_possible(each.forms, pair.rank)] for pair, each in zip(self.pairs, self._lists)]
        return found[0] if len(found) == 1 else np.unique(np.concatenate(found))

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
                found.append(_keys_at(self._text, each.postings, documents[here[pure]], rows[pure], each.codes))
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
        self.documents, self.forms, self.codes = postings.documents(), postings.forms(), postings.codes()


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
