"""What Whoosh's own writers put into our index is found as what our own writer puts there, or it is refused."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import whoosh.index
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import Oracle
from test_oracle import articles, trees
from whoosh import fields
from whoosh.index import LockError

from search.engines.whoosh import records
from search.engines.whoosh.codec import ArrayCodec
from search.engines.whoosh.container import Container
from search.engines.whoosh.engine import WhooshEngine
from search.engines.whoosh.pairing import paired
from search.engines.whoosh.schema import SCHEMA
from search.engines.whoosh.storage import open_whoosh
from search.engines.whoosh.writer import WriteLock
from search.errors import IndexFault, IndexIncompatible, UsageError
from search.model import Article, SearchOptions
from search.query.tree import DateRange, Everything, Filter, Phrase, Query, Word

FULL = Article(
    "1", "Banjir di Demak", "Banjir merendam tiga desa se-Jawa. Warga ke-10 mengungsi, anak-anak PERADI juga.",
    published=datetime(2015, 2, 1, 6, 30, tzinfo=records.WIB), source="Kabar Désa", url="http://kabar/1",
    category="Politik", place="Kota Batu", author="Ani B.", tags=("Bencana Alam",),
)  # fmt: skip
ARTICLES = [FULL, Article("2", "Pasar murah", "Bupati membuka pasar murah di alun-alun."), Article("3", "", "Banjir lagi.")]


def given_to_whoosh(article: Article) -> dict[str, Any]:
    values = {
        "id": article.id, "title": article.title, "title_exact": article.title, "body": article.body,
        "body_exact": article.body, "published": records.instant(article.published), "source": article.source,
        "category": ", ".join(filter(None, (article.category, *article.tags))), "place": article.place,
        "url": article.url, "author": article.author,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value}


def writer_of(folder: Path, **options: Any) -> Any:
    return whoosh.index.open_dir(str(folder)).writer(codec=ArrayCodec(), **options)


def made_by_whoosh(folder: Path, some: list[Article]) -> WhooshEngine:
    folder.mkdir(exist_ok=True)
    whoosh.index.create_in(str(folder), SCHEMA)
    with writer_of(folder) as writer:
        for article in some:
            writer.add_document(**given_to_whoosh(article))
    return WhooshEngine(folder)


def found(engine: WhooshEngine, query: Query) -> dict[str, float]:
    return {match.article.id: match.score for match in engine.search(query, SearchOptions(limit=1000)).page}


def test_the_segment_is_the_one_that_our_own_writer_makes(tmp_path: Path) -> None:
    made_by_whoosh(tmp_path / "theirs", ARTICLES)
    WhooshEngine(tmp_path / "ours").build(ARTICLES)
    theirs, ours = (Container(next((tmp_path / name).glob("*.cari"))) for name in ("theirs", "ours"))
    assert set(theirs.names()) == set(ours.names())
    # Of a compound and its part, both forms of one root at one place, either may come first.
    different = [name for name in ours.names() if theirs.array(name).tobytes() != ours.array(name).tobytes()]
    assert different in ([], ["other.ranks"])


@given(st.lists(st.lists(articles, max_size=5), min_size=1, max_size=3), st.lists(trees, min_size=1, max_size=3),
       st.sets(st.sampled_from(["a0", "a1", "a2"])), st.booleans(), st.booleans())  # fmt: skip
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_engine_finds_what_whoosh_writes_as_the_oracle_does(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[list[Article]],
    queries: list[Query],
    removed: set[str],
    optimize: bool,
    begun_by_us: bool,
) -> None:
    folder = tmp_path_factory.mktemp("index")
    state: dict[str, Article] = {}
    if begun_by_us:
        WhooshEngine(folder).build(batches[0])
        state = {article.id: article for article in batches.pop(0)}
    else:
        whoosh.index.create_in(str(folder), SCHEMA)
    engine = WhooshEngine(folder)
    for batch in batches:
        writer = writer_of(folder)
        for article in (Article(**{**vars_of(article), "dateline": None}) for article in batch):
            writer.update_document(**given_to_whoosh(article))
            state[article.id] = as_whoosh_keeps(article)
        writer.commit()
    with writer_of(folder) as writer:
        for name in removed:
            writer.delete_by_term("id", name)
            state.pop(name, None)
        writer.optimize = optimize
    if not begun_by_us and not any(batches):
        return  # there is no index yet
    oracle = Oracle(list(state.values()))
    assert found(engine, Everything()).keys() == state.keys()
    for query in queries:
        if not oracle.border_is_blurred(query, 100):
            assert found(engine, query) == pytest.approx(oracle.search(query), abs=1e-4)
    assert all(engine.get(name) == article for name, article in state.items())


def vars_of(article: Article) -> dict[str, Any]:
    return {name: getattr(article, name) for name in article.__dataclass_fields__}


def as_whoosh_keeps(article: Article) -> Article:
    """Whoosh keeps a moment of a day, and the first of its keywords is the category."""
    labels = [label for label in (article.category, *article.tags) if label]
    day = article.published
    moment = datetime(day.year, day.month, day.day, tzinfo=records.WIB) if day else None
    kept = {"published": moment, "category": labels[0] if labels else None, "tags": tuple(labels[1:])}
    return Article(**{**vars_of(article), **kept})


def test_a_merge_by_whoosh_keeps_what_whoosh_has_no_field_for(tmp_path: Path) -> None:
    ours = [
        Article("1", "Judul", "Isi berita", dateline="DEMAK, KOMPAS", editor="Budi", tags=("Bencana Alam",),
                published=date(2015, 2, 1)),
        Article("2", "Se-Jawa", "ke-10", published=datetime(2015, 2, 1, 23, tzinfo=timezone(-timedelta(hours=3)))),
    ]  # fmt: skip
    engine = WhooshEngine(tmp_path)
    engine.build(ours)
    engine.add([Article("3", "", "dibuang")])
    before = [found(engine, query) for query in (Word("demak", "demak"), Word("jawa", "jawa"), Filter("category", "alam"))]
    engine.remove(["3"])
    with writer_of(tmp_path) as writer:
        writer.add_document(**given_to_whoosh(Article("4", "", "baru")))
        writer.optimize = True
    assert len(list(tmp_path.glob("*.cari"))) == 1
    assert [engine.get(article.id) for article in ours] == ours
    assert engine.get("3") is None
    engine.remove(["4"])
    engine.add([Article("3", "", "dibuang")])
    after = [found(engine, query) for query in (Word("demak", "demak"), Word("jawa", "jawa"), Filter("category", "alam"))]
    assert after == [pytest.approx(scores, abs=1e-5) for scores in before]
    # The same articles again are known to be the same.
    assert engine.add(ours).unchanged == 2


def test_our_writer_and_whoosh_s_take_turns(tmp_path: Path) -> None:
    engine = made_by_whoosh(tmp_path, ARTICLES[:1])
    assert engine.add(ARTICLES).added == 2
    assert engine.add(ARTICLES).unchanged == 3
    with open_whoosh(tmp_path).writer(codec=ArrayCodec()) as writer:
        writer.update_document(**given_to_whoosh(Article("2", "Pasar baru", "Pasar dibuka kembali.")))
        writer.delete_by_term("id", "3")
    assert found(engine, Word("pasar", "pasar")).keys() == {"2"}
    assert found(engine, Phrase(("pasar", "dibuka"))).keys() == {"2"}
    assert found(engine, Word("bupati", "bupati")) == {}
    assert found(engine, Filter("source", "kabar desa")).keys() == {"1"}
    assert found(engine, DateRange(date(2015, 2, 1), date(2015, 2, 1))).keys() == {"1"}
    with WriteLock(tmp_path, 0, None), pytest.raises(LockError):
        writer_of(tmp_path)
    engine.build(ARTICLES)
    assert found(engine, Word("bupati", "bupati")).keys() == {"2"}


def test_whoosh_reads_back_what_it_was_given(tmp_path: Path) -> None:
    made_by_whoosh(tmp_path, ARTICLES)
    with whoosh.index.open_dir(str(tmp_path)).searcher() as searcher:
        document = searcher.document(id="1")
        given = {name: value for name, value in given_to_whoosh(FULL).items() if not name.endswith("_exact")}
        assert document == given
        sortable = searcher.search(whoosh.query.Every(), sortedby="category", limit=None)
        assert [hit["id"] for hit in sortable][-1] == "1"


def test_the_newest_of_two_with_one_id_counts(tmp_path: Path) -> None:
    engine = made_by_whoosh(tmp_path, [Article("1", "", "lama"), Article("1", "", "baru"), Article("2", "", "lain")])
    assert found(engine, Everything()).keys() == {"1", "2"}
    with writer_of(tmp_path) as writer:
        writer.add_document(**given_to_whoosh(Article("1", "", "terbaru")))
        writer.optimize = True
    assert found(engine, Word("terbaru", "baru")).keys() == {"1"}
    assert engine.search(Everything(), SearchOptions()).total == 2


def test_words_need_no_analysis(tmp_path: Path) -> None:
    engine = made_by_whoosh(tmp_path, ARTICLES)
    with writer_of(tmp_path) as writer:
        writer.add_document(id="9", body=["pilih", "bupati"], body_exact=["pemilihan", "bupati"], _stored_body="Isi")
    assert found(engine, Word("pemilihan", "pilih")).keys() == {"9"}
    assert found(engine, Phrase(("pemilihan", "bupati"))).keys() == {"9"}
    assert engine.get("9") == Article("9", "", "Isi")


def test_nothing_is_left_of_a_writer_that_is_cancelled_or_has_nothing_to_say(tmp_path: Path) -> None:
    made_by_whoosh(tmp_path, ARTICLES)
    before = sorted(tmp_path.glob("*.cari"))
    writer = writer_of(tmp_path)
    writer.add_document(**given_to_whoosh(Article("9", "", "batal")))
    writer.cancel()
    writer_of(tmp_path).commit()
    assert sorted(tmp_path.glob("*.cari")) == before
    assert found(WhooshEngine(tmp_path), Everything()).keys() == {"1", "2", "3"}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"id": "9", "title": "Tanpa kembar"}, "title and title_exact"),
    ({"id": "9", "title_exact": "Tanpa kembar"}, "title and title_exact"),
    ({"id": "9", "body": "satu dua", "body_exact": "satu"}, "body and body_exact"),
    ({"body": "x", "body_exact": "x"}, "without an id"),
    ({"id": "9", "body": ["satu"], "body_exact": ["satu"]}, "not a text"),
    ({"id": "9", "published": datetime(2015, 1, 1, tzinfo=timezone.utc)}, "date"),
    ({"id": "9", "published": "20150101"}, "date"),
]
BAD_AT_COMMIT: list[tuple[dict[str, Any], str]] = [
    ({"id": "9", "body": "satu dua", "body_exact": "satu dua", "_body_boost": 2.0}, "weighs"),
    ({"id": "9", "_boost": 3.0}, "weighs"),
    ({"id": "9", "source": "Kabar", "_stored_source": "Suara"}, "source"),
    ({"id": "9", "_stored_id": "8"}, "id"),
    ({"id": "9", "published": datetime(2015, 1, 1), "_stored_published": datetime(2016, 1, 1)}, "published"),
    ({"id": "9", "published": [datetime(2015, 1, 1), datetime(2016, 1, 1)], "_stored_published": datetime(2015, 1, 1)}, "published"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "told"), BAD)
def test_what_cannot_be_kept_is_refused_with_the_document(tmp_path: Path, document: dict[str, Any], told: str) -> None:
    made_by_whoosh(tmp_path, ARTICLES)
    writer = writer_of(tmp_path)
    with pytest.raises(UsageError, match=told):
        writer.add_document(**document)
    # Whoosh has kept half of it, which must not become part of another document.
    with pytest.raises(UsageError, match="half of it"):
        writer.add_document(id="10")
    writer.cancel()
    assert found(WhooshEngine(tmp_path), Everything()).keys() == {"1", "2", "3"}


@pytest.mark.parametrize(("document", "told"), BAD_AT_COMMIT)
def test_what_only_its_postings_tell_is_refused_at_the_commit(
    tmp_path: Path, document: dict[str, Any], told: str
) -> None:
    made_by_whoosh(tmp_path, ARTICLES)
    writer = writer_of(tmp_path)
    writer.add_document(**document)
    with pytest.raises(UsageError, match=told):
        writer.commit()
    unlock(writer)
    assert found(WhooshEngine(tmp_path), Everything()).keys() == {"1", "2", "3"}
    WhooshEngine(tmp_path).add([Article("9", "", "sesudahnya")])


def unlock(writer: Any) -> None:
    """Whoosh 2 keeps its lock where a commit fails."""
    if writer.writelock is not None:
        writer.writelock.release()


def test_an_index_of_another_analysis_is_not_added_to(tmp_path: Path) -> None:
    made_by_whoosh(tmp_path, ARTICLES)
    path = tmp_path / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["entries"][-1]["made_with"]["analysis"] = "0"
    path.write_text(json.dumps(manifest))
    with pytest.raises(IndexIncompatible, match="analysis"):
        writer_of(tmp_path)


def test_segments_of_another_analysis_are_not_merged_in(tmp_path: Path) -> None:
    made_by_whoosh(tmp_path / "here", ARTICLES)
    other = tmp_path / "other"
    made_by_whoosh(other, [Article("7", "Lain", "dari indeks lain", dateline="DEMAK")])
    with writer_of(tmp_path / "here") as writer, whoosh.index.open_dir(str(other)).reader() as reader:
        writer.add_reader(reader)
    assert found(WhooshEngine(tmp_path / "here"), Word("indeks", "indeks")).keys() == {"7"}
    manifest = json.loads((other / "manifest.json").read_text())
    manifest["entries"][-1]["made_with"]["format"] = "0"
    (other / "manifest.json").write_text(json.dumps(manifest))
    writer = writer_of(tmp_path / "here")
    with whoosh.index.open_dir(str(other)).reader() as reader, pytest.raises(IndexIncompatible, match="format"):
        writer.add_reader(reader)
    writer.cancel()


def test_an_index_begun_anew_forgets_what_the_old_one_was_made_with(tmp_path: Path) -> None:
    stale = {"entries": [{"from": 0, "made_with": {"format": "0"}}, {"from": 7, "made_with": {}}]}
    (tmp_path / "manifest.json").write_text(json.dumps(stale))
    assert found(made_by_whoosh(tmp_path, ARTICLES), Everything()).keys() == {"1", "2", "3"}
    assert json.loads((tmp_path / "manifest.json").read_text())["entries"][-1]["from"] == 1


@pytest.mark.parametrize("schema", [
    fields.Schema(id=fields.ID(stored=True), body=fields.TEXT),
    fields.Schema(id=fields.ID(stored=True), body=SCHEMA["body_exact"], body_exact=SCHEMA["body"]),
    fields.Schema(id=fields.ID(stored=True), body=fields.STORED, penerbit=fields.ID),
])  # fmt: skip
def test_fields_of_another_schema_are_refused(tmp_path: Path, schema: fields.Schema) -> None:
    whoosh.index.create_in(str(tmp_path), schema)
    writer = writer_of(tmp_path)
    with pytest.raises(UsageError, match="not one of this index"):
        writer.add_document(id="1", **{name: "isi" for name in schema.names() if name != "id"})
    writer.cancel()


def test_only_folders_with_our_name_are_written(tmp_path: Path) -> None:
    from whoosh.filedb.filestore import RamStorage

    for index in (RamStorage().create_index(SCHEMA), whoosh.index.create_in(str(tmp_path), SCHEMA, indexname="lain")):
        with pytest.raises(UsageError, match="MAIN"):
            index.writer(codec=ArrayCodec())


def test_a_writer_with_whoosh_s_own_codec_cannot_harm_the_index(tmp_path: Path) -> None:
    """Nothing in Whoosh ties an index to a codec: a writer that is not told of ours uses its own."""
    engine = made_by_whoosh(tmp_path, ARTICLES)
    writer = whoosh.index.open_dir(str(tmp_path)).writer()
    with pytest.raises(Exception):  # noqa: B017  (whatever the column says that only our codec can write)
        writer.add_document(**given_to_whoosh(Article("9", "", "x")))
    writer.cancel()
    # It may delete, for which it needs no codec.
    with whoosh.index.open_dir(str(tmp_path)).writer() as writer:
        writer.delete_by_term("id", "3")
    assert found(engine, Everything()).keys() == {"1", "2"}
    # A document without any column gets in; then the index says that it is not ours any more.
    with whoosh.index.open_dir(str(tmp_path)).writer() as writer:
        writer.add_document(title="x")
    with pytest.raises(IndexFault):
        engine.search(Everything(), SearchOptions())
    with pytest.raises(IndexFault):
        writer_of(tmp_path)


def test_several_processes_write_several_segments_but_not_one(tmp_path: Path) -> None:
    made_by_whoosh(tmp_path, ARTICLES)
    with writer_of(tmp_path, procs=2, multisegment=True, batchsize=2) as writer:
        for number in range(10, 16):
            writer.add_document(**given_to_whoosh(Article(str(number), "", f"banjir {number}")))
    assert len(found(WhooshEngine(tmp_path), Word("banjir", "banjir"))) == 8
    writer = writer_of(tmp_path, procs=2)
    writer.add_document(**given_to_whoosh(Article("20", "", "hujan")))
    with pytest.raises(UsageError, match="one segment"):
        writer.commit()
    unlock(writer)
    assert found(WhooshEngine(tmp_path), Word("hujan", "hujan")) == {}


names = st.lists(st.sampled_from(["a", "b", "ab", "ba", "c"]), unique=True, min_size=1, max_size=4)


@given(st.dictionaries(st.integers(0, 3), st.tuples(names, names)))
@settings(max_examples=50, deadline=None)
def test_every_root_and_every_form_stands_in_a_pair(places: dict[int, tuple[list[str], list[str]]]) -> None:
    ordered = sorted(places.items())
    pairs = paired({at: roots for at, (roots, _) in ordered}, {at: forms for at, (_, forms) in ordered})
    assert pairs is not None
    for at, (roots, forms) in places.items():
        here = [(root, form) for position, root, form in pairs if position == at]
        assert {root for root, _ in here} == set(roots)
        assert {form for _, form in here} == set(forms)
        assert len(here) == len(set(here)) == max(len(roots), len(forms))
    assert [at for at, _, _ in pairs] == sorted(at for at, _, _ in pairs)


def test_a_position_of_roots_alone_has_no_pairs() -> None:
    assert paired({0: ["a"]}, {1: ["a"]}) is None
    assert paired({}, {}) == []


def test_what_a_killed_writer_left_is_cleared_by_ours(tmp_path: Path) -> None:
    engine = made_by_whoosh(tmp_path, ARTICLES)
    (tmp_path / "MAIN_0123456789abcdef.cari").write_bytes(b"half")
    engine.add([Article("9", "", "x")])
    assert not (tmp_path / "MAIN_0123456789abcdef.cari").exists()
