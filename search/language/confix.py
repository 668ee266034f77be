"""Roots by Sastrawi's algorithm over plain strings: what PySastrawi answers, in a fortieth of its time.

The algorithm is Nazief and Adriani's (1996), with the order of affixes and the pairs of Asian (2007), the
restoring of suffixes of Arifin, Mahendra and Ciptaningtyas (2009), and the rules of Tahitoe and Purwitasari
(2010). PySastrawi stays the source of the dictionary and of truth: `is_proved` says whether its rules are those
that this module was compared with, word by word; `stemming` asks PySastrawi itself where they are not.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from zlib import crc32

from search.language.affixes import (
    PARTICLES,
    PLAIN_PREFIXES,
    PREFIX_RULES,
    SHORT_POSSESSIVES,
    SUFFIX_STEPS,
)

PROVED_RULES = frozenset({"41d673ab"})
"""Checksums (`rules_checksum`) of the rules that this module gives the same roots as: PySastrawi 1.2.1's.
Add one only after tests/language/test_confix.py has passed with it, slow tests too."""

SHORTEST_STEMMED = 4
_PASSES = 3  # prefixes a word can have: memperbe-rat, di-perse-satukan
_CLITICS = frozenset({*PARTICLES, *SHORT_POSSESSIVES, "nya"})


class ConfixStripper:
    """Strips affixes until a word of the dictionary is left. For words of small Latin letters, digits and
    hyphens; immutable, so safe for use by several threads."""

    def __init__(self, words: Iterable[str]) -> None:
        self._roots = frozenset(filter(str.strip, words))

    def contains(self, word: str) -> bool:
        """Whether the dictionary has `word`."""
        return word in self._roots

    def root(self, word: str) -> str:
        """The root of one word; the word itself where no way of stripping leads to one."""
        roots = self._roots
        if word in roots:
            return word
        if len(word) < SHORTEST_STEMMED:
            return self._short(word)
        if _prefix_goes_first(word):
            left = self._suffixes_off(self._prefixes_off(word))[-1]
            if left in roots:
                return left
        left_after = self._suffixes_off(word)
        left = left_after[-1]
        if left not in roots:
            left = self._prefixes_off(left)
        return left if left in roots else self._suffixes_restored(left_after)

    def pair_root(self, pair: str) -> str:
        """The root that both halves of `berbalas-balasan` have, else the pair itself (Asian 2007, 76-77)."""
        first, hyphen, second = pair.rpartition("-")
        if not hyphen:
            return pair
        if second in _CLITICS and "-" in first:  # malaikat-malaikat-nya
            first, _, whole = first.rpartition("-")
            second = f"{whole}-{second}"
        root = self.root(second)
        if root == second and second not in self._roots:  # meniru-nirukan
            root = self.root("me" + second)
        return root if root == self.root(first) else pair

    def _short(self, word: str) -> str:
        """Sastrawi stops at words of up to three letters, but only after a plain prefix."""
        left = word[2:]
        return left if word[:2] in PLAIN_PREFIXES and left in self._roots else word

    def _suffixes_off(self, word: str) -> list[str]:
        """`word`, and what is left of it after each suffix, up to the first that the dictionary has."""
        left = [word]
        if word in self._roots:
            return left
        for step in SUFFIX_STEPS:
            shorter = step(word)
            if shorter != word:
                left.append(shorter)
                if shorter in self._roots:
                    break
                word = shorter
        return left

    def _prefixes_off(self, word: str) -> str:
        """What is left of `word` after up to three prefixes, or after those that lead to a root."""
        roots = self._roots
        # A plain prefix comes off before the dictionary is asked: so Sastrawi reads didik- in didikan.
        if word in roots and word[:2] not in PLAIN_PREFIXES:
            return word
        for _ in range(_PASSES):
            rule = PREFIX_RULES.get(word[:2])
            readings = rule(word) if rule else ()
            if not readings:
                break
            for word in readings:
                if word in roots:
                    return word
        return word

    def _suffixes_restored(self, left_after: list[str]) -> str:
        """Put suffixes back, the innermost first, and strip prefixes again, for what only looks like a suffix:
        the -an of `dimakan`, or the k of `ditembakkan` read as -kan."""
        for shorter, longer in zip(left_after[:0:-1], left_after[-2::-1]):
            tries = (shorter + "k", longer) if longer == shorter + "kan" else (longer,)
            for word in tries:
                left = self._prefixes_off(word)
                if left in self._roots:
                    return left
        return left_after[0]


def _prefix_goes_first(word: str) -> bool:
    """Whether the prefix comes off before the suffix: be-lah, be-an, me-i, di-i, pe-i, ter-i (Asian 2007,
    78-79)."""
    if word[-1] == "i":
        return word.startswith(("me", "di", "pe", "ter"))
    return word.startswith("be") and word.endswith(("lah", "an"))


def read_dictionary(folder: Path) -> list[str]:
    """The lines of the dictionary in PySastrawi's folder, which is not imported for it. Raises OSError."""
    return (folder / "Stemmer" / "data" / "kata-dasar.txt").read_text(encoding="utf-8").split("\n")


def rules_checksum(folder: Path) -> str:
    """CRC-32, in hex, over the names and sources of PySastrawi's modules that stem. Raises OSError."""
    checksum = 0
    for room in ("Dictionary", "Morphology", "Stemmer"):
        for place, below, files in os.walk(folder / room):
            below.sort()  # the order in which os.walk goes on
            for file in sorted(files):
                if file.endswith(".py"):
                    source = Path(place, file).read_bytes().replace(b"\r\n", b"\n")
                    checksum = crc32(source, crc32(file.encode(), checksum))
    return f"{checksum:08x}"


def is_proved(folder: Path) -> bool:
    """Whether PySastrawi in that folder has rules that this module was proved to agree with."""
    try:
        return rules_checksum(folder) in PROVED_RULES
    except OSError:
        return False
