"""Building, each engine in a process of its own: seconds without reading the corpus, peak memory, bytes on disk."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import threading
import time
from array import array
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from comparison.corpus import Corpus, Reading, Record
from comparison.peer import peer

SAMPLED_EVERY = 0.1  # seconds


def alone(work: Callable[..., Any], *given: Any) -> Any:
    """Run in a fresh process, whose memory is nobody else's."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def build(name: str, corpus: Path, index: Path, most: int) -> dict[str, Any]:
    """Index the first `most` articles. What the engine is given is ready in memory before its clock goes on."""
    engine = peer(name)
    return _measured(lambda records: engine.build(index, records), Reading(Corpus(corpus), most), index)


def build_without_forms(corpus: Path, index: Path, most: int) -> dict[str, Any]:
    """tantivy with the fields of roots alone."""
    from comparison.tantivy_peer import TantivyRoots

    engine = TantivyRoots()
    return _measured(lambda records: engine.build(index, records), Reading(Corpus(corpus), most), index)


def build_fed(corpus: Path, index: Path, most: int) -> dict[str, Any]:
    """tantivy as a program has it that feeds it our tokens: analysed in the same process, by the door that our own
    index is built through, while tantivy's thread works."""
    from comparison.tantivy_peer import Tantivy
    from search.language import Analyser
    from search.language.numbering import Numbering

    numbering = Numbering(Analyser())

    def analysed(records: Iterable[Record]) -> Iterator[Record]:
        stem, exact = numbering.stems.__getitem__, numbering.exacts.__getitem__
        for record in records:
            title, body = numbering.number(record.title), numbering.number(record.body)
            yield record._replace(
                title_roots=" ".join(map(stem, title)), body_roots=" ".join(map(stem, body)),
                title_forms=" ".join(map(exact, title)), body_forms=" ".join(map(exact, body)),
            )  # fmt: skip

    engine = Tantivy()
    return _measured(lambda records: engine.build(index, analysed(records)), Reading(Corpus(corpus), most), index)


def build_given_tokens(corpus: Path, index: Path, most: int) -> dict[str, Any] | None:
    """Ours in one process without its analysis: `Numbering.spelled` answers with tokens that were numbered before the
    clock went on; the units by which texts are stored are still looked up. None where the build asks in another way."""
    from comparison.ours import articles
    from search.engines.whoosh.engine import WhooshEngine
    from search.language import Analyser
    from search.language.numbering import TYPECODE, Numbering, Spelled

    made = Numbering(Analyser())
    known: dict[str, Any] = {}
    asked = 0

    def share(self: Numbering, _: Analyser) -> None:
        self.__dict__.update(made.__dict__)

    def answer(self: Numbering, text: str) -> Spelled:
        nonlocal asked
        asked += 1
        return Spelled(array(TYPECODE, self.units.numbers(text)), known.pop(text))

    def prepared(records: Iterable[Record]) -> Iterator[Any]:
        for record in records:
            for text in (record.title, record.body):
                known[text] = spelled(made, text).tokens
            yield from articles([record])

    spelled, start = Numbering.spelled, Numbering.__init__
    os.environ["CARI_JOBS"] = "0"
    Numbering.spelled, Numbering.__init__ = answer, share  # type: ignore[method-assign,assignment]
    try:
        figures = _measured(WhooshEngine(index).build, Reading(Corpus(corpus), most, prepared), index)
    except KeyError:  # an engine that reads on while earlier articles wait
        return None
    finally:
        Numbering.spelled, Numbering.__init__ = spelled, start  # type: ignore[method-assign]
    return figures if asked == 2 * most else None


def analyse(corpus: Path, most: int) -> dict[str, Any]:
    """Our analysis alone in one process, from a cache without any root, by the door for indexing."""
    from search.language import Analyser
    from search.language.numbering import Numbering

    numbering = Numbering(Analyser())
    records = Reading(Corpus(corpus), most)
    started = time.perf_counter()
    for record in records:
        numbering.number(record.title)
        numbering.number(record.body)
    return {"seconds": time.perf_counter() - started - records.seconds, "documents": records.count}


def _measured(work: Callable[[Any], Any], reading: Reading, index: Path) -> dict[str, Any]:
    with _Watch() as watch:
        started = time.perf_counter()
        elsewhere = work(reading)
        seconds = time.perf_counter() - started - reading.seconds
    # An engine in another process reports its own clock and memory.
    other = elsewhere if isinstance(elsewhere, dict) else {}
    return {
        "documents": other.get("documents", reading.count),
        "seconds": other.get("seconds", seconds),
        "peak_bytes": other.get("peak_bytes", max(watch.peak, own_peak())),
        "index_bytes": sum(path.stat().st_size for path in index.rglob("*") if path.is_file()),
    }


def own_peak() -> int:
    """Most resident memory that this process has had."""
    # Not getrusage, where /proc is: its figure begins with what the parent held when it started this process.
    status = Path("/proc/self/status")
    if status.is_file():
        return 1024 * int(status.read_text().split("VmHWM:")[1].split()[0])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024  # Linux counts in kilobytes


class _Watch:
    """The most memory that this process and those it started have held at once (Linux: proportional set sizes, so that
    pages shared with a worker count once; elsewhere nought, and `own_peak` must do)."""

    def __init__(self) -> None:
        self.peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(SAMPLED_EVERY):
            family = _family()
            # Alone, a process knows its own peak to the page; walking its pages would only slow it.
            if len(family) > 1:
                self.peak = max(self.peak, sum(map(_proportional, family)))


def _family() -> list[Path]:
    found = [Path("/proc/self")]
    for place in found:
        for children in place.glob("task/*/children"):
            try:
                found += [Path("/proc") / number for number in children.read_text().split()]
            except OSError:
                continue
    return found


def _proportional(process: Path) -> int:
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


