"""A commit read without Whoosh says what Whoosh says of it; what is not one of ours is refused."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from search.engines.whoosh.codec import ArraySegment
from search.engines.whoosh.commits import StoredSegment, generation_of, latest_generation, read_commit
from search.engines.whoosh.engine import WhooshEngine
from search.engines.whoosh.storage import read_toc
from search.errors import IndexCorrupt, IndexMissing
from search.model import Article

ARTICLES = [Article(str(number), f"Judul {number}", f"Isi artikel nomor {number}.") for number in range(6)]


def toc_of(folder: Path) -> Path:
    return folder / f"_MAIN_{latest_generation(folder)}.toc"


def put_in_place_of_the_segments(folder: Path, strange: object) -> None:
    """The segments are the last pickle in the file."""
    content = toc_of(folder).read_bytes()
    start = content.rindex(pickle.dumps(None, pickle.HIGHEST_PROTOCOL)[:2])
    toc_of(folder).write_bytes(content[:start] + pickle.dumps(strange, pickle.HIGHEST_PROTOCOL))


def assert_as_whoosh_says(folder: Path) -> None:
    ours, theirs = read_commit(folder), read_toc(folder)
    assert ours.generation == theirs.generation
    assert [(f"MAIN_{each.segid}", each.size, each.deleted) for each in ours.segments] == [
        (each.segment_id(), each.size, each.deleted) for each in theirs.segments
    ]
    assert [each.arrays(folder).size for each in ours.segments] == [each.size for each in theirs.segments]


def test_every_commit_is_read_as_whoosh_reads_it(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.build([])
    assert_as_whoosh_says(tmp_path)
    engine.build(ARTICLES)
    assert_as_whoosh_says(tmp_path)
    engine.remove(["1", "4"])
    assert_as_whoosh_says(tmp_path)
    assert [each.deleted for each in read_commit(tmp_path).segments] == [{1, 4}]
    engine.add([Article("baru", "Baru", "Artikel baru.")])
    assert_as_whoosh_says(tmp_path)


def test_it_loads_no_whoosh(tmp_path: Path) -> None:
    WhooshEngine(tmp_path).build(ARTICLES)
    code = (
        "import sys; from pathlib import Path; from search.engines.whoosh.commits import read_commit; "
        "commit = read_commit(Path(sys.argv[1])); commit.segments[0].arrays(Path(sys.argv[1])); "
        "print(*(name for name in sys.modules if name.split('.')[0] == 'whoosh'))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_no_commit_at_all(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(IndexMissing):
            read_commit(folder)


@pytest.mark.parametrize(
    ("name", "number"),
    [("_MAIN_0.toc", 0), ("_MAIN_12.toc", 12), ("_MAIN_.toc", -1), ("_MAIN_1.toc.169", -1), ("_MAIN_-1.toc", -1),
     ("_MAIN_٣.toc", -1), ("_MAIN_²3.toc", -1), ("MAIN_1.toc", -1), ("_MAIN_1", -1), ("_MAIN_toc", -1), ("", -1)],
)  # fmt: skip
def test_names_of_commits(name: str, number: int) -> None:
    assert generation_of(name) == number


@pytest.mark.parametrize(
    "change",
    [{"indexname": "../MAIN"}, {"segid": "../../elsewhere"}, {"segid": "a.b"}, {"segid": ""}, {"segid": 7},
     {"size": "many"}, {"deleted": {99}}, {"deleted": {-1}}, {"deleted": {"a"}}, {"deleted": 3}],
)  # fmt: skip
def test_segments_that_no_writer_names(tmp_path: Path, change: dict[str, object]) -> None:
    WhooshEngine(tmp_path).build(ARTICLES)
    segment = read_toc(tmp_path).segments[0]
    vars(segment).update(change)
    put_in_place_of_the_segments(tmp_path, [segment])
    with pytest.raises(IndexCorrupt):
        read_commit(tmp_path)


def test_what_is_no_list_of_segments(tmp_path: Path) -> None:
    WhooshEngine(tmp_path).build(ARTICLES)
    for strange in ([set()], set(), {"a": 1}, [ArraySegment], None):
        put_in_place_of_the_segments(tmp_path, strange)
        with pytest.raises(IndexCorrupt):
            read_commit(tmp_path)


def test_a_stored_segment_that_lacks_something_is_not_sound() -> None:
    assert not StoredSegment().is_sound()


def test_a_file_of_another_commit_is_refused(tmp_path: Path) -> None:
    WhooshEngine(tmp_path).build(ARTICLES)
    toc_of(tmp_path).rename(tmp_path / "_MAIN_7.toc")
    with pytest.raises(IndexCorrupt):
        read_commit(tmp_path)
