"""The affixes of Indonesian as plain string operations: what is left of a word when one of them is taken off.

Knows no dictionary. `confix` applies these rules in Sastrawi's order and lets a dictionary choose; numbers
of rules are those of the papers that `confix` cites, and of PySastrawi's classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

VOWELS = frozenset("aeiou")
CONSONANTS = frozenset("bcdfghjklmnpqrstvwxyz")
LETTERS = VOWELS | CONSONANTS

PARTICLES = ("lah", "kah", "tah", "pun")
SHORT_POSSESSIVES = ("ku", "mu")
DERIVATIONAL = ("isasi", "isme", "kan", "an", "is", "i")
"""Longest first where one ends in another; -is, -isme and -isasi are loans that Sastrawi added."""
PLAIN_PREFIXES = frozenset({"di", "ke", "se"})

# Rules 35 and 36 name fewer consonants before "er" than rule 5 does.
_BEFORE_ER = CONSONANTS - frozenset("lmnrwy")
_VOICED_LIPS = frozenset("bfv")
_TEETH = frozenset("cdjstz")
_INFIXED = frozenset({"er", "el", "em", "in"})
_NONE: tuple[str, ...] = ()

Readings = tuple[str, ...]


def without_particle(word: str) -> str:
    """`word` without -lah, -kah, -tah, -pun (and the hyphens before it), else `word` itself."""
    return word[:-3].rstrip("-") if word.endswith(PARTICLES) else word


def without_possessive(word: str) -> str:
    """`word` without -ku, -mu, -nya (and the hyphens before it), else `word` itself."""
    if word.endswith("nya"):
        return word[:-3].rstrip("-")
    return word[:-2].rstrip("-") if word.endswith(SHORT_POSSESSIVES) else word


def without_derivational(word: str) -> str:
    """`word` without the longest of -isasi, -isme, -kan, -an, -is, -i that ends it, else `word` itself."""
    if word.endswith(DERIVATIONAL):
        for suffix in DERIVATIONAL:
            if word.endswith(suffix):
                return word[: -len(suffix)]
    return word


SUFFIX_STEPS = (without_particle, without_possessive, without_derivational)
"""In the order in which suffixes come off; each at most once."""


def prefix_readings(word: str) -> Readings:
    """What `word`, in small letters, may be without its first prefix or its infix; the first that is a word
    is meant, and the last where none is. Empty: no rule fits.

    `menulis` -> nulis, tulis; `mengecat` -> ecat, kecat, cat, ngecat; `dibaca` -> baca; `gerigi` -> gigi.
    """
    rule = PREFIX_RULES.get(word[:2])
    return rule(word) if rule else _NONE


def _plain(word: str) -> Readings:
    """di-, ke-, se-; and ku- (rule 41)."""
    return (word[2:],)


def _be(word: str) -> Readings:
    third = word[2:3]
    if third == "r":
        rest = word[3:]
        if rest[:1] in VOWELS:  # 1
            return rest, "r" + rest
        if _stands_before_vowel(rest):  # 2, 3
            return (rest,)
    elif word == "belajar":  # 4
        return ("ajar",)
    elif third in CONSONANTS and word.startswith("er", 3) and word[5:6] in CONSONANTS:  # 5
        return (word[2:],)
    return _infix(word)


def _stands_before_vowel(rest: str) -> bool:
    """What may follow ber- and per-: a consonant and a letter, then no "er" (rules 2, 23), or "er" and a vowel
    where the consonant is not r (rules 3, 24)."""
    if rest[:1] not in CONSONANTS or rest[1:2] not in LETTERS:
        return False
    return not rest.startswith("er", 2) or (rest[0] != "r" and rest[4:5] in VOWELS)


def _te(word: str) -> Readings:
    third = word[2:3]
    if third == "r":
        rest = word[3:]
        if rest[:1] in VOWELS:  # 6
            return rest, "r" + rest
        if rest[:1] in CONSONANTS and rest[0] != "r":
            if not rest.startswith("er", 1) or rest[3:4] in VOWELS:  # 8, 7
                return (rest,)
            if rest[0] in _BEFORE_ER and rest[3:4] in CONSONANTS:  # 35
                return (rest,)
    elif third in CONSONANTS and word.startswith("er", 3) and word[5:6] in CONSONANTS:  # 9
        return (word[2:],)
    return _infix(word)


def _me(word: str) -> Readings:
    third, rest = word[2:3], word[3:]
    first = rest[:1]
    if third == "m":
        if first in _VOICED_LIPS:  # 11
            return (rest,)
        if first == "p" and rest[1:2] in LETTERS and rest[1] != "n":  # 12, 19, whose list of letters has no n
            return (rest,)
        return ("m" + rest, "p" + rest) if first in VOWELS else _NONE  # 13
    if third == "n":
        if first == "g":
            return _meng(word[4:])
        if first == "y":
            return _nasal("ny", "s", word[4:])  # 18
        return (rest,) if first in _TEETH else _nasal("n", "t", rest)  # 14, 15
    if third and third in "lrwy" and first in VOWELS:  # 10
        return (word[2:],)
    return _NONE


def _meng(rest: str) -> Readings:
    """Rules 16 and 17, by what follows meng-."""
    first = rest[:1]
    if first in VOWELS:
        if first == "e":
            return rest, "k" + rest, rest[1:], "ng" + rest
        return rest, "k" + rest, "ng" + rest
    return (rest,) if first and first in "ghqk" else _NONE


def _pe(word: str) -> Readings:
    third, rest = word[2:3], word[3:]
    first = rest[:1]
    readings = _NONE
    if third == "r":
        if first in VOWELS:  # 21
            return rest, word[2:]
        if _stands_before_vowel(rest):  # 23, 24
            return (rest,)
    elif third == "m":
        readings = (rest,) if first in _VOICED_LIPS else _nasal("m", "p", rest)  # 25, 26
    elif third == "n":
        if first == "g":
            readings = _peng(word[4:])
        elif first == "y":
            readings = _nasal("ny", "s", word[4:])  # 31
        else:
            readings = (rest,) if first in _TEETH else _nasal("n", "t", rest)  # 27, 28
    elif word == "pelajar":  # 32
        return ("ajar",)
    elif third and third in "lwy" and first in VOWELS:  # 20, 32
        return (word[2:],)
    return readings or _pe_alone(word)


def _peng(rest: str) -> Readings:
    """Rules 29 and 30, by what follows peng-."""
    first = rest[:1]
    if first in CONSONANTS:
        return (rest,)
    if first in VOWELS:
        # Before other vowels the third of rule 30 fits nothing, so that rule 34 has the last word.
        return rest, "k" + rest, rest[1:] if first == "e" else "ng" + rest
    return _NONE


def _pe_alone(word: str) -> Readings:
    """Rules 34 and 36: pe- before a consonant, but before "er" only where a consonant follows that."""
    third = word[2:3]
    if third in CONSONANTS and not word.startswith("er", 3):
        return (word[2:],)
    return (word[2:],) if third in _BEFORE_ER and word[5:6] in CONSONANTS else _NONE


def _ka(word: str) -> Readings:
    return (word[3:],) if word[2:3] == "u" else _NONE  # 42


def _nasal(kept: str, dropped: str, rest: str) -> Readings:
    """A nasal before a vowel is the root's own, or stands for the sound that it made the root drop."""
    return (kept + rest, dropped + rest) if rest[:1] in VOWELS else _NONE


def _infix(word: str) -> Readings:
    """Rules 37 to 40: -er-, -el-, -em-, -in- after the first consonant and before a vowel."""
    if word[1:3] in _INFIXED and word[3:4] in VOWELS:
        return (word[0] + word[3:],)
    return _NONE


# A rule needs two letters to be told from all rules of other prefixes, so one look-up finds those that can fit.
PREFIX_RULES: Mapping[str, Callable[[str], Readings]] = {
    **{first + second: _infix for first in sorted(CONSONANTS) for second in "ei"},
    **dict.fromkeys((*sorted(PLAIN_PREFIXES), "ku"), _plain),
    "be": _be, "te": _te, "me": _me, "pe": _pe, "ka": _ka,
}  # fmt: skip
"""The first two letters of a word to the rules for its prefix or infix."""
