"""Adding a folder again: files that give what the index holds are not parsed, and nothing else is different."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from search.archive import Archive
from search.engines.whoosh import ledger
from search.errors import ArticleNotFound, ReadingError
from search.model import Article, ReadOptions, SearchOptions, Skipped, WriteReport
from search.reading import articles as reading

Parsed = Callable[[], int]


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Parsed:
    """How many items were parsed since the last call."""
    calls: list[object] = []
    finish = reading.finish
    monkeypatch.setattr(reading, "finish", lambda draft, most: calls.append(draft) or finish(draft, most))

    def count() -> int:
        found = len(calls)
        calls.clear()
        return found

    return count


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files: two articles and a broken line, one article, none."""
    folder = tmp_path / "berita"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"id": "1", "isi": "Banjir di Demak"}\nrusak\n{"id": "2", "isi": "Pasar ramai"}\n')
    (folder / "b.txt").write_text("Warga bekerja sejak pagi.")
    (folder / "c.txt").write_text("")
    return folder


@pytest.fixture
def archive(tmp_path: Path, folder: Path, parsed: Parsed) -> Archive:
    archive = Archive(tmp_path / "index")
    archive.build(folder)
    assert parsed() == 3
    return archive


def counts(report: WriteReport) -> tuple[int, ...]:
    return report.added, report.updated, report.unchanged, report.duplicates, report.total


def test_an_unchanged_folder_is_not_parsed_and_reported_as_ever(archive: Archive, folder: Path, parsed: Parsed) -> None:
    files, articles, told = [], [], []
    report = archive.add(
        folder, on_file=lambda *found: files.append(found), on_article=articles.append, on_skip=told.append
    )
    assert parsed() == 0
    assert counts(report) == (0, 0, 3, 0, 3)
    assert report.skipped == tuple(told)
    assert [Path(skipped.where).name for skipped in told] == ["a.jsonl:2", "c.txt"]
    assert files == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert articles == [2, 3]
    (folder / "c.txt").unlink()
    assert counts(archive.add(folder / "a.jsonl")) == (0, 0, 2, 0, 3), "what vanished stays"


def test_only_what_changed_is_parsed(archive: Archive, folder: Path, parsed: Parsed) -> None:
    times = (folder / "b.txt").stat()
    (folder / "b.txt").write_text("Warga bekerja sejak siang."[: times.st_size])
    os.utime(folder / "b.txt", ns=(times.st_atime_ns, times.st_mtime_ns))
    (folder / "d.txt").write_text("Jalan rusak.")
    assert counts(archive.add(folder)) == (2, 0, 2, 0, 5)
    assert parsed() == 2
    assert counts(archive.add(folder)) == (0, 0, 4, 0, 5)
    assert parsed() == 0
    os.utime(folder / "b.txt")
    archive.add(folder)
    assert parsed() == 0


def test_other_options_are_another_reading(archive: Archive, folder: Path, parsed: Parsed) -> None:
    report = archive.add(folder, ReadOptions(max_chars=12))
    assert parsed() == 3
    assert [skipped.reason for skipped in report.skipped].count("longer than 12 characters") == 2
    archive.add(folder, ReadOptions(max_chars=12))
    archive.add(folder)
    assert parsed() == 0


def test_strictness_is_not_lost(archive: Archive, folder: Path) -> None:
    with pytest.raises(ReadingError, match=r"a\.jsonl:2"):
        archive.add(folder, ReadOptions(strict=True))
    (folder / "baru.txt").write_text("")
    (folder / "baru.txt").rename(folder / "0.txt")
    with pytest.raises(ReadingError, match=r"0\.txt"):
        archive.add(folder, ReadOptions(strict=True))


def test_what_was_removed_comes_back(archive: Archive, folder: Path, parsed: Parsed) -> None:
    archive.remove(["2"])
    assert counts(archive.add(folder)) == (1, 0, 2, 0, 3)
    assert parsed() == 2, "of the file that holds it"
    assert archive.get("2").body == "Pasar ramai"


