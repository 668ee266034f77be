"""Roots of words by PySastrawi, asked once for each distinct word; `stemcache` remembers the answers.

Sastrawi implements Nazief and Adriani's algorithm with the Confix-Stripping extensions (Asian 2007; Arifin et
al. 2009; Tahitoe and Purwitasari 2010). It is loaded at the first word that no cache knows: import and
dictionary cost more than a whole search does.
"""

from __future__ import annotations

import re
import threading
from typing import Any

from search.language.patterns import compiled
from search.language.stemcache import StemCache
from search.language.wordlists import word_pairs

LONGEST_STEMMED = 40
"""Characters. The longest words of the dictionary with every affix stay well below; beyond is noise or a
name."""

# Sastrawi itself leaves words of up to three letters alone.
_STEMMABLE = rf"[a-z]{{4,{LONGEST_STEMMED}}}"

_lock = threading.Lock()
_sastrawi: Any = None


def sastrawi() -> Any:
    """The one PySastrawi stemmer of this process, without the cache of its factory (which never forgets)."""
    global _sastrawi
    if _sastrawi is None:
        with _lock:
            if _sastrawi is None:
                from Sastrawi.Dictionary.ArrayDictionary import ArrayDictionary
                from Sastrawi.Stemmer.Stemmer import Stemmer
                from Sastrawi.Stemmer.StemmerFactory import StemmerFactory

                _sastrawi = Stemmer(ArrayDictionary(StemmerFactory().get_words()))
    return _sastrawi


class Roots:
    """Roots of folded words, out of `cache` or, once, from PySastrawi. Safe for use by several threads."""

    def __init__(self, cache: StemCache) -> None:
        self._cache = cache

    def root(self, word: str) -> str:
        """The root of one folded word; the word itself where it is short, long, or not of the letters a to z."""
        known = self._sastrawi_root(word)
        # After the cache, so that the cache holds nothing but Sastrawi's own answers.
        return word_pairs("loan_families").get(known, known)

    def _sastrawi_root(self, word: str) -> str:
        if not compiled(_STEMMABLE).fullmatch(word):
            return word
        known = self._cache.get(word)
        if known is None:
            known = sastrawi().stem_singular_word(word) or word
            self._cache.learn(word, known)
        return known

    def explain(self, word: str) -> str:
        """What PySastrawi itself gives for one word, or "-" where it is not asked."""
        return self._sastrawi_root(word) if compiled(_STEMMABLE).fullmatch(word) else "-"

    def pair(self, first: str, second: str) -> str | None:
        """The root that two hyphenated words have together, or None where they are two words.

        `anak-anak` -> `anak`, `tolong-menolong` -> `tolong`, `sayur-mayur` -> `sayur`; `kupu-kupu` ->
        `kupu-kupu`, a root of its own; `jakarta-bandung` -> None."""
        if not (compiled(_STEMMABLE).fullmatch(first + "aa") and compiled(_STEMMABLE).fullmatch(second + "aa")):
            return f"{first}-{second}" if first == second and first.isalpha() and len(first) > 2 else None
        word = f"{first}-{second}"
        known = self._cache.get(word)
        if known is None:
            known = _pair(first, second) or ""
            self._cache.learn(word, known)
        return known or None

    def doubled(self, base: str, word: str) -> str:
        """The root of the old spelling `anak2` (base `anak`) where the dictionary has it, else `word`
        itself."""
        if not compiled(_STEMMABLE).fullmatch(base):
            return word
        known = self._cache.get(word)
        if known is None:
            root = self.root(base)
            known = root if sastrawi().get_dictionary().contains(root) else word
            self._cache.learn(word, known)
        return known


def _pair(first: str, second: str) -> str | None:
    stemmer = sastrawi()
    dictionary, word = stemmer.get_dictionary(), f"{first}-{second}"
    if dictionary.contains(word):
        return word
    root: str = stemmer.stem_plural_word(word)
    if root != word:
        return root
    # Words that only change their sound (sayur-mayur, warna-warni): Sastrawi compares roots, which differ
    # here.
    base: str = stemmer.stem_singular_word(first)
    return base if dictionary.contains(base) and _echoes(first, second) else None


def _echoes(first: str, second: str) -> bool:
    """Same length, and alike but for the first letter (lauk-pauk) or but for the vowels (gerak-gerik)."""
    if len(first) != len(second) or len(first) < 4:
        return False
    return first[1:] == second[1:] or re.sub("[aeiou]+", ".", first) == re.sub("[aeiou]+", ".", second)
