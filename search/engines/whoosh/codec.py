"""A Whoosh codec over our segments: the segment itself, and reading terms and their postings.

Through it `whoosh.index.open_dir` opens what we build, and any Whoosh query runs on it. Our own ranking does not pass
through here; it reads the same `SegmentArrays`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from whoosh.codec import base
from whoosh.formats import Format
from whoosh.reading import TermInfo, TermNotFound

from search.engines.whoosh.field_terms import FieldTerms, Postings, field_names, field_terms
from search.engines.whoosh.matching import PostingMatcher
from search.engines.whoosh.per_document import PerDocumentReader, field_lengths
from search.engines.whoosh.segment import EXTENSION, SegmentArrays
from search.errors import UsageError

if TYPE_CHECKING:
    from search.engines.whoosh.codec_writer import FieldWriter, Gathering, PerDocumentWriter

_REMEMBERED = 64  # terms whose postings are kept for the next question


class ArraySegment(base.Segment):  # type: ignore[misc]
    """What the table of contents keeps of a segment: its name, its size, its deleted documents."""

    def __init__(self, indexname: str, size: int = 0) -> None:
        super().__init__(indexname)
        self.size = size
        self.deleted: set[int] = set()

    def codec(self, **_: Any) -> ArrayCodec:
        return ArrayCodec()

    def should_assemble(self) -> bool:
        return False

    def path(self, folder: str | Path) -> Path:
        """The file that holds the segment."""
        return Path(folder) / str(self.make_filename(EXTENSION))

    def arrays(self, folder: str | Path) -> SegmentArrays:
        """Open the segment's file."""
        return SegmentArrays(self.path(folder), self.size, frozenset(self.deleted))

    def doc_count_all(self) -> int:
        return self.size

    def set_doc_count(self, doccount: int) -> None:
        self.size = doccount

    def deleted_count(self) -> int:
        return len(self.deleted)

    def deleted_docs(self) -> Iterator[int]:
        return iter(self.deleted)

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        (self.deleted.add if delete else self.deleted.discard)(docnum)

    def is_deleted(self, docnum: int) -> bool:
        return docnum in self.deleted


class ArrayCodec(base.Codec):  # type: ignore[misc]
    """Reads our segments, and takes what Whoosh's own writers give: `index.writer(codec=ArrayCodec())`.

    Our own writing does not pass through here: it inverts whole arrays instead of single postings. Whoosh's writer for
    several processes needs `multisegment=True`.
    """

    length_stats = False  # Whoosh would read the lengths back before it gives us the postings

    def __init__(self) -> None:
        self._gatherings: dict[str, Gathering] = {}

    def __reduce__(self) -> tuple[type[ArrayCodec], tuple[()]]:
        return ArrayCodec, ()

    def terms_reader(self, storage: Any, segment: ArraySegment) -> TermsReader:
        return TermsReader(segment.arrays(storage.folder))

    def per_document_reader(self, storage: Any, segment: ArraySegment) -> PerDocumentReader:
        if self._gatherings and not segment.path(storage.folder).exists():
            raise UsageError(
                "Several processes cannot write one segment of this index.", hint="Give the writer multisegment=True."
            )
        return PerDocumentReader(segment.arrays(storage.folder))

    def new_segment(self, storage: Any, indexname: str) -> ArraySegment:
        return ArraySegment(indexname)

    def per_document_writer(self, storage: Any, segment: ArraySegment) -> PerDocumentWriter:
        from search.engines.whoosh.codec_writer import Gathering, PerDocumentWriter

        gathering = Gathering(storage, segment)
        self._gatherings[segment.segment_id()] = gathering
        return PerDocumentWriter(gathering)

    def field_writer(self, storage: Any, segment: ArraySegment) -> FieldWriter:
        from search.engines.whoosh.codec_writer import FieldWriter

        return FieldWriter(self._gatherings[segment.segment_id()])


