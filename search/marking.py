"""Finds what a query matched in a text: every form of its words, its phrases, patterns and near spellings.

Between the Query tree and the snippets, which choose passages among the marks found here. The rules of
matching are those of the tree's docstrings, which every engine follows too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from search.language.distance import within
from search.language.forms import is_acronym
from search.language.patterns import compiled
from search.language.spotting import Needle, Needles, Spotter, bare_word, letters_in, needles
from search.query.tree import Fuzzy, Phrase, TextField, Wildcard, Word
from search.query.tree_walk import TextLeaf

if TYPE_CHECKING:
    from search.language import Analyser, Token

NEGATIONS = frozenset({"tidak", "tak", "bukan", "belum", "tanpa"})
"""Words that turn round the one after them; a mark takes them in, so that a reader sees *tidak netral*."""

_LONGEST_CLITIC = 4
"""Letters of -nya, -lah and the like with their hyphen, which may stand behind a negation."""
_NEGATION_ENDS = frozenset(word[-_LONGEST_CLITIC:] for word in NEGATIONS)
_ENDS_NO_TOKEN = ".,;:!?\"')]}"

STRETCH_CHARS = 64_000
MOST_CHARS = 256_000
"""A longer text (some eighty pages) is read up to here for marks; a usual article is one stretch."""
MOST_MARKS = 1_000
_MOST_REMEMBERED = 20_000
_MOST_UNITS = 2_000


class Mark(NamedTuple):
    """`[start, end)` of the text matched term number `term` of the query."""

    start: int
    end: int
    term: int


class _Place(NamedTuple):
    position: int
    start: int
    end: int


_Simple: TypeAlias = "tuple[int, int, int, bool] | tuple[()]"
"""A unit with one mark: the mark's start, end and term, and whether it opens the unit; or one with none."""


class _Unit(NamedTuple):
    """What stands between white space, analysed on its own; offsets and positions count from its start."""

    tokens: list[Token]
    marks: list[Mark]
    opens: bool
    """Whether the first mark is of a word with nothing but white space between it and the unit before."""
    shoutable: bool
    """Whether the marks depend on the line: in one that is all in capitals, a short word is no acronym."""


