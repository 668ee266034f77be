"""What every engine does. The facade speaks to an engine only through this page.

An engine gets Query trees and Articles, and gives back data. It knows nothing of snippets, of the command line, or
of how a query was typed. What it cannot evaluate it refuses (`UnsupportedQuery`); it never approximates silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from search.language import Analyser
from search.model import Article, FacetCount, IndexInfo, Portion, SearchOptions, Suggestion, TermShare, WriteReport
from search.query.tree import Query


@dataclass(frozen=True, slots=True)
class Match:
    """One matching article with its score (see `Hit.score`) and, when asked for, the shares that make it up."""

    article: Article
    score: float
    explanation: tuple[TermShare, ...] | None = None


@dataclass(frozen=True, slots=True)
class Matches:
    """A page of matches in order, the count of all of them, facets, notes for the reader (bounds reached), and how
    rare each thing asked for is (idf >= 0): by root for words, by exact form for fuzzy ones and the words of phrases,
    by pattern for patterns. `unknown`: exact forms of words asked for that no article holds, not even by root."""

    total: int
    page: tuple[Match, ...]
    facets: Mapping[str, tuple[FacetCount, ...]]
    warnings: tuple[str, ...] = ()
    rarities: Mapping[str, float] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()


class Engine(Protocol):
    """A place that holds articles and answers Query trees. Searching is safe from many threads at once.

    An engine may read every `Portion`, or remember what came of each and read only what it does not hold so.
    """

    def build(
        self,
        articles: Iterable[Article | Portion],
        *,
        wait: float | None = None,
        on_wait: Callable[[], None] | None = None,
    ) -> WriteReport:
        """Replace the whole content in one atomic step. `wait`: seconds to wait for another writer (None: for ever).
        Raises IndexBusy."""

    def add(
        self,
        articles: Iterable[Article | Portion],
        *,
        wait: float | None = None,
        on_wait: Callable[[], None] | None = None,
    ) -> WriteReport:
        """Add new articles and update changed ones, in one atomic step. Raises IndexBusy, IndexMissing."""

    def remove(
        self, ids: Iterable[str], *, wait: float | None = None, on_wait: Callable[[], None] | None = None
    ) -> WriteReport:
        """Delete by id, in one atomic step; unknown ids are left out of the count. Raises IndexBusy, IndexMissing."""

    def analyser(self) -> Analyser:
        """The analyser to use for queries and snippets, with the cache of roots that lasts with the index."""

    def exists(self) -> bool:
        """Whether there is an index here (of any format)."""

    def search(self, query: Query, options: SearchOptions) -> Matches:
        """Rank, sort, page and count. Raises IndexFault, UnsupportedQuery."""

    def get(self, article_id: str) -> Article | None:
        """The stored article, equal to the one given to `build` or `add`; None if there is none."""

    def similar(self, article_id: str, options: SearchOptions) -> Matches:
        """Articles that share the weightiest terms of this one, itself left out. Raises ArticleNotFound."""

    def complete(self, prefix: str, limit: int) -> tuple[Suggestion, ...]:
        """Exact forms that begin with `prefix` (analysed form), commonest first."""

    def neighbours(self, word: str) -> tuple[Suggestion, ...]:
        """Exact forms within a few edits of `word` (analysed form), the likeliest first; [] for a common word."""

    def info(self) -> IndexInfo:
        """Counts and sizes."""

    def check(self) -> tuple[str, ...]:
        """Read every file of the index; each fault found is one sentence. Empty: sound."""

    def close(self) -> None:
        """Let go of files. The engine may be used again afterwards."""
