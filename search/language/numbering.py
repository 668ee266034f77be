"""The door of the analysis for building an index: text in, one integer for each token out, and one for each unit, by
which the text is stored.

Gives what `Analyser.analyse` gives, less offsets and kinds. A text is cut at spaces and newlines, which no token spans;
the number of what stands between, a unit, is remembered with those of its tokens as bytes. So nearly every word costs
one look into a dictionary, and a text is its units joined.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import accumulate
from struct import Struct
from typing import NamedTuple

from search.language.analyser import PIECES, Analyser
from search.language.forms import ACRONYM, NUMBER, WORD_KIND
from search.language.normalise import normalise
from search.language.tokenise import splitter

TYPECODE = "I"
"""Of the arrays of numbers: unsigned integers of four bytes, in the order of this machine."""

_MEMORY = 1 << 19  # distinct units remembered; with their punctuation, news has about twice as many as words
_LONGEST_REMEMBERED = 48
_AROUND = ".,;:!?\"'()[]*-/\u2013\u2014\u2018\u2019\u201c\u201d\u2026"  # beside a word, none of these is part of it
_BEFORE_ADDRESS = frozenset({"http", "https", "www"})
_NEVER_STEMMED = 3  # letters
_BLANK = frozenset({"", "\n"})  # no units of a text as far as its tokens go
_NONE = b"\xff" * array(TYPECODE).itemsize  # in place of a number
_WIDTH = len(_NONE)
_packed = Struct(TYPECODE).pack

# Why the tokens of a unit can be others in this text than on their own, or those of its neighbours because of it.
_CAPITALS = "capitals"  # an acronym, whose root is another one where it is a word of a headline all in capitals
_HIDDEN = "hidden"  # itself certain, but with small letters where a run of capitals may go on: 1990-an, KPU-nya
_PERCENT = "percent"  # begins with a percent sign, which is a word behind a plain space only
_ALWAYS = "always"  # so rare that the whole text is analysed


class Units(dict[str, int]):
    """Units numbered in the order in which they are first asked for. `texts`: by number."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self.texts)
        self.texts.append(text)
        return number

    def numbers(self, text: str) -> list[int]:
        """The numbers of the units of a text."""
        return list(map(self.__getitem__, _cut(text)))


def _cut(text: str) -> list[str]:
    # A newline is a unit, too: joined with spaces, units give the text again but for spaces around newlines.
    return text.replace("\n", " \n ").split(" ")


class Spelled(NamedTuple):
    """A text as numbers: of its units, and of its tokens in the order of `Analyser.analyse`."""

    units: array[int]
    tokens: array[int]


class _Unit(NamedTuple):
    """The numbers of a unit and its tokens as bytes, see `_Memory`, and why the tokens may be others."""

    numbers: bytes
    doubt: str


