"""Roots of words as PySastrawi gives them, asked once for each distinct word; `stemcache` remembers the answers.

Sastrawi implements Nazief and Adriani's algorithm with the Confix-Stripping extensions; `confix` gives the same
answers faster, and stands aside where PySastrawi's rules are not those it was compared with. The dictionary is
loaded at the first word that no cache knows: it costs more than a whole search does.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any, Protocol

from search.language.patterns import compiled
from search.language.stemcache import StemCache, sastrawi_folder
from search.language.wordlists import word_pairs

LONGEST_STEMMED = 40
"""Characters. The longest words of the dictionary with every affix stay well below; beyond is noise or a
name."""

# Sastrawi itself leaves words of up to three letters alone.
_STEMMABLE = rf"[a-z]{{4,{LONGEST_STEMMED}}}"

_lock = threading.Lock()
_stemmer: Stemmer | None = None


class Stemmer(Protocol):
    """What finds roots. For words of small Latin letters, digits and hyphens."""

    def contains(self, word: str) -> bool:
        """Whether the dictionary has `word`."""

    def root(self, word: str) -> str:
        """The root of one word; the word itself where none is found."""

    def pair_root(self, pair: str) -> str:
        """The root that both halves of a hyphenated word have, else the pair itself."""


class PySastrawi:
    """PySastrawi itself, without the cache of its factory (which never forgets).

    `words`: its dictionary (default: its own)."""

    def __init__(self, words: Sequence[str] | None = None) -> None:
        from Sastrawi.Dictionary.ArrayDictionary import ArrayDictionary
        from Sastrawi.Stemmer.Stemmer import Stemmer
        from Sastrawi.Stemmer.StemmerFactory import StemmerFactory

        words = StemmerFactory().get_words() if words is None else words
        self._stemmer: Any = Stemmer(ArrayDictionary(words))

    def contains(self, word: str) -> bool:
        """As `Stemmer.contains`."""
        return bool(self._stemmer.get_dictionary().contains(word))

    def root(self, word: str) -> str:
        """As `Stemmer.root`."""
        return str(self._stemmer.stem_singular_word(word))

    def pair_root(self, pair: str) -> str:
        """As `Stemmer.pair_root`."""
        return str(self._stemmer.stem_plural_word(pair))


def stemmer() -> Stemmer:
    """The one stemmer of this process. Raises ModuleNotFoundError where PySastrawi is not installed."""
    global _stemmer
    if _stemmer is None:
        with _lock:
            if _stemmer is None:
                _stemmer = _fastest()
    return _stemmer


def _fastest() -> Stemmer:
    """The strings of `confix` where they are known to answer as the installed PySastrawi does, else that."""
    from search.language import confix  # here: a search whose words are all in the cache needs no rules

    folder = sastrawi_folder()
    return confix.ConfixStripper(confix.read_dictionary(folder)) if confix.is_proved(folder) else PySastrawi()


class Roots:
    """Roots of folded words, out of `cache` or, once, from the stemmer. Safe for use by several threads."""

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
            known = stemmer().root(word)
            self._cache.learn(word, known)
        return known

    def explain(self, word: str) -> str:
        """What Sastrawi gives for one word, or "-" where it is not asked."""
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
            known = root if stemmer().contains(root) else word
            self._cache.learn(word, known)
        return known


def _pair(first: str, second: str) -> str | None:
    known, word = stemmer(), f"{first}-{second}"
    if known.contains(word):
        return word
    root = known.pair_root(word)
    if root != word:
        return root
    # Words that only change their sound (sayur-mayur, warna-warni): Sastrawi compares roots, which differ
    # here.
    base = known.root(first)
    return base if known.contains(base) and _echoes(first, second) else None


def _echoes(first: str, second: str) -> bool:
    """Same length, and alike but for the first letter (lauk-pauk) or but for the vowels (gerak-gerik)."""
    if len(first) != len(second) or len(first) < 4:
        return False
    return first[1:] == second[1:] or re.sub("[aeiou]+", ".", first) == re.sub("[aeiou]+", ".", second)
