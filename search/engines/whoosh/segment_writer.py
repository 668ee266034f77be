"""Builds one segment in memory and writes it: analysed articles in, a container of arrays out."""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from search.engines.whoosh import records
from search.engines.whoosh.codec import ArraySegment
from search.engines.whoosh.container import Array, ContainerWriter
from search.engines.whoosh.inversion import FieldInverter, LabelColumnWriter, narrow
from search.engines.whoosh.schema import SCHEMA, TEXT_FIELDS
from search.engines.whoosh.segment import SegmentArrays
from search.language import Analyser, Token
from search.model import Article

LABEL_FIELDS = ("source", "category", "place", "url", "author")
LABEL_COLUMNS = ("id", "source", "category", "place")
NUMBER_COLUMNS = {"published": "<i8", "day": "<i8", "digest": "<u8"}

MAX_OCCURRENCES = 12_000_000
"""Term occurrences after which a segment is written out: about 0.4 GB at the peak of the sort."""

MAX_STORED = 128 * 1024 * 1024
"""Bytes of compressed articles after which a segment is written out."""

COMPRESSION = 6
"""zlib level of stored articles; 9 gains under one per cent on news and takes twice as long."""

DATELINE_GAP = 100
"""Positions between the end of a body and its dateline."""

_SPACE = re.compile(r"\s+")


