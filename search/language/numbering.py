"""The door of the analysis for building an index: text in, one integer for each token out.

Gives what `Analyser.analyse` gives, less offsets and kinds. A text is cut at white space, which no token spans, and
what stands between two spaces, a unit, is remembered: nearly every word costs one look into a dictionary.
"""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

from search.language.analyser import Analyser, Token
from search.language.forms import ACRONYM, NUMBER
from search.language.normalise import normalise

_CARE = -1  # in place of a number: a unit that is no or several tokens, or whose tokens depend on its neighbours
_MEMORY = 1 << 18  # distinct units remembered; with their punctuation, news has about twice as many as words
_CAREFUL_MEMORY = 1 << 16
_LONGEST_REMEMBERED = 48
_AROUND = ".,;:!?\"'()[]*-/\u2013\u2014\u2018\u2019\u201c\u201d\u2026"  # beside a word, none of these is part of it
_BEFORE_ADDRESS = frozenset({"http", "https", "www"})
_NEVER_STEMMED = 3  # letters

# Why the tokens of a unit can be others in this text than on their own.
_CAPITALS = "capitals"  # an acronym, whose root is another one where it is a word of a headline all in capitals
_PERCENT = "percent"  # begins with a percent sign, which is a word behind a plain space only
_ALWAYS = "always"  # so rare that the whole text is analysed


class _Unit(NamedTuple):
    """The numbers of a unit's tokens, and why they may be others; `alone`: one token, the same wherever it stands."""

    numbers: list[int]
    doubt: str | None
    alone: bool


class Numbering:
    """Numbers the tokens of texts. Not safe for use by several threads.

    A number stands for an exact form, its stem and a step: token `n` has the exact form `exacts[n]` and the stem
    `stems[n]`, and its position is `steps[n]` (0 or 1) after that of the token before it in its text, where the first
    token counts from -1. These three only grow: a number keeps its meaning.
    """

    def __init__(self, analyser: Analyser) -> None:
        self.exacts: list[str] = []
        self.stems: list[str] = []
        self.steps = bytearray()
        self._analyser = analyser
        self._numbers: dict[tuple[str, str, int], int] = {}
        self._careful = _Careful(self, analyser)
        self._memory = _Memory(self, analyser, self._careful)

    def number(self, text: str) -> list[int]:
        """The numbers of the tokens of `text`, in the order of `Analyser.analyse`. Never raises, whatever the text."""
        units = text.split()
        numbers = list(map(self._memory.__getitem__, units))
        return self._with_care(text, units, numbers) if _CARE in numbers else numbers

    def positions(self, numbers: list[int]) -> list[int]:
        """The positions of the tokens of one text, as `Analyser.analyse` counts them."""
        return list(accumulate(map(self.steps.__getitem__, numbers), initial=-1))[1:]

    def of(self, exact: str, stem: str, step: int) -> int:
        """The number of such a token; a new one where it was never seen."""
        token = (exact, stem, step)
        number = self._numbers.get(token)
        if number is None:
            number = self._numbers[token] = len(self.exacts)
            self.exacts.append(exact)
            self.stems.append(stem)
            self.steps.append(step)
        return number

    def of_all(self, tokens: list[Token]) -> list[int]:
        """The numbers of the tokens of one text."""
        last, numbers = -1, []
        for token in tokens:
            numbers.append(self.of(token.exact, token.stem, token.position - last))
            last = token.position
        return numbers

    def _with_care(self, text: str, units: list[str], numbers: list[int]) -> list[int]:
        found: list[int] = []
        done = 0
        numbers.append(_CARE)  # so that the search below ends
        while (at := numbers.index(_CARE, done)) < len(units):
            unit = self._careful[units[at]]
            if unit.doubt and self._differs(unit, at, text, units, numbers):
                return self.of_all(self._analyser.analyse(text))
            found += numbers[done:at]
            found += unit.numbers
            done = at + 1
        found += numbers[done:-1]
        return found

    def _differs(self, unit: _Unit, at: int, text: str, units: list[str], numbers: list[int]) -> bool:
        """Whether the tokens of a unit may be others in this text than on their own."""
        if unit.doubt == _PERCENT:
            return text.count(" %") != sum(other.startswith("%") for other in units)
        if unit.doubt == _CAPITALS:
            # What has no small letters may be in capitals, a number, or punctuation that a headline goes on behind.
            beside = [near for near in (at - 1, at + 1) if 0 <= near < len(units)]
            if not any(numbers[near] == _CARE or units[near] == units[near].upper() for near in beside):
                return False
            number = unit.numbers[0]
            if self._analyser.word_stem(self.exacts[number]) == self.stems[number]:
                self._memory.remember(units[at], number)
                return False
        return True


