"""The worker processes of one build: started, fed with batches of records, heard, ended.

A thread for each worker sends it batches and keeps its answers for the build's own thread. A worker always reads what
it is sent (`worker.py`), so no two wait for each other.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from search.engines.whoosh.frames import ANALYSED, BATCH, ERROR, FINISH, HELLO, ROOTS, read_frame, write_frame
from search.engines.whoosh.worker import identity
from search.errors import CariError, IndexFault, UsageError

JOBS_VARIABLE = "CARI_JOBS"

MOST_JOBS = 8
"""Workers by default, however many processors there are: each needs some 100 MB before it holds any article."""

AHEAD = 2
"""Batches sent to a worker before it has answered the first, so that it is never idle."""

READY = 8
"""Batches for each worker that may lie ready before the build waits, and answers that may before the worker does: what
it works on while the build writes a segment."""

STARTING = 60.0
"""Seconds after which workers that have not said a word are given up; usually they take a third of one."""

_LOOK = 0.5  # seconds; a wait without end could not be interrupted on Windows

# `python -m` would look for the package in the working folder first, where anything may lie.
_START = "import sys; sys.path[:] = sys.argv[2:]; from search.engines.whoosh.worker import main; main()"

_FLAGS = {
    "isolated": "-I", "ignore_environment": "-E", "no_site": "-S", "no_user_site": "-s", "safe_path": "-P",
    "dont_write_bytecode": "-B", "optimize": "-O",
}  # fmt: skip


class NoWorkers(Exception):
    """No worker could be started; what was put is still there to be taken back."""


def jobs_wanted(jobs: int | None) -> int:
    """How many worker processes a large run should have: as asked, as CARI_JOBS says, or by the processors that this
    process may use. 0: none, also where none can be started. Raises UsageError."""
    asked = os.environ.get(JOBS_VARIABLE) if jobs is None else str(jobs)
    if asked and not asked.isdecimal():
        raise UsageError(f"{JOBS_VARIABLE} must be a whole number, not {asked!r}.", hint="0 or 1: no worker processes.")
    wanted = int(asked) if asked else min(_processors(), MOST_JOBS)
    return wanted if wanted > 1 and _can_start() else 0


def _processors() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _can_start() -> bool:
    # A frozen program or a server with Python inside names itself here, and would start a second time.
    python = Path(sys.executable or "").stem.lower().startswith(("python", "pypy"))
    return python and not getattr(sys, "frozen", False)


class Batch(NamedTuple):
    """Records of the articles of the run from number `first` on, `size` of them, one a line."""

    first: int
    size: int
    records: bytes


class Answer(NamedTuple):
    """What a worker made of a batch, see `worker.Absorber`. Those of one worker come in the order of its making."""

    batch: Batch
    worker: int
    analysed: bytes


@dataclass
class _Worker:
    number: int
    process: subprocess.Popen[bytes]
    pipe: BinaryIO
    answers: BinaryIO
    ready: bool = False
    sent: deque[Batch] = field(default_factory=deque)


class Crew:
    """Starts `jobs` workers with the cache of roots in `folder`.

    All methods are for one thread. `end` must follow, whatever happens.
    """

    def __init__(self, folder: Path, jobs: int) -> None:
        self.roots: dict[str, str] = {}
        self._changed = threading.Condition()
        self._waiting: deque[Batch] = deque()
        self._answers: deque[Answer] = deque()
        self._met = self._finishing = self._ending = False  # met: some worker has said that it is ready
        self._fault: BaseException | None = None
        self._started = time.monotonic()
        self._workers: list[_Worker] = []
        self._threads: list[threading.Thread] = []
        self._busy = 0
        try:
            for number in range(jobs):
                with contextlib.suppress(OSError, RuntimeError):  # no more processes or threads: fewer, or none
                    self._begin(_start(number, folder))
        except BaseException:
            self.end()
            raise

    def _begin(self, worker: _Worker) -> None:
        self._workers.append(worker)
        thread = threading.Thread(target=self._attend, args=(worker,), daemon=True)
        thread.start()
        self._threads.append(thread)
        with self._changed:
            self._busy += 1

    def put(self, batch: Batch) -> None:
        """Hand over a batch; `answers` must be asked for after it."""
        with self._changed:
            self._waiting.append(batch)
            self._changed.notify_all()

    def answers(self) -> Iterator[Answer]:
        """The answers that are there; waits for some while enough batches lie ready. Raises NoWorkers, and what befell
        a worker."""
        return self._hand_out(lambda: len(self._waiting) <= READY * len(self._workers))

    def finish(self) -> Iterator[Answer]:
        """The answers still to come, to the last; then `roots` is whole. Raises as `answers` does."""
        with self._changed:
            self._finishing = True
            self._changed.notify_all()
        return self._hand_out(lambda: not self._waiting and not any(worker.ready for worker in self._workers))

    def _hand_out(self, enough: Callable[[], bool]) -> Iterator[Answer]:
        while True:
            with self._changed:
                while not self._answers and not enough() and self._fault is None:
                    if not self._met and (not self._busy or time.monotonic() - self._started > STARTING):
                        raise NoWorkers
                    self._changed.wait(_LOOK)
                if self._fault is not None:
                    raise self._fault
                if not self._answers:
                    return
                answer = self._answers.popleft()
                self._changed.notify_all()
            yield answer

    def end(self) -> list[Batch]:
        """End all workers, at once if they still work. The batches that none of them was given."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        for worker in self._workers:
            worker.process.kill()
        for thread in self._threads:
            thread.join()
        for worker in self._workers:
            worker.process.wait()
            for pipe in (worker.pipe, worker.answers):
                with contextlib.suppress(OSError):  # what could not be sent any more
                    pipe.close()
        return list(self._waiting)

    # In the thread of one worker

    def _attend(self, worker: _Worker) -> None:
        fault: BaseException | None = None
        try:
            self._converse(worker)
        except Exception as error:
            fault = error
        with self._changed:
            if not self._ending and worker.ready:
                self._fault = self._fault or fault
            worker.ready = False
            self._busy -= 1
            self._changed.notify_all()

    def _converse(self, worker: _Worker) -> None:
        if json.loads(_hear(worker, HELLO)) != identity():
            worker.process.kill()
            return
        with self._changed:
            worker.ready = self._met = True
            self._changed.notify_all()
        while self._send_ahead(worker):
            analysed = _hear(worker, ANALYSED)
            with self._changed:
                self._answers.append(Answer(worker.sent.popleft(), worker.number, analysed))
                self._changed.notify_all()
        _send(worker, FINISH)
        roots = json.loads(_hear(worker, ROOTS))
        with self._changed:
            self.roots.update(roots)

    def _send_ahead(self, worker: _Worker) -> bool:
        """Keep the worker supplied; False where all is sent and answered."""
        while len(worker.sent) < AHEAD:
            with self._changed:
                while not self._ending and (
                    len(self._answers) > READY * len(self._workers)
                    or not (self._waiting or worker.sent or self._finishing)
                ):
                    self._changed.wait()
                if not self._waiting or self._ending:
                    break
                batch = self._waiting.popleft()
                self._changed.notify_all()
            worker.sent.append(batch._replace(records=b""))
            _send(worker, BATCH, batch.records)
        return bool(worker.sent)