class SegmentWriter:
    """Takes articles, or whole segments to merge, and writes one segment file."""

    def __init__(self, analyser: Analyser) -> None:
        self.size = 0
        self.deleted: set[int] = set()
        self._analyser = analyser
        self._text = {
            name: FieldInverter(name, positions=True) for field in TEXT_FIELDS for name in (field, f"{field}_exact")
        }
        self._plain = {name: FieldInverter(name, positions=False) for name in ("id", "published", *LABEL_FIELDS)}
        self._lengths = {field: array("I") for field in TEXT_FIELDS}
        self._labels = {name: LabelColumnWriter(name) for name in LABEL_COLUMNS}
        self._numbers = {name: array("Q" if dtype == "<u8" else "q") for name, dtype in NUMBER_COLUMNS.items()}
        self._stored: list[bytes] = []
        self._stored_bytes = 0

    @property
    def full(self) -> bool:
        """Whether the segment should be written before more is added."""
        occurrences = sum(field.occurrences for field in self._text.values())
        return occurrences >= MAX_OCCURRENCES or self._stored_bytes >= MAX_STORED

    def add(self, article: Article, record: bytes) -> int:
        """Add an article, `record` being `records.encode(article)`; its number in the segment."""
        document = self.size
        self.size += 1
        for field in TEXT_FIELDS:
            tokens = self._tokens(article, field)
            self._lengths[field].append(len(tokens))
            if tokens:
                _, _, positions, exacts, stems, _ = zip(*tokens)
                self._text[field].add(document, stems, positions)
                self._text[f"{field}_exact"].add(document, exacts, positions)
        self._add_labels(document, article)
        self._add_numbers(document, article, record)
        compressed = zlib.compress(record, COMPRESSION)
        self._stored.append(compressed)
        self._stored_bytes += len(compressed)
        return document

    def _tokens(self, article: Article, field: str) -> list[Token]:
        """The tokens of a field. The dateline, which reading sets apart, is still found in the body: behind its end,
        and too far off to be a neighbour of anything."""
        tokens = self._analyser.analyse(getattr(article, field))
        if field == "body" and article.dateline:
            end = (tokens[-1].position if tokens else 0) + DATELINE_GAP
            line = self._analyser.analyse(article.dateline)
            tokens += [token._replace(position=end + token.position) for token in line]
        return tokens

    def _add_labels(self, document: int, article: Article) -> None:
        self._plain["id"].add(document, (article.id,))
        values: dict[str, Iterable[str | None]] = {
            "source": (article.source,), "place": (article.place,), "author": (article.author,),
            "category": (article.category, *article.tags),
        }  # fmt: skip
        for name, texts in values.items():
            folded = sorted({self.label(text) for text in texts if text} - {""})
            self._plain[name].add(document, folded)
        if article.url:
            self._plain["url"].add(document, (article.url,))
        for name, column in self._labels.items():
            column.add(getattr(article, name) or "")

    def label(self, text: str) -> str:
        """The form by which labels are found: folded, with single spaces."""
        return _SPACE.sub(" ", self._analyser.fold(text)).strip()

    def _add_numbers(self, document: int, article: Article, record: bytes) -> None:
        moment = records.instant(article.published)
        if moment is not None:
            terms = [term for term, _, _, _ in SCHEMA["published"].index(moment)]
            self._plain["published"].add(document, terms)
        self._numbers["published"].append(records.microseconds(moment))
        self._numbers["day"].append(records.day(article.published))
        self._numbers["digest"].append(records.digest(record))

    def merge(self, arrays: SegmentArrays) -> None:
        """Append the live documents of another segment, without analysing them again."""
        live = np.fromiter(arrays.live_documents(), dtype=np.int64)
        mapping = np.full(arrays.size, -1, dtype=np.int64)
        mapping[live] = np.arange(self.size, self.size + len(live))
        for name, inverter in {**self._text, **self._plain}.items():
            self._merge_field(inverter, arrays, mapping, as_bytes=name == "published")
        for name, lengths in self._lengths.items():
            lengths.frombytes(arrays.lengths(name)[live].astype(np.uint32).tobytes())
        for name, numbers in self._numbers.items():
            numbers.frombytes(arrays.numbers(name)[live].astype(NUMBER_COLUMNS[name]).tobytes())
        for name, column in self._labels.items():
            values = [arrays.label(name, ordinal) for ordinal in range(arrays.label_count(name))]
            for ordinal in arrays.ordinals(name)[live].tolist():
                column.add(values[ordinal])
        for document in live.tolist():
            self._stored.append(arrays.stored_bytes(document))
            self._stored_bytes += len(self._stored[-1])
        self.size += len(live)

    def _merge_field(self, inverter: FieldInverter, arrays: SegmentArrays, mapping: Array, *, as_bytes: bool) -> None:
        field = arrays.field(inverter.name)
        if field is None:
            return
        numbers, documents, positions = field.occurrences()
        moved = mapping[documents]
        keep = moved >= 0
        if not keep.all():
            numbers, moved = numbers[keep], moved[keep]
            positions = positions[keep] if positions is not None else None
        # Terms that only deleted documents held are left behind.
        used, numbers = np.unique(numbers, return_inverse=True)
        terms: list[Any] = [(field.text if as_bytes else field.decoded)(number) for number in used.tolist()]
        inverter.add_inverted(terms, numbers, moved, positions)

    def write(self, folder: Path, segment: ArraySegment) -> None:
        """Write the file of `segment` and make it safe on disk. Nothing remains if that fails."""
        out = ContainerWriter(segment.path(folder))
        try:
            for inverter in (*self._text.values(), *self._plain.values()):
                if inverter.occurrences:
                    inverter.write(out)
            for field, lengths in self._lengths.items():
                counted = narrow(np.frombuffer(lengths, dtype=np.uint32))
                out.add(f"{field}.lengths", counted)
                out.add(f"{field}_exact.lengths", counted)
            for name, numbers in self._numbers.items():
                out.add(f"{name}.numbers", np.frombuffer(numbers, dtype=NUMBER_COLUMNS[name]))
            for column in self._labels.values():
                column.write(out)
            out.add_parts("stored.blob", "u1", self._stored)
            starts = np.cumsum([0, *map(len, self._stored)], dtype=np.uint64)
            out.add("stored.starts", narrow(starts))
            out.close()
        except BaseException:
            out.abort()
            raise
        segment.set_doc_count(self.size)
        segment.deleted = set(self.deleted)