class Matcher:
    """Leaves of a query, ready to be looked for. Safe to use from many threads."""

    def __init__(self, leaves: tuple[TextLeaf, ...]) -> None:
        self.leaves = leaves
        self._by_exact: dict[str, int] = {}
        self._by_stem: dict[str, int] = {}
        self._patterns: list[tuple[re.Pattern[str], int]] = []
        self._fuzzies: list[tuple[Fuzzy, int]] = []
        self._phrases: list[tuple[Phrase, int]] = []
        for term, leaf in enumerate(self.leaves):
            if isinstance(leaf, Word):
                # Words of one stem are one term: `pilih pemilihan` asks for the same thing twice.
                self._by_exact[leaf.exact] = self._by_stem.setdefault(leaf.stem, term)
            elif isinstance(leaf, Wildcard):
                self._patterns.append((re.compile(translate(leaf.pattern.replace("[", "[[]"))), term))
            elif isinstance(leaf, Fuzzy):
                self._fuzzies.append((leaf, term))
            elif leaf.words:
                self._phrases.append((leaf, term))
        self._expands = bool(self._patterns or self._fuzzies)
        self._phrase_words = {word for phrase, _ in self._phrases for word in phrase.words}
        self._remembered: dict[str, int] = {}
        self._spotter = _spotter(self.leaves)
        self._units: dict[str, _Unit] = {}
        self._simple: dict[str, _Simple] = {}

    def marks(self, text: str, analyser: Analyser) -> list[Mark]:
        """Every match in `text` in order of place, `MOST_MARKS` at most; marks may overlap."""
        if not self.leaves:
            return []
        if len(text) <= STRETCH_CHARS:
            return self._marks(text, analyser)[:MOST_MARKS]
        found: list[Mark] = []
        for start, end in _stretches(text):
            found += [Mark(m.start + start, m.end + start, m.term) for m in self._marks(text[start:end], analyser)]
            if len(found) >= MOST_MARKS:
                break
        return found[:MOST_MARKS]

    def _marks(self, text: str, analyser: Analyser) -> list[Mark]:
        """What `marks_of` gives, from an analysis of those units alone that can match."""
        spotted = self._spotter.units(text) if self._spotter else None
        if spotted is None:
            return self.marks_of(analyser.analyse(text), text)
        found: list[Mark] = []
        make, simple = tuple.__new__, self._simple
        for start, end in sorted(spotted.items()):
            known = simple.get(text[start:end])
            if known is None:
                known = self._look(text[start:end], analyser)
                if known is None:
                    found += self._marks_of_unit(text, start, end, analyser)
                    continue
            if known:
                low, high, term, opens = known
                low += start
                if opens and low > 1 and _may_end_negation(text[max(low - 1 - _LONGEST_CLITIC, 0) : low - 1]):
                    low = _negation_before(text, low, analyser)
                found.append(make(Mark, (low, start + high, term)))
        if self._phrases:
            places = self._places_in_units(text, spotted, analyser)
            if any(phrase.slop and all(map(places.get, phrase.words)) for phrase, _ in self._phrases):
                return self.marks_of(analyser.analyse(text), text)  # the words between them count
            found += self._phrases_at(places)
        found.sort()
        return found

    def _look(self, unit: str, analyser: Analyser) -> _Simple | None:
        """The mark in a unit that is one plain word, as most are; None: there may be more to it."""
        word = None if self._expands else bare_word(unit)
        if word is None:
            return None
        exact, stem, _ = analyser.chunks[word]
        term = self._by_exact.get(exact)
        if term is None:
            if word.isupper() and is_acronym(word):
                return None
            term = self._by_stem.get(stem)
        found: _Simple = ()
        if term is not None:
            start = unit.index(word)
            found = (start, start + len(word), term, not start)
        if len(self._simple) < _MOST_UNITS:
            self._simple[unit] = found
        return found

    def _marks_of_unit(self, text: str, start: int, end: int, analyser: Analyser) -> list[Mark]:
        unit = self._unit(text, start, end, analyser)
        marks = [Mark(start + low, start + high, term) for low, high, term in unit.marks]
        if unit.opens:
            marks[0] = marks[0]._replace(start=_negation_before(text, marks[0].start, analyser))
        if len(marks) < 2 and not unit.shoutable and len(self._simple) < _MOST_UNITS:
            self._simple[text[start:end]] = (*unit.marks[0], unit.opens) if marks else ()
        return marks

    def _unit(self, text: str, start: int, end: int, analyser: Analyser) -> _Unit:
        """The unit at that place of a text."""
        spelled = text[start:end]
        unit = self._units.get(spelled)
        if unit is None:
            unit = self._read(analyser.analyse(spelled), spelled, analyser)
            if self._phrases and len(self._units) < _MOST_UNITS:
                self._units[spelled] = unit
        if unit.shoutable:
            first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
            line = analyser.analyse(text[first : last if last >= 0 else len(text)])
            by = first - start
            moved = [token._replace(start=token.start + by, end=token.end + by) for token in line]
            inside = [token for token in moved if 0 <= token.start < end - start]
            unit = self._read(inside, spelled, analyser)._replace(shoutable=True)
        return unit

    def _read(self, tokens: list[Token], spelled: str, analyser: Analyser) -> _Unit:
        marks = self._words(tokens, spelled)
        opens = bool(marks) and self._term(tokens[0]) is not None and not spelled[: tokens[0].start].strip()
        return _Unit(tokens, marks, opens, any(self._is_shoutable(token, spelled, analyser) for token in tokens))

    def _is_shoutable(self, token: Token, text: str, analyser: Analyser) -> bool:
        exact, by_stem = token.exact, self._by_stem
        if not by_stem or exact in self._by_exact or not is_acronym(text[token.start : token.end]):
            return False
        return by_stem.get(exact) != by_stem.get(analyser.word_stem(exact))

    def marks_of(self, tokens: list[Token], text: str) -> list[Mark]:
        """The matches among `tokens`, which are those of `text`, in order of place."""
        found = self._words(tokens, text)
        if self._phrases:
            found += self._phrases_at(self._places(tokens))
        found.sort()
        return found

    def _phrases_at(self, places: dict[str, list[_Place]]) -> Iterator[Mark]:
        for phrase, term in self._phrases:
            yield from _near(phrase, term, places) if phrase.slop else _in_a_row(phrase, term, places)

    def _words(self, tokens: list[Token], text: str) -> list[Mark]:
        found: list[Mark] = []
        for at, token in enumerate(tokens):
            if (term := self._term(token)) is not None:
                found.append(Mark(_with_negation(tokens, at, text), token.end, term))
            if self._expands and (hit := self._expansion(token.exact)) >= 0:
                found.append(Mark(token.start, token.end, hit))
        return found

    def _term(self, token: Token) -> int | None:
        term = self._by_exact.get(token.exact)
        return self._by_stem.get(token.stem) if term is None else term

    def _expansion(self, exact: str) -> int:
        """The term of the first pattern or near spelling that `exact` matches, or -1; worked out once."""
        known = self._remembered.get(exact)
        if known is None:
            known = next((term for pattern, term in self._patterns if pattern.match(exact)), -1)
            if known < 0:
                near = (term for fuzzy, term in self._fuzzies if within(fuzzy.exact, exact, fuzzy.distance))
                known = next(near, -1)
            if len(self._remembered) < _MOST_REMEMBERED:
                self._remembered[exact] = known
        return known

    def _places(self, tokens: list[Token]) -> dict[str, list[_Place]]:
        places: dict[str, list[_Place]] = {word: [] for word in self._phrase_words}
        for token in tokens:
            if token.exact in places:
                places[token.exact].append(_Place(token.position, token.start, token.end))
        return places

    def _places_in_units(self, text: str, spotted: dict[int, int], analyser: Analyser) -> dict[str, list[_Place]]:
        """The same from units alone. Of positions, only which are neighbours is right."""
        places: dict[str, list[_Place]] = {word: [] for word in self._phrase_words}
        position = last = 0
        for start in sorted(spotted):
            unit = self._unit(text, start, spotted[start], analyser)
            position += _has_words(text, last, start, analyser)
            for low, high, at, exact, _, _ in unit.tokens:
                if exact in places:
                    places[exact].append(_Place(position + at, start + low, start + high))
            position += unit.tokens[-1].position + 1 if unit.tokens else 0
            last = spotted[start]
        return places


