"""Middle step of the parser: one lexeme, in the field it stands in, to leaves of the Query tree.

The whole query is analysed once, so that a word here is what the same word in an article's running text is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING

from search.query import patterns
from search.query.fields import Scope
from search.query.lexer import Kind, Lexeme, searched_text
from search.query.notices import Notices
from search.query.tree import DateRange, Everything, Filter, Fuzzy, Phrase, Query, TextField, Wildcard, Word

if TYPE_CHECKING:
    from search.language import Analyser, Token

MAX_TERMS = 256
"""Most distinct words of a query that are searched: a long paragraph's worth; an engine's work is bounded."""
MAX_PATTERNS = 16
"""Most patterns and fuzzy words of a query, each of which may stand for hundreds of indexed words."""
MAX_SLOP = 100
MAX_DISTANCE = 2
FUZZY_LEAST = 3
FUZZY_LEAST_FOR_TWO = 5


class LeafBuilder:
    """Makes the leaves of one query and keeps count of them."""

    def __init__(self, text: str, lexemes: list[Lexeme], analyser: Analyser, notices: Notices) -> None:
        self._text = text
        self._analyser = analyser
        self._notices = notices
        self._tokens = first_at_each_position(analyser.analyse(searched_text(text, lexemes)))
        self._starts = [token.start for token in self._tokens]
        self._terms: set[Query | str] = set()
        self._patterns = 0

    def leaves(self, lexeme: Lexeme, scope: Scope) -> tuple[Query, ...]:
        """The leaves a word or phrase stands for; several where analysis splits it, none for punctuation."""
        if scope.restricts:
            return self.restriction(lexeme, lexeme.end, scope)
        if lexeme.kind is Kind.PHRASE:
            return self._phrase(lexeme, scope.text)
        if patterns.is_bare_star(lexeme.text):
            return (Everything(),)
        return tuple(self._words(lexeme, scope.text))

    def restriction(self, lexeme: Lexeme, end: int, scope: Scope) -> tuple[Query, ...]:
        """The filter or range of days for the value that begins with `lexeme` and ends at `end`."""
        value = " ".join(self._text[lexeme.start : end].split())
        if scope.bound is not None:
            return self._days(value.rstrip(",;"), scope)
        if scope.filter is None:
            return ()
        if lexeme.kind is Kind.WORD and "*" in value:
            self._notices.pattern_in_value(scope.name, value)
            value = " ".join(value.replace("*", " ").split())
        if not any(map(str.isalnum, value)) or not self._within(lexeme.start, end):
            self._notices.empty_value(scope.name, value)
            return ()
        leaf = Filter(scope.filter, " ".join(self._analyser.fold(value.rstrip(",;")).split()))
        return (leaf,) if self._affords(leaf) else ()

    def _days(self, value: str, scope: Scope) -> tuple[Query, ...]:
        from search.language.dates import parse_day_range  # its patterns cost milliseconds, and few queries have days

        days = parse_day_range(value)
        if days is None:
            self._notices.bad_date(scope.name, value)
            return ()
        first, last = days
        if scope.bound == "since":
            return (DateRange(since=first),)
        if scope.bound == "until":
            return (DateRange(until=last),)
        return (DateRange(first, last),)

    def _words(self, lexeme: Lexeme, field: TextField | None) -> Iterator[Query]:
        bounds = patterns.pattern_bounds(lexeme.text)
        if bounds and lexeme.tilde is not None:
            self._notices.fuzzy_pattern(lexeme.text)
        found = self._within(lexeme.start, lexeme.end)
        if bounds and not found:
            self._notices.wide_pattern(lexeme.text)
        for token in found:
            typed = self._text[token.start : token.end]
            leaf: Query | None
            if bounds and any(char in patterns.WILDCARDS for char in typed):
                leaf = self._wildcard(typed, field)
            elif lexeme.tilde is not None and not bounds:
                leaf = self._fuzzy(token, lexeme, field)
            else:
                leaf = Word(token.exact, token.stem, field)
            if leaf is not None and self._affords(leaf):
                yield leaf

    def _wildcard(self, typed: str, field: TextField | None) -> Query | None:
        pattern = patterns.collapsed(self._folded(typed))
        if patterns.is_too_wide(pattern):
            self._notices.wide_pattern(typed)
            return None
        if patterns.is_too_costly(pattern):
            self._notices.many_wildcards(typed, patterns.MAX_STARS)
            return None
        return Wildcard(pattern, field)

    def _folded(self, typed: str) -> str:
        """A typed pattern in the form of indexed words, its wildcards untouched."""
        pieces: list[str] = []
        literal = ""
        for char in typed:
            if char in patterns.WILDCARDS:
                pieces += [self._analyser.fold(literal), char]
                literal = ""
            else:
                literal += char
        pieces.append(self._analyser.fold(literal))
        return "".join(pieces)

    def _fuzzy(self, token: Token, lexeme: Lexeme, field: TextField | None) -> Query:
        typed = f"{lexeme.text}~{lexeme.tilde}"
        asked = lexeme.tilde or "1"
        # Lucene once wrote similarities such as ~0.8; one edit is the nearest to all of them.
        distance = int(asked) if asked.isdecimal() else 1
        if distance == 0:
            return Word(token.exact, token.stem, field)
        if len(token.exact) < FUZZY_LEAST:
            self._notices.fuzzy_too_short(typed)
            return Word(token.exact, token.stem, field)
        # Two edits turn a word of four letters into most others of that length.
        most = MAX_DISTANCE if len(token.exact) >= FUZZY_LEAST_FOR_TWO else 1
        if distance > most or not asked.isdecimal():
            distance = min(distance, most)
            self._notices.fuzzy_bounded(typed, distance)
        return Fuzzy(token.exact, distance, field)

    def _phrase(self, lexeme: Lexeme, field: TextField | None) -> tuple[Query, ...]:
        if "*" in lexeme.text:
            self._notices.pattern_in_phrase(lexeme.text)
        words = tuple(token.exact for token in self._within(lexeme.start, lexeme.end))[:MAX_TERMS]
        if not words:
            return ()
        slop = 0
        if lexeme.tilde is not None:
            slop = int(lexeme.tilde or "1")
            if slop > MAX_SLOP:
                slop = MAX_SLOP
                self._notices.slop_bounded(lexeme.text, slop)
        leaf = Phrase(words, slop, field)
        return (leaf,) if self._affords(leaf) else ()

    def _within(self, start: int, end: int) -> list[Token]:
        return self._tokens[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def _affords(self, leaf: Query) -> bool:
        """Count a leaf; False, with a notice, once the query has as many as it may."""
        if leaf in self._terms:
            return True
        if isinstance(leaf, Wildcard | Fuzzy):
            if self._patterns >= MAX_PATTERNS:
                self._notices.too_many_patterns(leaf.pattern if isinstance(leaf, Wildcard) else leaf.exact,
                                                MAX_PATTERNS)
                return False
            self._patterns += 1
        new = set(leaf.words) - self._terms if isinstance(leaf, Phrase) else {leaf}
        if len(self._terms) + len(new) > MAX_TERMS:
            self._notices.too_many_terms(MAX_TERMS)
            return False
        self._terms |= new
        return True


def first_at_each_position(tokens: list[Token]) -> list[Token]:
    """The first token of each position: the form that was typed, without its parts and other spellings."""
    kept: list[Token] = []
    for token in tokens:
        if not kept or token.position != kept[-1].position:
            kept.append(token)
    return kept
