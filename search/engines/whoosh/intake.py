"""Where the new articles of one transaction go: they are analysed here or, of a large run, by worker processes, and
put into the segment at hand, which is written when it is full.

Between `writer.py`, which knows of ids and commits, and the segments. An article has a number in the run, whoever
analyses it; what is deleted again is named by that number.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from search.engines.whoosh import records
from search.engines.whoosh.codec import ArraySegment
from search.engines.whoosh.crew import Answer, Batch, Crew, NoWorkers, jobs_wanted
from search.engines.whoosh.segment import SegmentArrays
from search.engines.whoosh.segment_writer import SegmentWriter
from search.engines.whoosh.storage import INDEX_NAME, STEMS_FILE
from search.engines.whoosh.worker import Absorber
from search.language import Analyser, StemCache
from search.language.numbering import Numbering
from search.model import Article

LARGE = 2 * 1024 * 1024
"""Bytes of records from which a run gets workers: about the second of work after which starting them pays."""

BATCH_BYTES = 256 * 1024

UNITED = 30_000_000
"""Occurrences up to which the new segments of a run are made into one at its end: some 120,000 articles."""

MANY = 50
"""Articles from which reading the whole cache of roots costs less than looking their words up in the file."""



class Intake:
    """Takes articles and makes segments of them. `end` must follow, whatever happens.

    `jobs`: worker processes for a large run, see `crew.jobs_wanted`.
    """

    def __init__(self, folder: Path, jobs: int | None) -> None:
        self._folder, self._jobs = folder, jobs_wanted(jobs)
        self._stems = StemCache.open(folder / STEMS_FILE)
        self._analyser = Analyser(self._stems)
        self._numbering = Numbering(self._analyser)
        self._current = SegmentWriter(self._analyser, self._numbering)
        self._crew: Crew | None = None
        self._absorbers: dict[int, Absorber] = {}
        # Articles that nobody has taken yet: first those of a run that may stay small, later a batch in the making.
        self._held: list[tuple[Article, bytes]] = []
        self._held_bytes = 0
        self._given = 0
        # Of each article of the run its place: which segment (times 2 to the 32) and its number there.
        self._places = array("Q")
        self._segments: list[ArraySegment] = []
        self._dropped: list[int] = []

    def add(self, article: Article, record: bytes) -> int:
        """Take an article, `record` being `records.encode(article)`; its number in this run."""
        number = len(self._places)
        self._places.append(0)
        if not self._jobs:
            self._take(number, article, record)
            return number
        self._held.append((article, record))
        self._held_bytes += len(record)
        if self._held_bytes >= (BATCH_BYTES if self._crew else LARGE):
            self._give()
        return number

    def drop(self, number: int) -> None:
        """Delete an article of this run again."""
        self._dropped.append(number)

    def merge(self, arrays: SegmentArrays) -> None:
        """Take in the live articles of another segment. After the last `add`."""
        self._settle()
        self._current.merge(arrays)
        self._write_full()

    def finish(self) -> list[ArraySegment]:
        """Write all that was taken, and the roots that were learned. The new segments, without what was dropped."""
        self._settle()
        self._write()
        self._absorbers.clear()  # they remember much, and what follows needs memory
        for number in self._dropped:
            segment, document = divmod(self._places[number], 1 << 32)
            self._segments[segment].delete_document(document)
        self._stems.save()
        return self._united(self._segments)

    def end(self) -> None:
        """Let go of the workers, whatever they are at."""
        if self._crew is not None:
            self._crew.end()
            self._crew = None

    def _place(self, first: int, size: int) -> None:
        """Note that the articles from `first` on come next in the segment at hand."""
        place = (len(self._segments) << 32) + self._current.size
        self._places[first : first + size] = array("Q", range(place, place + size))

    def _write_full(self) -> None:
        if self._current.full:
            self._write()

    def _write(self) -> None:
        """Write the segment at hand, if it holds anything."""
        if self._current.size:
            segment = ArraySegment(INDEX_NAME)
            self._current.write(self._folder, segment)
            self._segments.append(segment)
            self._current = SegmentWriter(self._analyser, self._numbering)

    def _united(self, segments: list[ArraySegment]) -> list[ArraySegment]:
        """The segments made into fewer: a search asks each for every word."""
        groups: list[list[ArraySegment]] = []
        room = 0
        for segment in segments:
            size = segment.arrays(self._folder).container.count("post.places")
            if not groups or size > room:
                groups.append([])
                room = UNITED
            groups[-1].append(segment)
            room -= size
        return [self._as_one(group) if len(group) > 1 else group[0] for group in groups]

    def _as_one(self, segments: list[ArraySegment]) -> ArraySegment:
        writer, united = SegmentWriter(self._analyser, self._numbering), ArraySegment(INDEX_NAME)
        for segment in segments:
            writer.merge(segment.arrays(self._folder))
        writer.write(self._folder, united)
        del writer
        for segment in segments:
            # Nobody has seen them; where they cannot go yet, they do after the commit.
            with suppress(OSError):
                segment.path(self._folder).unlink()
        return united

    def _settle(self) -> None:
        """See that nothing waits for its analysis any more."""
        if self._crew is not None:
            self._give()
        if self._crew is not None:
            self._absorb(self._crew.finish())
        if self._crew is not None:
            for word, root in self._crew.roots.items():
                self._stems.learn(word, root)
            self.end()
        held, self._held = self._held, []
        for number, (article, record) in enumerate(held):
            self._take(number, article, record)

    # In this process

    def _take(self, number: int, article: Article, record: bytes) -> None:
        if number == MANY:
            self._stems.preload()
        self._place(number, 1)
        self._current.add(article, record)
        self._write_full()

    def _take_batch(self, batch: Batch) -> None:
        for number, record in enumerate(batch.records.split(b"\n"), batch.first):
            self._take(number, records.parse(record), record)

    # With workers

    def _give(self) -> None:
        """Send what is held to the workers, who are started with the first batch, and take what they have ready."""
        if self._crew is None:
            self._crew = Crew(self._folder, self._jobs)
        held, self._held, self._held_bytes = self._held, [], 0
        lines: list[bytes] = []
        size = 0
        for _, record in held:
            lines.append(record)
            size += len(record)
            if size >= BATCH_BYTES:
                self._put(lines)
                lines, size = [], 0
        if lines:
            self._put(lines)

    def _put(self, lines: list[bytes]) -> None:
        batch = Batch(self._given, len(lines), b"\n".join(lines))
        self._given += len(lines)
        if self._crew is None:
            self._take_batch(batch)
            return
        self._crew.put(batch)
        self._absorb(self._crew.answers())

    def _absorb(self, answers: Iterator[Answer]) -> None:
        try:
            for batch, worker, analysed in answers:
                if worker not in self._absorbers:
                    self._absorbers[worker] = Absorber(self._numbering)
                self._place(batch.first, batch.size)
                self._absorbers[worker].absorb(analysed, self._current)
                self._write_full()
        except NoWorkers:
            self._do_without()

    def _do_without(self) -> None:
        """Go on in this process, beginning with what no worker was there to take."""
        assert self._crew is not None
        left, self._crew, self._jobs = self._crew.end(), None, 0
        for batch in left:
            self._take_batch(batch)
