"""The facade: what goes in comes out, options mean what they say, and every door gives the same answers."""

from __future__ import annotations

import dataclasses
import json
import threading
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import Archive, Article, CariError, ReadOptions, SearchOptions, Sort
from search.errors import ArticleNotFound, IndexMissing, ReadingError, UsageError
from search.model import FACETS, Skipped

WIB = timezone(timedelta(hours=7))
ARTICLES = [
    Article("1", "Banjir rendam tiga desa di Demak", "DEMAK. Banjir merendam tiga desa, Rabu (11/11). Warga mengungsi.",
            datetime(2015, 11, 11, 19, 30, tzinfo=WIB), "Kabar Pesisir", "https://kabar.example/1", "Bencana",
            "Kabupaten Demak", "Wulan"),
    Article("2", "Bupati tinjau banjir", "Bupati meninjau lokasi banjir di Kecamatan Sayung.", date(2015, 12, 1),
            "Kabar Pesisir", None, "Pemerintahan", "Kabupaten Demak", None, ("Bencana",)),
    Article("3", "Pemilihan kepala desa", "Warga memilih kepala desa dengan tertib. Pemilihan berlangsung damai.",
            date(2016, 3, 2), "Suara Gunung", None, "pemerintahan", "Kabupaten Wonosobo"),
    Article("4", "", "Tanpa judul dan tanpa tanggal, hanya harga cabai Rp1.500.000 per kuintal."),
]  # fmt: skip


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    archive = Archive(tmp_path_factory.mktemp("index"))
    report = archive.build(ARTICLES)
    assert (report.added, report.total) == (4, 4)
    return archive


def ids(archive: Archive, query: str, **options: object) -> list[str]:
    return [hit.article.id for hit in archive.search(query, SearchOptions(**options)).hits]  # type: ignore[arg-type]


texts = st.text(max_size=80)
optional = st.none() | st.text(min_size=1, max_size=20)
moments = st.none() | st.dates() | st.datetimes(timezones=st.sampled_from([None, timezone.utc, WIB]))
any_article = st.builds(
    Article, id=st.text(min_size=1, max_size=20), title=texts, body=texts, published=moments, source=optional,
    url=optional, category=optional, place=optional, author=optional, tags=st.lists(texts, max_size=3).map(tuple),
    dateline=optional, editor=optional,
)  # fmt: skip


@given(st.lists(any_article, min_size=1, max_size=5, unique_by=lambda article: article.id))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_build_then_show_gives_back_what_was_read(
    tmp_path_factory: pytest.TempPathFactory, articles: list[Article]
) -> None:
    with Archive(tmp_path_factory.mktemp("index")) as archive:
        archive.build(articles)
        assert [archive.get(article.id) for article in articles] == articles
        for article in articles:
            for hit in archive.search(article.title + " " + article.body).hits:
                assert hit.article in articles
                for mark in hit.title_marks:
                    assert 0 <= mark.start < mark.end <= len(hit.article.title)
                for passage in hit.passages:
                    assert hit.article.body[passage.start : passage.end] == passage.text


@given(st.text(max_size=200))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_query_fails(archive: Archive, query: str) -> None:
    results = archive.search(query, SearchOptions(facets=FACETS, explain=True))
    assert results.total >= len(results.hits)


def test_the_root_finds_and_the_form_as_typed_ranks_higher(archive: Archive) -> None:
    assert ids(archive, "pilih") == ["3"]
    by_form = {form: archive.search(form).hits[0].score for form in ("pemilihan", "terpilih")}
    assert by_form["pemilihan"] > by_form["terpilih"]
    assert ids(archive, '"kepala desa"') == ["3"]
    assert ids(archive, '"kepala desanya"') == []
    assert ids(archive, "1500000") == ["4"]


