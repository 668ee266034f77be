"""The sheet that text is laid out on: its width, its inks, marked text wrapped to it, aligned tables.

Between the strings of results and the lines of a terminal or a plain file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from search.render.printable import columns, printable

_BOLD = "1"
_DIM = "2"
_GREEN = "32"
# Black on yellow, as a marker pen: readable on light and on dark terminals. Not bold as well, for many
# terminals draw bold black as grey.
_MARKER = "30;43"
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Page:
    """`width`: columns (at least 20). `colour`: whether to use ANSI colours; without, no match is marked."""

    width: int = 80
    colour: bool = False

    def bold(self, text: str) -> str:
        return self._paint(text, _BOLD)

    def dim(self, text: str) -> str:
        return self._paint(text, _DIM)

    def green(self, text: str) -> str:
        return self._paint(text, _GREEN)

    def marker(self, text: str) -> str:
        return self._paint(text, _MARKER)

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text


@dataclass(frozen=True, slots=True)
class Marked:
    """Printable text in pieces, each marked or not."""

    pieces: tuple[tuple[str, bool], ...]

    @classmethod
    def of(cls, text: str, marks: Iterable[tuple[int, int]] = (), shift: int = 0) -> Marked:
        """`marks`: sorted ranges of the text's characters, where its first character has the offset `shift`.

        The text is cut at the marks first and made printable after, so that what is left out shifts no mark.
        """
        pieces = []
        here = 0
        for start, end in marks:
            start, end = max(start - shift, here), min(end - shift, len(text))
            if start < end:
                pieces += [(text[here:start], False), (text[start:end], True)]
                here = end
        pieces.append((text[here:], False))
        return cls(tuple((printable(piece), marked) for piece, marked in pieces if piece))

    def __add__(self, other: Marked) -> Marked:
        return Marked(self.pieces + other.pieces)

    def lines(self, page: Page, width: int, *, bold: bool = False) -> list[str]:
        """The text wrapped to `width` columns, painted."""
        text = "".join(piece for piece, _ in self.pieces)
        flags = [marked for piece, marked in self.pieces for _ in piece]
        rest = page.bold if bold else str
        return [
            "".join(page.marker(run) if marked else rest(run) for run, marked in _runs(line, text, flags))
            for line in _wrap(text, width)
        ]


def _wrap(text: str, width: int) -> Iterator[list[tuple[int, int]]]:
    """Lines, each a list of ranges of `text`: its words; a word longer than a line is broken."""
    line: list[tuple[int, int]] = []
    room = width
    for found in _WORD.finditer(text):
        for start, end in _break(text, found.start(), found.end(), width):
            needed = columns(text[start:end]) + (1 if line else 0)
            if line and needed > room:
                yield line
                line, room, needed = [], width, needed - 1
            line.append((start, end))
            room -= needed
    if line:
        yield line


def _break(text: str, start: int, end: int, width: int) -> Iterator[tuple[int, int]]:
    taken = 0
    for at in range(start, end):
        needed = columns(text[at])
        if taken + needed > width and taken:
            yield start, at
            start, taken = at, 0
        taken += needed
    yield start, end


def _runs(line: list[tuple[int, int]], text: str, flags: list[bool]) -> Iterator[tuple[str, bool]]:
    """A line as stretches that are marked or not; the space between two words is marked if the text's is."""
    run, marked = "", False
    for index, (start, end) in enumerate(line):
        pieces = [(text[at], flags[at]) for at in range(start, end)]
        if index:
            pieces.insert(0, (" ", flags[start - 1]))
        for character, flag in pieces:
            if flag != marked and run:
                yield run, marked
                run = ""
            marked = flag
            run += character
    if run:
        yield run, marked


def table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), gap: str = "  ") -> list[str]:
    """Rows of printable cells as aligned lines; `right`: the columns that are set flush right."""
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = []
        for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
            padding = " " * (width - columns(cell))
            cells.append(padding + cell if index in right else cell + padding)
        lines.append(gap.join(cells).rstrip())
    return lines
