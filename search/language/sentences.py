"""Where sentences begin and end, so that snippets can be cut there.

A line break always ends one. A full stop does unless it belongs to an abbreviation, a title, an initial or a
number.
"""

from __future__ import annotations

import re

from search.language.patterns import compiled
from search.language.wordlists import word_list

# Every run is bounded: from each of a million full stops, an unbounded one would look at all the others.
_OPENING = r"[\"'\u201c\u2018(\[\u00ab]{0,4}"
_STOP = (
    r"(?P<mark>[.!?\u2026]{1,8})(?P<close>[\"'\u201d\u2019)\]\u00bb]{0,4})"
    rf"(?:(?P<gap>[^\S\n]{{1,32}})(?={_OPENING}[^\W_])|(?=[A-Z][a-z]))"
)
_BEFORE = r"[^\s\"'\u201c\u2018(\[]+\Z"
_LOOK_BACK = 24  # characters: more than any abbreviation with its dots
_NEXT = rf"{_OPENING}([^\W_])"


def sentences(text: str) -> list[tuple[int, int]]:
    """Sentences as `(start, end)` offsets into `text`, in order, without the white space around them; every
    character that is not white space is in exactly one. Time linear in the text."""
    found: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        _split(text, start, end, found)
        start = end + 1
    return found


def _split(text: str, start: int, end: int, found: list[tuple[int, int]]) -> None:
    first = start
    for match in compiled(_STOP).finditer(text, start, end):
        if _ends(text, first, match):
            _add(text, first, match.end("close"), found)
            first = match.end()
    _add(text, first, end, found)


def _add(text: str, start: int, end: int, found: list[tuple[int, int]]) -> None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if left < right:
        found.append((start + left, start + right))


def _ends(text: str, first: int, match: re.Match[str]) -> bool:
    """Whether this stop ends the sentence that began at `first`."""
    follows = compiled(_NEXT).match(text, match.end())
    opening = bool(follows) and not (follows is not None and follows[1].islower())
    if not opening:
        return False
    before = compiled(_BEFORE).search(text[max(first, match.start() - _LOOK_BACK) : match.start()])
    word = before[0] if before else ""
    if not match["gap"]:
        # "terkait.Kalangan": a space was lost. Addresses and initials have capitals or short parts.
        return len(word) > 2 and word.isalpha() and word.islower() and word not in word_list("abbreviations")
    if match["mark"] != "." or match["close"]:
        return True
    if word.isdigit():
        return match.start() - len(word) > first and len(word) != 1  # "1. Pertama" numbers a list
    return not _is_abbreviation(word)


def _is_abbreviation(word: str) -> bool:
    """`Drs`, `H`, `Jl`, `S.H`, `M.Hum`: short forms after which a sentence goes on."""
    last = word.rpartition(".")[2]
    if len(last) == 1 and last.isalpha():
        return True
    if "." in word and last.lower() in word_list("titles"):
        return True
    return word.lower() in word_list("abbreviations")
