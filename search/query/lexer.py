"""First step of the parser: the typed text cut into lexemes (words, phrases, signs, operators, fields).

Knows where things stand and nothing of what words mean. The brackets it hands on are balanced, and not deep.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from search.language.patterns import compiled
from search.query.fields import scope_of
from search.query.notices import Notices
from search.query.patterns import is_address, without_wildcards

MAX_DEPTH = 24
_QUOTES = "\"“”„‟«»＂"
_CHUNK = rf"[^\s(){_QUOTES}]+"
_QUOTE = f"[{_QUOTES}]"
_FIELD = r"([^\W\d_]+):"
# Digits are bounded so that int() stays cheap; a longer number is simply no distance.
_TILDE = r"~([0-9]{0,6}(?:[.,][0-9]{1,6})?)[,;.!?]*$"
_SLOP = r"~([0-9]{0,6})(?![0-9])"


class Kind(Enum):
    """What a lexeme is."""

    WORD = auto()
    PHRASE = auto()
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    PLUS = auto()
    MINUS = auto()
    FIELD = auto()


class Lexeme(NamedTuple):
    """`text` is the typed text from `start` to `end`: inside the quotes of a phrase, before a `~`, of a field
    without its colon. `tilde`: what stands after `~`, "" for a `~` alone, None without one."""

    kind: Kind
    start: int
    end: int
    text: str
    tilde: str | None = None

    @property
    def holds_text(self) -> bool:
        """Whether its characters are searched (and not an instruction)."""
        return self.kind in (Kind.WORD, Kind.PHRASE)


_OPERATORS = {
    "AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT,
    "DAN": Kind.AND, "ATAU": Kind.OR, "BUKAN": Kind.NOT,
}
_INDONESIAN_OPERATORS = frozenset({"DAN", "ATAU", "BUKAN"})
_BRACKETS = {"(": Kind.OPEN, ")": Kind.CLOSE}
_SIGNS = {"+": Kind.PLUS, "-": Kind.MINUS}


def lex(text: str, notices: Notices) -> list[Lexeme]:
    """The lexemes of `text` in order, brackets balanced. Never raises; oddities go to `notices`."""
    lexemes: list[Lexeme] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char.isspace():
            at += 1
        elif char in _BRACKETS:
            lexemes.append(Lexeme(_BRACKETS[char], at, at + 1, char))
            at += 1
        elif char in _QUOTES:
            at = _lex_phrase(text, at, lexemes, notices)
        elif char in _SIGNS:
            at = _lex_sign(text, at, lexemes, notices)
        else:
            at = _lex_chunk(text, at, lexemes, notices)
    return _balanced(_without_headline_operators(text, lexemes, notices), notices)


def _lex_phrase(text: str, at: int, lexemes: list[Lexeme], notices: Notices) -> int:
    """Read a phrase whose opening quote is at `at`; return where to go on."""
    start = at + 1
    closing = compiled(_QUOTE).search(text, start)
    if closing is None:
        notices.open_quote(text[start:])
        lexemes.append(Lexeme(Kind.PHRASE, start, len(text), text[start:]))
        return len(text)
    slop = compiled(_SLOP).match(text, closing.end()) if text.startswith("~", closing.end()) else None
    lexemes.append(Lexeme(Kind.PHRASE, start, closing.start(), text[start : closing.start()],
                          slop.group(1) if slop else None))
    return slop.end() if slop else closing.end()


def _lex_sign(text: str, at: int, lexemes: list[Lexeme], notices: Notices) -> int:
    """Read `+` or `-` before something; a bare one, or a run of them, is punctuation."""
    end = at + 1
    while end < len(text) and text[end] in _SIGNS:
        end += 1
    followed = end < len(text) and not text[end].isspace() and text[end] != ")"
    if end - at == 1 and followed:
        lexemes.append(Lexeme(_SIGNS[text[at]], at, end, text[at]))
    return end


def _lex_chunk(text: str, at: int, lexemes: list[Lexeme], notices: Notices) -> int:
    """Read a run without spaces, brackets and quotes: an operator, a field's name, or a word."""
    match = compiled(_CHUNK).match(text, at)
    if match is None:  # every start of a chunk matches; this keeps the loop going whatever happens
        return at + 1
    chunk, end = match.group(), match.end()
    if chunk in _OPERATORS:
        lexemes.append(Lexeme(_OPERATORS[chunk], at, end, chunk))
        return end
    if ":" in chunk and (field := compiled(_FIELD).match(chunk)):
        value_at = at + field.end()
        if _opens_field(text, value_at, field.group(1), chunk, notices):
            lexemes.append(Lexeme(Kind.FIELD, at, value_at, field.group(1)))
            return value_at
    tilde = compiled(_TILDE).search(chunk) if "~" in chunk else None
    if tilde and tilde.start() > 0 and not is_address(chunk):
        lexemes.append(Lexeme(Kind.WORD, at, at + tilde.start(), chunk[: tilde.start()], tilde.group(1)))
    else:
        lexemes.append(Lexeme(Kind.WORD, at, end, chunk))
    return end


