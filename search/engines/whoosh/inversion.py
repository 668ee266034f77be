"""Turns labels, ids and dates of articles into postings and columns, and writes them as sections of a container.

The words of articles, which are most of an index, are inverted by `text_inversion.py`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np

from search.engines.whoosh.container import Array, ContainerWriter
from search.engines.whoosh.dictionary import cumulative, encoded, narrow, write_dictionary


class _Numbers(dict[Any, int]):
    """Terms numbered in the order in which they are first asked for."""

    def __missing__(self, term: Any) -> int:
        number = self[term] = len(self)
        return number


class LabelInverter:
    """Gathers the terms of one field without positions over the documents of a segment. Terms are texts, or the bytes
    into which Whoosh turns numbers; never both in one field."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._numbers = _Numbers()
        self._terms = array("I")
        self._documents = array("I")

    def __len__(self) -> int:
        return len(self._terms)

    def add(self, document: int, terms: Sequence[str] | Sequence[bytes]) -> None:
        """Add the distinct terms of one document; documents must come in ascending order."""
        for term in terms:
            self._terms.append(self._numbers[term])
            self._documents.append(document)

    def add_inverted(self, terms: Sequence[str] | Sequence[bytes], numbers: Array, documents: Array) -> None:
        """Add postings of another segment: `terms[numbers[i]]` in `documents[i]`."""
        mapped = np.fromiter(map(self._numbers.__getitem__, terms), dtype=np.uint32, count=len(terms))
        self._terms.frombytes(mapped[numbers].tobytes())
        self._documents.frombytes(documents.astype(np.uint32).tobytes())

    def write(self, out: ContainerWriter) -> None:
        """Invert, and write the dictionary of the field and the sections `poststarts, docs`."""
        # Code point order is also UTF-8 byte order, which is what Whoosh's cursors expect.
        ordered = sorted(self._numbers.items())
        rank = np.empty(len(ordered), dtype=np.uint32)
        rank[np.fromiter((number for _, number in ordered), dtype=np.int64, count=len(ordered))] = np.arange(
            len(ordered), dtype=np.uint32
        )
        terms = rank[np.array(self._terms, dtype=np.uint32)]
        order = np.argsort(terms, kind="stable")
        write_dictionary(out, self.name, [t if isinstance(t, bytes) else encoded(t) for t, _ in ordered])
        out.add(f"{self.name}.poststarts", narrow(np.searchsorted(terms[order], np.arange(len(ordered) + 1))))
        out.add(f"{self.name}.docs", narrow(np.array(self._documents, dtype=np.uint32)[order]))


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
        texts = [encoded(value) for value, _ in ordered]
        out.add(f"{self.name}.labels", b"".join(texts))
        out.add(
            f"{self.name}.labelstarts",
            narrow(cumulative(np.array([len(t) for t in texts], dtype=np.uint64))),
        )
        documents = np.frombuffer(self._documents, dtype=np.uint32) if self._documents else np.zeros(0, np.uint32)
        out.add(f"{self.name}.ords", narrow(rank[documents] if documents.size else documents))
