"""A worker process of a build: takes records from its standard input, analyses them, writes segments of the index.

Started by `crew.py`, which holds the lock and commits; what is written here counts for nothing until then. It ends
with the process that started it, however that one ends, and leaves Ctrl-C to it.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from search.engines.whoosh import records
from search.engines.whoosh.codec import ArraySegment
from search.engines.whoosh.frames import BATCH, ERROR, HELLO, ROOTS, SEGMENT, TAKEN, read_frame, write_frame
from search.engines.whoosh.manifest import current
from search.engines.whoosh.segment_writer import SegmentWriter
from search.engines.whoosh.storage import INDEX_NAME, STEMS_FILE
from search.errors import CariError
from search.language import Analyser, StemCache

_ENDED, _FAILED = 0, 1


def identity() -> dict[str, Any]:
    """What parent and worker must have in common: the package, its format and its analysis."""
    return {"package": str(Path(__file__).parent), "made_with": current()}


class SegmentTaker:
    """Makes records into segments. `most`: bytes of records after which a segment is written."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = folder, most
        self._stems = StemCache.open(folder / STEMS_FILE)
        self._stems.preload()
        self._analyser = Analyser(self._stems)
        self._writer = SegmentWriter(self._analyser)
        self._taken = 0
        self.at_hand = ""

    def take(self, batch: bytes) -> None:
        """Add the records of a batch."""
        for record in batch.split(b"\n"):
            article = records.parse(record)
            self.at_hand = article.id
            self._writer.add(article, record)
        self.at_hand = ""
        self._taken += len(batch)

    @property
    def full(self) -> bool:
        """Whether `write` should come before the next batch."""
        return self._writer.full or self._taken >= self._most

    def write(self) -> dict[str, Any] | None:
        """Write what was taken; what the parent must know of the segment. None if there is nothing."""
        if not self._writer.size:
            return None
        segment = ArraySegment(INDEX_NAME)
        self._writer.write(self._folder, segment)
        self._writer, self._taken = SegmentWriter(self._analyser), 0
        return {name: value for name, value in vars(segment).items() if name != "deleted"}

    def learned(self) -> dict[str, str]:
        """Words that were not in the cache, and their roots."""
        return self._stems.news()


def _listen(pipe: BinaryIO, inbox: queue.SimpleQueue[tuple[bytes, bytes]]) -> None:
    # The parent sends little ahead, so this thread is nearly always reading, and sees at once when the parent is gone.
    while (frame := read_frame(pipe)) is not None:
        inbox.put(frame)
    os._exit(_ENDED)


def _serve(folder: Path, most: int, inbox: queue.SimpleQueue[tuple[bytes, bytes]], out: BinaryIO) -> None:
    taker: SegmentTaker | None = None
    try:
        taker = SegmentTaker(folder, most)
        write_frame(out, HELLO, json.dumps(identity()).encode())
        while True:
            kind, body = inbox.get()
            if kind == BATCH:
                taker.take(body)
                write_frame(out, TAKEN)
            written = taker.write() if kind != BATCH or taker.full else None
            if written:
                write_frame(out, SEGMENT, json.dumps(written).encode())
            if kind != BATCH:
                write_frame(out, ROOTS, json.dumps(taker.learned()).encode())
                return
    except Exception as error:
        write_frame(out, ERROR, json.dumps(_told(error, taker.at_hand if taker else "")).encode())
        raise


def _told(error: Exception, article: str) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": type(error).__name__, "text": str(error), "article": article}
    if isinstance(error, OSError):
        filename = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else None
        told["system"] = [error.errno, error.strerror, filename]
    if isinstance(error, CariError):
        told["hint"] = error.hint
    return told


def main() -> NoReturn:
    """Serve the process at the other end of the standard streams. Arguments: folder, bytes of records a segment."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Answers go out by a private door: nothing that any library prints may get between them.
    pipe, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    inbox: queue.SimpleQueue[tuple[bytes, bytes]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, inbox), daemon=True).start()
    try:
        _serve(Path(sys.argv[1]), int(sys.argv[2]), inbox, out)
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(_FAILED)
    # Without Python's own ending, which would free a large heap piece by piece and wait for the thread that listens.
    os._exit(_ENDED)
