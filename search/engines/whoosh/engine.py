"""The embedded engine: a folder of Whoosh segments, read through snapshots and written in transactions.

It fulfils `search.engines.protocol.Engine`. Searching looks at the folder first and goes over to a new commit as soon
as there is one; a search that has begun ends on the state it began with.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import numpy as np

from search.engines.protocol import Match, Matches
from search.engines.whoosh import records
from search.engines.whoosh.evaluation import Evaluator
from search.engines.whoosh.maxscore import MaxScore, word_query
from search.engines.whoosh.ranking import Scored
from search.engines.whoosh.selection import Place, facet_counts, select
from search.engines.whoosh.snapshot import Snapshot
from search.engines.whoosh.storage import STEMS_FILE, latest_generation
from search.engines.whoosh.vocabulary import complete, neighbours, weighty_words
from search.errors import ArticleNotFound, IndexCorrupt, IndexFault, IndexMissing
from search.language import Analyser, StemCache
from search.model import Article, IndexInfo, Portion, SearchOptions, Sort, Suggestion, WriteReport
from search.query.tree import Boolean, Query

_OPENING_TRIES = 5


class WhooshEngine:
    """An index in a folder. Cheap to make: nothing is opened before it is needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
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
                changed = self.folder.stat().st_mtime_ns
            except OSError:
                changed = -1
            if self._snapshot is None or changed != self._seen:
                generation = latest_generation(self.folder)
                if self._snapshot is None or self._snapshot.generation != generation:
                    self._snapshot = self._open()
                self._seen = changed
            return self._snapshot

    def _open(self) -> Snapshot:
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

    def search(self, query: Query, options: SearchOptions) -> Matches:
        snapshot = self.snapshot()
        evaluator = Evaluator(snapshot)
        words = word_query(query) if options.sort is Sort.RELEVANCE and not options.facets else None
        if words is None:
            found = [evaluator.evaluate(query, number) for number in range(len(snapshot.segments))]
            return self._matches(snapshot, evaluator, query, found, options)
        ranker = MaxScore(evaluator, words)
        needed = options.offset + options.limit
        best = [ranker.best(number, needed) for number in range(len(snapshot.segments))]
        total = sum(count for _, count in best)
        return self._matches(snapshot, evaluator, query, [found for found, _ in best], options, total)

    def _matches(
        self,
        snapshot: Snapshot,
        evaluator: Evaluator,
        query: Query,
        found: list[Scored],
        options: SearchOptions,
        total: int | None = None,
    ) -> Matches:
        places = select(snapshot, found, options)
        page = tuple(self._match(snapshot, evaluator, query, place, options.explain) for place in places)
        facets = facet_counts(snapshot, found, options)
        if total is None:
            total = sum(len(f.documents) for f in found)
        return Matches(total, page, facets, tuple(evaluator.warnings), evaluator.rarities(), evaluator.unknown())

    def _match(self, snapshot: Snapshot, evaluator: Evaluator, query: Query, place: Place, explain: bool) -> Match:
        article = records.decode(snapshot.segments[place.segment].stored_bytes(place.document))
        shares = tuple(evaluator.explain(query, place.segment, place.document)) if explain else None
        return Match(article, place.score, shares)

    def get(self, article_id: str) -> Article | None:
        snapshot = self.snapshot()
        found = snapshot.locate(article_id)
        return records.decode(snapshot.segments[found[0]].stored_bytes(found[1])) if found else None

    def similar(self, article_id: str, options: SearchOptions) -> Matches:
        snapshot = self.snapshot()
        place = snapshot.locate(article_id)
        if place is None:
            raise ArticleNotFound(
                f"There is no article with the id {article_id!r}.",
                hint="Search for it first: `cari search … --format ids` prints ids.",
            )
        article = records.decode(snapshot.segments[place[0]].stored_bytes(place[1]))
        query = Boolean(should=weighty_words(snapshot, article, self.analyser()))
        evaluator = Evaluator(snapshot)
        found = []
        for number in range(len(snapshot.segments)):
            scored = evaluator.evaluate(query, number)
            keep = scored.documents != place[1] if number == place[0] else np.ones(len(scored.documents), dtype=bool)
            found.append(Scored(scored.documents[keep], scored.scores[keep]))
        return self._matches(snapshot, evaluator, query, found, options)

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
        fields = [terms for segment in snapshot.segments for terms in (segment.field("body_exact"),) if terms]
        sources = {
            segment.label("source", n) for segment in snapshot.segments for n in range(segment.label_count("source"))
        } - {""}
        return IndexInfo(
            location=str(self.folder), engine="whoosh", articles=snapshot.size,
            bytes=sum(path.stat().st_size for path in self.folder.iterdir() if path.is_file()),
            terms=max((len(terms) for terms in fields), default=0),
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
