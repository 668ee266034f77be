"""What a line can be, told from its first characters: most lines of a story open like no phrase of the lists of
boilerplate, and one look-up spares them all patterns. Never says no to a line that a pattern would take.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from search.reading.wordlists import sections

LISTED, LINK, FOOTER = 1, 2, 4
"""A paragraph of boilerplate by itself, the beginning of "Baca juga: ...", the first line of comments."""

_FAMILIES = {LISTED: ("whole", "share", "links"), LINK: ("start",), FOOTER: ("footer", "footer start")}
_LENGTH = 5  # a quotation mark and four letters, which few words of prose share with the lists
_REMEMBERED = 1 << 14
_MARKS = re.compile(r"\W*")
# Where folding, numbers or spaces may make one character of several, or another one, nothing is told from them.
_ODD = re.compile(r"[\d_#]|\s\s|[^\x20-\x7e]")


def opening(line: str) -> int:
    """The sum of what a line may be, 0 for most."""
    return _opening(line[:_LENGTH])


@cache
def _phrases() -> tuple[dict[str, int], dict[str, int]]:
    """What the lists' phrases are by their first letters, and what those are that are no longer than these."""
    lists = sections("boilerplate.txt")
    begun: dict[str, int] = {}
    whole: dict[str, int] = {}
    for kind, names in _FAMILIES.items():
        for phrase in (_MARKS.sub("", phrase.casefold(), count=1) for name in names for phrase in lists[name]):
            for length in range(_LENGTH + 1):
                begun[phrase[:length]] = begun.get(phrase[:length], 0) | kind
            if len(phrase) < _LENGTH:
                whole[phrase] = whole.get(phrase, 0) | kind
    return begun, whole


@lru_cache(_REMEMBERED)
def _opening(head: str) -> int:
    words = _MARKS.sub("", head, count=1).lower()
    if _ODD.search(words):
        return LISTED | LINK | FOOTER
    begun, whole = _phrases()
    found = begun.get(words, 0)
    for length in range(1, len(words)):
        if not words[length].isalpha():
            found |= whole.get(words[:length], 0)
    return found