def matcher_for(leaves: tuple[TextLeaf, ...], field: TextField) -> Matcher:
    """A matcher, kept for the other articles of the same result page."""
    return _matcher(tuple(leaf for leaf in leaves if leaf.field in (None, field)))


@lru_cache(maxsize=64)
def _matcher(leaves: tuple[TextLeaf, ...]) -> Matcher:
    return Matcher(leaves)


def _spotter(leaves: tuple[TextLeaf, ...]) -> Spotter | None:
    """What finds the units that can match; None where they cannot be told by their letters."""
    wanted: list[Needle] = []
    for leaf in leaves:
        for found in _needles(leaf):
            if found is None:
                return None
            wanted += found
    return Spotter(wanted)


def _needles(leaf: TextLeaf) -> list[Needles]:
    if isinstance(leaf, Word):
        return [needles(leaf.exact, leaf.stem)]
    if isinstance(leaf, Phrase):
        return [letters_in(word) for word in leaf.words]
    return [letters_in(leaf.pattern)] if isinstance(leaf, Wildcard) else [None]


def _has_words(text: str, start: int, end: int, analyser: Analyser) -> bool:
    """Whether there is a token in the whole units of that part of a text."""
    if text[start:end].isspace():
        return False
    # With the space before it, as a percent sign needs one.
    found = compiled(r"\s?\S+").finditer(text, start, end)
    return any(match[0].isalpha() or analyser.analyse(match[0]) for match in found)


