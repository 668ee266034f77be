"""Builds one segment in memory and writes it: analysed articles in, a container of arrays out."""

from __future__ import annotations

import re
from array import array
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from search.engines.whoosh import records
from search.engines.whoosh.codec import ArraySegment
from search.engines.whoosh.container import Array, ContainerWriter
from search.engines.whoosh.inversion import LabelColumnWriter, LabelInverter, write_dates
from search.engines.whoosh.segment import LabelTerms, SegmentArrays
from search.engines.whoosh.stored import StoredWriter
from search.engines.whoosh.text_inversion import TextInverter, inverted
from search.engines.whoosh.text_merging import joined, read_postings
from search.engines.whoosh.text_postings import Postings, write_postings
from search.language import Analyser, fold
from search.language.numbering import Numbering, Units
from search.model import Article

LABEL_FIELDS = ("source", "category", "place", "url", "author")
LABEL_COLUMNS = ("id", "source", "category", "place")
NUMBER_COLUMNS = {"published": "<i8", "day": "<i8", "digest": "<u8"}

MAX_OCCURRENCES = 12_000_000
"""Term occurrences after which a segment is written out: about 0.4 GB at the peak of the sort."""

MAX_STORED = 512 * 1024 * 1024
"""Bytes of records after which a segment is written out."""

MOST_UNITS = 1 << 20
"""Units that are kept in memory from segment to segment; with their texts, some 130 MB."""

DATELINE_GAP = 100
"""Positions between the end of a body and its dateline."""

_SPACE = re.compile(r"\s+")


@lru_cache(maxsize=1 << 14)
def folded_label(text: str) -> str:
    """The form by which labels are found: folded, with single spaces."""
    return _SPACE.sub(" ", fold(text)).strip()


