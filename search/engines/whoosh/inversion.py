"""Turns the terms of articles into postings by sorting arrays, and writes them as sections of a container.

A term occurrence is three numbers (term, document, position) in flat arrays; one stable sort by term turns all of
them at once into posting lists. Nothing is done in Python per posting.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np

from search.engines.whoosh.container import Array, ContainerWriter


def narrow(values: Array) -> Array:
    """The same non-negative integers in the smallest unsigned type that holds them all."""
    most = int(values.max()) if values.size else 0
    for dtype in ("<u1", "<u2", "<u4"):
        if most <= np.iinfo(dtype).max:
            return values.astype(dtype)
    return values.astype("<u8")


class _Numbers(dict[Any, int]):
    """Terms numbered in the order in which they are first asked for."""

    def __missing__(self, term: Any) -> int:
        number = self[term] = len(self)
        return number


class FieldInverter:
    """Gathers the term occurrences of one field over the documents of a segment. Terms are texts, or the bytes into
    which Whoosh turns numbers; never both in one field."""

    def __init__(self, name: str, positions: bool) -> None:
        self.name = name
        self.occurrences = 0
        self._numbers = _Numbers()
        self._terms = array("I")
        self._documents = array("I")
        self._positions = array("I") if positions else None

    def add(
        self, document: int, terms: Sequence[str] | Sequence[bytes], positions: Sequence[int] | None = None
    ) -> None:
        """Add the terms of one document, in text order; documents must come in ascending order."""
        if positions is not None and len(set(positions)) < len(positions):
            # Several tokens at one position may have the same term (se-Jawa and its Jawa): that is one occurrence.
            terms, positions = zip(*dict.fromkeys(zip(terms, positions)))
        self._terms.extend(map(self._numbers.__getitem__, terms))
        self._documents.extend(array("I", (document,)) * len(terms))
        if self._positions is not None and positions is not None:
            self._positions.extend(positions)
        self.occurrences += len(terms)

    def add_inverted(
        self,
        terms: Sequence[str] | Sequence[bytes],
        numbers: Array,
        documents: Array,
        positions: Array | None,
    ) -> None:
        """Add occurrences of another segment: `terms[numbers[i]]` in `documents[i]` at `positions[i]`."""
        mapped = np.fromiter(map(self._numbers.__getitem__, terms), dtype=np.uint32, count=len(terms))
        self._terms.frombytes(mapped[numbers].tobytes())
        self._documents.frombytes(documents.astype(np.uint32).tobytes())
        if self._positions is not None and positions is not None:
            self._positions.frombytes(positions.astype(np.uint32).tobytes())
        self.occurrences += len(numbers)

    def write(self, out: ContainerWriter) -> None:
        """Invert, and write the sections `terms, termstarts, poststarts, docs, tf[, posstarts, pos]` of the field."""
        name = self.name
        # Code point order is also UTF-8 byte order, which is what Whoosh's cursors expect.
        ordered = sorted(self._numbers.items())
        encoded = [term if isinstance(term, bytes) else term.encode("utf-8", "surrogatepass") for term, _ in ordered]
        rank = np.empty(len(ordered), dtype=np.uint32)
        rank[np.fromiter((number for _, number in ordered), dtype=np.int64, count=len(ordered))] = np.arange(
            len(ordered), dtype=np.uint32
        )
        terms = rank[np.frombuffer(self._terms, dtype=np.uint32)] if self._terms else np.zeros(0, np.uint32)
        order = np.argsort(terms, kind="stable")
        terms = terms[order]
        documents = np.frombuffer(self._documents, dtype=np.uint32)[order] if len(order) else terms
        starts = _posting_starts(terms, documents)
        per_posting = terms[starts]
        post_starts = np.searchsorted(per_posting, np.arange(len(ordered) + 1, dtype=np.uint32))
        lengths = np.fromiter((len(term) for term in encoded), dtype=np.uint64, count=len(encoded))
        out.add(f"{name}.terms", b"".join(encoded))
        out.add(f"{name}.termstarts", narrow(_cumulative(lengths)))
        out.add(f"{name}.poststarts", narrow(post_starts))
        out.add(f"{name}.docs", narrow(documents[starts]))
        bounds = np.append(starts, len(terms))
        out.add(f"{name}.tf", narrow(np.diff(bounds)))
        if self._positions is not None:
            positions = np.frombuffer(self._positions, dtype=np.uint32)[order] if len(order) else terms
            out.add(f"{name}.posstarts", narrow(bounds[post_starts]))
            out.add(f"{name}.pos", narrow(positions))


def _cumulative(lengths: Array) -> Array:
    return np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(lengths, dtype=np.uint64)))


def _posting_starts(terms: Array, documents: Array) -> Array:
    """Where a new (term, document) pair begins in the sorted occurrences."""
    if not terms.size:
        return np.zeros(0, dtype=np.int64)
    changes = (terms[1:] != terms[:-1]) | (documents[1:] != documents[:-1])
    return np.concatenate((np.zeros(1, dtype=np.int64), np.flatnonzero(changes) + 1))


class LabelColumnWriter:
    """A column of texts that repeat: each document holds the number of a distinct value ("" where it has none)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._numbers: dict[str, int] = {}
        self._documents = array("I")

    def add(self, value: str) -> None:
        """Add the value of the next document."""
        self._documents.append(self._numbers.setdefault(value, len(self._numbers)))

    def write(self, out: ContainerWriter) -> None:
        """Write the sections `labels, labelstarts, ords`; values are sorted, so numbers order as values do."""
        ordered = sorted(self._numbers.items())
        rank = np.empty(len(ordered), dtype=np.uint32)
        rank[[number for _, number in ordered]] = np.arange(len(ordered))
        encoded = [value.encode("utf-8", "surrogatepass") for value, _ in ordered]
        out.add(f"{self.name}.labels", b"".join(encoded))
        out.add(
            f"{self.name}.labelstarts",
            narrow(_cumulative(np.array([len(e) for e in encoded], dtype=np.uint64))),
        )
        documents = np.frombuffer(self._documents, dtype=np.uint32) if self._documents else np.zeros(0, np.uint32)
        out.add(f"{self.name}.ords", narrow(rank[documents] if documents.size else documents))
