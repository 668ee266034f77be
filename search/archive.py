"""The facade: one class behind every door. The command line, a web page and Python callers get the same Results
because there is no second path: read, parse, ask the engine, cut snippets.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from search.engines import open_engine
from search.errors import ArticleNotFound, ReadingError, UsageError
from search.model import (
    Article,
    Hit,
    IndexInfo,
    Portion,
    ReadOptions,
    Results,
    SearchOptions,
    Skipped,
    Sort,
    Suggestion,
    WriteReport,
)
from search.query.tree import Boolean, DateRange, Filter, Query, Word

if TYPE_CHECKING:
    from search.engines.protocol import Match, Matches
    from search.language import Step

FEW = 3
"""With fewer results than this a did-you-mean is looked for."""


class Archive:
    """An archive of articles with its index. Searching is safe from many threads; use it as a context manager.

    `index`: a folder, or the location of another engine. Making an Archive opens and creates nothing.
    All methods raise only `search.errors.CariError`, and `OSError` where a disk fails.
    """

    def __init__(self, index: str | Path = "index") -> None:
        self.location = index
        self._engine = open_engine(index)

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the index's files."""
        self._engine.close()

    def exists(self) -> bool:
        """Whether there is an index (of any format) at the location."""
        return self._engine.exists()

    # Writing

    def build(
        self,
        sources: str | Path | Iterable[str | Path | Article],
        options: ReadOptions = ReadOptions(),  # noqa: B008  (frozen)
        *,
        wait: float | None = None,
        on_wait: Callable[[], None] | None = None,
        on_skip: Callable[[Skipped], None] | None = None,
        on_file: Callable[[int, int], None] | None = None,
        on_article: Callable[[int], None] | None = None,
    ) -> WriteReport:
        """Build the index anew from files, folders or articles, and swap it in when it is whole.

        `wait`: seconds to wait for another writer, None for ever. `on_wait` is called once if there is one,
        `on_skip` for each thing left out, `on_file(done, total)` and `on_article(count)` as work goes on.
        Raises ReadingError (nothing to read, or `options.strict`), IndexBusy.
        """
        reading = _Reading(sources, options, on_skip, on_file, on_article)
        report = self._engine.build(reading.articles(required=True), wait=wait, on_wait=on_wait)
        return replace(report, skipped=tuple(reading.skipped))

    def add(
        self,
        sources: str | Path | Iterable[str | Path | Article],
        options: ReadOptions = ReadOptions(),  # noqa: B008  (frozen)
        *,
        wait: float | None = None,
        on_wait: Callable[[], None] | None = None,
        on_skip: Callable[[Skipped], None] | None = None,
        on_file: Callable[[int, int], None] | None = None,
        on_article: Callable[[int], None] | None = None,
    ) -> WriteReport:
        """Add new articles and update changed ones, by id; unchanged ones cost a look-up. Makes a new index where
        there is none. Arguments and errors as in `build`."""
        reading = _Reading(sources, options, on_skip, on_file, on_article)
        write = self._engine.add if self.exists() else self._engine.build
        report = write(reading.articles(required=not self.exists()), wait=wait, on_wait=on_wait)
        return replace(report, skipped=tuple(reading.skipped))

    def remove(
        self, ids: Iterable[str], *, wait: float | None = None, on_wait: Callable[[], None] | None = None
    ) -> WriteReport:
        """Delete articles by id; unknown ids are simply not counted. Raises IndexMissing, IndexBusy."""
        wanted = [_text(one, "An id") for one in ([ids] if isinstance(ids, str) else ids)]
        return self._engine.remove(wanted, wait=wait, on_wait=on_wait)

    # Reading

    def search(self, query: str, options: SearchOptions = SearchOptions()) -> Results:  # noqa: B008  (frozen)
        """Find articles. A query never fails to parse: what was not understood is in `Results.warnings`.

        An empty query with a filter or date in the options matches every article that these let through.
        Raises UsageError for impossible options, IndexFault.
        """
        from search.query.parser import parse

        started = time.perf_counter()
        query, options = _text(query, "The query"), _checked(options)
        analyser = self._engine.analyser()
        parsed = parse(query, analyser)
        filters = self._filters(options)
        browsing = not query.strip() and filters
        tree = Boolean(must=(*filters, *(() if browsing else (parsed.tree,)))) if filters else parsed.tree
        matches = self._engine.search(tree, options)
        suggestion = self._suggestion(query, parsed.tree, matches)
        warnings = (*(() if browsing else parsed.warnings), *matches.warnings)
        return self._results(query, tree, matches, options, started, warnings, suggestion)

    def similar(self, article_id: str, options: SearchOptions = SearchOptions()) -> Results:  # noqa: B008  (frozen)
        """Articles that share the weightiest words of one. Raises ArticleNotFound."""
        started = time.perf_counter()
        options = _checked(options)
        matches = self._engine.similar(_text(article_id, "The id"), options)
        return self._results("", Boolean(), matches, options, started, matches.warnings, None)

    def get(self, article_id: str) -> Article:
        """The stored article. Raises ArticleNotFound."""
        article = self._engine.get(_text(article_id, "The id"))
        if article is None:
            raise ArticleNotFound(
                f"There is no article with the id {article_id!r}.",
                hint="`cari search … --format ids` prints the ids of what it finds.",
            )
        return article

    def suggest(self, prefix: str, limit: int = 10) -> tuple[Suggestion, ...]:
        """Words of the index that begin with `prefix`, commonest first."""
        folded = self._engine.analyser().fold(_text(prefix, "The prefix")).strip()
        return self._engine.complete(folded, limit) if folded and limit > 0 else ()

    def trace(self, text: str) -> tuple[Step, ...]:
        """What the analyser does with a text, step by step. Needs no index."""
        return self._engine.analyser().trace(text)

    def info(self) -> IndexInfo:
        """Counts and sizes. Raises IndexFault."""
        return self._engine.info()

    def check(self) -> tuple[str, ...]:
        """Read the whole index and say what is wrong with it; empty if nothing is."""
        return self._engine.check()

    # Within

    def _filters(self, options: SearchOptions) -> tuple[Query, ...]:
        fold = self._engine.analyser().fold
        filters: list[Query] = []
        for name in ("source", "category", "place"):
            value = getattr(options, name)
            if value is not None:
                filters.append(Filter(name, " ".join(fold(_text(value, name)).split())))
        if options.since is not None or options.until is not None:
            filters.append(DateRange(options.since, options.until))
        return tuple(filters)

    def _results(
        self,
        query: str,
        tree: Query,
        matches: Matches,
        options: SearchOptions,
        started: float,
        warnings: tuple[str, ...],
        suggestion: str | None,
    ) -> Results:
        hits = tuple(
            self._hit(options.offset + place, match, tree, options, matches.rarities)
            for place, match in enumerate(matches.page, 1)
        )
        seconds = time.perf_counter() - started
        return Results(query, matches.total, seconds, hits, warnings, matches.facets, suggestion)

    def _hit(
        self, rank: int, match: Match, tree: Query, options: SearchOptions, rarities: Mapping[str, float]
    ) -> Hit:
        if options.snippet_chars == 0:
            return Hit(rank, match.score, match.article, explanation=match.explanation)
        from search.snippets import highlight

        found = highlight(match.article, tree, self._engine.analyser(), options.snippet_chars, weights=rarities)
        return Hit(rank, match.score, match.article, found.title_marks, found.passages, match.explanation)

    def _suggestion(self, query: str, tree: Query, matches: Matches) -> str | None:
        """The query with each word that no article holds replaced by its likeliest neighbour; where little was found
        at all, hardly known words too."""
        from search.query.tree_walk import leaves

        if matches.total >= FEW and not matches.unknown:
            return None
        typed = {leaf.exact for leaf in leaves(tree) if isinstance(leaf, Word)}
        doubtful = typed if matches.total < FEW else typed & matches.unknown
        corrected, last = [], 0
        for token in self._engine.analyser().analyse(query):
            if token.exact in doubtful and token.kind == "word" and token.start >= last:
                better = self._engine.neighbours(token.exact)
                if better:
                    corrected += [query[last : token.start], better[0].text]
                    last = token.end
        return "".join(corrected) + query[last:] if corrected else None


