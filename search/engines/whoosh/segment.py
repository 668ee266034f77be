"""The arrays of one segment: its term dictionary, postings, positions, lengths, columns and stored articles.

This is what both ways of searching read: the Whoosh codec (any Whoosh query) and the array ranking of this package.
All methods are safe from many threads; arrays are views into the mapped file.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from search.engines.whoosh.container import Array, Container

EXTENSION = ".cari"

_NO_DOCUMENTS = np.zeros(0, dtype=np.uint32)
_NO_FREQUENCIES = np.zeros(0, dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Postings:
    """Documents of a term in ascending order, and how often it stands in each."""

    documents: Array
    frequencies: Array


class FieldTerms:
    """The ordered term dictionary and postings of one field."""

    def __init__(self, container: Container, name: str) -> None:
        self._container = container
        self._name = name
        self._starts = container.array(f"{name}.termstarts")
        self._postings = container.array(f"{name}.poststarts")
        self._read = container.reader(f"{name}.terms")
        # A memory view gives Python numbers three times as fast as an array does.
        self._slices = memoryview(self._postings.astype(self._postings.dtype.newbyteorder("="), copy=False))  # type: ignore[arg-type]
        self._bounds = memoryview(self._starts.astype(self._starts.dtype.newbyteorder("="), copy=False))  # type: ignore[arg-type]
        self.positional = f"{name}.pos" in container
        self._documents, self._frequencies = container.taker(f"{name}.docs"), container.taker(f"{name}.tf")
        if self.positional:
            self._pos, self._pos_starts = container.taker(f"{name}.pos"), container.taker(f"{name}.posstarts")

    def __len__(self) -> int:
        return len(self._starts) - 1

    def text(self, number: int) -> bytes:
        """The term with this number (its place in byte order), as UTF-8."""
        return self._read(self._bounds[number], self._bounds[number + 1])

    def decoded(self, number: int) -> str:
        """The same as text."""
        return self.text(number).decode("utf-8", "surrogatepass")

    def all(self) -> list[str]:
        """Every term in order. Reads the whole dictionary."""
        blob = self._container.slice(f"{self._name}.terms", 0, int(self._starts[-1]))
        starts = self._starts.tolist()
        return [blob[low:high].decode("utf-8", "surrogatepass") for low, high in zip(starts, starts[1:])]

    def signatures(self) -> tuple[Array, Array, Array]:
        """For each term: its length in bytes, the set of its letters (bit = byte modulo 32), and whether it is plain
        ASCII: a filter for fuzzy search that needs no loop in Python."""
        starts = self._starts.astype(np.int64)
        blob = self._container.array(f"{self._name}.terms")
        bits = np.left_shift(np.uint32(1), (blob & 31).astype(np.uint32))
        # Terms are never empty, so every start lies inside the blob, as reduceat needs.
        sets = np.bitwise_or.reduceat(bits, starts[:-1])
        return np.diff(starts), sets, np.maximum.reduceat(blob, starts[:-1]) < 128

    def ceiling(self, term: bytes) -> int:
        """Number of the first term that is not less than `term` (len(self) if there is none)."""
        low, high = 0, len(self)
        read, bounds = self._read, self._bounds
        while low < high:
            middle = (low + high) // 2
            if read(bounds[middle], bounds[middle + 1]) < term:
                low = middle + 1
            else:
                high = middle
        return low

    def find(self, term: bytes) -> int | None:
        """The term's number, or None."""
        number = self.ceiling(term)
        return number if number < len(self) and self.text(number) == term else None

    def prefix_range(self, prefix: bytes) -> tuple[int, int]:
        """Numbers `[low, high)` of the terms that begin with `prefix`."""
        low = self.ceiling(prefix)
        # The greatest text with this prefix is below the prefix followed by a byte that UTF-8 never has.
        return low, self.ceiling(prefix + b"\xff")

    def document_frequency(self, number: int) -> int:
        """How many documents hold the term, deleted ones too."""
        return self._slices[number + 1] - self._slices[number]

    def document_frequencies(self, low: int, high: int) -> Array:
        """The same for terms `[low, high)`."""
        return np.diff(self._postings[low : high + 1].astype(np.int64))

    def postings(self, number: int) -> Postings:
        """Documents and frequencies of a term."""
        low, high = self._slices[number], self._slices[number + 1]
        return Postings(self._documents(low, high), self._frequencies(low, high))

    def positions(self, number: int) -> tuple[Array, Array]:
        """All positions of a term, document by document, and where each document's begin (one more than documents)."""
        first, last = self._pos_starts(number, number + 2).tolist()
        frequencies = self._frequencies(self._slices[number], self._slices[number + 1])
        starts = np.zeros(len(frequencies) + 1, dtype=np.int64)
        np.cumsum(frequencies, out=starts[1:])
        return self._pos(first, last), starts

    def occurrences(self) -> tuple[Array, Array, Array | None]:
        """The whole field as it was before inversion: term number, document and position of each occurrence."""
        documents = self._container.array(f"{self._name}.docs")
        frequencies = self._container.array(f"{self._name}.tf")
        terms = np.repeat(np.arange(len(self), dtype=np.uint32), np.diff(self._postings).astype(np.int64))
        positions = self._container.array(f"{self._name}.pos") if self.positional else None
        return np.repeat(terms, frequencies), np.repeat(documents, frequencies), positions


