"""Files as portions: the same articles, a key of all that decides them, and no wait for what is no file."""

from __future__ import annotations

import gzip
import os
import re
import sys
from pathlib import Path

import pytest

from search.errors import ReadingError
from search.model import Article, Portion, ReadOptions, Skipped
from search.reading import portions, read_articles, read_portions


def only(source: Path | str, options: ReadOptions = ReadOptions()) -> Portion:  # noqa: B008  (frozen)
    (found,) = read_portions([source], options)
    assert not isinstance(found, Article)
    return found


def key(source: Path | str, **options: object) -> bytes:
    return only(source, ReadOptions(**options)).key  # type: ignore[arg-type]


def read_all(source: Path) -> tuple[list[Article], list[Skipped]]:
    skipped: list[Skipped] = []
    articles: list[Article] = []
    for found in read_portions([source], ReadOptions(), on_skip=skipped.append):
        articles += [found] if isinstance(found, Article) else found.read()
    return articles, skipped


@pytest.fixture(params=[portions.HELD_BYTES, 40], ids=["held", "read twice"])
def held(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Whether files are held in memory or read twice; both must be alike."""
    monkeypatch.setattr(portions, "HELD_BYTES", request.param)
    return int(request.param)


@pytest.mark.usefixtures("held")
def test_portions_give_what_reading_gives(root: Path) -> None:
    skipped: list[Skipped] = []
    articles = list(read_articles([root / "corpus"], on_skip=skipped.append))
    assert articles
    assert read_all(root / "corpus") == (articles, skipped)


def test_a_key_is_of_content_name_and_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Warga bekerja.")
    first = key(path)
    os.utime(path, (1, 1))
    assert key(path) == key(path, strict=True) == first
    others = [key(path, format="text"), key(path, max_chars=9), key(path, field_map={"body": "x"}), key(str(tmp_path))]
    path.rename(tmp_path / "b.txt")
    others.append(key(tmp_path / "b.txt"))
    (tmp_path / "b.txt").rename(path)
    path.write_text("Warga bekerjb.")
    others.append(key(path))
    path.write_text("Warga bekerja.")
    assert key(path) == first
    portions.reading_code.cache_clear()
    monkeypatch.setattr(sys, "version", "another")
    others.append(key(path))
    portions.reading_code.cache_clear()
    assert len({first, *others}) == len(others) + 1


def test_a_key_is_the_same_whether_the_file_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Warga bekerja sejak pagi. " * 9000)
    first = key(path)
    monkeypatch.setattr(portions, "HELD_BYTES", 1000)
    assert key(path) == first


@pytest.mark.usefixtures("held")
def test_what_was_skipped_is_noted_and_recalled(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"isi": "satu dua tiga"}\nrusak\n{"isi": ""}\n')
    told: list[Skipped] = []
    (found,) = read_portions([path], ReadOptions(), on_skip=told.append)
    assert not isinstance(found, Article)
    assert len(list(found.read())) == 1
    first, notes = list(told), found.notes()
    assert [skipped.where.rpartition(":")[2] for skipped in first] == ["2", "3"]
    assert notes is not None
    told.clear()
    found.recall(1, notes)
    assert told == first
    with pytest.raises(ReadingError, match=r"a\.jsonl:2"):
        only(path, ReadOptions(strict=True)).recall(1, notes)


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize("content", [b"", b"\x1f\x8brusak" * 30, gzip.compress(b"Warga bekerja. " * 99)[:-4], b"\x00" * 99])
def test_a_broken_file_is_as_broken_as_a_portion(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(content)
    skipped: list[Skipped] = []
    assert read_all(path) == (list(read_articles([path], on_skip=skipped.append)), skipped)
    portion = only(path)
    list(portion.read())
    assert portion.notes() is not None, "what is broken stays so until it changes"


def test_a_file_that_changes_while_it_is_read_is_not_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Warga bekerja sejak pagi.")
    held = only(path)
    monkeypatch.setattr(portions, "HELD_BYTES", 4)
    large = only(path)
    path.write_text("Warga beristirahat siang.")
    assert [article.body for article in held.read()] == ["Warga bekerja sejak pagi."], "as its key says"
    assert held.notes() == ""
    assert [article.body for article in large.read()] == ["Warga beristirahat siang."]
    assert large.notes() is None
    path.write_text("Warga bekerja sejak pagi.")
    assert [article.body for article in large.read()] == ["Warga bekerja sejak pagi."]
    assert large.notes() == ""
    path.unlink()
    assert list(large.read()) == []
    assert large.notes() is None, "that it cannot be read need not last"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_reported_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipa.txt")
    (tmp_path / "tautan.txt").symlink_to(tmp_path / "pipa.txt")
    (tmp_path / "hilang.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "z.txt").write_text("Warga bekerja.")
    articles, skipped = read_all(tmp_path)
    assert len(articles) == 1
    assert [(Path(skip.where).name, skip.reason[:9]) for skip in skipped] == [
        ("hilang.txt", "cannot be"), ("pipa.txt", "not a reg"), ("tautan.txt", "not a reg")
    ]  # fmt: skip


def test_without_its_own_code_at_hand_nothing_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("Warga bekerja.")
    monkeypatch.setattr(portions, "reading_code", lambda: None)
    assert [type(found) for found in read_portions([tmp_path], ReadOptions())] == [Article]


def test_all_libraries_that_read_are_part_of_the_key(root: Path) -> None:
    asked = re.search(r"^dependencies = \[(.*?)^\]", (root / "pyproject.toml").read_text(), re.DOTALL | re.MULTILINE)
    assert asked
    names = {name.lower().replace("-", "_") for name in re.findall(r'^\s*"([\w-]+)', asked[1], re.MULTILINE)}
    assert names - {"whoosh3", "pysastrawi", "click", "numpy"} <= portions._LIBRARIES


def test_options_are_checked_at_once(tmp_path: Path) -> None:
    with pytest.raises(ReadingError):
        read_portions([tmp_path / "hilang"], ReadOptions())