def test_filters_and_dates(archive: Archive) -> None:
    assert set(ids(archive, "banjir", place="demak")) == {"1", "2"}
    assert ids(archive, "banjir", category="PEMERINTAHAN") == ["2"]
    assert set(ids(archive, "", category="bencana")) == {"1", "2"}, "tags count for categories"
    assert set(ids(archive, "", source="kabar")) == {"1", "2"}
    assert ids(archive, "banjir", since=date(2015, 11, 12)) == ["2"]
    assert ids(archive, "banjir sampai:2015-11") == ["1"]
    assert ids(archive, "banjir", since=datetime(2015, 11, 12), until=date(2016, 1, 1)) == ["2"]
    assert ids(archive, "*", sort=Sort.OLDEST) == ["1", "2", "3", "4"], "undated articles come last"
    assert ids(archive, "*", sort=Sort.NEWEST) == ["3", "2", "1", "4"]


def test_facets_count_all_matches_and_take_spellings_together(archive: Archive) -> None:
    results = archive.search("*", SearchOptions(limit=0, facets=FACETS))
    assert results.hits == ()
    assert {name: {f.value: f.count for f in found} for name, found in results.facets.items()} == {
        "source": {"Kabar Pesisir": 2, "Suara Gunung": 1},
        "category": {"Bencana": 1, "Pemerintahan": 2},
        "place": {"Kabupaten Demak": 2, "Kabupaten Wonosobo": 1},
        "month": {"2015-11": 1, "2015-12": 1, "2016-03": 1},
    }


def test_did_you_mean(archive: Archive) -> None:
    results = archive.search("banjri di Demak -cabai")
    assert results.suggestion == "banjir di Demak -cabai"
    assert archive.search("banjir").suggestion is None
    assert archive.search("desa OR bupatx OR banjir").suggestion == "desa OR bupati OR banjir", "little or not"
    assert archive.search("zzzzzzzz").suggestion is None


def test_explanations_add_up(archive: Archive) -> None:
    for hit in archive.search('bupati "kepala desa" pemil*', SearchOptions(explain=True)).hits:
        assert hit.explanation
        assert sum(share.score for share in hit.explanation) == pytest.approx(hit.score)


def test_ranks_and_pages(archive: Archive) -> None:
    hits = archive.search("banjir", SearchOptions(limit=1, offset=1)).hits
    assert [hit.rank for hit in hits] == [2]
    assert archive.search("banjir", SearchOptions(offset=99)).hits == ()


@pytest.mark.parametrize("wrong", [{"limit": -1}, {"offset": -1}, {"facets": ("warna",)}, {"snippet_chars": -5},
                                   {"since": date(2016, 1, 1), "until": date(2015, 1, 1)}, {"limit": "10"},
                                   {"limit": None}, {"limit": 2.5}, {"sort": "warna"}, {"since": "2015"}, {"source": 3}])  # fmt: skip
