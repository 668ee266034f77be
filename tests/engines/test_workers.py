"""Building with worker processes: the same index and report as with one, whatever happens to a worker or to the build."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from search.archive import Archive
from search.engines.whoosh import crew, intake, segment_writer
from search.engines.whoosh.engine import WhooshEngine
from search.engines.whoosh.writer import write
from search.errors import IndexFault, UsageError
from search.model import Article, SearchOptions, WriteReport
from search.query.tree import Everything

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
WORDS = ["banjir", "bupati", "desa", "pasar", "harga", "beras", "memilih", "pemilihan", "pembangunan", "jalan"]

# A build in a process of its own, which tells its workers and waits where it is told to.
BUILD = """
import sys, time
from pathlib import Path
from search.engines.whoosh import crew, intake
from search.engines.whoosh.writer import write
from search.model import Article

intake.LARGE = intake.BATCH_BYTES = 4000
folder, count, pause = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

def articles():
    for n in range(count):
        if n == pause:
            print(*[w.process.pid for w in writers[0]._workers], flush=True)
            time.sleep(60)
        yield Article(f"a{n}", f"Judul {n}", "versi2 " + "banjir bupati desa pasar " * (50 + n % 9))

writers = []
begin = crew.Crew.__init__
def noted(self, *given):
    begin(self, *given)
    writers.append(self)