def _opens_field(text: str, value_at: int, name: str, chunk: str, notices: Notices) -> bool:
    """Whether `name:` is a field here. `Kategori: berita` in running text is not, nor `https://…`."""
    valued = value_at < len(text) and not text[value_at].isspace() and text[value_at] != ")"
    if scope_of(name) is not None:
        if not valued:
            notices.field_without_value(name)
        return valued
    if valued and not is_address(chunk):
        notices.unknown_field(name, chunk)
    return False


def _without_headline_operators(text: str, lexemes: list[Lexeme], notices: Notices) -> list[Lexeme]:
    """DAN, ATAU and BUKAN read as words in what looks like a headline pasted in capitals.

    That is: no small letter anywhere, nothing of the query language beside them, and at least four words,
    more than twice as many as the operators (`KPU DAN ASN DAN TNI DAN POLRI` stays a query).
    """
    if not any(lexeme.text in _INDONESIAN_OPERATORS for lexeme in lexemes) or text.upper() != text:
        return lexemes
    words = [lexeme for lexeme in lexemes if lexeme.kind is Kind.WORD]
    operators = [lexeme for lexeme in lexemes if lexeme.text in _INDONESIAN_OPERATORS]
    if len(words) + len(operators) != len(lexemes) or len(words) < 4 or len(words) <= 2 * len(operators):
        return lexemes
    notices.capitals(operators[0].text)
    return [lexeme._replace(kind=Kind.WORD) for lexeme in lexemes]


def _balanced(lexemes: list[Lexeme], notices: Notices) -> list[Lexeme]:
    """Drop brackets without a partner and those nested too deep, and close what is open at the end."""
    kept: list[Lexeme] = []
    depth = 0
    for lexeme in lexemes:
        if lexeme.kind is Kind.OPEN:
            depth += 1
            if depth > MAX_DEPTH:
                notices.deep_brackets(MAX_DEPTH)
                continue
        elif lexeme.kind is Kind.CLOSE:
            if depth == 0:
                notices.stray_bracket()
                continue
            depth -= 1
            if depth >= MAX_DEPTH:
                continue
        kept.append(lexeme)
    if depth:
        notices.open_bracket()
        end = lexemes[-1].end
        kept.extend([Lexeme(Kind.CLOSE, end, end, "")] * min(depth, MAX_DEPTH))
    return kept


def searched_text(text: str, lexemes: list[Lexeme]) -> str:
    """`text` with everything that is an instruction blanked out, so that offsets stay what they are.

    The analyser then sees the query's words in a row, as in an article (`Rp1,5 miliar` needs both its parts),
    and each pattern as a word of its length.
    """
    pieces: list[str] = []
    at = 0
    for lexeme in lexemes:
        if lexeme.holds_text:
            pieces.append(_blank(text[at : lexeme.start]))
            is_word = lexeme.kind is Kind.WORD
            pieces.append(without_wildcards(lexeme.text) if is_word else lexeme.text)
            at = lexeme.end
    pieces.append(_blank(text[at:]))
    return "".join(pieces)


def _blank(gap: str) -> str:
    return "".join(char if char.isspace() or char in "()" or char in _QUOTES else " " for char in gap)
