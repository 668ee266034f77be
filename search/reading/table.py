"""CSV and TSV with a header line: one article a row, streamed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from search.model import ReadOptions, Skipped
from search.reading.draft import Draft
from search.reading.encoding import Decoder, text_lines
from search.reading.fields import draft_of, is_record
from search.reading.source import Source, UnreadableError

_BYTES_PER_CHAR = 8
_MOST_COLUMNS = 1000
_OPEN = "a quotation mark begins a cell and none ends it: what follows is read line by line, without quotation marks"
_STATED = re.compile(r"\ufeff?sep=([,;|\t])\s*", re.IGNORECASE)  # how Excel is told the delimiter


def read(source: Source, options: ReadOptions) -> Iterator[Draft | Skipped]:
    """One draft a row, placed by the line it begins on. Raises UnreadableError where no column is a title or
    a text."""
    # The limit is the csv module's own, for the whole process; it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), options.max_chars * 2))
    counted = _Lines(source, options.max_chars * _BYTES_PER_CHAR)
    first = next(counted, "")
    stated = _STATED.fullmatch(first)
    if stated:
        first = next(counted, "")
    try:
        delimiter = stated[1] if stated else _delimiter(first, options)
        header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
    except csv.Error as fault:
        raise UnreadableError(f"no header line that can be read ({fault})") from fault
    if not is_record(header, options.field_map) or len(header) > _MOST_COLUMNS:
        raise UnreadableError(f"no column is known as title or text: the header line is {first[:80]!r}")
    rows = csv.reader(counted, delimiter=delimiter)
    while True:
        start = counted.number + 1
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error as fault:
            yield Skipped(source.at(start), f"not a valid row ({fault})")
            continue
        yield from (Skipped(source.at(number), "line too long") for number in counted.take_overlong())
        # A whole row is given out before the next line is asked for: only an open quotation mark goes on to the end.
        swallowed: list[str] = []
        if counted.ended and "\n" in row[-1]:
            row[-1], *swallowed = row[-1].rstrip("\n").split("\n")
            yield Skipped(source.at(start), _OPEN)
        bare = csv.reader(swallowed, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        for number, cells in enumerate((row, *([cell.strip('"') for cell in line] for line in bare)), start):
            if any(cell.strip() for cell in cells):
                yield draft_of(dict(zip(header, cells, strict=False)), source.at(number), options.field_map)
    yield from (Skipped(source.at(number), "line too long") for number in counted.take_overlong())


class _Lines:
    """The lines of a source for the csv module, which counts rows, not lines; over-long ones are set
    aside."""

    def __init__(self, source: Source, limit: int) -> None:
        self._lines = text_lines(source.stream, Decoder(source.head), limit)
        self._overlong: list[int] = []
        self._parts: list[str] = []
        self.number = 0
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        while not self._parts:
            try:
                self.number, line = next(self._lines)
            except StopIteration:
                self.ended = True
                raise
            if line is None:
                self._overlong.append(self.number)
            else:
                # Lines of old Macintosh files end in a return alone, which the csv module refuses.
                self._parts = line.replace("\0", "").split("\r")[::-1]
        return self._parts.pop() + "\n"

    def take_overlong(self) -> list[int]:
        taken, self._overlong = self._overlong, []
        return taken


def _delimiter(header: str, options: ReadOptions) -> str:
    """The one that splits the header into most columns, among those that give a known one."""
    splits = {mark: next(csv.reader([header], delimiter=mark), []) for mark in ("\t", ",", ";", "|")}
    known = {mark: len(names) for mark, names in splits.items() if is_record(names, options.field_map)}
    return max(known or {",": 0}, key=lambda mark: known.get(mark, 0))
