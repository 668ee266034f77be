"""Unicode, before anything else looks at a text: NFC, invisible characters out, quotes and dashes made plain.

First step of the analysis. `normalise` keeps, for every character it gives back, where it came from, so that
what later steps find can be shown in the original. `fold` is the form in which words, prefixes and filters
are compared.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from search.language.patterns import compiled

# Format characters (general category Cf), variation selectors and the grapheme joiner: no reader sees them.
_INVISIBLE = (
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)

# Characters of combining class 0 that still join the character before them under NFC (Hangul vowels and
# finals, vowel signs of Indic scripts and Balinese): https://www.unicode.org/reports/tr15/, primary
# composites.
_JOINS = (
    "[\u1161-\u1175\u11a8-\u11c2\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dcf"
    "\u0ddf\u102e\u1b35\U00011000-\U00011fff]"
)

APOSTROPHES = "'\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u2032\uff07`\u00b4\u1fef\u1ffd"
"""What stands for an apostrophe in print: straight, curly, prime, modifier letters, grave and acute
accents."""

_APOSTROPHE_IN_WORD = rf"(?<=[^\W_])[{APOSTROPHES}]+(?=[^\W_])"
_LETTER_APOSTROPHES = "[\u02b9\u02bb-\u02bf\u02c8]"
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\uff07`\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00a0\u2007\u202f\u3000", " "),
    }
)
_SURROGATES = "[\ud800-\udfff]"
# A mark on a Latin letter is an accent (Atlético, Müller); elsewhere it can be a vowel, and is kept.
_ACCENT = "(?<=[A-Za-z\u00c0-\u024f\u1e00-\u1eff])[\u0300-\u036f]+"


class Normalised(NamedTuple):
    """`text` in NFC without invisible characters; `starts[i]`, `ends[i]`: the original range of `text[i]`, or
    None where nothing moved."""

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None


def normalise(text: str) -> Normalised:
    """NFC of `text` without soft hyphens and zero-width characters. Never raises; broken surrogates stay."""
    if text.isascii() or (unicodedata.is_normalized("NFC", text) and not compiled(_INVISIBLE).search(text)):
        return Normalised(text)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    cluster, first, last = "", 0, 0
    for at, char in enumerate(text):
        if char >= "\xad" and compiled(_INVISIBLE).match(char):
            continue
        if cluster and char >= "\u0300" and (unicodedata.combining(char) or compiled(_JOINS).match(char)):
            cluster += char
        else:
            _flush(cluster, first, last, pieces, starts, ends)
            cluster, first = char, at
        last = at + 1
    _flush(cluster, first, last, pieces, starts, ends)
    return Normalised("".join(pieces), starts, ends)


def _flush(
    cluster: str, first: int, last: int, pieces: list[str], starts: list[int], ends: list[int]
) -> None:
    composed = cluster if len(cluster) == 1 else unicodedata.normalize("NFC", cluster)
    pieces.append(composed)
    starts.extend([first] * len(composed))
    ends.extend([last] * len(composed))


def fold(text: str) -> str:
    """The form in which texts are compared: case, accents on Latin letters, kinds of quotes, dashes and
    spaces, and apostrophes inside words do not matter ("Jum’at" and "JUMAT" fold to "jumat"). Always
    encodable as UTF-8."""
    if text.isascii():
        folded = text.lower()
        if "'" not in folded and "`" not in folded:
            return folded
        return compiled(_APOSTROPHE_IN_WORD).sub("", folded).replace("`", "'")
    text = compiled(_SURROGATES).sub("\ufffd", compiled(_INVISIBLE).sub("", text))
    text = compiled(_LETTER_APOSTROPHES).sub("'", unicodedata.normalize("NFC", text)).translate(_PLAIN)
    text = unicodedata.normalize("NFKC", text).casefold()
    text = compiled(_ACCENT).sub("", unicodedata.normalize("NFD", text))
    text = unicodedata.normalize("NFKC", text)
    return compiled(_APOSTROPHE_IN_WORD).sub("", compiled(_INVISIBLE).sub("", text))
