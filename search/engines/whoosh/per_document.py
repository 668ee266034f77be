"""What the Whoosh codec reads of each document apart from its postings: lengths, columns, stored fields."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.codec import base
from whoosh.columns import ColumnReader

from search.engines.whoosh import records
from search.engines.whoosh.container import Array
from search.engines.whoosh.dictionary import encoded
from search.engines.whoosh.schema import TEXT_FIELDS
from search.engines.whoosh.segment import SegmentArrays
from search.errors import UnsupportedQuery
from search.model import Article


def field_lengths(arrays: SegmentArrays, fieldname: str) -> Array | None:
    """Tokens of each document, None for a field that is not text; one by exact form has as many as the same by root."""
    name = fieldname.removesuffix("_exact")
    return arrays.lengths(name) if name in TEXT_FIELDS else None


class StoredId(bytes):
    """An id as its column gives it, with its article: a merge by Whoosh keeps what Whoosh has no field for."""

    _arrays: SegmentArrays
    _document: int

    @classmethod
    def of(cls, arrays: SegmentArrays, document: int) -> StoredId:
        """The id of a document."""
        found = cls(encoded(arrays.document_label("id", document)))
        found._arrays, found._document = arrays, document
        return found

    @property
    def folder(self) -> Path:
        """The folder of the index that it comes from."""
        return self._arrays.container.path.parent

    def article(self) -> Article:
        """The article with this id."""
        return self._arrays.article(self._document)


class _ArrayColumnReader(ColumnReader):  # type: ignore[misc]
    """Values of a column by document number; Whoosh sorts and groups by them."""

    def __init__(self, arrays: SegmentArrays, name: str, labels: bool) -> None:
        self._arrays, self._name, self._labels = arrays, name, labels
        self._reverse = False

    def __len__(self) -> int:
        return self._arrays.size

    def __getitem__(self, docnum: int) -> Any:
        if self._name == "id":
            return StoredId.of(self._arrays, docnum)
        if self._labels:
            return encoded(self._arrays.document_label(self._name, docnum))
        return int(self._arrays.numbers(self._name)[docnum])

    def sort_key(self, docnum: int) -> Any:
        # Numbers of labels only order within a segment, so labels are compared by their text.
        return -self[docnum] if self._reverse else self[docnum]

    def __iter__(self) -> Iterator[Any]:
        return (self[number] for number in range(len(self)))

    def set_reverse(self) -> None:
        self._reverse = True


class PerDocumentReader(base.PerDocumentReader):  # type: ignore[misc]
    """What is known of each document apart from its postings."""

    def __init__(self, arrays: SegmentArrays) -> None:
        self._arrays = arrays
        self._lengths: dict[str, Array | None] = {}

    def doc_count(self) -> int:
        return self._arrays.size - len(self._arrays.deleted)

    def doc_count_all(self) -> int:
        return self._arrays.size

    def has_deletions(self) -> bool:
        return bool(self._arrays.deleted)

    def is_deleted(self, docnum: int) -> bool:
        return docnum in self._arrays.deleted

    def deleted_docs(self) -> Iterator[int]:
        return iter(self._arrays.deleted)

    def supports_columns(self) -> bool:
        return True

    def has_column(self, fieldname: str) -> bool:
        container = self._arrays.container
        return f"{fieldname}.ords" in container or f"{fieldname}.numbers" in container

    def column_reader(self, fieldname: str, column: Any) -> _ArrayColumnReader:
        """The column of a field; what its values are tells the segment, whatever class the schema has for it."""
        if not self.has_column(fieldname):
            raise UnsupportedQuery(f"Field {fieldname} has no column.")
        return _ArrayColumnReader(self._arrays, fieldname, f"{fieldname}.ords" in self._arrays.container)

    def _field_lengths(self, fieldname: str) -> Array | None:
        if fieldname not in self._lengths:
            self._lengths[fieldname] = field_lengths(self._arrays, fieldname)
        return self._lengths[fieldname]

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        lengths = self._field_lengths(fieldname)
        return default if lengths is None else int(lengths[docnum])

    def _length(self, fieldname: str, reduce: Any) -> int:
        lengths = self._field_lengths(fieldname)
        return int(reduce(lengths)) if lengths is not None and lengths.size else 0

    def field_length(self, fieldname: str) -> int:
        return self._length(fieldname, lambda lengths: lengths.sum(dtype=np.int64))

    def min_field_length(self, fieldname: str) -> int:
        return self._length(fieldname, np.min)

    def max_field_length(self, fieldname: str) -> int:
        return self._length(fieldname, np.max)

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        article = self._arrays.article(docnum)
        values = {
            "id": article.id, "title": article.title, "body": article.body,
            "published": records.instant(article.published), "source": article.source,
            "category": ", ".join(label for label in (article.category, *article.tags) if label) or None,
            "place": article.place, "url": article.url, "author": article.author,
        }  # fmt: skip
        return {name: value for name, value in values.items() if value is not None}
