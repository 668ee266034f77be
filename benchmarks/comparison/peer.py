"""What an engine must be able to do to take part, and the table of those that do.

An engine's module is imported only where it is used, so that a process measured for memory holds that engine alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from comparison.corpus import Record
from comparison.questions import Question

TOP = 10
SNIPPET = 240  # characters, where the engine's door takes a length

OURS, OURS_PLAIN, STOCK = "ours", "ours (plain BM25)", "stock Whoosh"
PEERS = {
    OURS: ("comparison.ours", "Ours"),
    OURS_PLAIN: ("comparison.ours", "OursPlain"),
    "tantivy": ("comparison.tantivy_peer", "Tantivy"),
    "Lucene": ("comparison.lucene", "Lucene"),
    "SQLite FTS5": ("comparison.fts5", "Fts5"),
    "bm25s": ("comparison.bm25s_peer", "Bm25s"),
    STOCK: ("comparison.stock_whoosh", "StockWhoosh"),
}


class Peer(Protocol):
    """One engine. `find` and what follows take a question made ready by `ready`, and give article numbers, best first;
    each returns the nanoseconds it took beside them, as some clocks run elsewhere."""

    tolerance: float
    """Relative difference of scores from the oracle that rounding explains."""

    def missing(self) -> str | None:
        """Why it cannot run here, or None."""

    def version(self) -> str: ...

    def build(self, folder: Path, records: Iterable[Record]) -> dict[str, float] | None:
        """Index everything. An engine in another process gives back its `documents`, `seconds` and `peak_bytes`."""

    def open(self, folder: Path) -> float | None:
        """Open for searching; the seconds, where the clock is elsewhere."""

    def does(self, what: str, question: Question) -> bool:
        """Whether it can answer this ("ids", "total", "titles", "snippets"; kind of question)."""

    def ready(self, question: Question) -> Any:
        """The question as the engine's own query object."""

    def ids(self, asked: Any, count: int) -> tuple[int, Sequence[int]]: ...

    def total(self, asked: Any) -> tuple[int, int]:
        """The top ten, and how many match in all; only the latter is given back."""

    def titles(self, asked: Any) -> tuple[int, Sequence[str]]: ...

    def snippets(self, asked: Any) -> tuple[int, Sequence[str]]: ...

    def formula(self) -> Any:
        """Its ranking, from `comparison.oracle`."""

    def resident(self) -> int | None:
        """Most memory of the searching process in bytes, if that is another one."""

    def close(self) -> None: ...


class Base:
    """What most engines share."""

    tolerance = 1e-4

    def missing(self) -> str | None:
        return None

    def does(self, what: str, question: Question) -> bool:
        return True

    def resident(self) -> int | None:
        return None

    def close(self) -> None:
        pass


def peer(name: str) -> Peer:
    module, kind = PEERS[name]
    made: Peer = getattr(import_module(module), kind)()
    return made
