"""The write side of the index: a lock, new segments beside the live ones, and one atomic commit.

Lock, table of contents, merge policy and file names are Whoosh's. The commit is Whoosh's rename of the new table of
contents; until then readers see the old state, and whatever a writer that died left behind is cleared by the next.
"""

from __future__ import annotations

import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from whoosh.index import TOC
from whoosh.writing import MERGE_SMALL

from search.engines.whoosh import records
from search.engines.whoosh.codec import ArraySegment
from search.engines.whoosh.container import Array
from search.engines.whoosh.intake import Intake
from search.engines.whoosh.ledger import Ledger
from search.engines.whoosh.manifest import Manifest
from search.engines.whoosh.schema import SCHEMA
from search.engines.whoosh.segment import SegmentArrays
from search.engines.whoosh.storage import (
    INDEX_NAME,
    SafeStorage,
    clear_debris,
    latest_generation,
    read_toc,
)
from search.errors import IndexBusy, IndexFault, UsageError
from search.model import Article, Portion, WriteReport

CROWDED = 0.5
"""A segment of which this share is deleted is rewritten at the next commit; half keeps the rewriting cheap."""

LARGE = 20_000
"""Articles from which a segment is not merged any more: out of thirty such segments Whoosh's policy would make one, all
in memory, for the sake of one new article."""

_POLL = 0.05


