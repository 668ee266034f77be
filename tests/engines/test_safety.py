"""An index from elsewhere: nothing in it runs code, damage is an error that names the file, strangers are refused."""

from __future__ import annotations

import json
import pickle
import threading
from pathlib import Path

import pytest
import whoosh.index
import whoosh.query as wq
from whoosh.fields import TEXT, Schema
from whoosh.index import TOC

from search.engines.whoosh.codec import ArraySegment
from search.engines.whoosh.engine import WhooshEngine
from search.engines.whoosh.schema import SCHEMA
from search.engines.whoosh.storage import SafeStorage, open_whoosh
from search.errors import IndexBusy, IndexCorrupt, IndexFault, IndexIncompatible, IndexMissing
from search.model import Article, SearchOptions
from search.query.tree import Everything, Word

ARTICLES = [
    Article("1", "Banjir di Demak", "Banjir merendam tiga desa. Warga mengungsi.", source="Kabar"),
    Article("2", "Pasar murah", "Bupati membuka pasar murah di alun-alun."),
]


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (Path.touch, (Path("EXPLODED"),))  # type: ignore[return-value]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    WhooshEngine(tmp_path).build(ARTICLES)
    return tmp_path


def toc_of(folder: Path) -> Path:
    return next(folder.glob("_MAIN_*.toc"))


def test_a_pickle_in_the_table_of_contents_runs_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    toc = TOC(SCHEMA, [], 0)
    toc.segments = [Bomb()]  # type: ignore[list-item]
    toc_of(folder).unlink()
    toc.write(SafeStorage(str(folder)), "MAIN")
    engine = WhooshEngine(folder)
    with pytest.raises(IndexCorrupt, match="table of contents"):
        engine.search(Everything(), SearchOptions())
    assert not Path("EXPLODED").exists()
    # A rebuild mends it, without opening it.
    engine.build(ARTICLES)
    assert engine.search(Everything(), SearchOptions()).total == 2
    assert not Path("EXPLODED").exists()


def test_the_pickled_schema_is_never_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    raw = toc_of(folder).read_bytes()
    schema = pickle.dumps(SCHEMA, 2)
    place = raw.index(schema[:60])
    assert place > 0
    bomb = pickle.dumps(Bomb(), 2)
    length_now, filler = len(schema), b"\0" * (len(schema) - len(bomb))
    toc_of(folder).write_bytes(raw[:place] + bomb + filler + raw[place + length_now :])
    assert WhooshEngine(folder).search(Everything(), SearchOptions()).total == 2
    assert not Path("EXPLODED").exists()


@pytest.mark.parametrize("cut", [0, 1, 10, 100, 500, -1, -5])
def test_a_truncated_table_of_contents_is_an_error(folder: Path, cut: int) -> None:
    path = toc_of(folder)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(IndexCorrupt):
        WhooshEngine(folder).search(Everything(), SearchOptions())