class SegmentWriter:
    """Takes articles, or whole segments to merge, and writes one segment file."""

    def __init__(self, analyser: Analyser, numbering: Numbering | None = None) -> None:
        self.size = 0
        self.deleted: set[int] = set()
        numbering = numbering or Numbering(analyser)
        if len(numbering.units) > MOST_UNITS:
            numbering.forget_units()
        self._text = TextInverter(numbering)
        # What comes before the articles at hand, if segments were merged.
        self._before: list[TextInverter | SegmentArrays] = []
        self._plain = {name: LabelInverter(name) for name in LABEL_FIELDS}
        self._labels = {name: LabelColumnWriter(name) for name in LABEL_COLUMNS}
        self._numbers = {name: array("Q" if dtype == "<u8" else "q") for name, dtype in NUMBER_COLUMNS.items()}
        self._stored = StoredWriter(numbering.units)
        self._stored_bytes = 0

    @property
    def full(self) -> bool:
        """Whether the segment should be written before more is added."""
        return self._text.occurrences >= MAX_OCCURRENCES or self._stored_bytes >= MAX_STORED

    def add(self, article: Article, record: bytes) -> int:
        """Add an article, `record` being `records.encode(article)`; its number in the segment."""
        document = self.size
        self.size += 1
        numbering = self._text.numbering
        assert numbering.units is self._stored.units, "another segment has been begun"
        title, body = numbering.spelled(article.title), numbering.spelled(article.body)
        self._text.add(title.tokens)
        # The dateline, which reading sets apart, is still found in the body: behind its end, and too far off to be a
        # neighbour of anything.
        dateline = numbering.number(article.dateline) if article.dateline else ()
        self._text.add(body.tokens, dateline, DATELINE_GAP)
        self._add_labels(document, article)
        self._add_numbers(article, record)
        self._stored.add(article, title.units, body.units)
        self._stored_bytes += len(record)
        return document

    def _add_labels(self, document: int, article: Article) -> None:
        plain, columns = self._plain, self._labels
        source, category, place, author = article.source, article.category, article.place, article.author
        columns["id"].add(article.id)
        columns["source"].add(source or "")
        columns["category"].add(category or "")
        columns["place"].add(place or "")
        for name, text in (("source", source), ("place", place), ("author", author)):
            if text and (label := folded_label(text)):
                plain[name].add(document, (label,))
        if category or article.tags:
            labels = {folded_label(text) for text in (category, *article.tags) if text}
            plain["category"].add(document, sorted(labels - {""}))
        if article.url:
            plain["url"].add(document, (article.url,))

    def _add_numbers(self, article: Article, record: bytes) -> None:
        self._numbers["published"].append(records.microseconds(article.published))
        self._numbers["day"].append(records.day(article.published))
        self._numbers["digest"].append(records.digest(record))

    def merge(self, arrays: SegmentArrays) -> None:
        """Append the live documents of another segment, without analysing them again."""
        live = np.arange(arrays.size) if arrays.live is None else np.flatnonzero(arrays.live)
        mapping = np.full(arrays.size, -1, dtype=np.int64)
        mapping[live] = np.arange(self.size, self.size + len(live))
        self._set_apart()
        self._before.append(arrays)
        for name, inverter in self._plain.items():
            self._merge_labels(inverter, arrays.labels(name), mapping)
        for name, numbers in self._numbers.items():
            numbers.frombytes(arrays.numbers(name)[live].astype(NUMBER_COLUMNS[name]).tobytes())
        for name, column in self._labels.items():
            # Values that only deleted documents had are left behind.
            used, ordinals = np.unique(arrays.ordinals(name)[live], return_inverse=True)
            column.add_numbered([arrays.label(name, ordinal) for ordinal in used.tolist()], ordinals)
        self._stored.merge(arrays.stored, arrays.live)
        self.size += len(live)

    def packed(self) -> tuple[Any, ...]:
        """The articles added so far as plain data that `marshal` takes, for the writer in another process to `absorb`.
        Nothing may have been merged."""
        return (
            self.size, self._text.packed(), self._stored.packed(), self._stored_bytes,
            {name: inverter.packed() for name, inverter in self._plain.items()},
            {name: column.packed() for name, column in self._labels.items()},
            {name: numbers.tobytes() for name, numbers in self._numbers.items()},
        )  # fmt: skip

    @property
    def units(self) -> Units:
        """The units of stored articles."""
        return self._stored.units

    def absorb(self, packed: tuple[Any, ...], words: Array, units: Array) -> None:
        """Append the articles that another writer `packed`; `words`: of each number of its numbering, the one here;
        `units`: of each of its units."""
        size, text, stored, stored_bytes, plain, labels, numbers = packed
        self._text.absorb(text, words)
        for name, (terms, ordinals, documents) in plain.items():
            owners = np.frombuffer(documents, dtype=np.uint32) + np.uint32(self.size)
            self._plain[name].add_inverted(terms, np.frombuffer(ordinals, dtype=np.uint32), owners)
        for name, (values, ordinals) in labels.items():
            self._labels[name].add_numbered(values, np.frombuffer(ordinals, dtype=np.uint32))
        for name, column in numbers.items():
            self._numbers[name].frombytes(column)
        self._stored.absorb(stored, units)
        self._stored_bytes += stored_bytes
        self.size += size

    def _set_apart(self) -> None:
        """Let what was added so far come before what is merged next."""
        if self._text.size:
            self._before.append(self._text)
            self._text = TextInverter(self._text.numbering)

    def _postings(self) -> Postings:
        """The words of all that was added and merged."""
        if not self._before:
            return inverted(self._text)
        self._set_apart()
        return joined([
            inverted(part) if isinstance(part, TextInverter) else read_postings(part.text, part.live)
            for part in self._before
        ])

    def _merge_labels(self, inverter: LabelInverter, terms: LabelTerms | None, mapping: Array) -> None:
        if terms is None:
            return
        numbers, documents = terms.occurrences()
        moved = mapping[documents]
        keep = moved >= 0
        # Terms that only deleted documents held are left behind.
        used, numbers = np.unique(numbers[keep], return_inverse=True)
        every = terms.all()
        texts = every if len(used) == len(every) else [every[number] for number in used.tolist()]
        inverter.add_inverted(texts, numbers, moved[keep])

    def write(self, folder: Path, segment: ArraySegment) -> None:
        """Write the file of `segment` and make it safe on disk. Nothing remains if that fails."""
        out = ContainerWriter(segment.path(folder))
        try:
            write_postings(out, self._postings())
            for inverter in self._plain.values():
                if len(inverter):
                    inverter.write(out)
            numbers = {name: np.frombuffer(self._numbers[name], dtype) for name, dtype in NUMBER_COLUMNS.items()}
            known = np.flatnonzero(numbers["day"]).astype(np.uint32)
            write_dates(out, numbers["published"][known], known)
            for name, column in numbers.items():
                out.add(f"{name}.numbers", column)
            for name, labels in self._labels.items():
                (labels.write_as_terms if name == "id" else labels.write)(out)
            self._stored.write(out)
            out.close()
        except BaseException:
            out.abort()
            raise
        segment.set_doc_count(self.size)
        segment.deleted = set(self.deleted)