class WriteLock:
    """Whoosh's write lock. The system frees it when its holder dies, so a dead writer never blocks."""

    def __init__(self, folder: Path, wait: float | None, on_wait: Callable[[], None] | None) -> None:
        self._lock = SafeStorage(str(folder)).lock(f"{INDEX_NAME}_WRITELOCK")
        self._wait, self._on_wait, self._folder = wait, on_wait, folder

    def __enter__(self) -> WriteLock:
        started = time.monotonic()
        told = False
        while not self._lock.acquire():
            if not told and self._on_wait is not None:
                self._on_wait()
            told = True
            if self._wait is not None and time.monotonic() - started >= self._wait:
                raise IndexBusy(
                    f"Another process is writing the index in {self._folder}.",
                    hint="Try again when it has finished, or wait for it with --wait SECONDS.",
                )
            time.sleep(_POLL)
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class IndexWriter:
    """One transaction. Use within a `WriteLock`; leaving the `with` block by an error leaves the index as it was."""

    def __init__(self, folder: Path, *, clear: bool, merge: bool = True, jobs: int | None = None) -> None:
        self.storage = SafeStorage(str(folder))
        self.schema = SCHEMA
        self._folder, self._clear, self._merge = folder, clear, merge
        self.generation = latest_generation(folder)
        self._old: list[ArraySegment] = [] if clear else self._read_old()
        keep = self._live_segments() if clear else {segment.segment_id() for segment in self._old}
        clear_debris(folder, self.generation, keep)
        self._keep = keep
        self._arrays: dict[str, SegmentArrays] = {}
        self._intake = Intake(folder, jobs)
        # The articles of this run: their numbers in it by id, their digests by number.
        self._written: dict[str, int] = {}
        self._digests = array("Q")
        self.replaced: set[int] = set()
        self._counts = Counter[str]()
        self._changed = clear

    def _read_old(self) -> list[ArraySegment]:
        Manifest.load(self._folder).require(self.generation, self._folder)
        return list(read_toc(self._folder).segments)

    def _live_segments(self) -> set[str]:
        # A rebuild goes ahead over an index that cannot be read; its files then only go with the commit.
        try:
            return {segment.segment_id() for segment in read_toc(self._folder).segments}
        except (IndexFault, OSError):
            return {path.name.split(".")[0] for path in self._folder.glob(f"{INDEX_NAME}_*.*")}

    def __enter__(self) -> IndexWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._intake.end()
        # Not where the error came after the commit: then the new files are the index.
        if kind is not None and latest_generation(self._folder) == self.generation:
            clear_debris(self._folder, self.generation, self._keep)

    def add(self, article: Article) -> int:
        """Add an article, or update the one with its id; an article that is the same already costs a look-up. Its
        digest."""
        record = records.encode(article)
        digest = records.digest(record)
        before = self._written.get(article.id)
        if before is not None:
            self._counts["duplicates"] += 1
            if self._digests[before] == digest:
                return digest
            self._intake.drop(before)
        else:
            old = self._find_old(article.id)
            if old is not None:
                segment, number = old
                stored = int(self._open(segment).numbers("digest")[number])
                if stored == digest:
                    self._counts["unchanged"] += 1
                    return digest
                segment.delete_document(number)
                self.replaced.add(stored)
            self._counts["updated" if old else "added"] += 1
        self._changed = True
        self._written[article.id] = self._intake.add(article, record)
        self._digests.append(digest)
        return digest

    def keep(self, count: int) -> None:
        """Count articles that are known to be unchanged."""
        self._counts["unchanged"] += count

    def old_digests(self) -> list[Array]:
        """The digests of the old state's articles, but those that this run replaced."""
        return [
            np.delete(self._open(segment).numbers("digest"), sorted(segment.deleted_docs())) for segment in self._old
        ]

    def remove(self, article_id: str) -> None:
        """Delete by id; an unknown id is not counted."""
        found = self._find_old(article_id)
        if found is not None:
            found[0].delete_document(found[1])
            self._counts["removed"] += 1
            self._changed = True

    def _open(self, segment: ArraySegment) -> SegmentArrays:
        name = segment.segment_id()
        if name not in self._arrays:
            # Deletions of this run are kept in the segment object, so the arrays are opened without any.
            self._arrays[name] = SegmentArrays(segment.path(self._folder), segment.size)
        return self._arrays[name]

    def _find_old(self, article_id: str) -> tuple[ArraySegment, int] | None:
        key = article_id.encode("utf-8", "surrogatepass")
        for segment in self._old:
            for number in self._open(segment).labelled("id", key).tolist():
                if not segment.is_deleted(number):
                    return segment, number
        return None

    def add_reader(self, reader: Any) -> None:
        """Take in a segment that Whoosh's merge policy chose (called by the policy)."""
        self._intake.merge(reader.segment().arrays(self._folder))

    def _merged(self, segments: list[ArraySegment]) -> list[ArraySegment]:
        """Segments that stay as they are; the others are taken in."""
        alive = [segment for segment in segments if segment.doc_count() > 0]
        for segment in alive:
            if segment.deleted_count() > CROWDED * segment.size:
                self._intake.merge(segment.arrays(self._folder))
        calm = [segment for segment in alive if segment.deleted_count() <= CROWDED * segment.size]
        if not self._merge:
            return calm
        small = [segment for segment in calm if segment.size < LARGE]
        return [segment for segment in calm if segment.size >= LARGE] + list(MERGE_SMALL(self, small))

    def commit(self) -> WriteReport:
        """Write what is at hand and make it the state that readers see, in one step."""
        kept = self._merged(self._old)
        new = self._intake.finish()
        segments = [*kept, *(segment for segment in new if segment.doc_count() > 0)]
        if self._changed:
            self._commit_toc(segments)
        counts: dict[str, Any] = {**self._counts, "total": sum(segment.doc_count() for segment in segments)}
        return WriteReport(**counts)

    def _commit_toc(self, segments: list[ArraySegment]) -> None:
        manifest = Manifest.load(self._folder)
        generation = self.generation + 1
        if self._clear:
            manifest.announce(generation, self.generation).save(self._folder)
        TOC(self.schema, segments, generation).write(self.storage, INDEX_NAME)
        self._keep = {segment.segment_id() for segment in segments}
        clear_debris(self._folder, generation, self._keep)
        self.generation = generation


def write(
    folder: Path,
    articles: Iterable[Article | Portion],
    removals: Iterable[str],
    *,
    clear: bool,
    wait: float | None,
    on_wait: Callable[[], None] | None,
    jobs: int | None = None,
) -> WriteReport:
    """One whole transaction: lock, remove, add, commit. `jobs`: worker processes for a large run (0 or 1: none; None:
    as CARI_JOBS says, else by the processors). Raises IndexBusy, IndexFault."""
    started = time.perf_counter()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UsageError(f"{folder} is a file, not a folder.", hint="Name a folder for the index.") from error
    with WriteLock(folder, wait, on_wait), IndexWriter(folder, clear=clear, jobs=jobs) as writer:
        ledger = Ledger(folder, writer)
        for article_id in removals:
            writer.remove(article_id)
        for article in articles:
            if isinstance(article, Article):
                writer.add(article)
            else:
                ledger.take(article)
        report = writer.commit()
        ledger.save(report.total)
    return replace(report, seconds=time.perf_counter() - started)
