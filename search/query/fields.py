"""The field names that a query may use, in Indonesian and English, and what each does.

Read by the lexer (is `judul:` a field?) and the leaf builder (what does its value become?).
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from search.query.tree import FilterField, TextField

Bound: TypeAlias = Literal["since", "until", "day"]


class Scope(NamedTuple):
    """The field that a word stands in. One of `text`, `filter`, `bound` is set, or none: title and body.

    `name` is the field as typed; `grouped`: inside the parentheses of `name:( )`.
    """

    name: str = ""
    text: TextField | None = None
    filter: FilterField | None = None
    bound: Bound | None = None
    grouped: bool = False

    @property
    def restricts(self) -> bool:
        """Whether a value in this scope narrows the result without being ranked."""
        return self.filter is not None or self.bound is not None


ANYWHERE = Scope()

_SCOPES: dict[str, Scope] = {
    "judul": Scope(text="title"),
    "title": Scope(text="title"),
    "isi": Scope(text="body"),
    "body": Scope(text="body"),
    "sumber": Scope(filter="source"),
    "source": Scope(filter="source"),
    "kategori": Scope(filter="category"),
    "category": Scope(filter="category"),
    "daerah": Scope(filter="place"),
    "place": Scope(filter="place"),
    "sejak": Scope(bound="since"),
    "since": Scope(bound="since"),
    "sampai": Scope(bound="until"),
    "until": Scope(bound="until"),
    "tanggal": Scope(bound="day"),
    "date": Scope(bound="day"),
}

FIELD_NAMES = tuple(_SCOPES)


def scope_of(name: str) -> Scope | None:
    """The scope that the field `name` opens, case of no matter; None for an unknown name."""
    found = _SCOPES.get(name.casefold())
    return found and found._replace(name=name)