crew.Crew.__init__ = noted
write(folder, articles(), (), clear=True, wait=None, on_wait=None, jobs=2)
"""


@pytest.fixture(autouse=True)
def small_runs_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "LARGE", 4000)
    monkeypatch.setattr(intake, "BATCH_BYTES", 2000)
    monkeypatch.delenv(crew.JOBS_VARIABLE, raising=False)


@pytest.fixture
def crews(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[crew.Crew]]:
    """The crews that were at work. Afterwards none of their workers may live."""
    found: list[crew.Crew] = []
    begin = crew.Crew.__init__

    def noted(self: crew.Crew, *given: Any) -> None:
        found.append(self)
        begin(self, *given)

    monkeypatch.setattr(crew.Crew, "__init__", noted)
    yield found
    for one in found:
        assert [worker.process.poll() for worker in one._workers].count(None) == 0
        assert not any(thread.is_alive() for thread in one._threads)


def build(folder: Path, articles: Any, jobs: int | None = 2, clear: bool = True) -> WriteReport:
    return write(folder, articles, (), clear=clear, wait=None, on_wait=None, jobs=jobs)


def some_articles(count: int, seed: int = 1) -> list[Article]:
    chance = random.Random(seed)
    return [
        Article(
            f"{chance.randrange(count)}", " ".join(chance.choices(WORDS, k=4)), " ".join(chance.choices(WORDS, k=40)),
            source=chance.choice(["satu", "dua"]),
        )
        for _ in range(count)
    ]  # fmt: skip


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def answers(folder: Path) -> list[Any]:
    archive = Archive(folder)
    found: list[Any] = [archive.info().articles, archive.info().terms]
    for query in ("banjir", "pemilihan bupati", '"desa pasar"', "harga -beras", "memil*"):
        results = archive.search(query, SearchOptions(limit=1000, facets=("source",)))
        found.append((results.total, [(hit.article, hit.score) for hit in results.hits], results.facets))
    return found


def without_time(report: WriteReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in ("added", "updated", "unchanged", "duplicates", "total")}


# The same as with one process


@pytest.mark.parametrize("jobs", [2, 5])
def test_the_same_report_answers_and_roots_as_with_one_process(
    tmp_path: Path, crews: list[crew.Crew], jobs: int
) -> None:
    first, second = some_articles(600), some_articles(600, seed=2)
    reports = {}
    for count in (1, jobs):
        folder = tmp_path / str(count)
        built = build(folder, first, jobs=count)
        added = build(folder, [*second, *first[:50]], jobs=count, clear=False)
        reports[count] = (without_time(built), without_time(added), answers(folder))
        assert Archive(folder).check() == ()
    assert reports[1] == reports[jobs]
    assert reports[1][0]["duplicates"] > 100
    assert len(crews) == 2
    lines = [sorted((tmp_path / str(n) / "stems.cache").read_bytes().split(b"\n")[1:]) for n in (1, jobs)]
    assert lines[0] == lines[1]


def test_texts_of_every_kind_pass_through(tmp_path: Path, crews: list[crew.Crew]) -> None:
    odd = ["\ud800 sendiri", "baris\u2028pemisah\x85\x1c", "\0nol\0", "tab\tdan\rkembali", "🙂", "ﷺ", '"\\n"', ""]
    articles = [Article(f"{text}{n}", text, f"{text}\nparagraf {n} " * 9) for n, text in enumerate(odd * 20)]
    assert build(tmp_path, articles).added == len(articles)
    assert len(crews) == 1
    archive = Archive(tmp_path)
    assert [archive.get(article.id) for article in articles] == articles


@pytest.mark.parametrize(("united", "least", "most"), [(1, 4, 99), (8000, 2, 4), (intake.UNITED, 1, 1)])
def test_many_segments(
    tmp_path: Path, crews: list[crew.Crew], monkeypatch: pytest.MonkeyPatch, united: int, least: int, most: int
) -> None:
    monkeypatch.setattr(segment_writer, "MAX_OCCURRENCES", 3000)
    monkeypatch.setattr(intake, "UNITED", united)
    articles = [Article(str(n), "judul", f"banjir ke{n} " * 30) for n in range(300)]
    last = [Article(str(n), "judul", f"pasar ke{n} " * 30) for n in range(0, 300, 3)]
    report = build(tmp_path, [*articles, *last])
    assert (report.added, report.duplicates, report.total) == (300, 100, 300)
    archive = Archive(tmp_path)
    assert archive.search("pasar", SearchOptions(limit=0)).total == 100
    assert archive.search("banjir", SearchOptions(limit=0)).total == 200
    for n in range(300):
        assert archive.get(str(n)).body.startswith("pasar" if n % 3 == 0 else "banjir")
    assert least <= int(archive.info().details["segments"]) <= most
    assert len(list(tmp_path.glob("*.cari"))) == int(archive.info().details["segments"])
    assert len(crews) == 1


# How many


def test_a_small_run_starts_no_process(tmp_path: Path, crews: list[crew.Crew]) -> None:
    assert build(tmp_path, [Article("1", "", "satu")]).added == 1
    assert build(tmp_path, some_articles(100), jobs=1).total > 10
    assert crews == []


def test_how_many_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "_processors", lambda: 3)
    assert [crew.jobs_wanted(jobs) for jobs in (None, 0, 1, 2, 20)] == [3, 0, 0, 2, 20]
    monkeypatch.setattr(crew, "_processors", lambda: 96)
    assert crew.jobs_wanted(None) == crew.MOST_JOBS
    monkeypatch.setattr(crew, "_processors", lambda: 1)
    assert crew.jobs_wanted(None) == 0
    monkeypatch.setenv("CARI_JOBS", "4")
    assert crew.jobs_wanted(None) == 4
    assert crew.jobs_wanted(2) == 2
    for wrong in ("vier", "-1", "1.5"):
        monkeypatch.setenv("CARI_JOBS", wrong)
        with pytest.raises(UsageError, match="CARI_JOBS"):
            crew.jobs_wanted(None)


@pytest.mark.parametrize("executable", ["", "/usr/bin/uwsgi", "/opt/app/cari"])
def test_what_is_no_python_is_not_started(monkeypatch: pytest.MonkeyPatch, executable: str) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    assert crew.jobs_wanted(4) == 0


# Where no worker can be had


@pytest.mark.parametrize(
    "start",
    [
        "raise SystemExit(3)",
        "import os; os.kill(os.getpid(), 9)",
        "print('hello')",
        "import sys; sys.path[:] = sys.argv[2:]; import search.engines.whoosh.worker as w; "
        "w.identity = lambda: {'package': 'another'}; w.main()",
    ],
)
def test_without_workers_it_is_built_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crews: list[crew.Crew], start: str
) -> None:
    monkeypatch.setattr(crew, "_START", start)
    assert without_time(build(tmp_path / "2", some_articles(300))) == without_time(
        build(tmp_path / "1", some_articles(300), jobs=1)
    )
    assert answers(tmp_path / "2") == answers(tmp_path / "1")
    assert len(crews) == 1


def test_a_system_without_processes_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", none_left)
    assert build(tmp_path, some_articles(300)).total == len({article.id for article in some_articles(300)})


def test_workers_that_never_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crews: list[crew.Crew]) -> None:
    monkeypatch.setattr(crew, "_START", "import time; time.sleep(60)")
    monkeypatch.setattr(crew, "STARTING", 0.2)
    assert build(tmp_path, some_articles(300)).added > 10


def test_one_worker_of_two_that_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crews: list[crew.Crew]
) -> None:
    begin = crew._start
    starts = iter(["raise SystemExit(3)", crew._START])

    def one_after_the_other(*given: Any) -> Any:
        monkeypatch.setattr(crew, "_START", next(starts))
        return begin(*given)

    monkeypatch.setattr(crew, "_start", one_after_the_other)
    assert build(tmp_path, some_articles(300)).added > 10
    assert crews[0]._met


def test_the_package_is_found_from_any_folder(tmp_path: Path, root: Path) -> None:
    decoy = tmp_path / "decoy"
    (decoy / "search").mkdir(parents=True)
    for name in ("search/__init__.py", "json.py", "signal.py", "numpy.py"):
        (decoy / name).write_text("raise SystemExit('the wrong one')")
    code = f"import sys; sys.path[:0] = [{str(root)!r}]\n" + BUILD.replace(
        "jobs=2)", "jobs=2); print(writers[0]._met)"
    )
    for flags in ((), ("-I",), ("-P",) if sys.version_info >= (3, 11) else (), ("-O", "-B")):
        # With -c the working folder stands first in the path; a user's script would be somewhere else.
        prepare = "import sys; sys.path = [p for p in sys.path if p]\n"
        done = subprocess.run(
            [sys.executable, *flags, "-c", prepare + code, str(tmp_path / "index"), "300", "-1"],
            cwd=decoy, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert (done.stdout, done.stderr) == ("True\n", ""), flags


# When something goes wrong


def state(folder: Path) -> tuple[set[str], list[str]]:
    engine = WhooshEngine(folder)
    assert engine.check() == ()
    found = engine.search(Everything(), SearchOptions(limit=1000))
    return files(folder), sorted(match.article.id for match in found.page)


@pytest.fixture
def old(tmp_path: Path) -> tuple[set[str], list[str]]:
    """An index that must still be there, with nothing beside it."""
    build(tmp_path, [Article("lama", "", "lama")], jobs=0)
    return state(tmp_path)


@POSIX
@pytest.mark.parametrize("moment", [60, 200, 299])
def test_a_killed_worker_fails_the_build(
    tmp_path: Path, old: Any, crews: list[crew.Crew], moment: int
) -> None:
    def articles() -> Iterator[Article]:
        for n in range(300):
            if n == moment:
                wait_until(lambda: any(worker.ready for worker in crews[0]._workers))
                ready = next(worker for worker in crews[0]._workers if worker.ready)
                os.kill(ready.process.pid, signal.SIGKILL)
            yield Article(str(n), "", "banjir bupati " * 30)

    with pytest.raises(IndexFault, match="SIGKILL") as caught:
        build(tmp_path, articles())
    assert "CARI_JOBS=1" in str(caught.value.hint)
    assert state(tmp_path) == old
    assert build(tmp_path, some_articles(300)).total > 100


FAILING = (
    "import sys; sys.path[:] = sys.argv[2:]; import search.engines.whoosh.worker as w\n"
    "def fail(*_):\n    {}\n"
    "w.{} = fail; w.main()"
)


@pytest.mark.parametrize(
    ("where", "what", "error", "says"),
    [
        ("SegmentWriter.add", "raise MemoryError('habis')", MemoryError, "habis"),
        ("SegmentWriter.add", "raise ValueError('rusak')", IndexFault, r"at the article 'a\d+': ValueError: rusak"),
        ("SegmentWriter.add", "from search.errors import IndexCorrupt; raise IndexCorrupt('x', hint='y')",
         IndexFault, "x"),
        ("BatchAnalyser.analyse", "import os; os._exit(7)", IndexFault, "code 7"),
        ("BatchAnalyser.analyse", "raise SystemExit(5)", IndexFault, "code 1"),
        ("BatchAnalyser.learned", "raise OSError(5, 'aus')", IndexFault, "aus"),
    ],
)  # fmt: skip
def test_what_befalls_a_worker_is_raised_here(
    tmp_path: Path, old: Any, monkeypatch: pytest.MonkeyPatch, crews: list[crew.Crew],
    where: str, what: str, error: type[Exception], says: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(crew, "_START", FAILING.format(what, where))
    with pytest.raises(error, match=says):
        build(tmp_path, [Article(f"a{n}", "", "banjir bupati " * 30) for n in range(300)])
    assert state(tmp_path) == old


def test_a_full_disk(tmp_path: Path, old: Any, monkeypatch: pytest.MonkeyPatch, crews: list[crew.Crew]) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(segment_writer, "MAX_OCCURRENCES", 3000)
    monkeypatch.setattr(segment_writer.ContainerWriter, "close", full)
    with pytest.raises(OSError, match="No space left"):
        build(tmp_path, some_articles(300))
    assert len(crews) == 1
    assert state(tmp_path) == old


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_source_ends_the_workers(
    tmp_path: Path, old: Any, crews: list[crew.Crew], error: type[BaseException]
) -> None:
    def articles() -> Iterator[Article]:
        yield from (Article(str(n), "", "banjir bupati " * 30) for n in range(200))
        raise error

    with pytest.raises(error):
        build(tmp_path, articles())
    assert state(tmp_path) == old
    assert len(crews) == 1


def wait_until(done: Callable[[], bool], seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z")


def start(folder: Path, count: int, pause: int) -> tuple[subprocess.Popen[str], list[int]]:
    process = subprocess.Popen(
        [sys.executable, "-c", BUILD, str(folder), str(count), str(pause)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert process.stdout
    return process, [int(pid) for pid in process.stdout.readline().split()]


@POSIX
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_with_a_killed_build(tmp_path: Path, old: Any, how: int) -> None:
    process, workers = start(tmp_path, 300, 200)
    assert len(workers) == 2
    time.sleep(0.5)
    assert all(map(alive, workers))
    process.send_signal(how)
    assert process.communicate(timeout=20)[1] == ""
    wait_until(lambda: not any(map(alive, workers)))
    assert state(tmp_path)[1] == old[1]
    assert build(tmp_path, [Article("baru", "", "baru")], clear=False).total == 2
    assert sum(name.endswith(".cari") for name in files(tmp_path)) == 2


@POSIX
def test_ctrl_c_reaches_all_and_only_the_build_speaks(tmp_path: Path, old: Any) -> None:
    process, workers = start(tmp_path, 300, 200)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    error = process.communicate(timeout=20)[1]
    assert error.count("Traceback") == 1 and error.rstrip().endswith("KeyboardInterrupt")
    assert not any(map(alive, workers))
    assert state(tmp_path) == old


@POSIX
def test_ctrl_c_leaves_the_workers_to_the_build(tmp_path: Path) -> None:
    process, workers = start(tmp_path, 300, 200)
    time.sleep(0.7)
    for pid in workers:
        os.kill(pid, signal.SIGINT)
    time.sleep(0.1)
    assert all(map(alive, workers))
    process.kill()
    process.communicate(timeout=20)


def test_a_user_script_needs_no_main_guard(tmp_path: Path, root: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from search import Archive, Article\n"
        "articles = (Article(str(n), 'judul', 'banjir bupati desa ' * 100) for n in range(2000))\n"
        "print(Archive('index').build(articles).total)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        env={**os.environ, "CARI_JOBS": "2", "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("2000\n", "")


def test_a_threaded_program_may_build(tmp_path: Path, crews: list[crew.Crew]) -> None:
    import threading

    threads = [
        threading.Thread(target=build, args=(tmp_path / str(n), some_articles(200, seed=n))) for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    totals = [Archive(tmp_path / str(n)).info().articles for n in range(3)]
    assert totals == [len({article.id for article in some_articles(200, seed=n)}) for n in range(3)]


def test_messages_of_a_worker_are_json_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crews: list[crew.Crew]) -> None:
    # What a library prints in a worker must not get between its answers.
    monkeypatch.setattr(
        crew, "_START", "import sys; sys.path[:] = sys.argv[2:]; from search.engines.whoosh import worker as w\n"
        "take = w.BatchAnalyser.analyse\n"
        "def noisy(self, batch):\n    print('!' * 9999, flush=True); return take(self, batch)\n"
        "w.BatchAnalyser.analyse = noisy; w.main()",
    )  # fmt: skip
    assert build(tmp_path, some_articles(300)).total > 100
    assert json.dumps(crews[0].roots)