class TermsReader(base.TermsReader):  # type: ignore[misc]
    """Terms of all fields in the order of (field, term)."""

    def __init__(self, arrays: SegmentArrays) -> None:
        self._arrays = arrays
        self._fields: dict[str, FieldTerms | None] = {}
        self._postings: dict[tuple[str, bytes], Postings] = {}

    def _field(self, name: str) -> FieldTerms | None:
        if name not in self._fields:
            self._fields[name] = field_terms(self._arrays, name)
        return self._fields[name]

    def _find(self, fieldname: str, text: bytes) -> tuple[FieldTerms, int]:
        terms = self._field(fieldname)
        number = terms.find(text) if terms else None
        if terms is None or number is None:
            raise TermNotFound(f"No term {fieldname}:{text!r}")
        return terms, number

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        terms = self._field(term[0])
        return terms is not None and terms.find(term[1]) is not None

    def cursor(self, fieldname: str, fieldobj: Any) -> base.FieldCursor:
        terms = self._field(fieldname)
        return FieldCursor(self, fieldname, terms, fieldobj) if terms else base.EmptyCursor()

    def indexed_field_names(self) -> tuple[str, ...]:
        return field_names(self._arrays)

    def terms(self) -> Iterator[tuple[str, bytes]]:
        for name in sorted(self.indexed_field_names()):
            yield from self.terms_from(name, b"", stay=True)

    def terms_from(self, fieldname: str, prefix: bytes, stay: bool = False) -> Iterator[tuple[str, bytes]]:
        for name in sorted(self.indexed_field_names()):
            if name == fieldname or (name > fieldname and not stay):
                terms = self._field(name)
                assert terms is not None
                number = terms.ceiling(prefix) if name == fieldname else terms.next(0)
                while number < len(terms):
                    yield name, terms.text(number)
                    number = terms.next(number + 1)

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms())

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        return ((term, self.term_info(*term)) for term in self.terms_from(fieldname, prefix))

    def _read(self, fieldname: str, text: bytes) -> Postings:
        """The postings of a term, which Whoosh asks for several times: for its frequency, its maxima, its matcher."""
        found = self._postings.get((fieldname, text))
        if found is None:
            terms, number = self._find(fieldname, text)
            if len(self._postings) >= _REMEMBERED:
                self._postings = {}
            found = self._postings[fieldname, text] = terms.postings(number)
        return found

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        postings = self._read(fieldname, text)
        lengths = field_lengths(self._arrays, fieldname)
        mine = np.ones(1, dtype=np.int64) if lengths is None else lengths[postings.documents]
        return TermInfo(
            weight=float(postings.frequencies.sum(dtype=np.int64)), df=len(postings.documents),
            minlength=int(mine.min()), maxlength=int(mine.max()), maxweight=float(postings.frequencies.max()),
            minid=int(postings.documents[0]), maxid=int(postings.documents[-1]),
        )  # fmt: skip

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        return len(self._read(fieldname, text).documents) if (fieldname, text) in self else 0

    def frequency(self, fieldname: str, text: bytes) -> float:
        return float(self.term_info(fieldname, text).weight()) if (fieldname, text) in self else 0.0

    def matcher(self, fieldname: str, text: bytes, format_: Format, scorer: Any = None) -> PostingMatcher:
        terms, number = self._find(fieldname, text)
        postings = self._read(fieldname, text)
        # Whoosh filters deleted documents out, too, but not where it has skipped to another block.
        if self._arrays.live is not None:
            alive = self._arrays.live[postings.documents]
            postings = Postings(postings.documents[alive], postings.frequencies[alive])
        lengths = field_lengths(self._arrays, fieldname)
        term, size = (fieldname, text), self._arrays.size
        return PostingMatcher(terms, number, postings, lengths, format_, scorer, term, size)


class FieldCursor(base.FieldCursor):  # type: ignore[misc]
    """Walks the terms of a field in order."""

    def __init__(self, reader: TermsReader, fieldname: str, terms: FieldTerms, fieldobj: Any) -> None:
        self._reader, self._name, self._terms, self._fieldobj = reader, fieldname, terms, fieldobj
        self._number = terms.next(0)

    def _here(self) -> Any:
        return self._fieldobj.from_bytes(self._terms.text(self._number)) if self.is_valid() else None

    def is_valid(self) -> bool:
        return self._number < len(self._terms)

    def first(self) -> Any:
        self._number = self._terms.next(0)
        return self._here()

    def find(self, term: Any) -> Any:
        self._number = self._terms.ceiling(term if isinstance(term, bytes) else self._fieldobj.to_bytes(term))
        return self._here()

    def next(self) -> Any:
        self._number = self._terms.next(self._number + 1)
        return self._here()

    def text(self) -> Any:
        return self._here()

    def term_info(self) -> TermInfo | None:
        return self._reader.term_info(self._name, self._terms.text(self._number)) if self.is_valid() else None