class Numbering:
    """Numbers the tokens of texts. Not safe for use by several threads.

    A number stands for an exact form, its stem and a step: token `n` has the exact form `exacts[n]` and the stem
    `stems[n]`, and its position is `steps[n]` (0 or 1) after that of the token before it in its text, where the first
    token counts from -1. These three only grow: a number keeps its meaning, and one numbering can serve several
    segments, each of which keeps the numbers that it has used. `units` grows until `forget_units` begins another.
    """

    def __init__(self, analyser: Analyser) -> None:
        self.exacts: list[str] = []
        self.stems: list[str] = []
        self.steps = bytearray()
        self.units = Units()
        self._analyser = analyser
        self._numbers: dict[tuple[str, str, int], bytes] = {}
        self._memory = _Memory(self, analyser)

    def number(self, text: str) -> array[int]:
        """The numbers of the tokens of `text`, in the order of `Analyser.analyse`. Never raises, whatever the text."""
        return self.spelled(text).tokens

    def spelled(self, text: str) -> Spelled:
        """The numbers of the units of `text` and of its tokens. Never raises, whatever the text."""
        units = _cut(text)
        found = list(map(self._memory.__getitem__, units))
        if None in found and not self._settle(text, units, found):
            return Spelled(array(TYPECODE, self.units.numbers(text)), array(TYPECODE, b"".join(self._analysed(text))))
        pairs = array(TYPECODE, b"".join(found))  # type: ignore[arg-type]  # nothing is None any more
        return Spelled(_without_none(pairs[0::2]), _without_none(pairs[1::2]))

    def forget_units(self) -> None:
        """Number units anew, in another `units`."""
        self.units = Units()
        self._memory.forget()

    def positions(self, numbers: Iterable[int]) -> list[int]:
        """The positions of the tokens of one text, as `Analyser.analyse` counts them."""
        return list(accumulate(map(self.steps.__getitem__, numbers), initial=-1))[1:]

    def token(self, exact: str, stem: str, step: int) -> bytes:
        """The number of such a token as bytes; a new one where it was never seen."""
        key = (exact, stem, step)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = _packed(len(self.exacts))
            self.exacts.append(exact)
            self.stems.append(stem)
            self.steps.append(step)
        return number

    def _analysed(self, text: str) -> list[bytes]:
        last = -1
        found: list[bytes] = []
        for _, _, position, exact, stem, _ in self._analyser.analyse(text):
            found.append(self.token(exact, stem, position - last))
            last = position
        return found

    def _settle(self, text: str, units: list[str], found: list[bytes | None]) -> bool:
        """Put the numbers of units in doubt where `found` lacks them; False where they may be others in this text."""
        at, percents_checked = -1, False
        for _ in range(found.count(None)):
            at = found.index(None, at + 1)
            unit = self._memory.unit(units[at])
            if unit.doubt == _ALWAYS:
                return False
            if unit.doubt == _CAPITALS and self._in_capitals(units, at):
                if not self._memory.is_settled(units[at], unit):
                    return False
            elif unit.doubt == _PERCENT and not percents_checked:
                if not _behind_spaces(text, units):
                    return False
                percents_checked = True
            found[at] = unit.numbers
        return True

    def _in_capitals(self, units: list[str], at: int) -> bool:
        """Whether the unit can belong to a run of capitals, which only the analyser hears for certain."""
        for text in (_next(units, at, -1), _next(units, at, 1)):
            if text is None:
                continue
            numbers = self._memory[text]
            # No small letters: in capitals, a number, or punctuation that a headline goes on behind.
            if numbers is None or len(numbers) != 2 * _WIDTH or numbers.endswith(_NONE) or text == text.upper():
                return True
        return False


def _without_none(numbers: array[int]) -> array[int]:
    # Whatever bytes of numbers stand beside them, so many of these bytes are those of missing numbers.
    return array(TYPECODE, numbers.tobytes().replace(_NONE, b""))


def _next(units: list[str], at: int, step: int) -> str | None:
    """The unit before or behind one."""
    at += step
    while 0 <= at < len(units) and units[at] in _BLANK:
        at += step
    return units[at] if 0 <= at < len(units) else None


def _behind_spaces(text: str, units: list[str]) -> bool:
    """Whether all percent signs that begin a unit stand behind a plain space."""
    return text.count(" %") == sum(unit.startswith("%") for unit in units)


