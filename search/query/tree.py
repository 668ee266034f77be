"""The Query tree: what a person asked for, analysed, and free of any engine.

Made by `search.query.parser`, evaluated by an engine, and used by `search.snippets` to find what to mark.
Every node is a frozen, hashable dataclass. Field names in a tree are those of `Article`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

TextField: TypeAlias = Literal["title", "body"]
FilterField: TypeAlias = Literal["source", "category", "place"]


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word: its root finds, its exact form ranks higher. `field` None means title and body."""

    exact: str
    stem: str
    field: TextField | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """Exact forms in this order. `slop` 0: adjacent. `slop` n: all the words, in any order, within a window of at
    most `len(words) + n` positions."""

    words: tuple[str, ...]
    slop: int = 0
    field: TextField | None = None


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A pattern over exact forms: `*` stands for any run of characters (also none), `?` for one."""

    pattern: str
    field: TextField | None = None


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """Exact forms within `distance` (1 or 2) edits (insert, delete, replace, swap of neighbours) of `exact`."""

    exact: str
    distance: int = 1
    field: TextField | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """Articles whose `field` equals `value`, or has the words of `value` in it in a row, case and accents of no
    matter ("wonosobo" matches "Kabupaten Wonosobo"). For `category`, the tags count too. Scores nothing."""

    field: FilterField
    value: str


@dataclass(frozen=True, slots=True)
class DateRange:
    """Articles published on a local day from `since` to `until`, both included; None leaves an end open. An
    article without a date never matches. Scores nothing."""

    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Everything:
    """Every article. Scores nothing."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No article: what an empty query, or one of unusable parts alone, means."""


@dataclass(frozen=True, slots=True)
class Boolean:
    """All of `must`, none of `must_not`; where `must` is empty, at least one of `should` (where `should` is empty
    too: every article). The score is the sum over the `must` and `should` that match."""

    must: tuple[Query, ...] = ()
    should: tuple[Query, ...] = ()
    must_not: tuple[Query, ...] = ()


Query: TypeAlias = (
    "Word | Phrase | Wildcard | Fuzzy | Filter | DateRange | Everything | Nothing | Boolean"
)
