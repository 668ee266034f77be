"""The arrays of one segment: its words, its labels with their documents, columns and stored articles.

This is what both ways of searching read: the Whoosh codec (any Whoosh query) and the array ranking of this package.
All methods are safe from many threads; arrays are views into the mapped file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import numpy as np

from search.engines.whoosh.container import Array, Container
from search.engines.whoosh.dictionary import Dictionary
from search.engines.whoosh.stored import StoredArticles
from search.engines.whoosh.text_index import TextIndex
from search.model import Article

EXTENSION = ".cari"

_NO_DOCUMENTS = np.zeros(0, dtype=np.uint32)


class LabelTerms(Dictionary):
    """The dictionary of a field without positions (id, labels, date) and the documents of each term."""

    def __init__(self, container: Container, name: str) -> None:
        super().__init__(container, name)
        self._documents = container.taker(f"{name}.docs")
        self._slice = container.getter(f"{name}.poststarts")

    def document_frequency(self, number: int) -> int:
        """How many documents hold the term, deleted ones too."""
        return self._slice(number + 1) - self._slice(number)

    def documents(self, number: int) -> Array:
        """The documents of a term, ascending."""
        return self._documents(self._slice(number), self._slice(number + 1))

    def occurrences(self) -> tuple[Array, Array]:
        """The whole field as it was before inversion: term number and document of each posting."""
        starts = self._container.array(f"{self._name}.poststarts")
        return np.repeat(np.arange(len(self)), np.diff(starts)), self._documents(0, int(starts[-1]))


class _LabelColumn:
    """A column of texts that repeat, read one by one."""

    def __init__(self, container: Container, name: str) -> None:
        self.ordinal = container.getter(f"{name}.ords")
        self._start, self._read = container.getter(f"{name}.labelstarts"), container.reader(f"{name}.labels")

    def label(self, ordinal: int) -> str:
        """The value with this number."""
        return self._read(self._start(ordinal), self._start(ordinal + 1)).decode("utf-8", "surrogatepass")

    def of(self, documents: Iterable[int]) -> list[str]:
        """The values of some documents."""
        ordinal, start, read = self.ordinal, self._start, self._read
        numbers = [ordinal(document) for document in documents]
        return [read(start(number), start(number + 1)).decode("utf-8", "surrogatepass") for number in numbers]


class SegmentArrays:
    """Everything that one segment file holds. `deleted`: numbers of documents that no longer count."""

    def __init__(self, path: Path, documents: int, deleted: frozenset[int] = frozenset()) -> None:
        self.container = Container(path)
        self.size = documents
        self.deleted = deleted
        self._labels: dict[str, LabelTerms | None] = {}
        self._columns: dict[str, _LabelColumn] = {}
        self._published = self.container.picker("published.numbers")
        self.stored = StoredArticles(self.container)

    @cached_property
    def text(self) -> TextIndex:
        """The words of title and body."""
        return TextIndex(self.container, self.size)

    def labels(self, name: str) -> LabelTerms | None:
        """The dictionary of a field without positions, or None if nothing was indexed in it."""
        if name not in self._labels:
            there = f"{name}.docs" in self.container
            self._labels[name] = LabelTerms(self.container, name) if there else None
        return self._labels[name]

    def label_names(self) -> tuple[str, ...]:
        """The fields without positions in which something was indexed."""
        return tuple(name.removesuffix(".docs") for name in self.container.names() if name.endswith(".docs"))

    @cached_property
    def live(self) -> Array | None:
        """A mask of the documents that count, or None where all do."""
        if not self.deleted:
            return None
        mask = np.ones(self.size, dtype=bool)
        mask[list(self.deleted)] = False
        return mask

    def labelled(self, name: str, term: bytes) -> Array:
        """Live documents with this very term; empty if it is unknown."""
        terms = self.labels(name)
        number = terms.find(term) if terms else None
        if terms is None or number is None:
            return _NO_DOCUMENTS
        return self.only_live(terms.documents(number))

    def only_live(self, documents: Array) -> Array:
        """The same without deleted documents."""
        return documents if self.live is None else documents[self.live[documents]]

    def lengths(self, field: str) -> Array:
        """Tokens of each document in title or body."""
        return self.container.array(f"{field}.lengths")

    def numbers(self, column: str) -> Array:
        """A numeric column, one number a document."""
        return self.container.array(f"{column}.numbers")

    def ordinals(self, column: str) -> Array:
        """For each document the number of its value in a column of labels."""
        return self.container.array(f"{column}.ords")

    def label(self, column: str, ordinal: int) -> str:
        """The value with this number."""
        return self._column(column).label(ordinal)

    def label_count(self, column: str) -> int:
        """Distinct values of a column of labels."""
        return self.container.count(f"{column}.labelstarts") - 1

    def document_label(self, column: str, document: int) -> str:
        """The value of one document."""
        values = self._column(column)
        return values.label(values.ordinal(document))

    def document_labels(self, column: str, documents: Iterable[int]) -> list[str]:
        """The values of some documents."""
        return self._column(column).of(documents)

    def _column(self, name: str) -> _LabelColumn:
        if name not in self._columns:
            self._columns[name] = _LabelColumn(self.container, name)
        return self._columns[name]

    def instants(self, documents: Array) -> Array:
        """When these documents were published, as Whoosh numbers moments; 0 where unknown."""
        return self._published(documents)

    def article(self, document: int) -> Article:
        """The article that a document is."""
        return self.stored.article(document, self.document_label("id", document))

    def live_documents(self) -> Iterator[int]:
        """Numbers of the documents that count."""
        return (number for number in range(self.size) if number not in self.deleted)
