"""Phrases and words near each other, from the positions in the index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.segment import FieldTerms, SegmentArrays

_SHIFT = 32


def phrase_frequencies(segment: SegmentArrays, field: str, words: Sequence[str], slop: int) -> tuple[Array, Array]:
    """Live documents of a segment that hold the words in a field as a phrase (`slop` 0) or near each other, and how
    often each does."""
    terms = segment.field(field)
    nothing = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    if terms is None:
        return nothing
    numbers = [terms.find(word.encode("utf-8", "surrogatepass")) for word in words]
    if any(number is None for number in numbers):
        return nothing
    found = [number for number in numbers if number is not None]
    common = _common_documents(segment, terms, sorted(set(found), key=terms.document_frequency))
    if not common.size:
        return nothing
    if slop:
        return _near(terms, found, common, len(words) + slop)
    return _adjacent(terms, found, common)


def _common_documents(segment: SegmentArrays, terms: FieldTerms, numbers: Sequence[int]) -> Array:
    """Live documents that hold all the terms; the rarest first keeps the work small."""
    common = segment.only_live(terms.postings(numbers[0])).documents
    for number in numbers[1:]:
        common = common[is_in(common, terms.postings(number).documents)]
    return common.astype(np.int64)


def is_in(values: Array, ordered: Array) -> Array:
    """For each value whether it is among `ordered` (ascending)."""
    if not ordered.size:
        return np.zeros(len(values), dtype=bool)
    places = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    found: Array = ordered[places] == values
    return found


def _keys(terms: FieldTerms, number: int, common: Array) -> Array:
    """(document, position) of a term in the common documents, as ascending numbers."""
    documents = terms.postings(number).documents.astype(np.int64)
    positions, starts = terms.positions(number)
    rows = np.searchsorted(documents, common)
    counts = starts[rows + 1] - starts[rows]
    first = np.repeat(starts[rows] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
    taken = positions[first + np.arange(len(first))].astype(np.int64)
    return (np.repeat(common, counts) << _SHIFT) | taken


def _adjacent(terms: FieldTerms, numbers: Sequence[int], common: Array) -> tuple[Array, Array]:
    starts = None
    # The rarest word first: every other one only confirms where the phrase could begin.
    order = sorted(range(len(numbers)), key=lambda place: terms.document_frequency(numbers[place]))
    for place in order:
        begins = _keys(terms, numbers[place], common) - place
        starts = begins if starts is None else starts[is_in(starts, begins)]
        if not starts.size:
            break
    assert starts is not None
    documents, counts = np.unique(starts >> _SHIFT, return_counts=True)
    return documents, counts


def _near(terms: FieldTerms, numbers: Sequence[int], common: Array, window: int) -> tuple[Array, Array]:
    needed = Counter(numbers)
    keys = np.concatenate([_keys(terms, number, common) for number in needed])
    labels = np.concatenate([np.full(len(_keys(terms, number, common)), number) for number in needed])
    order = np.argsort(keys, kind="stable")
    counts: Counter[int] = Counter()
    for document, times in _windows(keys[order].tolist(), labels[order].tolist(), needed, window):
        counts[document] += times
    documents = np.array(sorted(counts), dtype=np.int64)
    return documents, np.array([counts[d] for d in documents.tolist()], dtype=np.int64)


def _windows(keys: list[int], labels: list[int], needed: Counter[int], window: int) -> list[tuple[int, int]]:
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
            found.append((key >> _SHIFT, 1))
            held.clear()
            missing, left = len(needed), right + 1
    return found
