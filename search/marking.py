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
from typing import TYPE_CHECKING, NamedTuple

from search.language.distance import within
from search.query.tree import Fuzzy, Phrase, TextField, Wildcard, Word
from search.query.tree_walk import TextLeaf

if TYPE_CHECKING:
    from search.language import Analyser, Token

NEGATIONS = frozenset({"tidak", "tak", "bukan", "belum", "tanpa"})
"""Words that turn round the one after them; a mark takes them in, so that a reader sees *tidak netral*."""

STRETCH_CHARS = 64_000
MOST_CHARS = 256_000
"""A longer text (some eighty pages) is read up to here for marks; a usual article is one stretch."""
MOST_MARKS = 1_000
_MOST_REMEMBERED = 20_000


class Mark(NamedTuple):
    """`[start, end)` of the text matched term number `term` of the query."""

    start: int
    end: int
    term: int


class _Place(NamedTuple):
    position: int
    start: int
    end: int


class Matcher:
    """The leaves of a query, ready to be looked for in one field. Safe to use from many threads."""

    def __init__(self, leaves: tuple[TextLeaf, ...], field: TextField) -> None:
        """`leaves`: as `search.query.tree_walk.leaves` gives them; those for the other field are left out."""
        self.leaves = tuple(leaf for leaf in leaves if leaf.field in (None, field))
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
        self._phrase_words = {word for phrase, _ in self._phrases for word in phrase.words}
        self._remembered: dict[str, int] = {}

    def marks(self, text: str, analyser: Analyser) -> list[Mark]:
        """Every match in `text` in order of place, `MOST_MARKS` at most; marks may overlap."""
        if not self.leaves:
            return []
        found: list[Mark] = []
        for start, end in _stretches(text):
            stretch = text[start:end]
            marks = self.marks_of(analyser.analyse(stretch), stretch)
            found += [Mark(m.start + start, m.end + start, m.term) for m in marks] if start else marks
            if len(found) >= MOST_MARKS:
                break
        return found[:MOST_MARKS]

    def marks_of(self, tokens: list[Token], text: str) -> list[Mark]:
        """The matches among `tokens`, which are those of `text`, in order of place."""
        found = self._words(tokens, text)
        if self._phrases:
            places = self._places(tokens)
            for phrase, term in self._phrases:
                found += _near(phrase, term, places) if phrase.slop else _in_a_row(phrase, term, places)
        found.sort()
        return found

    def _words(self, tokens: list[Token], text: str) -> list[Mark]:
        found: list[Mark] = []
        by_exact, by_stem = self._by_exact, self._by_stem
        expands = bool(self._patterns or self._fuzzies)
        for at, token in enumerate(tokens):
            term = by_exact.get(token.exact)
            if term is None:
                term = by_stem.get(token.stem)
            if term is not None:
                found.append(Mark(_with_negation(tokens, at, text), token.end, term))
            if expands and (hit := self._expansion(token.exact)) >= 0:
                found.append(Mark(token.start, token.end, hit))
        return found

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


@lru_cache(maxsize=128)
def matcher_for(leaves: tuple[TextLeaf, ...], field: TextField) -> Matcher:
    """A matcher, kept for the other articles of the same result page."""
    return Matcher(leaves, field)


def _with_negation(tokens: list[Token], at: int, text: str) -> int:
    """Where the mark of token number `at` begins: at a negation directly before it, else at the token."""
    start = tokens[at].start
    if at and tokens[at - 1].exact in NEGATIONS and text[tokens[at - 1].end : start].isspace():
        return tokens[at - 1].start
    return start


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
