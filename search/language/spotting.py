"""Where in a text a word can be at all, by plain search for letters: the analysis need look at nothing else.

Beside the analyser, for snippets. Two claims of the analysis are used here. No token spans white space, so a *unit*
(what stands between) has the same tokens alone as in its text, but for acronyms in a headline all in capitals and a
percent sign behind a space. And the letters of an exact form stand in its unit in a row, once what may join them
(hyphens, dots, apostrophes) is gone; of a root, all but the first do (`affixes` has the rules).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple, TypeAlias

from search.language.affixes import CONSONANTS, VOWELS
from search.language.patterns import compiled
from search.language.wordlists import word_pairs

_SIGN, _SIGN_WORD = b"%", "persen"
_DIGIT, _JOINER, _SPACE = b"0", b"-", b" "
_INFIXES = ("er", "el", "em", "in")
_NASALS = {"k": "g", "p": "m", "s": "y", "t": "n"}
"""What stands, after a prefix, in the place of a root's first letter: me-ng-irim, me-m-ukul, me-ny-apu, me-n-ulis."""
_RARE_ENOUGH = 3
"""Letters of a needle from which few other words hold it; shorter ones are looked for with what stands before."""
_SPARSE = 40
"""Characters for each unit looked at, from which looking at units costs less than an analysis of the whole."""

# Signs that no word is made of, though words may be joined by them. Of any other, its unit is looked at.
_COMMON_SIGNS = "\u2013\u2014\u2018\u2019\u201c\u201d\u2026\xa0"
_UNUSUAL = "[^\x00-\x7f\xa0\xab\xbb\u2010-\u2027\u202f\u2030-\u203a]"

_JOINED = b"-(?<![^a-z0-]-)[a-z0-]"
"""A joiner between letters, digits and joiners, in a flattened text; it begins with what `re` finds fast."""


def _flattened(code: int) -> int:
    char = chr(code)
    if char.isalpha():
        return ord(char.lower())
    if char.isdigit():
        return _DIGIT[0]
    if char.isspace():
        return _SPACE[0]
    # A question mark is what `encode` writes for characters beyond ASCII.
    return _JOINER[0] if char in "-.@_&'`?" else code


_FLAT = bytes(map(_flattened, range(128))) + bytes(128)

_AROUND = ".,;:!?\"'()[]*-/\u2013\u2014\u2018\u2019\u201c\u201d\u2026"  # beside a word, none of these is part of it
_BEFORE_ADDRESS = frozenset({"http", "https", "www"})


@lru_cache(maxsize=1 << 13)
def bare_word(unit: str) -> str | None:
    """The word of a unit that is one chunk of plain letters and punctuation around it, as most are, else None."""
    word = unit.strip(_AROUND)
    return word if word.isalpha() and word.isascii() and word.lower() not in _BEFORE_ADDRESS else None


class Needle(NamedTuple):
    """Letters to look for, and the characters of which one must stand before them (none: whatever does)."""

    letters: bytes
    before: bytes = b""


Needles: TypeAlias = "tuple[Needle, ...] | None"
"""One of these is in every unit that holds a token as asked for, save units with letters beyond ASCII. None: no
letters tell."""


@lru_cache(maxsize=1 << 12)
def needles(exact: str, stem: str) -> Needles:
    """For tokens of this exact form or of this stem."""
    found: tuple[Needle, ...] = ()
    for root in (stem, *_relatives().get(stem, ())):
        wanted = _of_root(root)
        if wanted is None:
            return None
        found += wanted
    if stem not in exact and not any(_is_in(needle, exact) for needle in found):
        wanted = letters_in(exact)
        if wanted is None:
            return None
        found += wanted
    return found


