"""Small certainties about the text of an article: no control characters, one paragraph a line, single spaces.

Used by `search.reading.finish` on every field, whatever format it came from.
"""

from __future__ import annotations

import html
import re

# Controls but tab and line ends; bidirectional overrides (they reorder a terminal); marks of byte order;
# halves of surrogate pairs, which JSON can smuggle in and no UTF-8 file can hold; noncharacters.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def clean_lines(text: str) -> list[str]:
    """The lines of a text that hold something, without unwanted characters, spaces made single."""
    lines: list[str] = []
    for line in text.split("\n"):
        if not line.isprintable():  # few lines need the patterns; in the others no white space but a space is
            lines += (" ".join(part.split()) for part in _UNWANTED.sub("", _LINE_ENDS.sub("\n", line)).split("\n"))
        elif _is_spaced(line):
            lines.append(line)
        else:
            lines.append(" ".join(line.split()))
    return [line for line in lines if line]


def is_clean(line: str) -> bool:
    """Whether a line is as `clean_lines` would leave it."""
    return line.isprintable() and _is_spaced(line)


def _is_spaced(line: str) -> bool:
    return "  " not in line and line[:1] != " " and line[-1:] != " "


def clean_field(text: str | None) -> str | None:
    """A field of one line; None where nothing is left."""
    if not text:
        return None
    return text if is_clean(text) else " ".join(clean_lines(text)) or None


def unescape(text: str) -> str:
    """Resolve HTML entities once (`&amp;quot;` becomes `&quot;`); a bare ampersand stays."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text