def test_an_index_built_anew_is_asked_itself(archive: Archive, folder: Path, parsed: Parsed) -> None:
    known = archive.location / ledger.FILE_NAME  # type: ignore[operator]
    before = known.read_bytes()
    archive.build([Article("9", "", "Lain")])
    known.write_bytes(before)
    assert counts(archive.add(folder)) == (3, 0, 0, 0, 4)
    assert parsed() == 3
    shutil.rmtree(archive.location)
    Path(archive.location).mkdir()
    known.write_bytes(before)
    assert counts(archive.add(folder)) == (3, 0, 0, 0, 3)
    archive.build(folder)
    assert counts(archive.add(folder)) == (0, 0, 3, 0, 3)


def test_the_later_file_counts_as_ever(archive: Archive, folder: Path) -> None:
    (folder / "z.jsonl").write_text('{"id": "1", "isi": "Banjir surut"}\n')
    assert counts(archive.add(folder)) == (0, 1, 3, 0, 3)
    for _ in range(2):  # the first file's article replaces the last file's, and is replaced by it
        assert counts(archive.add(folder)) == (0, 1, 2, 1, 3)
        assert archive.get("1").body == "Banjir surut"


def test_a_damaged_ledger_only_costs_time(archive: Archive, folder: Path, parsed: Parsed) -> None:
    known = Path(archive.location) / ledger.FILE_NAME
    whole = known.read_bytes()
    chance = random.Random(4)
    for _ in range(40):
        place = chance.randrange(len(whole))
        flipped = bytes([whole[place] ^ (1 << chance.randrange(8))])
        for content in (whole[:place], whole[:place] + flipped + whole[place + 1 :], whole + b"x"):
            known.write_bytes(content)
            assert counts(archive.add(folder)) == (0, 0, 3, 0, 3)
            assert parsed() == 3
            assert known.read_bytes() == whole, "and it is mended"
    known.unlink()
    known.mkdir()
    assert counts(archive.add(folder)) == (0, 0, 3, 0, 3)


def test_a_full_disk_and_a_killed_writer_only_cost_time(
    archive: Archive, folder: Path, parsed: Parsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "d.txt").write_text("Jalan rusak.")
    before = {path.name for path in Path(archive.location).iterdir()}

    def full(path: Path, content: bytes) -> None:
        path.open("wb").close()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        assert counts(archive.add(folder)) == (1, 0, 3, 0, 4)
    assert {path.suffix for path in Path(archive.location).iterdir()} == {Path(name).suffix for name in before}
    assert parsed() == 1

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ledger.Ledger, "save", killed)
        (folder / "e.txt").write_text("Jembatan putus.")
        with pytest.raises(KeyboardInterrupt):
            archive.add(folder)
    assert parsed() == 2
    assert counts(archive.add(folder)) == (0, 0, 5, 0, 5), "the commit was made"
    assert parsed() == 2
    archive.add(folder)
    assert parsed() == 0


