"""Killed writers: whatever the moment, the index opens and answers with the last committed state."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from search.engines.whoosh.engine import WhooshEngine
from search.model import Article, SearchOptions
from search.query.tree import Everything

WRITER = """
import sys
from pathlib import Path
from search.engines.whoosh.engine import WhooshEngine
from search.engines.whoosh import intake, segment_writer
from search.model import Article

intake.LARGE, intake.BATCH_BYTES, intake.MEMORY = 40000, 9000, 60000   # where CARI_JOBS asks for workers
segment_writer.MAX_OCCURRENCES = 40000   # several segments in one run
folder, what, version = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
articles = [Article(f"a{n}", f"Judul {n}", f"versi{version} " + "banjir bupati desa pasar " * (50 + n % 9)) for n in range(150)]
print("begin", flush=True)
getattr(WhooshEngine(folder), what)(articles)
print("end", flush=True)
"""


def state(folder: Path) -> set[str]:
    """The versions that articles of the committed state carry, after checking that it is a whole one."""
    engine = WhooshEngine(folder)
    found = engine.search(Everything(), SearchOptions(limit=1000))
    assert found.total == len(found.page) == 150
    assert len({match.article.id for match in found.page}) == 150
    assert engine.check() == ()
    return {match.article.body.split()[0] for match in found.page}


def start(folder: Path, what: str, version: int, jobs: int = 1) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), what, str(version)]
    env = {**os.environ, "CARI_JOBS": str(jobs)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("jobs", [1, 2])
def test_fifty_writers_killed_at_random_moments(tmp_path: Path, jobs: int) -> None:
    chance = random.Random(11)
    first = start(tmp_path, "build", 0, jobs)
    assert first.communicate()[0] == "begin\nend\n"
    undisturbed = start(tmp_path, "build", 1, jobs)
    assert undisturbed.stdout is not None
    assert undisturbed.stdout.readline() == "begin\n"
    begun = time.perf_counter()
    assert undisturbed.communicate()[0] == "end\n"
    usual = time.perf_counter() - begun
    committed = {"versi1"}
    killed = 0
    for version in range(2, 52):
        writer = start(tmp_path, "add" if version % 2 else "build", version, jobs)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "begin\n"
        time.sleep(chance.random() * usual)
        writer.send_signal(signal.SIGKILL)
        ended = "end" in writer.communicate()[0]
        killed += not ended
        now = state(tmp_path)
        # A commit may have happened just before the kill, without the writer living to say so.
        assert now in ({f"versi{version}"}, committed)
        assert not ended or now == {f"versi{version}"}
        committed = now
    assert killed >= 10, "the kills came too late to test anything"
    assert start(tmp_path, "build", 99, jobs).communicate()[0] == "begin\nend\n"
    assert state(tmp_path) == {"versi99"}
    left = sorted(path.suffix or path.name for path in tmp_path.iterdir())
    assert [name for name in left if name == ".tmp"] == []
    assert left.count(".toc") == 1
    engine = WhooshEngine(tmp_path)
    assert left.count(".cari") == int(engine.info().details["segments"]), "dead segments were not cleared"


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_dead_writers_lock_does_not_block(tmp_path: Path) -> None:
    WhooshEngine(tmp_path).build([Article("1", "", "satu")])
    hold = (
        "import sys, time; from pathlib import Path; from search.engines.whoosh.writer import WriteLock\n"
        "with WriteLock(Path(sys.argv[1]), 0, None):\n    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", hold, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    assert WhooshEngine(tmp_path).add([Article("2", "", "dua")], wait=0).added == 1


def test_a_full_disk_leaves_the_old_state_and_no_debris(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from search.engines.whoosh import container

    engine = WhooshEngine(tmp_path)
    engine.build([Article("1", "", "satu")])
    before = {path.name for path in tmp_path.iterdir()}

    def full(self: container.ContainerWriter, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(container.ContainerWriter, "append", full)
        with pytest.raises(OSError, match="No space left"):
            engine.add([Article("2", "", "dua")])
    assert {path.name for path in tmp_path.iterdir()} == before
    assert engine.get("1") is not None
    assert engine.get("2") is None
    assert engine.add([Article("2", "", "dua")]).added == 1


def test_an_interrupted_source_leaves_the_old_state(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.build([Article("1", "", "satu")])

    def broken() -> object:
        yield Article("2", "", "dua")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.build(broken())  # type: ignore[arg-type]
    assert engine.get("1") is not None
    assert engine.get("2") is None