class _Memory(dict[str, int]):
    """Unit -> the number of its only token, or `_CARE`. Filled on demand, emptied when full."""

    def __init__(self, numbering: Numbering, analyser: Analyser, careful: _Careful) -> None:
        super().__init__()
        self._of, self._chunks, self._careful = numbering.of, analyser.chunks, careful

    def __missing__(self, text: str) -> int:
        if len(text) > _LONGEST_REMEMBERED:
            return _CARE
        number = _CARE
        bare = text.strip(_AROUND)
        if bare.isalpha() and bare.isascii() and bare.lower() not in _BEFORE_ADDRESS:
            exact, stem, kind = self._chunks[bare]
            if kind is not ACRONYM:
                number = self._of(exact, stem, 1)
        if number == _CARE:
            unit = self._careful[text]
            if unit.alone:
                number = unit.numbers[0]
        self.remember(text, number)
        return number

    def remember(self, text: str, number: int) -> None:
        if len(text) <= _LONGEST_REMEMBERED:
            if len(self) >= _MEMORY:
                self.clear()
            self[text] = number


class _Careful(dict[str, _Unit]):
    """Unit -> all that must be known of it. Filled on demand, emptied when full."""

    def __init__(self, numbering: Numbering, analyser: Analyser) -> None:
        super().__init__()
        self._numbering, self._analyser = numbering, analyser

    def __missing__(self, text: str) -> _Unit:
        unit = self._read(text)
        if len(text) <= _LONGEST_REMEMBERED:
            if len(self) >= _CAREFUL_MEMORY:
                self.clear()
            self[text] = unit
        return unit

    def _read(self, text: str) -> _Unit:
        plain = normalise(text).text
        percent = plain.startswith("%")
        if percent:
            plain = f" {plain}"
        tokens, _ = self._analyser.tokens(plain)
        words = [plain[token.start : token.end] for token in tokens]
        acronyms = [token for token, word in zip(tokens, words) if token.kind is ACRONYM and word.isalpha()]
        doubt = None
        if percent != text.startswith("%"):
            doubt = _ALWAYS
        elif len(tokens) == 1 and acronyms and not percent:
            doubt = _CAPITALS if self._may_have_a_root(tokens[0]) else None
        elif any(self._has_a_root(token) for token in acronyms):
            doubt = _ALWAYS
        elif percent:
            doubt = _PERCENT
        # A run of capitals is looked for by the lack of small letters: KPU-nya and 1990-an can be in one, too.
        hidden = text != text.upper() and any(
            token.kind in (NUMBER, ACRONYM) or word.isupper() for token, word in zip(tokens, words)
        )
        alone = len(tokens) == 1 and doubt is None and not hidden
        return _Unit(self._numbering.of_all(tokens), doubt, alone)

    def _may_have_a_root(self, acronym: Token) -> bool:
        """Whether its root as a word may be another one; does not ask the stemmer, which few acronyms need."""
        return len(acronym.exact) > _NEVER_STEMMED or self._has_a_root(acronym)

    def _has_a_root(self, acronym: Token) -> bool:
        return self._analyser.word_stem(acronym.exact) != acronym.stem