def letters_in(exact: str) -> Needles:
    """For tokens of an exact form, of which parts may be unknown (any sign but a letter or digit)."""
    if not exact.isascii():
        return ()
    if any(map(str.isdigit, exact)):
        return (Needle(_DIGIT),)  # numbers have many spellings
    longest = max(re.findall("[a-z]+", exact), key=len, default="")
    if len(longest) < 2:
        return None
    sign = (Needle(_SIGN),) if longest in _SIGN_WORD else ()
    return (Needle(longest.encode()), *sign)


def _of_root(root: str) -> Needles:
    plain = letters_in(root)
    if not plain or not (root.isalpha() and root[0] in CONSONANTS and root[1] in VOWELS):
        return plain
    # Only before a vowel a nasal stands for the first letter, and only there an infix can follow it.
    first, rest = root[0], root[1:]
    nasal = _NASALS.get(first, "")
    if len(rest) >= _RARE_ENOUGH:
        # What is before a joiner is for the analysis to see.
        before = first + nasal + "".join(infix[-1] for infix in _INFIXES)
        return (Needle(rest.encode(), before.encode() + _JOINER), *plain[1:])
    parts = ([nasal + rest] if nasal else []) + [infix + rest for infix in _INFIXES]
    return (*plain, *(Needle(part.encode()) for part in parts))


@cache
def _relatives() -> dict[str, tuple[str, ...]]:
    """Stem -> the roots that the analysis takes for it."""
    found: dict[str, tuple[str, ...]] = {}
    for root, stem in word_pairs("loan_families").items():
        found[stem] = (*found.get(stem, ()), root)
    return found


def _is_in(needle: Needle, exact: str) -> bool:
    letters, before = needle.letters.decode(), needle.before.decode()
    at = exact.find(letters)
    while at > 0 and before and exact[at - 1] not in before:
        at = exact.find(letters, at + 1)
    return at > 0 or (at == 0 and not before)


class Spotter:
    """Finds the units of texts that hold one of some needles. Immutable, so safe for use by several threads."""

    def __init__(self, wanted: Iterable[Needle]) -> None:
        self._needles = tuple(dict.fromkeys(wanted))
        self._letters = b"\n".join([letters for letters, _ in self._needles])

    def units(self, text: str) -> dict[int, int] | None:
        """Start -> end of the units that need a look, in no order; among them all that hold a needle. With a percent
        sign at its start comes the white space before it. None: an analysis of the whole text costs less."""
        looked_at: list[int] = []
        if not text.isascii():
            for sign in _COMMON_SIGNS:
                text = text.replace(sign, "-")
            if not text.isascii():
                looked_at = [match.start() for match in compiled(_UNUSUAL).finditer(text)]
        flat = text.encode("ascii", "replace").translate(_FLAT)
        found: dict[int, int] = {}
        find, find_back, last, sought = flat.find, flat.rfind, len(flat), self._letters.find
        for letters, before in self._needles:
            at = find(letters)
            while at >= 0:
                if before and flat[at - 1] not in before:
                    at = find(letters, at + 1)
                    continue
                end = find(_SPACE, at)
                if end < 0:
                    end = last
                found[find_back(_SPACE, 0, at) + 1] = end
                at = find(letters, end)
        # A needle may stand on both sides of a joiner, or on those of several in a row.
        for match in compiled(_JOINED).finditer(flat):
            at = match.start()
            if sought(flat[at - 1 : at + 2 : 2]) >= 0 or flat[at + 1] == _JOINER[0]:
                looked_at.append(at)
        for at in looked_at:
            end = find(_SPACE, at)
            found[find_back(_SPACE, 0, at) + 1] = end if end >= 0 else last
        if _SIGN in flat:
            found = {start - _has_sign_first(flat[start:end], start): end for start, end in found.items()}
        return found if len(found) <= last // _SPARSE + 50 else None


def _has_sign_first(unit: bytes, start: int) -> bool:
    """Whether a percent sign may stand at the start of a unit (invisible characters apart), and not of the text."""
    return start > 0 and unit.lstrip(_JOINER).startswith(_SIGN)