def _checked(options: SearchOptions) -> SearchOptions:
    """The options, with a sort order given as text made a `Sort`. Raises UsageError for what cannot be meant."""
    for name in ("limit", "offset", "snippet_chars", "facet_limit"):
        value = getattr(options, name)
        if not isinstance(value, int) or value < 0:
            raise UsageError(f"{name} must be 0 or a positive whole number, not {value!r}.", hint="Give such a number.")
    options = replace(options, since=_day(options.since), until=_day(options.until))
    if options.since and options.until and options.since > options.until:
        raise UsageError(
            f"The range of days ends ({options.until}) before it begins ({options.since}).",
            hint="Exchange the two days.",
        )
    try:
        return replace(options, sort=Sort(options.sort))
    except ValueError as error:
        known = ", ".join(order.value for order in Sort)
        raise UsageError(f"There is no order {options.sort!r}.", hint=f"Choose from {known}.") from error


def _day(value: date | None) -> date | None:
    if not isinstance(value, (date, type(None))):
        raise UsageError("since and until must be dates.", hint="Use datetime.date(2015, 11, 1).")
    return value.date() if isinstance(value, datetime) else value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{name} must be text, not {type(value).__name__}.", hint="Pass a str.")
    return value


class _Reading:
    """Sources of one run turned into articles, with what was skipped on the way."""

    def __init__(
        self,
        sources: str | Path | Iterable[str | Path | Article],
        options: ReadOptions,
        on_skip: Callable[[Skipped], None] | None,
        on_file: Callable[[int, int], None] | None,
        on_article: Callable[[int], None] | None,
    ) -> None:
        self._sources: Iterable[str | Path | Article] = [sources] if isinstance(sources, (str, Path)) else sources
        self._options, self._on_skip, self._on_file, self._on_article = options, on_skip, on_file, on_article
        self.skipped: list[Skipped] = []
        self._count = 0

    def counted(self, articles: int) -> None:
        """Articles that were read, or that need not be."""
        self._count += articles
        if self._on_article is not None and articles:
            self._on_article(self._count)

    def _skip(self, skipped: Skipped) -> None:
        self.skipped.append(skipped)
        if self._on_skip is not None:
            self._on_skip(skipped)

    def articles(self, *, required: bool) -> Iterator[Article | Portion]:
        """All articles, those of a file as a portion, which the engine reads if need be. Raises ReadingError at the
        end if there was none though `required`: an index is not emptied by a mistyped folder."""
        for item in self._each():
            if isinstance(item, Article):
                self.counted(1)
                yield item
            else:
                yield _CountedPortion(item, self)
        if required and not self._count:
            raise ReadingError(
                "No article was found in what was given, so the index was left as it was.",
                hint="Name a folder or file that holds articles: text, HTML, JSON, CSV, RSS, an export of a blog.",
            )

    def _each(self) -> Iterator[Article | Portion]:
        # Articles and paths may be mixed; runs of paths are read together so that progress counts all their files.
        paths: list[str | Path] = []
        for source in self._sources:
            if isinstance(source, Article):
                yield from self._read(paths)
                paths = []
                yield source
            elif isinstance(source, (str, Path)):
                paths.append(source)
            else:
                raise UsageError(
                    f"A source must be a path or an Article, not {type(source).__name__}.",
                    hint="Pass paths of files and folders, or search.Article objects.",
                )
        yield from self._read(paths)

    def _read(self, paths: list[str | Path]) -> Iterator[Article | Portion]:
        if paths:
            from search.reading import read_portions

            yield from read_portions(paths, self._options, on_skip=self._skip, on_file=self._on_file)


class _CountedPortion:
    """A portion that tells how many articles came of it."""

    __slots__ = ("_portion", "_reading", "key")

    def __init__(self, portion: Portion, reading: _Reading) -> None:
        self.key, self._portion, self._reading = portion.key, portion, reading

    def read(self) -> Iterator[Article]:
        for article in self._portion.read():
            self._reading.counted(1)
            yield article

    def notes(self) -> str | None:
        return self._portion.notes()

    def recall(self, count: int, notes: str) -> None:
        self._reading.counted(count)
        self._portion.recall(count, notes)
