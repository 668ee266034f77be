"""The embedded engine: a folder of Whoosh segments, read through snapshots and written in transactions.

It fulfils `search.engines.protocol.Engine`. Searching looks at the folder first and goes over to a new commit as soon
as there is one; a search that has begun ends on the state it began with.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

import numpy as np

from search.engines.protocol import Match, Matches
from search.engines.whoosh import ranking
from search.engines.whoosh.closeness import Closeness, pairs_of
from search.engines.whoosh.commits import STEMS_FILE, latest_generation
from search.engines.whoosh.evaluation import Evaluator
from search.engines.whoosh.maxscore import MaxScore, flat
from search.engines.whoosh.selection import Chosen, Place, facet_counts, gathered, select, select_best
from search.engines.whoosh.snapshot import Snapshot
from search.engines.whoosh.sources import Scored
from search.engines.whoosh.vocabulary import complete, neighbours, weighty_words
from search.errors import ArticleNotFound, IndexCorrupt, IndexFault, IndexMissing
from search.language import Analyser, StemCache
from search.model import (
    Article,
    FacetCount,
    IndexInfo,
    Portion,
    SearchOptions,
    Sort,
    Suggestion,
    TermShare,
    WriteReport,
)
from search.query.tree import Boolean, Query

_OPENING_TRIES = 5

_LARGEST_REUSED = 16 << 20
"""Bytes up to which an array's memory is kept for the next one."""


class _Ranking:
    """One query on one snapshot."""

    def __init__(self, snapshot: Snapshot, query: Query, plain: bool = False, close: bool = True) -> None:
        self.snapshot, self._query = snapshot, query
        self.evaluator = Evaluator(snapshot, plain)
        pairs = pairs_of(query) if close and not plain else ()
        self._close = Closeness(snapshot, self.evaluator.words, pairs) if pairs else None

    def every(self) -> list[Scored]:
        """All that matches in each segment, scored by its words."""
        return [self.evaluator.evaluate(self._query, number) for number in range(len(self.snapshot.segments))]

    def page(self, options: SearchOptions) -> tuple[Chosen, MaxScore | None]:
        """The page asked for, and what can count the matches; only where all need not be found for another reason."""
        flattened = flat(self._query) if options.sort is Sort.RELEVANCE and not options.facets else None
        if flattened is None:
            return Chosen.none(), None
        ranker = MaxScore(self.evaluator, flattened)
        needed = options.offset + options.limit
        wanted = max(needed, ranking.CLOSE_LOOK) if self._close and needed else needed
        found = [ranker.best(number, wanted) for number in range(len(self.snapshot.segments))]
        return self.cut(gathered(found), options), ranker

    def cut(self, found: Chosen, options: SearchOptions) -> Chosen:
        """The page asked for of what was found: the best by their words are looked at for pairs first."""
        needed = options.offset + options.limit
        if self._close and len(found.documents) and needed:
            best = select_best(self.snapshot, found, ranking.CLOSE_LOOK)
            best = best._replace(scores=best.scores + self._close.lift(best))
            # No other can come before the best.
            enough = options.sort is Sort.RELEVANCE and needed <= len(best.documents)
            found = best if enough else _with(found, best)
        return select(self.snapshot, found, options.sort, options.offset, needed)

    def explain(self, place: Place) -> tuple[TermShare, ...]:
        """What the score of a document is made of."""
        by_words = self.evaluator.explain(self._query, place.segment, place.document)
        by_pairs = self._close.explain(place.segment, place.document) if self._close else ()
        return (*by_words, *by_pairs)


def _with(found: Chosen, best: Chosen) -> Chosen:
    """What was found, with the scores of the best among it."""
    scores = found.scores.astype(np.float64)
    for number in np.bincount(best.segments).nonzero()[0].tolist():
        rows = (found.segments == number).nonzero()[0]
        mine = (best.segments == number).nonzero()[0]
        scores[rows[found.documents[rows].searchsorted(best.documents[mine])]] = best.scores[mine]
    return found._replace(scores=scores)


