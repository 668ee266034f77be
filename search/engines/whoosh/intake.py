"""Where the new articles of one transaction go: into the segment at hand, or, of a large run, to worker processes.

Between `writer.py`, which knows of ids and commits, and the segments. An article has a number in the run, whoever takes
it; what is deleted again is named by that number.
"""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path

from search.engines.whoosh import records
from search.engines.whoosh.codec import ArraySegment
from search.engines.whoosh.crew import Batch, Crew, NoWorkers, Placed, jobs_wanted
from search.engines.whoosh.segment import SegmentArrays
from search.engines.whoosh.segment_writer import SegmentWriter
from search.engines.whoosh.storage import INDEX_NAME, STEMS_FILE
from search.language import Analyser, StemCache
from search.model import Article

LARGE = 2 * 1024 * 1024
"""Bytes of records from which a run gets workers: about the second of work after which starting them pays."""

BATCH_BYTES = 256 * 1024

MANY = 50
"""Articles from which reading the whole cache of roots costs less than looking their words up in the file."""

MEMORY = 160 * 1024 * 1024
"""Bytes of records that all workers together may hold in segments at hand; in memory they take some eight times that
while a segment is written, so a build of any size stays below 2 GB."""


class Intake:
    """Takes articles and makes segments of them. `end` must follow, whatever happens.

    `jobs`: worker processes for a large run, see `crew.jobs_wanted`.
    """

    def __init__(self, folder: Path, jobs: int | None) -> None:
        self._folder, self._jobs = folder, jobs_wanted(jobs)
        self._stems = StemCache.open(folder / STEMS_FILE)
        self._analyser = Analyser(self._stems)
        self._current = SegmentWriter(self._analyser)
        self._crew: Crew | None = None
        # Articles that nobody has taken yet: first those of a run that may stay small, later a batch in the making.
        self._held: list[tuple[Article, bytes]] = []
        self._held_bytes = 0
        self._count = self._given = self._taken = 0
        self._placed: list[Placed] = []
        self._segments: list[ArraySegment] = []
        self._dropped: list[int] = []

    def add(self, article: Article, record: bytes) -> int:
        """Take an article, `record` being `records.encode(article)`; its number in this run."""
        self._count += 1
        if not self._jobs:
            self._take(article, record)
            return self._count - 1
        self._held.append((article, record))
        self._held_bytes += len(record)
        if self._held_bytes >= (BATCH_BYTES if self._crew else LARGE):
            self._give()
        return self._count - 1

    def drop(self, number: int) -> None:
        """Delete an article of this run again."""
        self._dropped.append(number)

    def merge(self, arrays: SegmentArrays) -> None:
        """Take in the live articles of another segment. After the last `add`."""
        self._settle()
        self._current.merge(arrays)
        if self._current.full:
            self._write()

    def finish(self) -> list[ArraySegment]:
        """Write all that was taken, and the roots that were learned. The new segments, without what was dropped."""
        self._settle()
        self._write()
        self._placed.sort(key=lambda placed: placed.first)
        firsts = [placed.first for placed in self._placed]
        for dropped in self._dropped:
            placed = self._placed[bisect_right(firsts, dropped) - 1]
            placed.segment.delete_document(placed.number + dropped - placed.first)
        self._stems.save()
        return self._segments

    def end(self) -> None:
        """Let go of the workers, whatever they are at."""
        if self._crew is not None:
            self._crew.end()
            self._crew = None

    # In this process

    def _take(self, article: Article, record: bytes) -> None:
        if self._taken == MANY:
            self._stems.preload()
        self._current.add(article, record)
        self._taken += 1
        if self._current.full:
            self._write()

    def _write(self) -> None:
        """Write the segment at hand, if it holds anything."""
        if not self._current.size:
            return
        segment = ArraySegment(INDEX_NAME)
        self._current.write(self._folder, segment)
        self._segments.append(segment)
        # What was merged stands behind the articles of this run.
        before = sum(placed.size for placed in self._placed)
        if self._taken > before:
            self._placed.append(Placed(before, self._taken - before, segment, 0))
        self._current = SegmentWriter(self._analyser)

    # With workers

    def _give(self) -> None:
        """Send what is held to the workers, which are started with the first batch."""
        if self._crew is None:
            self._crew = Crew(self._folder, self._jobs, MEMORY // self._jobs)
        held, self._held, self._held_bytes = self._held, [], 0
        lines: list[bytes] = []
        size = 0
        for number, (_, record) in enumerate(held, 1):
            lines.append(record)
            size += len(record)
            if size >= BATCH_BYTES or number == len(held):
                batch = Batch(self._given, len(lines), b"\n".join(lines))
                self._given += len(lines)
                lines, size = [], 0
                self._put(batch)

    def _put(self, batch: Batch) -> None:
        if self._crew is None:
            self._take_batch(batch)
            return
        try:
            self._crew.put(batch)
        except NoWorkers:
            self._do_without()

    def _do_without(self) -> None:
        assert self._crew is not None
        left, self._crew, self._jobs = self._crew.end(), None, 0
        for batch in left:
            self._take_batch(batch)

    def _take_batch(self, batch: Batch) -> None:
        for record in batch.data.split(b"\n"):
            self._take(records.parse(record), record)

    def _settle(self) -> None:
        """See that nothing waits for its analysis any more."""
        if self._crew is not None and self._held:
            self._give()
        if self._crew is not None:
            try:
                self._crew.finish()
                self._collect(self._crew)
            except NoWorkers:
                self._do_without()
        held, self._held = self._held, []
        for article, record in held:
            self._take(article, record)

    def _collect(self, crew: Crew) -> None:
        self.end()
        self._placed += crew.placed
        self._segments += {placed.segment.segment_id(): placed.segment for placed in crew.placed}.values()
        for word, root in crew.roots.items():
            self._stems.learn(word, root)