def _with_negation(tokens: list[Token], at: int, text: str) -> int:
    """Where the mark of token number `at` begins: at a negation directly before it, else at the token."""
    start = tokens[at].start
    if at and tokens[at - 1].exact in NEGATIONS and text[tokens[at - 1].end : start].isspace():
        return tokens[at - 1].start
    return start


@lru_cache(maxsize=1 << 12)
def _may_end_negation(before: str) -> bool:
    """Whether a negation can end with the `_LONGEST_CLITIC` characters before a space, or with fewer at the start of
    a text. Most words end otherwise."""
    last = before.split()[-1:]
    if not last or not before.endswith(last[0]) or not (last[0].isalpha() and last[0].isascii()):
        return True
    is_whole = len(last[0]) < _LONGEST_CLITIC
    return last[0].lower() in (NEGATIONS if is_whole else _NEGATION_ENDS)


def _negation_before(text: str, start: int, analyser: Analyser) -> int:
    """Where the mark begins whose word stands at `start`, the first of its unit."""
    end = start - 1
    while end > 0 and text[end - 1].isspace():
        end -= 1
    if end <= 0:
        return start
    first = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end)) + 1
    before = text[first:end]
    if before.isascii():
        if before.isalpha():
            return first if before.lower() in NEGATIONS else start
        if before[-1] in _ENDS_NO_TOKEN:
            return start
    last = analyser.analyse(before)[-1:]
    return first + last[0].start if last and last[0].exact in NEGATIONS and last[0].end == end - first else start


def _in_a_row(phrase: Phrase, term: int, places: dict[str, list[_Place]]) -> Iterator[Mark]:
    """One mark over each stretch that holds the phrase's words at neighbouring positions."""
    rest = [{place.position: place.end for place in places[word]} for word in phrase.words[1:]]
    free = -1
    for first in places[phrase.words[0]]:
        if first.position < free:
            continue
        end: int | None = first.end
        for step, ends in enumerate(rest, start=1):
            end = ends.get(first.position + step)
            if end is None:
                break
        if end is not None:
            free = first.position + len(phrase.words)
            yield Mark(first.start, end, term)


def _near(phrase: Phrase, term: int, places: dict[str, list[_Place]]) -> Iterator[Mark]:
    """A mark on each word of the windows of `len(words) + slop` positions that hold all the words."""
    wanted = Counter(phrase.words)
    events = sorted((place, word) for word in wanted for place in places[word])
    width = len(phrase.words) + phrase.slop
    held: Counter[str] = Counter()
    missing = len(phrase.words)
    left = marked = 0
    for right, (place, word) in enumerate(events):
        held[word] += 1
        missing -= held[word] <= wanted[word]
        while place.position - events[left][0].position >= width:
            gone = events[left][1]
            missing += held[gone] <= wanted[gone]
            held[gone] -= 1
            left += 1
        if not missing:
            marked = max(marked, left)
            for inside, _ in events[marked : right + 1]:
                yield Mark(inside.start, inside.end, term)
            marked = right + 1


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """`text` in pieces that analysis can take one at a time, cut between words, up to `MOST_CHARS`."""
    start, last = 0, min(len(text), MOST_CHARS)
    while start < last:
        end = start + STRETCH_CHARS
        if end < last:
            cut = max(text.rfind("\n", start + 1, end), text.rfind(" ", start + 1, end))
            end = cut if cut > start else end
        yield start, min(end, last)
        start = end