class _Memory(dict[str, bytes | None]):
    """Unit -> its numbers, or None where the tokens are in doubt. Filled on demand, emptied when full.

    The numbers are pairs: the unit's own beside that of its first token, none beside those of further ones.
    """

    def __init__(self, numbering: Numbering, analyser: Analyser) -> None:
        super().__init__()
        self._numbering = numbering
        self._token, self._exacts, self._stems = numbering.token, numbering.exacts, numbering.stems
        self._chunks, self._word_stem = analyser.chunks, analyser.word_stem
        self._doubtful: dict[str, _Unit] = {}

    def __missing__(self, text: str) -> bytes | None:
        if len(text) > _LONGEST_REMEMBERED:
            return None
        numbers: bytes | None = None
        tokens = self._of_word(text.strip(_AROUND))
        if tokens is not None:
            numbers = self._paired(text, tokens)
        else:
            unit = self._read(text)
            if unit.doubt:
                self._doubtful[text] = unit
            else:
                numbers = unit.numbers
        if len(self) >= _MEMORY:
            self.forget()
        self[text] = numbers
        return numbers

    def forget(self) -> None:
        """Forget all units."""
        self.clear()
        self._doubtful.clear()

    def _paired(self, text: str, tokens: bytes) -> bytes:
        """The numbers of a unit with these tokens."""
        unit = _packed(self._numbering.units[text])
        if len(tokens) == _WIDTH:
            return unit + tokens
        count = max(len(tokens) // _WIDTH, 1)
        pairs = array(TYPECODE, 2 * count * _NONE)
        pairs[1 : 1 + 2 * (len(tokens) // _WIDTH) : 2] = array(TYPECODE, tokens)
        return unit + pairs.tobytes()[_WIDTH:]

    def unit(self, text: str) -> _Unit:
        """All that is known of a unit that is in doubt."""
        return self._doubtful.get(text) or self._read(text)

    def is_settled(self, text: str, unit: _Unit) -> bool:
        """Whether an acronym has no other root where it stands for a word; it is in doubt no more, then."""
        _, number = array(TYPECODE, unit.numbers)
        if self._has_a_root(self._exacts[number], self._stems[number]):
            return False
        if text in self:
            self[text] = unit.numbers
        return True

    def _of_word(self, bare: str) -> bytes | None:
        """The tokens of a unit that is a plain word or number, but for what stands around it; else None."""
        # Most units are one, and need nothing of what follows.
        if not (bare.isalnum() and bare.isascii()) or (len(bare) <= 5 and bare.lower() in _BEFORE_ADDRESS):
            return None
        known = self.get(bare)
        if known is not None:
            return known[_WIDTH:] if len(known) == 2 * _WIDTH else array(TYPECODE, known)[1::2].tobytes()
        exact, stem, kind = self._chunks[bare]
        if kind is WORD_KIND or (kind is NUMBER and bare.isdigit()):
            return self._token(exact, stem, 1)
        return None

    def _read(self, text: str) -> _Unit:
        if text.split() != [text] and text not in _BLANK:
            return _Unit(b"", _ALWAYS)  # white space of another kind, which tokens do not span either
        plain = normalise(text).text
        percent = plain.startswith("%")
        numbers: list[bytes] = []
        acronyms: list[tuple[str, str]] = []
        # A run of capitals is looked for by the lack of small letters, so what has them is in doubt.
        small, hidden = text != text.upper(), False
        for word, step, exact, stem, kind in self._tokens(f" {plain}" if percent else plain):
            numbers.append(self._token(exact, stem, step))
            if kind is ACRONYM and word.isalpha():
                acronyms.append((exact, stem))
            hidden = hidden or (small and (kind in (NUMBER, ACRONYM) or word.isupper()))
        doubt = ""
        if percent != text.startswith("%"):
            doubt = _ALWAYS
        elif len(numbers) == 1 and acronyms and not (percent or hidden):
            doubt = _CAPITALS if self._may_have_a_root(*acronyms[0]) else ""
        elif any(self._has_a_root(*acronym) for acronym in acronyms):
            doubt = _ALWAYS
        elif percent:
            doubt = _PERCENT
        elif hidden and len(numbers) == 1:
            doubt = _HIDDEN
        return _Unit(self._paired(text, b"".join(numbers)), doubt)

    def _tokens(self, plain: str) -> Iterator[tuple[str, int, str, str, str]]:
        """The words, steps, exact forms, stems and kinds of a normalised text, all acronyms taken for such."""
        for chunk in splitter(plain).split(plain)[1::2]:
            exact, stem, kind = self._chunks[chunk]
            if kind is PIECES:
                for start, end, step, part, root, name in exact:
                    yield chunk[start:end], step, part, root, name
            else:
                yield chunk, 1, exact, stem, kind

    def _may_have_a_root(self, exact: str, stem: str) -> bool:
        """Whether the root as a word may be another one; does not ask the stemmer, which few acronyms need."""
        return len(exact) > _NEVER_STEMMED or self._has_a_root(exact, stem)

    def _has_a_root(self, exact: str, stem: str) -> bool:
        return self._word_stem(exact) != stem