class SegmentArrays:
    """Everything that one segment file holds. `deleted`: numbers of documents that no longer count."""

    def __init__(self, path: Path, documents: int, deleted: frozenset[int] = frozenset()) -> None:
        self.container = Container(path)
        self.size = documents
        self.deleted = deleted
        self._fields: dict[str, FieldTerms | None] = {}

    def field(self, name: str) -> FieldTerms | None:
        """The term dictionary of a field, or None if nothing was indexed in it."""
        if name not in self._fields:
            there = f"{name}.terms" in self.container
            self._fields[name] = FieldTerms(self.container, name) if there else None
        return self._fields[name]

    def field_names(self) -> tuple[str, ...]:
        """Fields with indexed terms."""
        return tuple(name.removesuffix(".terms") for name in self.container.names() if name.endswith(".terms"))

    @cached_property
    def live(self) -> Array | None:
        """A mask of the documents that count, or None where all do."""
        if not self.deleted:
            return None
        mask = np.ones(self.size, dtype=bool)
        mask[list(self.deleted)] = False
        return mask

    def postings(self, field: str, term: bytes) -> Postings:
        """Live documents of a term with its frequencies; empty if the term is unknown."""
        terms = self.field(field)
        number = terms.find(term) if terms else None
        if terms is None or number is None:
            return Postings(_NO_DOCUMENTS, _NO_FREQUENCIES)
        return self.only_live(terms.postings(number))

    def only_live(self, postings: Postings) -> Postings:
        """The same without deleted documents."""
        if self.live is None:
            return postings
        keep = self.live[postings.documents]
        return Postings(postings.documents[keep], postings.frequencies[keep])

    def lengths(self, field: str) -> Array:
        """Terms of each document in a scored field."""
        return self.container.array(f"{field}.lengths")

    def numbers(self, column: str) -> Array:
        """A numeric column, one number a document."""
        return self.container.array(f"{column}.numbers")

    def ordinals(self, column: str) -> Array:
        """For each document the number of its value in a column of labels."""
        return self.container.array(f"{column}.ords")

    def label(self, column: str, ordinal: int) -> str:
        """The value with this number."""
        starts = self.container.array(f"{column}.labelstarts", ordinal, ordinal + 2)
        return self.container.slice(f"{column}.labels", int(starts[0]), int(starts[1])).decode("utf-8", "surrogatepass")

    def label_count(self, column: str) -> int:
        """Distinct values of a column of labels."""
        return self.container.count(f"{column}.labelstarts") - 1

    def document_label(self, column: str, document: int) -> str:
        """The value of one document."""
        return self.label(column, int(self.container.array(f"{column}.ords", document, document + 1)[0]))

    def stored_bytes(self, document: int) -> bytes:
        """The stored record of a document, compressed as written."""
        starts = self.container.array("stored.starts", document, document + 2)
        return self.container.slice("stored.blob", int(starts[0]), int(starts[1]))

    def stored(self, document: int) -> list[object]:
        """The stored record of a document (see `records.py`)."""
        return json.loads(zlib.decompress(self.stored_bytes(document)))  # type: ignore[no-any-return]

    def live_documents(self) -> Iterator[int]:
        """Numbers of the documents that count."""
        return (number for number in range(self.size) if number not in self.deleted)
