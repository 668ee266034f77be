"""A worker process of a build: records come in by its standard input, articles ready for a segment go out.

Started by `crew.py`. It writes no file. It ends with the process that started it, however that one ends, and leaves
Ctrl-C to it.
"""

from __future__ import annotations

import json
import marshal
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np

from search.engines.whoosh import records
from search.engines.whoosh.frames import ANALYSED, BATCH, ERROR, HELLO, ROOTS, read_frame, write_frame
from search.engines.whoosh.manifest import current
from search.engines.whoosh.segment_writer import SegmentWriter
from search.engines.whoosh.storage import STEMS_FILE
from search.errors import CariError
from search.language import Analyser, StemCache
from search.language.numbering import Numbering, Units

_ENDED, _FAILED = 0, 1


def identity() -> dict[str, Any]:
    """What parent and worker must have in common: the package, its format and its analysis."""
    return {"package": str(Path(__file__).parent), "made_with": current()}


class BatchAnalyser:
    """Makes records into what `SegmentWriter.absorb` takes, with the words that are new to its numbering."""

    def __init__(self, folder: Path) -> None:
        self._stems = StemCache.open(folder / STEMS_FILE)
        self._stems.preload()
        self._analyser = Analyser(self._stems)
        self._numbering = Numbering(self._analyser)
        self._told = 0
        self._units, self._units_told = self._numbering.units, 0
        self.at_hand = ""

    def analyse(self, batch: bytes) -> bytes:
        """The records of a batch, one a line, analysed; see `Absorber`."""
        writer = SegmentWriter(self._analyser, self._numbering)
        if self._units is not writer.units:
            self._units, self._units_told = writer.units, 0
        for record in batch.split(b"\n"):
            article = records.parse(record)
            self.at_hand = article.id
            writer.add(article, record)
        self.at_hand = ""
        words, told, units_told = self._numbering, self._told, self._units_told
        self._told, self._units_told = len(words.exacts), len(self._units)
        new_words = words.exacts[told:], words.stems[told:], bytes(words.steps[told:])
        return marshal.dumps((new_words, units_told, self._units.texts[units_told:], writer.packed()))

    def learned(self) -> dict[str, str]:
        """Words that were not in the cache, and their roots."""
        return self._stems.news()


class Absorber:
    """The other side of one `BatchAnalyser`, whose answers must come in their order: puts them into segments."""

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._words = np.zeros(0, dtype=np.uint32)  # of each number of the other numbering, that of ours
        self._texts: list[str] = []  # the other's units
        self._units, self._known = Units(), np.zeros(0, dtype=np.uint32)  # and for these, the number of each

    def absorb(self, analysed: bytes, writer: SegmentWriter) -> None:
        """Append the articles to the segment at hand."""
        new_words, first, texts, packed = marshal.loads(analysed)
        new = b"".join(map(self._numbering.token, *new_words))
        self._words = np.append(self._words, np.frombuffer(new, dtype=np.uint32))
        self._texts[first:] = texts
        if not first or self._units is not writer.units:
            self._units, self._known = writer.units, np.zeros(0, dtype=np.uint32)
        unknown = self._texts[len(self._known) :]
        numbers = np.fromiter(map(self._units.__getitem__, unknown), dtype=np.uint32, count=len(unknown))
        self._known = np.append(self._known, numbers)
        writer.absorb(packed, self._words, self._known)


def _listen(pipe: BinaryIO, inbox: queue.SimpleQueue[tuple[bytes, bytes]]) -> None:
    # The parent sends little ahead, so this thread is nearly always reading, and sees at once when the parent is gone.
    while (frame := read_frame(pipe)) is not None:
        inbox.put(frame)
    os._exit(_ENDED)


def _serve(folder: Path, inbox: queue.SimpleQueue[tuple[bytes, bytes]], out: BinaryIO) -> None:
    batches: BatchAnalyser | None = None
    try:
        batches = BatchAnalyser(folder)
        write_frame(out, HELLO, json.dumps(identity()).encode())
        while (frame := inbox.get())[0] == BATCH:
            write_frame(out, ANALYSED, batches.analyse(frame[1]))
        write_frame(out, ROOTS, json.dumps(batches.learned()).encode())
    except Exception as error:
        write_frame(out, ERROR, json.dumps(_told(error, batches.at_hand if batches else "")).encode())
        raise


def _told(error: Exception, article: str) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": type(error).__name__, "text": str(error), "article": article}
    if isinstance(error, CariError):
        told["hint"] = error.hint
    return told


def main() -> NoReturn:
    """Serve the process at the other end of the standard streams. The argument: the folder of the index."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Answers go out by a private door: nothing that any library prints may get between them.
    pipe, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    inbox: queue.SimpleQueue[tuple[bytes, bytes]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, inbox), daemon=True).start()
    try:
        _serve(Path(sys.argv[1]), inbox, out)
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(_FAILED)
    # Without Python's own ending, which would free a large heap piece by piece and wait for the thread that listens.
    os._exit(_ENDED)
