"""Text from anywhere made safe to print, and measured in columns.

Between stored text, which is kept as it was read, and a terminal, which obeys control characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Everything of the Unicode categories Cc, Cf, Cs, Zl and Zp: what a terminal may obey (escape sequences, also
# the 8-bit ones at U+0080-9F), what turns the direction of the text around it, and what cannot be encoded.
_UNPRINTABLE = (
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u2064\u2066-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_LINE_SPACE = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"


@cache
def unprintable() -> re.Pattern[str]:
    """A pattern of one character that is not to be printed; compiled when a text first has one that may be."""
    return re.compile(_UNPRINTABLE)


def _substitute(found: re.Match[str]) -> str:
    character = found.group()
    if character in _LINE_SPACE:
        return " "
    # Format characters (soft hyphens, zero-width spaces, direction marks) are invisible: nobody misses them.
    return "" if unicodedata.category(character) == "Cf" else _REPLACEMENT


def printable(text: str) -> str:
    """`text` on one line, with nothing in it that a terminal would obey or could not show.

    Line breaks and tabs become spaces, invisible characters go, other controls and surrogates become U+FFFD.
    """
    # What Python calls printable holds no such character, and nearly every text is that.
    return text if text.isprintable() else unprintable().sub(_substitute, text)


def columns(text: str) -> int:
    """How many terminal columns printable `text` takes: East Asian wide ones two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(map(_character_columns, text))


def _character_columns(character: str) -> int:
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return 0 if unicodedata.category(character) in ("Mn", "Me") else 1


def fit(text: str, width: int) -> str:
    """`text`, cut to `width` columns with an ellipsis where it is longer."""
    if columns(text) <= width:
        return text
    end = 0
    taken = 1
    while end < len(text) and taken + _character_columns(text[end]) <= width:
        taken += _character_columns(text[end])
        end += 1
    return text[:end].rstrip() + "…"