class WhooshEngine:
    """An index in a folder. Cheap to make: nothing is opened before it is needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = str(folder)
        self._snapshot: Snapshot | None = None
        self._seen: int | None = None
        self._analyser: Analyser | None = None
        self._lock = threading.Lock()

    def analyser(self) -> Analyser:
        if self._analyser is None:
            self._analyser = Analyser(StemCache.open(self.folder / STEMS_FILE))
        return self._analyser

    def exists(self) -> bool:
        return latest_generation(self.folder) >= 0

    # Writing

    def build(
        self,
        articles: Iterable[Article | Portion],
        *,
        wait: float | None = None,
        on_wait: Callable[[], None] | None = None,
    ) -> WriteReport:
        from search.engines.whoosh.writer import write

        return write(self.folder, articles, (), clear=True, wait=wait, on_wait=on_wait)

    def add(
        self,
        articles: Iterable[Article | Portion],
        *,
        wait: float | None = None,
        on_wait: Callable[[], None] | None = None,
    ) -> WriteReport:
        from search.engines.whoosh.writer import write

        self._require()
        return write(self.folder, articles, (), clear=False, wait=wait, on_wait=on_wait)

    def remove(
        self, ids: Iterable[str], *, wait: float | None = None, on_wait: Callable[[], None] | None = None
    ) -> WriteReport:
        from search.engines.whoosh.writer import write

        self._require()
        return write(self.folder, (), ids, clear=False, wait=wait, on_wait=on_wait)

    def _require(self) -> None:
        if not self.exists():
            raise IndexMissing(f"There is no index in {self.folder}.", hint="Build one with `cari build FOLDER`.")

    # Reading

    def snapshot(self) -> Snapshot:
        """The latest committed state. Raises IndexMissing, IndexIncompatible, IndexCorrupt."""
        with self._lock:
            # A commit is a rename in the folder, which changes the folder's time.
            try:
                changed = os.stat(self._path).st_mtime_ns  # noqa: PTH116  (Path's takes three times as long)
            except OSError:
                changed = -1
            if self._snapshot is None or changed != self._seen:
                generation = latest_generation(self.folder)
                if self._snapshot is None or self._snapshot.generation != generation:
                    self._snapshot = self._open()
                self._seen = changed
            return self._snapshot

    def _open(self) -> Snapshot:
        # glibc gives large blocks back to the system when they are freed, and a search would wait for new pages again
        # and again. It keeps blocks up to the size of the largest freed so far; this one is never touched.
        np.empty(_LARGEST_REUSED, dtype=np.uint8)
        for attempt in range(_OPENING_TRIES):
            try:
                return Snapshot(self.folder)
            except OSError as error:
                # A commit may have taken a file away between two looks; the next look sees the new state.
                if attempt == _OPENING_TRIES - 1 or isinstance(error, PermissionError):
                    raise IndexCorrupt(
                        f"The index in {self.folder} cannot be opened ({error.strerror}: {error.filename}).",
                        hint="Look at the permissions of the folder, or build the index again with `cari build`.",
                    ) from error
        raise AssertionError("unreachable")

    def search(self, query: Query, options: SearchOptions, *, plain: bool = False) -> Matches:
        """As in the protocol. `plain`: rank words by BM25F of their roots alone, as other engines do, to measure what
        the rest costs and is worth."""
        ranked = _Ranking(self.snapshot(), query, plain)
        page, ranker = ranked.page(options)
        if ranker is not None:
            return self._matches(ranked, page, sum(map(ranker.count, range(len(ranked.snapshot.segments)))), options)
        return self._cut(ranked, ranked.every(), options)

    def _cut(self, ranked: _Ranking, found: list[Scored], options: SearchOptions) -> Matches:
        everything = gathered(found)
        page = ranked.cut(everything, options)
        facets = facet_counts(ranked.snapshot, found, options)
        return self._matches(ranked, page, len(everything.documents), options, facets)

    def ids(self, query: Query, options: SearchOptions, *, plain: bool = False) -> tuple[str, ...]:
        """The ids of a page alone, in order: what `search` ranks, neither counted nor read."""
        ranked = _Ranking(self.snapshot(), query, plain)
        page, ranker = ranked.page(options)
        if ranker is None:
            page = ranked.cut(gathered(ranked.every()), options)
        segments = ranked.snapshot.segments
        if len(segments) == 1:
            return tuple(segments[0].document_labels("id", page.documents.tolist()))
        return tuple(segments[place.segment].document_label("id", place.document) for place in page.places())

    def _matches(
        self,
        ranked: _Ranking,
        page: Chosen,
        total: int,
        options: SearchOptions,
        facets: Mapping[str, tuple[FacetCount, ...]] = MappingProxyType({}),
    ) -> Matches:
        segments, evaluator = ranked.snapshot.segments, ranked.evaluator
        matches = tuple(
            Match(
                segments[place.segment].article(place.document),
                place.score,
                ranked.explain(place) if options.explain else None,
            )
            for place in page.places()
        )
        return Matches(total, matches, facets, tuple(evaluator.warnings), evaluator.rarities(), evaluator.unknown())

    def get(self, article_id: str) -> Article | None:
        snapshot = self.snapshot()
        found = snapshot.locate(article_id)
        return snapshot.segments[found[0]].article(found[1]) if found else None

    def similar(self, article_id: str, options: SearchOptions) -> Matches:
        snapshot = self.snapshot()
        place = snapshot.locate(article_id)
        if place is None:
            raise ArticleNotFound(
                f"There is no article with the id {article_id!r}.",
                hint="Search for it first: `cari search … --format ids` prints ids.",
            )
        article = snapshot.segments[place[0]].article(place[1])
        query = Boolean(should=weighty_words(snapshot, article, self.analyser()))
        ranked = _Ranking(snapshot, query, close=False)
        found = ranked.every()
        mine = found[place[0]]
        keep = mine.documents != place[1]
        found[place[0]] = Scored(mine.documents[keep], mine.scores[keep])
        return self._cut(ranked, found, options)

    def complete(self, prefix: str, limit: int) -> tuple[Suggestion, ...]:
        return complete(self.snapshot(), prefix, limit)

    def neighbours(self, word: str) -> tuple[Suggestion, ...]:
        return neighbours(self.snapshot(), word)

    def info(self) -> IndexInfo:
        snapshot = self.snapshot()
        days = np.concatenate(
            [s.numbers("day") if s.live is None else s.numbers("day")[s.live] for s in snapshot.segments]
            or [np.zeros(0, dtype=np.int64)]
        )
        dated = days[days > 0]
        forms = [len(segment.text.forms) for segment in snapshot.segments]
        sources = {
            segment.label("source", n) for segment in snapshot.segments for n in range(segment.label_count("source"))
        } - {""}
        return IndexInfo(
            location=str(self.folder), engine="whoosh", articles=snapshot.size,
            bytes=sum(path.stat().st_size for path in self.folder.iterdir() if path.is_file()),
            terms=max(forms, default=0),
            oldest=_day(dated.min()) if dated.size else None, newest=_day(dated.max()) if dated.size else None,
            undated=int(len(days) - len(dated)), sources=len(sources),
            fingerprint=" ".join(f"{key}={value}" for key, value in sorted(snapshot.made_with.items())),
            details={
                "generation": str(snapshot.generation), "segments": str(len(snapshot.segments)),
                "deleted": str(sum(len(segment.deleted) for segment in snapshot.segments)),
            },
        )  # fmt: skip

    def check(self) -> tuple[str, ...]:
        try:
            snapshot = self.snapshot()
        except IndexFault as error:
            return (error.message,)
        faults = []
        for segment in snapshot.segments:
            try:
                segment.container.verify()
            except IndexFault as error:
                faults.append(error.message)
        if (self.folder / STEMS_FILE).exists():
            faults += StemCache.open(self.folder / STEMS_FILE).check()
        return tuple(faults)

    def close(self) -> None:
        with self._lock:
            self._snapshot = self._seen = self._analyser = None


def _day(number: int) -> date:
    return date(int(number) // 10_000, int(number) // 100 % 100, int(number) % 100)
