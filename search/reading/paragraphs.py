"""Hard-wrapped lines to paragraphs, by how a greedy wrapper breaks lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CLOSING = "\"'”’»)]"
_ENDS = frozenset(".!?…")
_ODD_SHARE = 0.25
_ITEM = re.compile(r"(?:[-*•–—]|\d{1,2}[.)]|[a-z][.)])\s+\S")
_NARROWEST = 40  # lines shorter than this are a list or a table
_WIDEST = 130  # mail and blog editors wrap at 65 to 100 columns; a longer line was not wrapped


def rejoin(lines: Sequence[str]) -> list[str]:
    """Paragraphs of lines that may be hard-wrapped; blank lines always part. Where lines are not wrapped,
    each is a paragraph as it stands.

    A wrapped paragraph ends at a line that ends a sentence and had room for the first word of the next line:
    a wrapper would have put that word there. Odd short lines in mid-sentence do not end one.
    """
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    filled = [line for block in blocks for line in block]
    width = _wrap_width(filled)
    if width is None:
        return filled
    return [paragraph for block in blocks for paragraph in _joined(block, width)]


def _wrap_width(lines: Sequence[str]) -> int | None:
    """The width lines were wrapped at; None where they are whole paragraphs.

    Wrapped text has no very long line, and most of its long lines stop in mid-sentence; or, where an editor broke
    it at any odd place, many lines go on with a small letter.
    """
    if len(lines) < 2:
        return None
    width = max(map(len, lines))
    breaks = list(zip(lines, lines[1:], strict=False))
    going_on = sum(following[0].islower() and not _ends(line) for line, following in breaks)
    if going_on >= 2 and going_on >= _ODD_SHARE * len(breaks):
        return width
    long = [line for line in lines[:-1] if len(line) > 0.6 * width]
    unfinished = sum(not _ends(line) for line in long)
    return width if _NARROWEST <= width <= _WIDEST and 2 * unfinished > len(long) else None


def _ends(line: str) -> bool:
    """Whether a line ends a sentence, quotation marks and brackets behind it aside."""
    return line.rstrip(_CLOSING)[-1:] in _ENDS


def _joined(block: Sequence[str], width: int) -> list[str]:
    paragraphs: list[list[str]] = []
    previous = ""
    for line in block:
        word = line.partition(" ")[0]
        had_room = len(previous) + 1 + len(word) <= width
        if not paragraphs or _ITEM.match(line) or (had_room and _ends(previous)):
            paragraphs.append([])
        paragraphs[-1].append(line)
        previous = line
    return [" ".join(parts) for parts in paragraphs]
