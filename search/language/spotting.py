"""Where in a text a word can be at all, by plain search for letters: the analysis need look at nothing else.

Beside the analyser, for snippets. Two claims of the analysis are used here. No token spans white space, so a *unit*
(what stands between) has the same tokens alone as in its text, but for acronyms in a headline all in capitals and a
percent sign behind a space. And the letters of an exact form stand in its unit in a row, once what may join them
(hyphens, dots, apostrophes) is gone; of a root, all but the first do (`affixes` has the rules).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from search.language.affixes import CONSONANTS, VOWELS
from search.language.normalise import normalise
from search.language.patterns import compiled
from search.language.wordlists import word_pairs

_SIGN, _SIGN_WORD = b"%", "persen"
_DIGIT, _JOINER, _SPACE = b"0", b"-", b" "
_INFIXES = ("er", "el", "em", "in")
_NASALS = {"k": "g", "p": "m", "s": "y", "t": "n"}
"""What stands, after a prefix, in the place of a root's first letter: me-ng-irim, me-m-ukul, me-ny-apu, me-n-ulis."""
_RARE_ENOUGH = 3
"""Letters of a needle from which few other words hold it; shorter ones are looked for with what stands before."""
_MOST_UNUSUAL = 50
"""Units with letters beyond ASCII; where there are more, an analysis of the whole costs less."""

# Signs that no word is made of, though words may be joined by them. Of any other, its unit is looked at.
_UNUSUAL = "[^\x00-\x7f\xa0\xab\xbb\u2010-\u2027\u202f\u2030-\u203a]"


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


class Needle(NamedTuple):
    """Letters to look for, and the letters of which one must stand before them (none: whatever does)."""

    letters: bytes
    before: bytes = b""


def needles(exact: str, stem: str) -> tuple[Needle, ...] | None:
    """One of these is in every unit that holds a token of this exact form or of this stem; such units apart that
    have letters beyond ASCII. None: no letters tell."""
    wanted: dict[Needle, None] = {}
    for root in (stem, *_relatives().get(stem, ())):
        found = _of_root(root)
        if found is None:
            return None
        wanted.update(dict.fromkeys(found))
    if not any(_is_in(needle, exact) for needle in wanted):
        found = letters_in(exact)
        if found is None:
            return None
        wanted.update(dict.fromkeys(found))
    return tuple(wanted)


def letters_in(exact: str) -> tuple[Needle, ...] | None:
    """The same for the exact form alone, of which parts may be unknown (any sign but a letter or digit)."""
    if not exact.isascii():
        return ()
    if any(char.isdigit() for char in exact):
        return (Needle(_DIGIT),)  # numbers have many spellings
    longest = max(re.findall("[a-z]+", exact), key=len, default="")
    if len(longest) < 2:
        return None
    sign = (Needle(_SIGN),) if longest in _SIGN_WORD else ()
    return (Needle(longest.encode()), *sign)


def _of_root(root: str) -> tuple[Needle, ...] | None:
    plain = letters_in(root)
    if not plain or not (root.isalpha() and root[0] in CONSONANTS and root[1] in VOWELS):
        return plain
    # Only before a vowel a nasal stands for the first letter, and only there an infix can follow it.
    first, rest = root[0], root[1:]
    nasal = _NASALS.get(first, "")
    if len(rest) >= _RARE_ENOUGH:
        before = first + nasal + "".join(infix[-1] for infix in _INFIXES)
        return (Needle(rest.encode(), before.encode()), *plain[1:])
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

    def units(self, text: str) -> dict[int, int] | None:
        """Start -> end of the units that need a look, in no order; among them all that hold a needle. None: the
        text should be analysed whole."""
        unusual: Iterator[re.Match[str]] | None = None
        if not text.isascii() and compiled(_UNUSUAL).search(text):
            if normalise(text).starts is not None:
                return None
            unusual = compiled(_UNUSUAL).finditer(text)
        flat = text.encode("ascii", "replace").translate(_FLAT)
        found: dict[int, int] = {}
        for letters, before in self._needles:
            at = flat.find(letters)
            while at >= 0:
                if before and flat[at - 1] not in before:
                    at = flat.find(letters, at + 1)
                    continue
                end = flat.find(_SPACE, at)
                if end < 0:
                    end = len(flat)
                found[flat.rfind(_SPACE, 0, at) + 1] = end
                at = flat.find(letters, end)
        self._add_joined(flat, found)
        if unusual is not None and not _add_unusual(flat, unusual, found):
            return None
        return found

    def _add_joined(self, flat: bytes, found: dict[int, int]) -> None:
        """The units in which a joiner stands among the letters of a needle."""
        flat = flat.replace(b"- ", b"  ")  # mostly the stops of sentences
        joined: list[tuple[int, int]] = []
        at = flat.find(_JOINER, 1)
        while at > 0:
            end = at
            if flat[at - 1] != _SPACE[0]:
                end = flat.find(_SPACE, at)
                if end < 0:
                    end = len(flat)
                joined.append((flat.rfind(_SPACE, 0, at) + 1, end))
            at = flat.find(_JOINER, end + 1)
        if joined:
            letters = _SPACE.join([flat[start:end] for start, end in joined]).translate(None, _JOINER)
            if any(needle.letters in letters for needle in self._needles):
                for start, end in joined:
                    unit = flat[start:end].translate(None, _JOINER)
                    if any(needle.letters in unit for needle in self._needles):
                        found[start] = end


def _add_unusual(flat: bytes, unusual: Iterator[re.Match[str]], found: dict[int, int]) -> bool:
    """Add the units with characters beyond ASCII; False where there are too many."""
    done = count = 0
    for match in unusual:
        at = match.start()
        if at >= done:
            done = flat.find(_SPACE, at)
            if done < 0:
                done = len(flat)
            found[flat.rfind(_SPACE, 0, at) + 1] = done
            count += 1
    return count <= _MOST_UNUSUAL