def _send(worker: _Worker, kind: bytes, body: bytes = b"") -> None:
    with contextlib.suppress(OSError):  # the worker has gone; what it last said, if anything, tells why
        write_frame(worker.pipe, kind, body)


def _hear(worker: _Worker, wanted: bytes) -> bytes:
    """The next answer, of this kind. Raises what the worker tells of instead, or that it has gone."""
    frame = read_frame(worker.answers)
    if frame is None:
        raise _gone(worker.process)
    kind, body = frame
    if kind == ERROR:
        raise _raised(json.loads(body))
    assert kind == wanted, f"a worker answered {kind!r} where {wanted!r} was due"
    return body


def _start(number: int, folder: Path) -> _Worker:
    flags = [flag for name, flag in _FLAGS.items() for _ in range(int(getattr(sys.flags, name, 0)))]
    flags += ["-X", f"utf8={sys.flags.utf8_mode}"]
    paths = [path for path in sys.path if isinstance(path, str)]
    process = subprocess.Popen(
        [sys.executable, *flags, "-c", _START, str(folder.absolute()), *paths],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=None if os.environ.get("CARI_DEBUG") else subprocess.DEVNULL,
        # A worker multiplies no matrices; threads for that would cost time and memory.
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )  # fmt: skip
    return _Worker(number, process, cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout))


def _gone(process: subprocess.Popen[bytes]) -> IndexFault:
    code = process.wait()
    how = f"with code {code}"
    if code < 0:
        with contextlib.suppress(ValueError):
            how = f"by {signal.Signals(-code).name}"
    return IndexFault(
        f"A worker process of the build ended early ({how}); the index is as it was.",
        hint=f"If memory was short, build with fewer processes: {JOBS_VARIABLE}=1 (none besides this one).",
    )


def _raised(told: dict[str, Any]) -> Exception:
    """The error of a worker as it would have been raised here."""
    import search.errors

    if told["kind"] == "MemoryError":
        return MemoryError(told["text"])
    known = getattr(search.errors, told["kind"], None)
    if isinstance(known, type) and issubclass(known, CariError):
        return known(told["text"], hint=told["hint"])
    where = f" at the article {told['article']!r}" if told["article"] else ""
    return IndexFault(
        f"A worker process of the build failed{where}: {told['kind']}: {told['text']}",
        hint=f"This is a bug; {JOBS_VARIABLE}=1 with CARI_DEBUG=1 shows where. The index is as it was.",
    )
