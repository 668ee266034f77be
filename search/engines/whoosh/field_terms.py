"""A segment field by field, as Whoosh sees an index: terms, their documents, frequencies and positions.

Our own ranking has title and body in one list by root; these views tell them apart, at the price of reading more.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.leaves import in_field
from search.engines.whoosh.positions import form_keys, root_keys
from search.engines.whoosh.segment import LabelTerms, SegmentArrays
from search.engines.whoosh.text_index import Frequencies, PostingList

TEXT = ("title", "body", "title_exact", "body_exact")


class Postings(NamedTuple):
    """Documents of a term in ascending order, and how often it stands in each."""

    documents: Array
    frequencies: Array


class FieldTerms(Protocol):
    """The terms of one field, numbered in byte order. Numbers of terms that stand in another field only are there, too;
    `numbers` leaves them out."""

    def __len__(self) -> int: ...

    def text(self, number: int) -> bytes:
        """A term."""

    def find(self, term: bytes) -> int | None:
        """Its number, or None where the field does not hold it."""

    def next(self, number: int) -> int:
        """The first number from this one on that the field holds; `len(self)` if there is none."""

    def ceiling(self, term: bytes) -> int:
        """The first number the field holds of a term that is not less."""

    def document_frequency(self, number: int) -> int:
        """How many documents hold the term, deleted ones too."""

    def postings(self, number: int) -> Postings:
        """Documents and frequencies of a term."""

    def positions(self, number: int, documents: Array) -> tuple[Array, Array]:
        """The positions of a term in documents that hold it, and where those of each begin (one more)."""


def field_terms(arrays: SegmentArrays, name: str) -> FieldTerms | None:
    """The terms of a field, or None if nothing was indexed in it."""
    if name in TEXT:
        view = TextField(arrays, name)
        return view if view.next(0) < len(view) else None
    labels = arrays.labels(name)
    return None if labels is None else LabelField(labels)


def field_names(arrays: SegmentArrays) -> tuple[str, ...]:
    """The fields in which something was indexed."""
    return tuple(name for name in (*TEXT, *arrays.label_names()) if field_terms(arrays, name) is not None)


class LabelField:
    """A field without positions."""

    def __init__(self, terms: LabelTerms) -> None:
        self._terms = terms
        self.text, self.find, self.ceiling = terms.text, terms.find, terms.ceiling
        self.document_frequency = terms.document_frequency

    def __len__(self) -> int:
        return len(self._terms)

    def next(self, number: int) -> int:
        return number

    def postings(self, number: int) -> Postings:
        documents = self._terms.documents(number)
        return Postings(documents, np.ones(len(documents), dtype=np.uint8))

    def positions(self, number: int, documents: Array) -> tuple[Array, Array]:
        return np.zeros(0, dtype=np.int64), np.zeros(len(documents) + 1, dtype=np.int64)


class TextField:
    """Title or body, by root or by exact form."""

    def __init__(self, arrays: SegmentArrays, name: str) -> None:
        self._text = arrays.text
        self._field = name.removesuffix("_exact")
        self._exact = name.endswith("_exact")
        self._terms = self._text.forms if self._exact else self._text.roots
        fields = arrays.container.array("form.fields" if self._exact else "root.fields")
        self._held = np.flatnonzero(fields & (1 if self._field == "title" else 2))
        self.text = self._terms.text

    def __len__(self) -> int:
        return len(self._terms)

    def next(self, number: int) -> int:
        place = int(self._held.searchsorted(number))
        return int(self._held[place]) if place < len(self._held) else len(self)

    def find(self, term: bytes) -> int | None:
        number = self._terms.find(term)
        return number if number is not None and self.next(number) == number else None

    def ceiling(self, term: bytes) -> int:
        return self.next(self._terms.ceiling(term))

    def document_frequency(self, number: int) -> int:
        return len(self._frequencies(number).documents)

    def postings(self, number: int) -> Postings:
        found = self._frequencies(number)
        return Postings(found.documents, found.title if self._field == "title" else found.body)

    def _frequencies(self, number: int) -> Frequencies:
        found = self._text.form_postings(self._text.pairs(number)) if self._exact else self._text.root_postings(number)
        return in_field(found, self._field)

    def positions(self, number: int, documents: Array) -> tuple[Array, Array]:
        if self._exact:
            keys = form_keys(self._text, self._text.pairs(number), documents)
        else:
            keys = root_keys(self._text, PostingList(self._text, number), documents)
        owners = keys >> 32
        mine = (owners & 1) == (self._field == "body")
        starts = np.searchsorted(owners[mine] >> 1, documents)
        return keys[mine] & 0xFFFFFFFF, np.append(starts, np.count_nonzero(mine))
