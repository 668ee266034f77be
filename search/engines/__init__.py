"""Engines hold articles and answer Query trees. The one table below names them; a location chooses among them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from search.errors import UsageError

if TYPE_CHECKING:
    from search.engines.protocol import Engine

ENGINES = {"whoosh": ("search.engines.whoosh.engine", "WhooshEngine")}
"""Name -> module and class, imported only when chosen. A plain path means "whoosh"; "name://…" any other."""


def open_engine(location: str | Path) -> Engine:
    """The engine that serves `location`; nothing is opened yet. Raises UsageError for an unknown kind."""
    text = str(location)
    name, separator, _ = text.partition("://")
    if not separator:
        name = "whoosh"
    if name not in ENGINES:
        raise UsageError(f"There is no engine {name!r}.", hint=f"Give a folder, or one of: {', '.join(ENGINES)}.")
    module, kind = ENGINES[name]
    engine: Engine = getattr(import_module(module), kind)(Path(text))
    return engine
