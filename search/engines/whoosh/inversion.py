"""Turns labels, ids and dates of articles into postings and columns, and writes them as sections of a container.

The words of articles, which are most of an index, are inverted by `text_inversion.py`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from search.engines.whoosh.container import Array, ContainerWriter
from search.engines.whoosh.dictionary import all_encoded, cumulative, narrow, write_dictionary
from search.engines.whoosh.schema import SCHEMA

_DATE = SCHEMA["published"]


class _Numbers(dict[str, int]):
    """Texts numbered in the order in which they are first asked for."""

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self)
        return number

    def ranked(self) -> tuple[list[bytes], Array]:
        """The texts in order as they are kept, and by number the place of each among them."""
        # Code point order is also UTF-8 byte order, which is what Whoosh's cursors expect.
        ordered = sorted(self)
        rank = np.empty(len(ordered), dtype=np.uint32)
        numbers = np.fromiter(map(self.__getitem__, ordered), dtype=np.int64, count=len(ordered))
        rank[numbers] = np.arange(len(ordered), dtype=np.uint32)
        return all_encoded(ordered), rank


class LabelInverter:
    """Gathers the terms of one field without positions over the documents of a segment."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._numbers = _Numbers()
        self._terms = array("I")
        self._documents = array("I")

    def __len__(self) -> int:
        return len(self._terms)

    def add(self, document: int, terms: Sequence[str]) -> None:
        """Add the distinct terms of one document; documents must come in ascending order."""
        for term in terms:
            self._terms.append(self._numbers[term])
            self._documents.append(document)

    def add_inverted(self, terms: Sequence[str], numbers: Array, documents: Array) -> None:
        """Add postings of another segment: `terms[numbers[i]]` in `documents[i]`."""
        mapped = np.fromiter(map(self._numbers.__getitem__, terms), dtype=np.uint32, count=len(terms))
        self._terms.frombytes(mapped[numbers].tobytes())
        self._documents.frombytes(documents.astype(np.uint32).tobytes())

    def packed(self) -> tuple[list[str], bytes, bytes]:
        """What was added: the distinct terms, the number of each posting's term among them, and its document."""
        return list(self._numbers), self._terms.tobytes(), self._documents.tobytes()

    def write(self, out: ContainerWriter) -> None:
        """Invert, and write the dictionary of the field and the sections `poststarts, docs`."""
        terms, rank = self._numbers.ranked()
        write_terms(out, self.name, terms, rank[self._terms], np.array(self._documents, dtype=np.uint32))


def write_terms(out: ContainerWriter, name: str, terms: Sequence[bytes], numbers: Array, documents: Array) -> None:
    """Write a field without positions: `terms` in order, `terms[numbers[i]]` in `documents[i]`; the documents of a term
    ascend."""
    order = np.argsort(numbers, kind="stable")
    write_dictionary(out, name, terms)
    out.add(f"{name}.poststarts", narrow(cumulative(np.bincount(numbers, minlength=len(terms)))))
    out.add(f"{name}.docs", narrow(documents[order]))


def write_dates(out: ContainerWriter, microseconds: Array, documents: Array) -> None:
    """Write the field of the dates as Whoosh's DATETIME has it: a term for each moment, and for each coarser scale."""
    terms: list[bytes] = []
    numbers: list[Array] = []
    for texts, which in date_terms(microseconds):
        numbers.append(which + np.uint32(len(terms)))
        terms += texts
    if len(documents):
        write_terms(out, "published", terms, np.concatenate(numbers), np.tile(documents, len(numbers)))


def date_terms(microseconds: Array) -> list[tuple[list[bytes], Array]]:
    """For each scale that Whoosh keeps: the distinct terms in order, and the number of each moment's among them."""
    values = microseconds.astype(np.uint64) + np.uint64(1 << _DATE.bits - 1)
    found = []
    for shift in range(0, _DATE.bits, _DATE.shift_step):
        distinct, which = np.unique(values >> np.uint64(shift), return_inverse=True)
        texts = [bytes((shift,)) + value.to_bytes(_DATE.bits // 8, "big") for value in distinct.tolist()]
        found.append((texts, which.astype(np.uint32)))
    return found


class LabelColumnWriter:
    """A column of texts that repeat: each document holds the number of a distinct value ("" where it has none)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._numbers = _Numbers()
        self._documents = array("I")

    def add(self, value: str) -> None:
        """Add the value of the next document."""
        self._documents.append(self._numbers[value])

    def packed(self) -> tuple[list[str], bytes]:
        """What was added: the distinct values, and the number of each document's value among them."""
        return list(self._numbers), self._documents.tobytes()

    def add_numbered(self, values: Sequence[str], numbers: Array) -> None:
        """Add the values of the next documents: `values[number]` for each of `numbers`."""
        mapped = np.fromiter(map(self._numbers.__getitem__, values), dtype=np.uint32, count=len(values))
        self._documents.frombytes(mapped[numbers].tobytes())

    def write(self, out: ContainerWriter) -> None:
        """Write the sections `labels, labelstarts, ords`; values are sorted, so numbers order as values do."""
        texts, ordinals = self._ranked()
        out.add(f"{self.name}.labels", b"".join(texts))
        out.add(f"{self.name}.labelstarts", narrow(cumulative(np.fromiter(map(len, texts), np.uint64, len(texts)))))
        out.add(f"{self.name}.ords", narrow(ordinals))

    def write_as_terms(self, out: ContainerWriter) -> None:
        """The same, and the field as a `LabelInverter` writes it, for one of which every value is a term as it is."""
        texts, ordinals = self._ranked()
        write_terms(out, self.name, texts, ordinals, np.arange(len(ordinals), dtype=np.uint32))
        out.alias(f"{self.name}.labels", f"{self.name}.terms")
        out.alias(f"{self.name}.labelstarts", f"{self.name}.termstarts")
        out.add(f"{self.name}.ords", narrow(ordinals))

    def _ranked(self) -> tuple[list[bytes], Array]:
        texts, rank = self._numbers.ranked()
        return texts, rank[self._documents]
