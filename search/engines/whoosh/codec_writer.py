"""The write side of the Whoosh codec: what one of Whoosh's own writers gives, made into a segment like all others.

Whoosh gives the stored values and lengths of each document first, and at the commit all postings, sorted by term. They
are gathered, put together as articles with their words, and handed to the writer of segments. An index holds nothing
that our own search would read otherwise than Whoosh does: what cannot be kept is refused.
"""

from __future__ import annotations

from array import array
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from whoosh.codec import base
from whoosh.filedb.filestore import FileStorage

from search.engines.whoosh import records
from search.engines.whoosh.codec import ArraySegment
from search.engines.whoosh.commits import INDEX_NAME, latest_generation, read_commit
from search.engines.whoosh.field_terms import TEXT
from search.engines.whoosh.manifest import Manifest, current
from search.engines.whoosh.pairing import Occurrences, Pair, paired
from search.engines.whoosh.per_document import StoredId
from search.engines.whoosh.schema import SCHEMA, TEXT_FIELDS
from search.engines.whoosh.segment_writer import SegmentWriter, folded_label
from search.errors import UsageError
from search.language import Analyser
from search.language.numbering import TYPECODE, Numbering, Spelled
from search.model import Article

_FIELDS = dict(SCHEMA.items())
_FARTHEST = 255  # positions from one word to the next: what the numbering of words can say
_DATE_TERMS = 8  # of one moment: one for each scale


class _Words(str):
    """A text that knows the numbers of its words, so that it is not analysed."""

    numbers: array[int]

    @classmethod
    def of(cls, text: str, numbers: array[int]) -> _Words:
        found = cls(text)
        found.numbers = numbers
        return found


class _GivenNumbering(Numbering):
    """Numbers the words that were given for a text."""

    def spelled(self, text: str) -> Spelled:
        if isinstance(text, _Words):
            return Spelled(array(TYPECODE, self.units.numbers(text)), text.numbers)
        return super().spelled(text)

    def words(self, text: str, pairs: list[Pair], length: int) -> _Words:
        """A text with its words, `length` counting those that are twice in one place, too."""
        found, last = [], -1
        for position, root, form in pairs:
            found.append(self.token(form, root, position - last))
            last = position
        if pairs:
            found += [self.token(pairs[-1][2], pairs[-1][1], 0)] * (length - len(pairs))
        return _Words.of(text, array(TYPECODE, b"".join(found)))


