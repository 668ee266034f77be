"""The Whoosh schema of the index: text by root and by exact form, labels, the date, and the stored article.

The schema is always passed to Whoosh from here and never taken from the pickle that Whoosh keeps in the index.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whoosh.analysis import Token as WhooshToken
from whoosh.analysis.acore import Composable
from whoosh.columns import Column
from whoosh.fields import DATETIME, ID, KEYWORD, FieldType, Schema
from whoosh.formats import Positions

from search.language import Analyser

TEXT_FIELDS = ("title", "body")
"""Fields of `Article` that are searched as text: each by root under its own name, and by exact form as `*_exact`."""


class IndonesianAnalyzer(Composable):  # type: ignore[misc]
    """Our analysis in the shape that Whoosh's own query parser and highlighter expect."""

    def __init__(self, form: str) -> None:
        self.form = form

    def __call__(
        self,
        value: str,
        *,
        positions: bool = False,
        chars: bool = False,
        start_pos: int = 0,
        start_char: int = 0,
        **_: Any,
    ) -> Iterator[WhooshToken]:
        token = WhooshToken(positions, chars)
        for found in Analyser().analyse(value):
            token.text = getattr(found, self.form)
            token.boost = 1.0
            token.pos = start_pos + found.position
            token.startchar, token.endchar = start_char + found.start, start_char + found.end
            yield token


class AnalysedText(FieldType):  # type: ignore[misc]
    """Text indexed by root ("stem") or exact form ("exact") with positions."""

    def __init__(self, form: str, stored: bool = False) -> None:
        super().__init__(Positions(), IndonesianAnalyzer(form), scorable=True, stored=stored, multitoken_query="and")


class LabelColumn(Column):  # type: ignore[misc]
    """Texts that repeat; kept by our segments as numbers of distinct values."""

    _default = b""


class NumberColumn(Column):  # type: ignore[misc]
    """One integer a document, 0 where unknown."""

    reversible = True
    _default = 0


SCHEMA = Schema(
    id=ID(unique=True, stored=True, sortable=LabelColumn()),
    title=AnalysedText("stem", stored=True),
    body=AnalysedText("stem", stored=True),
    title_exact=AnalysedText("exact"),
    body_exact=AnalysedText("exact"),
    published=DATETIME(stored=True, sortable=NumberColumn()),
    source=ID(stored=True, sortable=LabelColumn()),
    category=KEYWORD(stored=True, commas=True, sortable=LabelColumn()),
    place=ID(stored=True, sortable=LabelColumn()),
    url=ID(stored=True),
    author=ID(stored=True),
)
