"""Where words are: a text cut into chunks by one fast pattern, and a chunk cut into atoms by a careful one.

A chunk is a run of word characters held together by what may stand inside a word, number, address or
compound; most chunks are plain words. `forms` says what each atom means. Every pattern takes linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from search.language.normalise import APOSTROPHES
from search.language.patterns import compiled

# Marks that belong to the letter before them and that NFC does not compose away: Latin, Cyrillic, Hebrew,
# Arabic, the Indic scripts with Thai, and the scripts of Indonesia (Balinese, Sundanese, Batak, Javanese,
# Buginese).
MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e8\u06ea-\u06ed\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09d7"
    "\u0a01-\u0a03\u0a3c-\u0a51\u0a70-\u0a75\u0abc-\u0acd\u0b3c-\u0b57\u0bbe-\u0bcd\u0c3e-\u0c56\u0cbc-\u0cd6"
    "\u0d3e-\u0d4d\u0dca-\u0ddf\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e"
    "\u1a17-\u1a1b\u1ab0-\u1aff\u1b00-\u1b04\u1b34-\u1b44\u1b80-\u1b82\u1ba1-\u1bad\u1be6-\u1bf3\u1dc0-\u1dff"
    "\u20d0-\u20f0\ua980-\ua983\ua9b3-\ua9c0\ufb1e\ufe20-\ufe2f"
)
HYPHENS = "-\u2010\u2011"
DASHES = HYPHENS + "\u2013"

_JOINER = rf"(?:[{DASHES}.@_&{APOSTROPHES}]|[,:/](?=\d))"
_CHUNK = rf"[^\W_]+(?:(?:[{MARKS}]+{_JOINER}?|{_JOINER})[^\W_]+)*[{MARKS}]*|(?<=[\d ])%"
# The same for texts of ASCII alone, which is most of them, in half the time.
_ASCII_CHUNK = r"[A-Za-z0-9]+(?:(?:[-.@_&'`]|[,:/](?=[0-9]))[A-Za-z0-9]+)*|(?<=[0-9 ])%"
_ADDRESS = (
    r"(?:[hH][tT][tT][pP][sS]?://|(?:www|WWW|Www)\.)"
    r"[^\s<>,\"\u201c\u201d]*[^\s<>\"\u201c\u201d.,;:!?'\u2019)\]}]|[#@]\w+"
)

LONG_CHUNK = 256
"""Characters. A longer chunk is no compound that anyone wrote; its words are taken one by one."""

WORD = rf"[^\W_](?:[^\W_]|[{MARKS}])*"


def splitter(text: str) -> re.Pattern[str]:
    """The pattern whose `split` gives gap, chunk, gap, chunk, ..., gap of this very text."""
    chunk = _ASCII_CHUNK if text.isascii() else _CHUNK
    return compiled(f"({_ADDRESS}|{chunk})" if _has_address(text) else f"({chunk})")


def _has_address(text: str) -> bool:
    """Whether there can be a URL, hashtag or mention; a few plain scans cost less than one pattern."""
    return "@" in text or "#" in text or "://" in text or "www." in text or "WWW." in text or "Www." in text


class Atom(NamedTuple):
    """A part of a chunk: `kind` names the pattern that found it, `start`/`end` count from the chunk's
    start."""

    kind: str
    text: str
    start: int
    end: int


_LETTER = r"[^\W\d_]"


@cache
def _atom(marks: str) -> re.Pattern[str]:
    """The pattern of atoms; `marks` is empty for ASCII text, where the long class would only cost time."""
    letters = rf"{_LETTER}[\w{marks}]*(?:[{APOSTROPHES}][\w{marks}]+)*"
    end = rf"(?![\w{marks}])"
    return re.compile(
        rf"""
          (?P<date>\d{{1,2}}(?P<mark>[-./])\d{{1,2}}(?P=mark)\d{{4}}{end}|\d{{1,2}}/\d{{1,2}}/\d\d(?![\w/])
            |\d{{4}}-\d\d-\d\d(?!\w))
        | (?P<time>(?:[01]\d|2[0-4]|[1-9])[.:][0-5]\d(?:[.:][0-5]\d)?(?![.,:]?\d))
        | (?P<decade>\d+-?an{end})
        | (?P<measure>\d+{_LETTER}[\w{marks}]*)
        | (?P<number>\d+(?:[.,]\d+)*)
        | (?P<currency>(?:rp|idr|usd|us|rm|myr|sgd|sar|eur|aud|jpy|cny|gbp)(?=\.?\d))
        | (?P<code>{_LETTER}{{1,3}}[{HYPHENS}]\d+{_LETTER}?{end}(?![.,]\d))
        | (?P<dotted>{_LETTER}{{1,2}}(?:\.{_LETTER}{{1,8}})+{end})
        | (?P<initials>{_LETTER}{{1,2}}(?:&{_LETTER}{{1,2}})+{end})
        | (?P<words>{letters}(?:[{DASHES}]{letters})*)
        """,
        re.VERBOSE | re.IGNORECASE,
    )


def _is_free_of_marks(chunk: str) -> bool:
    """Whether no character of a chunk can be one of `MARKS`: ASCII, Latin letters, quotes and dashes are not."""
    return chunk.isascii() or all(char < "\u0300" or "\u2000" <= char < "\u20d0" for char in chunk)


def atoms(chunk: str) -> Iterator[Atom]:
    """The atoms of a chunk without `_` or `@`, in order; what lies between them only held them together."""
    # Most chunks that come here are numbers and compounds, and the pattern costs a search milliseconds to compile.
    if chunk.isascii() and (chunk.isdigit() or all(map(str.isalpha, chunk.split("-")))):
        yield Atom("number" if chunk.isdigit() else "words", chunk, 0, len(chunk))
        return
    at, search = 0, _atom("" if _is_free_of_marks(chunk) else MARKS).search
    while match := search(chunk, at):
        at = match.end()
        yield Atom(match.lastgroup or "words", match[0], match.start(), at)