class _Document:
    """What is given of one document before its postings."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.lengths: dict[str, int] = {}
        self.origin: StoredId | None = None

    def article(self) -> Article:
        """The article it is. Raises UsageError."""
        if self.origin is not None:
            return self.origin.article()
        values = {name: value for name, value in self.values.items() if value is not None}
        published = values.pop("published", None)
        if not values.get("id"):
            raise UsageError("A document without an id cannot be added.", hint="Give every document its own id.")
        for name, value in values.items():
            if not isinstance(value, str):
                raise UsageError(f"Field {name} of document {values['id']!r} is not a text.")
        if published is not None and (not isinstance(published, datetime) or published.tzinfo is not None):
            raise UsageError(
                f"The date of document {values['id']!r} cannot be kept.",
                hint="Give `published` as a datetime in UTC without a time zone, which is how the index holds it.",
            )
        for name in TEXT_FIELDS:
            if self.lengths.get(name, 0) != self.lengths.get(f"{name}_exact", 0):
                raise UsageError(
                    f"Fields {name} and {name}_exact of document {values['id']!r} have different texts.",
                    hint=f"Give {name}_exact the same text as {name}: both are searched together.",
                )
        return _article(values, published)


def _article(values: dict[str, str], published: datetime | None) -> Article:
    labels = [label.strip() for label in values.get("category", "").split(",") if label.strip()]
    moment = None if published is None else published.replace(tzinfo=timezone.utc)
    if moment is not None:
        with suppress(OverflowError):
            moment = moment.astimezone(records.WIB)  # so that its day is the one that was printed
    return Article(
        values["id"], values.get("title", ""), values.get("body", ""), moment, values.get("source"),
        values.get("url"), labels[0] if labels else None, values.get("place"), values.get("author"),
        tuple(labels[1:]),
    )  # fmt: skip


class Gathering:
    """Gathers one segment. Raises IndexIncompatible where another analysis made what the index holds, IndexCorrupt
    where another codec did, UsageError for an index that our engine would not find."""

    def __init__(self, storage: Any, segment: ArraySegment) -> None:
        if not isinstance(storage, FileStorage) or segment.index_name() != INDEX_NAME:
            raise UsageError(f"An index of this codec is a folder, and its name is {INDEX_NAME}.")
        self.folder, self.segment = Path(storage.folder), segment
        self.generation = latest_generation(self.folder)
        self._fresh = self.generation < 0 or not read_commit(self.folder).segments
        if not self._fresh:
            Manifest.load(self.folder).require(self.generation, self.folder)
        self.articles: list[Article] = []
        self.lengths: list[tuple[int, int]] = []
        self.merged: list[bool] = []
        self.text = {name: Occurrences() for name in TEXT}
        self.labels: list[dict[str, set[bytes]]] = []
        self._trusted = {self.folder}

    def add(self, document: _Document) -> None:
        """Add what is known of the next document."""
        if document.origin is not None:
            self._trust(document.origin.folder)
        self.articles.append(document.article())
        title, body = (document.lengths.get(name, 0) for name in TEXT_FIELDS)
        self.lengths.append((title, body))
        self.merged.append(document.origin is not None)
        self.labels.append({})

    def _trust(self, folder: Path) -> None:
        """Postings of another index are taken only if the same analysis made them."""
        if folder not in self._trusted:
            Manifest.load(folder).require(latest_generation(folder), folder)
            self._trusted.add(folder)

    def write(self) -> None:
        """Write the segment, and note what it was made with before it counts."""
        analyser = Analyser()
        numbering = _GivenNumbering(analyser)
        writer = SegmentWriter(analyser, numbering)
        size = len(self.articles)
        texts = {name: occurrences.by_document(size) for name, occurrences in self.text.items()}
        for article, lengths, given in zip(self.articles, self.lengths, self.labels):
            _check_labels(article, given)
            words: dict[str, Any] = {}
            for name, length in zip(TEXT_FIELDS, lengths):
                pairs = paired(next(texts[name]), next(texts[f"{name}_exact"]))
                words[name] = numbering.words(getattr(article, name), _checked(article, name, pairs, length), length)
            dateline = _Words.of(article.dateline, array(TYPECODE)) if article.dateline else None
            writer.add(replace(article, dateline=dateline, **words), records.encode(article))
        writer.deleted = self._outdated()
        manifest = Manifest.load(self.folder)
        if self._fresh or manifest.made_with(self.generation + 1) != current():
            manifest.announce(self.generation + 1, self.generation).save(self.folder)
        writer.write(self.folder, self.segment)

    def _outdated(self) -> set[int]:
        """Documents of which the segment holds a newer one with the same id."""
        newest: dict[str, int] = {}
        # Whoosh adds what it merges last.
        for number in sorted(range(len(self.articles)), key=lambda number: not self.merged[number]):
            newest[self.articles[number].id] = number
        return set(range(len(self.articles))) - set(newest.values())


def _checked(article: Article, name: str, pairs: list[Pair] | None, length: int) -> list[Pair]:
    if pairs is None or not len(pairs) <= length or bool(pairs) != bool(length):
        raise UsageError(
            f"The words of {name} and {name}_exact of document {article.id!r} do not stand at the same positions.",
            hint=f"Give {name}_exact the same text as {name}: both are searched together.",
        )
    places = [-1, *(position for position, _, _ in pairs)]
    if any(after - before > _FARTHEST for before, after in zip(places, places[1:])):
        raise UsageError(f"Words of {name} of document {article.id!r} are more than {_FARTHEST} positions apart.")
    return pairs


def _check_labels(article: Article, given: dict[str, set[bytes]]) -> None:
    """The index finds a document by what is stored of it, so nothing else can be given for it to be found by."""
    expected = {
        "id": {article.id}, "url": {article.url or ""}, "source": {folded_label(article.source or "")},
        "place": {folded_label(article.place or "")}, "author": {folded_label(article.author or "")},
        "category": {folded_label(label) for label in (article.category, *article.tags) if label},
    }  # fmt: skip
    for name, texts in expected.items():
        terms = {term.decode("utf-8", "surrogatepass") for term in given.get(name, ())}
        if name not in ("id", "url"):
            terms = {folded_label(term) for term in terms}
        if terms - {""} != texts - {""}:
            raise UsageError(f"Field {name} of document {article.id!r} is stored otherwise than indexed.")
    moment, dates = records.instant(article.published), given.get("published", set())
    if len(dates) != (_DATE_TERMS if moment else 0) or (moment and _FIELDS["published"].to_bytes(moment) not in dates):
        raise UsageError(f"Field published of document {article.id!r} is stored otherwise than indexed.")


def _check_field(name: str, field: Any) -> None:
    forms = [getattr(getattr(each, "analyzer", None), "form", None) for each in (field, _FIELDS.get(name))]
    if type(field) is not type(_FIELDS.get(name)) or forms[0] != forms[1]:
        raise UsageError(
            f"Field {name} is not one of this index.", hint="Write with search.engines.whoosh.schema.SCHEMA."
        )


class PerDocumentWriter(base.PerDocumentWriter):  # type: ignore[misc]
    """Takes what Whoosh gives of each document but its postings."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._document: _Document | None = None
        self.is_closed = False

    def start_doc(self, docnum: int) -> None:
        if self._document is not None or docnum != len(self._gathering.articles):
            raise UsageError(
                "An earlier document was refused, and Whoosh has kept half of it.",
                hint="Cancel this writer and begin again without that document.",
            )
        self._document = _Document()

    def add_field(self, fieldname: str, fieldobj: Any, value: Any, length: int) -> None:
        assert self._document is not None
        if value is not None or length:
            _check_field(fieldname, fieldobj)
            self._document.values[fieldname] = value
            self._document.lengths[fieldname] = length

    def add_column_value(self, fieldname: str, columnobj: Any, value: Any) -> None:
        """Columns are made of the stored values; but an id that comes out of a segment tells the whole article."""
        assert self._document is not None
        if isinstance(value, StoredId):
            self._document.origin = value

    def add_vector_items(self, fieldname: str, fieldobj: Any, items: Any) -> None:
        raise UsageError(f"Field {fieldname} has vectors, which an index of this codec does not keep.")

    def cancel_doc(self) -> None:
        """Nothing: the document stays begun, so that no other is mixed up with the half of it that Whoosh keeps."""

    def finish_doc(self) -> None:
        assert self._document is not None
        self._gathering.add(self._document)
        self._document = None

    def close(self) -> None:
        self.is_closed = True