def test_a_commit_that_failed_is_not_remembered(
    archive: Archive, folder: Path, parsed: Parsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    from search.engines.whoosh.writer import IndexWriter

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (folder / "d.txt").write_text("Jalan rusak.")
    with monkeypatch.context() as patched:
        patched.setattr(IndexWriter, "commit", full)
        with pytest.raises(OSError, match="No space"):
            archive.add(folder)
    parsed()
    assert counts(archive.add(folder)) == (1, 0, 3, 0, 4)
    assert parsed() == 1


def test_the_ledger_does_not_grow_without_end(
    archive: Archive, folder: Path, monkeypatch: pytest.MonkeyPatch, parsed: Parsed
) -> None:
    monkeypatch.setattr(ledger, "_FREE", 0)
    known = Path(archive.location) / ledger.FILE_NAME
    sizes = []
    for number in range(20):
        folder = folder.rename(folder.with_name(f"berita{number}"))
        archive.add(folder)
        sizes.append(known.stat().st_size)
    assert max(sizes) < 4 * sizes[0]
    parsed()
    archive.add(folder)
    assert parsed() == 0, "what is asked for is kept"


VARIANTS = [f'{{"id": "{name}", "isi": "Berita {name} {version}"}}\n' for name in "pqrs" for version in (1, 2)] + ["rusak\n", ""]


@pytest.mark.parametrize("seed", range(6))
def test_any_history_ends_as_without_a_ledger(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    folder = tmp_path / "berita"
    folder.mkdir()
    quick, plain = Archive(tmp_path / "quick"), Archive(tmp_path / "plain")
    for _ in range(25):
        for name in chance.sample("abcd", chance.randint(0, 2)):
            (folder / f"{name}.jsonl").write_text("".join(chance.choices(VARIANTS, k=chance.randint(1, 3))))
        act = chance.choice(["add", "add", "add", "add one", "remove", "build", "articles"])
        gone = chance.sample("pqrs", 2)
        (tmp_path / "plain" / ledger.FILE_NAME).unlink(missing_ok=True)
        results = [outcome(archive, act, folder, gone) for archive in (quick, plain)]
        assert results[0] == results[1], act
        assert [held(quick, name) for name in "pqrs"] == [held(plain, name) for name in "pqrs"]


def outcome(archive: Archive, act: str, folder: Path, gone: list[str]) -> tuple[WriteReport | str, list[Skipped]]:
    told: list[Skipped] = []
    try:
        if act == "remove":
            report = archive.remove(gone) if archive.exists() else WriteReport()
        elif act == "articles":
            report = archive.add([folder, Article(gone[0], "", f"Berita {gone[0]} 3"), folder], on_skip=told.append)
        else:
            source = next(iter(sorted(folder.iterdir())), folder) if act == "add one" else folder
            report = (archive.build if act == "build" else archive.add)(source, on_skip=told.append)
    except ReadingError as error:
        return str(error), told
    return replace(report, seconds=0.0), told


def held(archive: Archive, name: str) -> str | None:
    try:
        return archive.get(name).body if archive.exists() else None
    except ArticleNotFound:
        return None


ADD = "import sys; from search.archive import Archive; print('begin', flush=True); Archive(sys.argv[1]).add(sys.argv[2])"


def adding(index: Path, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", ADD, str(index), str(folder)], stdout=subprocess.PIPE, text=True)


def test_two_processes_at_once(archive: Archive, folder: Path) -> None:
    for number in range(40):
        (folder / f"n{number}.txt").write_text(f"Warga desa {number} bekerja sejak pagi.")
    writers = [adding(Path(archive.location), folder) for _ in range(2)]
    assert [writer.communicate()[0] for writer in writers] == ["begin\n"] * 2
    assert [writer.returncode for writer in writers] == [0, 0]
    assert counts(archive.add(folder)) == (0, 0, 43, 0, 43)
    assert archive.check() == ()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_writers_killed_at_random_moments(archive: Archive, folder: Path, parsed: Parsed) -> None:
    chance = random.Random(8)
    for number in range(60):
        (folder / f"n{number}.txt").write_text(f"Warga desa {number} bekerja sejak pagi.")
    for version in range(25):
        (folder / f"n{version}.txt").write_text(f"Warga desa {version} beristirahat.")
        writer = adding(Path(archive.location), folder)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "begin\n"
        time.sleep(chance.random() * 0.15)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        if version % 5 == 0:
            archive.add(folder)
            bodies = {hit.article.body for hit in archive.search("warga", SearchOptions(limit=1000, snippet_chars=0)).hits}
            assert {path.read_text() for path in folder.glob("n*.txt")} <= bodies
            assert archive.check() == ()
    archive.add(folder)
    parsed()
    archive.add(folder)
    assert parsed() == 0