def test_impossible_options_are_usage_errors(archive: Archive, wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        archive.search("banjir", SearchOptions(**wrong))  # type: ignore[arg-type]


def test_an_order_may_be_given_as_text(archive: Archive) -> None:
    assert ids(archive, "*", sort="newest") == ids(archive, "*", sort=Sort.NEWEST)


@pytest.mark.parametrize("wrong", [None, 3, b"banjir", ["banjir"]])
def test_wrong_types_are_usage_errors(archive: Archive, wrong: object) -> None:
    for call in (archive.search, archive.get, archive.similar, archive.suggest, lambda value: archive.remove([value])):
        with pytest.raises(UsageError):
            call(wrong)  # type: ignore[operator]


def test_similar_and_suggest(archive: Archive) -> None:
    assert {hit.article.id for hit in archive.similar("1").hits} == {"2", "3"}
    assert archive.similar("1", SearchOptions(limit=1)).total == 2, "the article itself is left out"
    assert [s.text for s in archive.suggest("Ban")] == ["banjir"]
    assert archive.suggest("") == ()
    with pytest.raises(ArticleNotFound):
        archive.similar("absent")
    with pytest.raises(ArticleNotFound):
        archive.get("absent")


def test_adding_the_same_again_changes_nothing(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.add(ARTICLES)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    report = archive.add(ARTICLES)
    assert (report.added, report.updated, report.unchanged) == (0, 0, 4)
    after = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert {n: t for n, t in after.items() if n.startswith(("MAIN_", "_MAIN")) and "LOCK" not in n} == {
        n: t for n, t in before.items() if n.startswith(("MAIN_", "_MAIN")) and "LOCK" not in n
    }


def test_updates_and_removals(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.build(ARTICLES)
    changed = dataclasses.replace(ARTICLES[0], body="Air surut di Demak.")
    assert archive.add([changed, ARTICLES[1], Article("5", "Baru", "Berita baru")]).updated == 1
    assert ids(archive, "mengungsi") == []
    assert ids(archive, "surut") == ["1"]
    assert archive.remove(["1", "unknown"]).removed == 1
    assert archive.remove("5").removed == 1
    assert ids(archive, "surut") == []
    assert archive.info().articles == 3


def test_within_one_run_the_later_article_of_an_id_counts(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    report = archive.build([Article("1", "", "lama"), Article("1", "", "baru"), Article("1", "", "baru")])
    assert (report.added, report.duplicates, report.total) == (1, 2, 1)
    assert archive.get("1").body == "baru"
    assert ids(archive, "lama") == []


def test_an_index_is_not_emptied_by_a_folder_without_articles(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "index")
    archive.build(ARTICLES)
    (tmp_path / "empty").mkdir()
    for sources in (tmp_path / "empty", []):
        with pytest.raises(ReadingError, match="left as it was"):
            archive.build(sources)
    assert archive.info().articles == 4


def test_skipped_things_are_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    source = tmp_path / "berita.jsonl"
    source.write_text('{"id": "1", "isi": "Banjir"}\nrusak\n{"id": "2", "isi": ""}\n{"id": "3", "isi": "Pasar"}\n')
    told: list[Skipped] = []
    report = Archive(tmp_path / "index").build(source, on_skip=told.append)
    assert report.added == 2
    assert tuple(told) == report.skipped
    assert [skipped.where.rsplit(":", 1)[-1] for skipped in told] == ["2", "3"]
    with pytest.raises(ReadingError):
        Archive(tmp_path / "index").build(source, ReadOptions(strict=True))
    assert Archive(tmp_path / "index").info().articles == 2


@pytest.mark.parametrize("source", [3, None, b"bytes", object()])
def test_wrong_sources_are_usage_errors(tmp_path: Path, source: object) -> None:
    with pytest.raises(CariError):
        Archive(tmp_path).build([source])  # type: ignore[list-item]


def test_no_index_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing) as caught:
        Archive(tmp_path / "absent").search("banjir")
    assert "cari build" in (caught.value.hint or "")
    assert not (tmp_path / "absent").exists()


def test_an_index_path_that_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("halo")
    with pytest.raises(CariError):
        Archive(path).build(ARTICLES)
    with pytest.raises(CariError):
        Archive(path).search("banjir")
    with pytest.raises(UsageError):
        Archive("mongodb://there")


def test_searching_from_many_threads(archive: Archive) -> None:
    expected = [(hit.article.id, hit.score) for hit in archive.search("banjir desa").hits]
    wrong: list[object] = []

    def work() -> None:
        for _ in range(30):
            found = [(hit.article.id, hit.score) for hit in archive.search("banjir desa").hits]
            if found != expected:
                wrong.append(found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_results_can_be_turned_into_json(archive: Archive) -> None:
    results = archive.search("banjir", SearchOptions(facets=FACETS))
    assert json.loads(json.dumps(dataclasses.asdict(results), default=str))["total"] == 2


def test_a_closed_archive_opens_again(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        archive.build(ARTICLES)
    assert ids(archive, "banjir")


def test_the_issues_own_example(shared: Path, tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    archive.build(shared / "data" / "corpus" / "wonosobozone.txt")
    hit = archive.search("netralitas ASN jelang pilkada").hits[0]
    marked = {p.text[m.start - p.start : m.end - p.start] for p in hit.passages for m in p.marks}
    assert {"tidak netral", "netralitas", "ASN", "Pilkada"} <= marked
    assert hit.article.published is None, "a date without a year is never guessed"
    assert hit.article.title == "Rakor tim penanganan terpadu konflik sosial jelang Pilkada"
