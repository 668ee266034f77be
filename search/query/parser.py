"""What a person typed to a Query tree. The way goes lexer -> grammar (here) -> leaf_builder and combine.

Lenient: every text is a query. What was not understood is left out or read as words, and said in a warning.
The language is described in docs/query-language.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from search.query.combine import Clause, Occur, all_of, any_of, required_together
from search.query.fields import ANYWHERE, Scope, scope_of
from search.query.leaf_builder import LeafBuilder
from search.query.lexer import Kind, Lexeme, lex
from search.query.notices import Notices
from search.query.tree import Nothing, Query

if TYPE_CHECKING:
    from search.language import Analyser

MAX_CHARS = 16_384
"""Most characters of a query that are read: a pasted article fits, and a pasted book does no harm."""


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """`text`: as typed; `tree`: what was understood; `warnings`: Indonesian sentences on what was not."""

    text: str
    tree: Query
    warnings: tuple[str, ...] = ()


def parse(text: str, analyser: Analyser) -> ParsedQuery:
    """Read a query. Never raises for any text; a query of nothing usable is `Nothing()` with a warning."""
    notices = Notices()
    read = _bounded(text, notices)
    lexemes = lex(read, notices)
    tree = _Grammar(lexemes, LeafBuilder(read, lexemes, analyser, notices), notices).sequence(ANYWHERE)
    if tree is None:
        notices.no_words()
        tree = Nothing()
    return ParsedQuery(text, tree, notices.all())


def _bounded(text: str, notices: Notices) -> str:
    """At most `MAX_CHARS` of `text`, cut between words where there is a space."""
    if len(text) <= MAX_CHARS:
        return text
    notices.long_query(MAX_CHARS)
    return text[: max(text.rfind(" ", 0, MAX_CHARS + 1), 0) or MAX_CHARS]


class _Grammar:
    """Recursive descent over lexemes whose brackets are balanced and bounded in depth.

        sequence    = { alternatives }                     side by side, the loosest
        alternatives= conjunction { OR conjunction }
        conjunction = operand { AND operand }
        operand     = { NOT | "-" | "+" | FIELD } ( WORD | PHRASE | "(" sequence ")" )
    """

    def __init__(self, lexemes: list[Lexeme], leaf_builder: LeafBuilder, notices: Notices) -> None:
        self._lexemes = lexemes
        self._leaf_builder = leaf_builder
        self._notices = notices
        self._at = 0

    def sequence(self, scope: Scope) -> Query | None:
        """Read up to the end, or to the bracket that closes this group (left for the caller)."""
        clauses: list[Clause] = []
        while self._kind() not in (None, Kind.CLOSE):
            if self._kind() in (Kind.AND, Kind.OR):
                self._stray(self._next())
            else:
                clauses.extend(self._alternatives(scope))
        return all_of(clauses, self._notices)

    def _alternatives(self, scope: Scope) -> list[Clause]:
        groups = [self._conjunction(scope)]
        while self._kind() is Kind.OR:
            operator = self._next()
            group = self._conjunction(scope)
            if not group or not groups[-1]:
                self._stray(operator)
            groups.append(group)
        groups = [group for group in groups if group]
        if len(groups) < 2:
            return groups[0] if groups else []
        if any(len(group) == 1 and group[0].occur is Occur.REQUIRED for group in groups):
            self._notices.plus_in_or()
        either = any_of(node for group in groups if (node := all_of(group, self._notices)))
        return [Clause(Occur.PLAIN, (either,))] if either else []

    def _conjunction(self, scope: Scope) -> list[Clause]:
        operands = [self._operand(scope)]
        while self._kind() is Kind.AND:
            operator = self._next()
            operand = self._operand(scope)
            if operand is None or operands[-1] is None:
                self._stray(operator)
            operands.append(operand)
        return required_together([operand for operand in operands if operand])

    def _operand(self, scope: Scope) -> Clause | None:
        """One word, phrase or group with what stands before it; None if there is nothing to search in it."""
        negated = required = False
        last_not: Lexeme | None = None
        while self._kind() in (Kind.NOT, Kind.MINUS, Kind.PLUS, Kind.FIELD):
            lexeme = self._next()
            if lexeme.kind is Kind.FIELD:
                scope = scope_of(lexeme.text) or scope
            elif lexeme.kind is Kind.PLUS:
                required = True
            else:
                negated = not negated
                last_not = lexeme if lexeme.kind is Kind.NOT else last_not
        nodes = self._primary(scope)
        if not nodes:
            if last_not:
                self._stray(last_not)
            return None
        occur = Occur.EXCLUDED if negated else Occur.REQUIRED if required else Occur.PLAIN
        return Clause(occur, nodes)

    def _primary(self, scope: Scope) -> tuple[Query, ...]:
        kind = self._kind()
        if kind is Kind.OPEN:
            self._next()
            group = self.sequence(scope._replace(grouped=True))
            self._next()
            return (group,) if group else ()
        if kind not in (Kind.WORD, Kind.PHRASE):
            return ()
        lexeme = self._next()
        if not (scope.restricts and scope.grouped and kind is Kind.WORD):
            return self._leaf_builder.leaves(lexeme, scope)
        end = lexeme.end
        while self._kind() is Kind.WORD:  # sumber:(Suara Desa OR Kompas) has two values
            end = self._next().end
        return self._leaf_builder.restriction(lexeme, end, scope)

    def _stray(self, operator: Lexeme) -> None:
        self._notices.stray_operator(operator.text)

    def _kind(self) -> Kind | None:
        return self._lexemes[self._at].kind if self._at < len(self._lexemes) else None

    def _next(self) -> Lexeme:
        self._at += 1
        return self._lexemes[self._at - 1]