class FieldWriter(base.FieldWriter):  # type: ignore[misc]
    """Takes the postings and, when all were given, writes the segment."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._name, self._term = "", b""
        self._format: Any = None
        self._complete = False
        self.is_closed = False

    def add_postings(self, schema: Any, lengths: Any, items: Any) -> None:
        super().add_postings(schema, lengths, items)
        self._complete = True

    def start_field(self, fieldname: str, fieldobj: Any) -> None:
        _check_field(fieldname, fieldobj)
        self._name, self._format = fieldname, fieldobj.format

    def start_term(self, text: bytes) -> None:
        self._term = bytes(text)
        if self._name in TEXT:
            self._gathering.text[self._name].start(self._term.decode("utf-8", "surrogatepass"))

    def add(self, docnum: int, weight: float, vbytes: bytes, length: int) -> None:
        if docnum >= len(self._gathering.labels):
            raise UsageError("A document was refused, and Whoosh has kept half of it.", hint="Cancel this writer.")
        positions = self._format.decode_positions(vbytes) if self._name in TEXT else [0]
        if weight != len(positions) and self._name != "category":
            raise UsageError(
                f"A word of field {self._name} weighs {weight:g}, but stands in {len(positions)} places.",
                hint="An index of this codec keeps no boosts of documents or fields; give them to the query.",
            )
        if self._name in TEXT:
            self._gathering.text[self._name].add(docnum, positions)
        else:
            self._gathering.labels[docnum].setdefault(self._name, set()).add(self._term)

    def finish_term(self) -> None:
        """Nothing is kept by term."""

    def close(self) -> None:
        """Write, unless Whoosh closes because it gives up or has nothing to write."""
        if self._complete and not self.is_closed:
            self._gathering.write()
        self.is_closed = True