def test_flipped_bytes_anywhere_are_an_error_or_change_nothing(folder: Path) -> None:
    expected = [
        (m.article, m.score) for m in WhooshEngine(folder).search(Word("banjir", "banjir"), SearchOptions()).page
    ]
    for path in (next(folder.glob("*.cari")), toc_of(folder)):
        whole = path.read_bytes()
        for place in range(0, len(whole), max(1, len(whole) // 60)):
            broken = bytearray(whole)
            broken[place] ^= 0xFF
            path.write_bytes(broken)
            try:
                found = WhooshEngine(folder).search(Word("banjir", "banjir"), SearchOptions()).page
            except IndexFault:
                continue
            assert [(m.article, m.score) for m in found] == expected
        path.write_bytes(whole)


def test_a_missing_segment_is_an_error(folder: Path) -> None:
    next(folder.glob("*.cari")).unlink()
    with pytest.raises(IndexFault):
        WhooshEngine(folder).search(Everything(), SearchOptions())


def test_another_analysis_is_refused_with_the_mend(folder: Path) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["entries"][-1]["made_with"]["analysis"] = "0"
    path.write_text(json.dumps(manifest))
    for action in (lambda e: e.search(Everything(), SearchOptions()), lambda e: e.add(ARTICLES)):
        with pytest.raises(IndexIncompatible, match="analysis") as caught:
            action(WhooshEngine(folder))
        assert "cari build" in (caught.value.hint or "")
    WhooshEngine(folder).build(ARTICLES)
    assert WhooshEngine(folder).search(Everything(), SearchOptions()).total == 2


@pytest.mark.parametrize("text", ["", "[]", "{", '{"entries": 3}', '{"entries": [{}]}', "\0\0"])
def test_a_broken_manifest_is_an_error(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    with pytest.raises(IndexCorrupt, match=r"manifest\.json"):
        WhooshEngine(folder).search(Everything(), SearchOptions())


def test_an_index_of_plain_whoosh_is_refused(tmp_path: Path) -> None:
    index = whoosh.index.create_in(str(tmp_path), Schema(body=TEXT))
    writer = index.writer()
    writer.add_document(body="halo")
    writer.commit()
    with pytest.raises(IndexFault):
        WhooshEngine(tmp_path).search(Everything(), SearchOptions())


def test_no_index(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        engine = WhooshEngine(folder)
        assert not engine.exists()
        for action in (
            lambda e: e.search(Everything(), SearchOptions()),
            lambda e: e.add(ARTICLES),
            lambda e: e.info(),
        ):
            with pytest.raises(IndexMissing, match="no index"):
                action(engine)


def test_whoosh_opens_what_we_build_and_runs_its_own_queries(folder: Path) -> None:
    WhooshEngine(folder).add([Article("3", "", "Banjir lagi di desa")])
    WhooshEngine(folder).remove(["2"])
    queries = {
        wq.Term("body", "banjir"): {"1", "3"},
        wq.Phrase("body_exact", ["tiga", "desa"]): {"1"},
        wq.Phrase("body", ["di", "desa"]): {"3"},
        wq.Prefix("body_exact", "rend"): set(),
        wq.Prefix("body_exact", "mer"): {"1"},
        wq.FuzzyTerm("body_exact", "banjri", maxdist=2): {"1", "3"},
        wq.Every(): {"1", "3"},
        wq.And([wq.Term("body", "banjir"), wq.Not(wq.Term("body", "lagi"))]): {"1"},
        wq.Term("source", "kabar"): {"1"},
        wq.TermRange("body_exact", "lag", "laut"): {"3"},
        wq.Wildcard("body", "*njir"): {"1", "3"},
    }
    plain, safe = whoosh.index.open_dir(str(folder)), open_whoosh(folder)
    for index in (plain, safe):
        with index.searcher() as searcher:
            for query, expected in queries.items():
                assert {hit["id"] for hit in searcher.search(query)} == expected, query


def test_a_second_writer_waits_and_then_gives_up(folder: Path) -> None:
    from search.engines.whoosh.writer import WriteLock

    told: list[str] = []
    with WriteLock(folder, 0, None):
        with pytest.raises(IndexBusy):
            WhooshEngine(folder).add(ARTICLES, wait=0)
        with pytest.raises(IndexBusy):
            WhooshEngine(folder).build(ARTICLES, wait=0.1, on_wait=lambda: told.append("waiting"))
    assert told == ["waiting"]
    with WriteLock(folder, 0, None):
        thread = threading.Thread(target=lambda: WhooshEngine(folder).add([Article("9", "", "x")], wait=None))
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
    thread.join(10)
    assert WhooshEngine(folder).get("9") is not None


def test_readers_go_over_to_a_new_commit_and_never_see_half_of_one(folder: Path) -> None:
    reader = WhooshEngine(folder)
    assert reader.search(Everything(), SearchOptions()).total == 2
    seen: set[int] = set()
    stop = threading.Event()
    failures: list[BaseException] = []

    def read() -> None:
        try:
            while not stop.is_set():
                seen.add(reader.search(Everything(), SearchOptions()).total)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    writer = WhooshEngine(folder)
    for size in (10, 20, 30, 5):
        writer.build([Article(f"n{n}", "", f"berita {n}") for n in range(size)])
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert seen <= {2, 10, 20, 30, 5}
    assert reader.search(Everything(), SearchOptions()).total == 5


def test_segments_of_many_small_adds_are_merged(folder: Path) -> None:
    engine = WhooshEngine(folder)
    for number in range(40):
        engine.add([Article(f"x{number}", "", f"tambahan {number}")])
    assert int(engine.info().details["segments"]) < 20
    assert engine.search(Word("tambahan", "tambah"), SearchOptions()).total == 40


def test_a_segment_remembers_its_deletions(folder: Path) -> None:
    segment = ArraySegment("MAIN", 3)
    segment.delete_document(1)
    copy = pickle.loads(pickle.dumps(segment))
    assert copy.is_deleted(1)
    assert copy.doc_count() == 2
    copy.delete_document(1, delete=False)
    assert not copy.has_deletions()


def test_only_files_of_our_own_are_cleared(folder: Path) -> None:
    for name in ("notes.tmp", "MAIN.txt", "_MAIN_notes.txt", "a.cari", "manifest.json.12.tmp", "MAIN_dead0000.cari"):
        (folder / name).write_text("mine")
    WhooshEngine(folder).add([Article("3", "", "baru")])
    left = {path.name for path in folder.iterdir()}
    assert {"notes.tmp", "MAIN.txt", "a.cari"} <= left
    assert not {"manifest.json.12.tmp", "MAIN_dead0000.cari"} & left
