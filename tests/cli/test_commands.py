"""Each command: its flags reach the archive as options, its answer reaches standard output, grep's codes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from fake_archive import Archive

from search.model import Article, ReadOptions, SearchOptions, Sort

Cari = Callable[..., Result]


def last_call(archive: type[Archive]) -> tuple[str, tuple, dict]:
    return archive.calls[-1]


def test_search_prints_what_was_found(cari: Cari) -> None:
    result = cari("search", "netralitas")
    assert result.exit_code == 0
    assert result.stdout.startswith("1 artikel ditemukan (0,034 detik)\n\n1  Bupati Ingatkan Netralitas ASN")
    assert result.stderr == ""


def test_nothing_found_is_one(cari: Cari) -> None:
    result = cari("search", "zzz")
    assert result.exit_code == 1
    assert (
        result.stdout == "Tidak ada artikel yang ditemukan (0,034 detik)\nMungkin maksud Anda: harga beras\n"
    )


def test_search_flags_become_options(cari: Cari, archive: type[Archive]) -> None:
    cari(
        "search",
        "a",
        "--sort",
        "newest",
        "--since",
        "2015-11",
        "--until",
        "2015-12",
        "--source",
        "s",
        "-n",
        "3",
        "--category",
        "k",
        "--place",
        "p",
        "--offset",
        "2",
        "--snippet-chars",
        "9",
        "--facets",
        "bulan,source",
        "--explain",
    )
    expected = SearchOptions(
        limit=3,
        offset=2,
        sort=Sort.NEWEST,
        since=date(2015, 11, 1),
        until=date(2015, 12, 31),
        source="s",
        category="k",
        place="p",
        snippet_chars=9,
        facets=("month", "source"),
        explain=True,
    )
    assert last_call(archive) == ("search", ("a", expected), {})


@pytest.mark.parametrize(
    ("args", "query"),
    [
        (["banjir", "bandang"], "banjir bandang"),
        (["banjir", "-bandang"], "banjir -bandang"),
        (["-bandang", "banjir"], "-bandang banjir"),
        (["--", "-foo", "bar"], "-foo bar"),
        (["--", "--foo"], "--foo"),
        (["-n", "2", "banjir", "-naik"], "banjir -naik"),
        (["-n2", "banjir"], "banjir"),
        (["+harus", "-(a", "atau", "b)"], "+harus -(a atau b)"),
        (['"kata berdekatan"~5', "-judul:x"], '"kata berdekatan"~5 -judul:x'),
        (["-1"], "-1"),
        (["-"], "-"),
    ],
)
def test_what_people_type_is_the_query(
    cari: Cari, archive: type[Archive], args: list[str], query: str
) -> None:
    result = cari("search", *args)
    assert result.exit_code in (0, 1), result.stderr
    assert last_call(archive)[1][0] == query


def test_a_value_may_begin_with_a_dash(cari: Cari, archive: type[Archive]) -> None:
    cari("search", "a", "--source", "-x")
    assert last_call(archive)[1][1].source == "-x"


@pytest.mark.parametrize(
    "args", [["--since", "2015"], ["--source", "s"], ["--sort", "newest"], ["--facets", "place"]]
)
def test_filters_without_a_query_browse(cari: Cari, archive: type[Archive], args: list[str]) -> None:
    assert cari("search", *args).exit_code == 0
    assert last_call(archive)[1][0] == "*"


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["  "],
        ["a", "--limit", "-1"],
        ["a", "--limit", "many"],
        ["a", "--since", "kemarin"],
        ["a", "--sort", "x"],
        ["a", "--facets", "author"],
        ["a", "--format", "xml"],
        ["a", "--unknown"],
        ["a", "--until", ""],
    ],
)
def test_wrong_usage_is_two(cari: Cari, archive: type[Archive], args: list[str]) -> None:
    result = cari("search", *args)
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr and result.stderr.strip()
    assert archive.calls == []


def test_json_holds_everything(cari: Cari) -> None:
    result = cari("search", "netralitas", "--format", "json", "--explain", "--facets", "month")
    answer = json.loads(result.stdout)
    assert list(answer) == ["query", "total", "seconds", "warnings", "suggestion", "hits", "facets"]
    hit = answer["hits"][0]
    assert hit["article"]["published"] == "2015-11-11T19:30:00+07:00"
    start, end = hit["title_marks"][0]
    assert hit["article"]["title"][start:end] == "Netralitas"
    passage = hit["passages"][0]
    assert hit["article"]["body"][passage["start"] : passage["end"]] == passage["text"]
    assert hit["explanation"][0]["term"] == "netral"
    assert answer["facets"] == {"month": [{"value": "2015-11", "count": 3}]}


def test_jsonl_is_one_hit_a_line(cari: Cari) -> None:
    lines = cari("search", "a", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["rank"] for line in lines] == [1, 2, 3]


def test_csv_reads_back_and_is_no_formula(cari: Cari) -> None:
    rows = list(csv.DictReader(io.StringIO(cari("search", "a", "--format", "csv").stdout)))
    assert [row["rank"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["published"] == "2015-11-11T19:30:00+07:00"
    assert rows[1]["snippet"] == "Harga beras naik."
    assert rows[2]["title"].startswith("'=1+1 ")


def test_ids_and_trec(cari: Cari) -> None:
    assert cari("search", "beras", "--format", "ids").stdout == "b2\n"
    lines = cari("search", "a", "--format", "trec", "--query-id", "q 7").stdout.splitlines()
    assert lines[1] == "q%207 Q0 b2 2 5.000000 cari"
    assert lines[2].split(" ")[2] == "evil%20id"


@pytest.mark.parametrize("output", ["jsonl", "csv", "ids", "trec"])
def test_warnings_go_beside_formats_without_a_place_for_them(cari: Cari, output: str) -> None:
    result = cari("search", '"zzz', "--format", output)
    assert result.exit_code == 1
    assert "cari: a quote was not closed\n" in result.stderr and "did you mean: harga beras" in result.stderr
    assert "quote" not in result.stdout


def test_output_is_the_same_each_time(cari: Cari) -> None:
    for output in ("text", "json", "jsonl", "csv", "ids", "trec"):
        assert (
            cari("search", "a", "--format", output).output == cari("search", "a", "--format", output).output
        )


def test_colours_on_request_only(cari: Cari) -> None:
    assert "\x1b" not in cari("search", "netralitas").stdout
    assert "\x1b[30;43mNetralitas\x1b[0m" in cari("search", "netralitas", "--color", "always").stdout
    assert "\x1b" not in cari("search", "netralitas", "--color", "never").stdout


def test_first_search_builds_the_index_and_says_so_in_one_line(
    cari: Cari, archive: type[Archive], tmp_path: Path
) -> None:
    archive.built = False
    result = cari("search", "beras", "--corpus", str(tmp_path), "--index", "here")
    assert result.exit_code == 0
    assert result.stderr.count("\n") == 1
    assert "no index at here yet; building it from" in result.stderr and "3 articles" in result.stderr
    assert [call[0] for call in archive.calls] == ["build", "search"]
    assert cari("search", "beras", "--corpus", str(tmp_path)).stderr == ""


def test_first_search_without_a_corpus_says_what_to_do(
    cari: Cari, archive: type[Archive], tmp_path: Path
) -> None:
    archive.built = False
    result = cari("search", "beras", "--corpus", str(tmp_path / "none"))
    assert result.exit_code == 2
    assert "There is no index at index" in result.stderr and "--corpus" in result.stderr
    assert archive.calls == []


def test_folders_before_or_after_the_command_or_in_the_environment(cari: Cari) -> None:
    assert "location  x\n" in cari("info", "--index", "x").stdout
    assert "location  x\n" in cari("--index", "x", "info").stdout
    assert "location  y\n" in cari("--index", "x", "info", "--index", "y").stdout
    assert "location  z\n" in cari("info", CARI_INDEX="z").stdout
    assert "location  x\n" in cari("--index", "x", "info", CARI_INDEX="z").stdout
    assert "location  x\n" in cari("info", "--index", "x", CARI_INDEX="z").stdout
    assert "location  index\n" in cari("info").stdout


def test_an_empty_name_is_no_folder(cari: Cari, archive: type[Archive]) -> None:
    for args in (("info", "--index", ""), ("--index", "", "info")):
        assert cari(*args).exit_code == 2
    assert archive.calls == []


def test_build_passes_what_it_was_given(cari: Cari, archive: type[Archive], tmp_path: Path) -> None:
    result = cari(
        "build",
        str(tmp_path),
        "-",
        "--map",
        "body=teks",
        "--map",
        "title = kepala",
        "--strict",
        "--max-chars",
        "99",
        "--wait",
        "1.5",
        stdin="",
    )
    assert result.exit_code == 0, result.stderr
    name, (sources, options), callbacks = last_call(archive)
    assert (name, sources, callbacks["wait"]) == ("build", [str(tmp_path), "-"], 1.5)
    assert options == ReadOptions(None, {"body": "teks", "title": "kepala"}, 99, True)
    assert result.stdout == (
        "index: 3 articles; 3 added, 0 updated, 0 unchanged, 0 skipped; 0.50 s, 6 docs/s\n"
    )


def test_build_without_paths_takes_the_corpus(cari: Cari, archive: type[Archive], tmp_path: Path) -> None:
    assert cari("build", "--corpus", str(tmp_path)).exit_code == 0
    assert last_call(archive)[1][0] == [str(tmp_path)]
    missing = cari("build", "--corpus", str(tmp_path / "none"))
    assert missing.exit_code == 2 and "There is no folder" in missing.stderr


def test_wait_for_ever_and_the_default(cari: Cari, archive: type[Archive], tmp_path: Path) -> None:
    cari("add", str(tmp_path), "--wait", "forever")
    assert last_call(archive)[2]["wait"] is None
    cari("add", str(tmp_path))
    assert last_call(archive)[2]["wait"] == 60


@pytest.mark.parametrize("wait", ["-1", "nan", "inf", "soon", ""])
def test_wait_must_be_a_time(cari: Cari, tmp_path: Path, wait: str) -> None:
    assert cari("add", str(tmp_path), "--wait", wait).exit_code == 2


@pytest.mark.parametrize("pair", ["teks", "=teks", "body=", "nothing=teks"])
def test_map_must_name_a_field(cari: Cari, tmp_path: Path, pair: str) -> None:
    assert cari("add", str(tmp_path), "--map", pair).exit_code == 2


def test_paths_must_exist(cari: Cari, archive: type[Archive]) -> None:
    assert cari("build", "no-such-file").exit_code == 2
    assert cari("add").exit_code == 2
    assert archive.calls == []


def test_skipped_items_are_named_then_counted(cari: Cari, archive: type[Archive], tmp_path: Path) -> None:
    archive.skips = 25
    lines = cari("build", str(tmp_path)).stderr.splitlines()
    assert lines[0] == "cari: folder/0.jpg: not a known format"
    assert len(lines) == 21 and "5 more skipped" in lines[-1]
    assert len(cari("build", str(tmp_path), "--verbose").stderr.splitlines()) == 25
    result = cari("build", str(tmp_path))
    assert result.exit_code == 0 and "25 skipped" in result.stdout


def test_a_writer_waits_with_one_message(cari: Cari, archive: type[Archive], tmp_path: Path) -> None:
    archive.busy = True
    result = cari("add", str(tmp_path), "--wait", "5")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "cari: another writer holds the index; waiting up to 5 s (--wait)",
        "cari: another writer holds the index",
        "      try again later",
    ]


def test_nothing_read_is_one(cari: Cari, archive: type[Archive], tmp_path: Path) -> None:
    archive.articles = ()
    assert cari("build", str(tmp_path)).exit_code == 1


def test_remove(cari: Cari, archive: type[Archive]) -> None:
    result = cari("remove", "b2", "none")
    assert result.exit_code == 0
    assert result.stdout == "index: 2 articles; 1 removed, 1 not in the index; 0.10 s\n"
    assert cari("remove", "none").exit_code == 1
    cari("remove", "-", stdin="b2\n\nevil id\r\n")
    assert last_call(archive)[1] == (["b2", "evil id"],)


def test_run_makes_a_trec_run(cari: Cari, archive: type[Archive], tmp_path: Path) -> None:
    topics = tmp_path / "topics.tsv"
    topics.write_text("\ufeff1\tberas\r\n\n2\tzzz\n3\tnetralitas\tasn\n", encoding="utf-8")
    result = cari("run", str(topics), "--tag", "bm25")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "1 Q0 b2 1 10.000000 bm25",
        "3 Q0 https://contoh.id/2015/11/11/asn 1 10.000000 bm25",
    ]
    assert [call[1] for call in archive.calls] == [
        (query, SearchOptions(limit=100, snippet_chars=0)) for query in ("beras", "zzz", "netralitas\tasn")
    ]
    assert cari("run", "-", stdin="1\tzzz\n").exit_code == 1
    assert cari("run", "-", stdin="1\tberas").exit_code == 0


@pytest.mark.parametrize("topics", ["", "\n", "1 beras\n", "1\tberas\nno tab\n", "\tberas\n"])
def test_topics_that_are_none_are_an_error_before_any_search(
    cari: Cari, archive: type[Archive], topics: str
) -> None:
    result = cari("run", "-", stdin=topics)
    assert result.exit_code == 2 and "topic" in result.stderr
    assert result.stdout == "" and archive.calls == []


def test_show(cari: Cari, archive: type[Archive]) -> None:
    text = cari("show", archive.articles[0].id, columns=60).stdout
    assert "Rabu, 11 November 2015, 19.30 WIB" in text and "Penyunting: Tono" in text
    assert max(map(len, text.splitlines())) <= 60
    shown = json.loads(cari("show", "b2", "--format", "json").stdout)
    shown["published"], shown["tags"] = date.fromisoformat(shown["published"]), tuple(shown["tags"])
    assert Article(**shown) == archive.articles[1]
    missing = cari("show", "none")
    assert missing.exit_code == 1 and missing.stderr.startswith("cari: no article none\n")


def test_similar(cari: Cari) -> None:
    assert "3 artikel ditemukan" in cari("similar", "b2").stdout
    assert cari("similar", "b2", "--format", "ids", "--limit", "1").stdout.count("\n") == 1
    assert cari("similar", "none").exit_code == 1


def test_suggest(cari: Cari) -> None:
    assert cari("suggest", "ber").stdout == "beras   1.200\nberita      7\n"
    assert json.loads(cari("suggest", "beri", "--format", "json").stdout) == [{"text": "berita", "count": 7}]
    assert cari("suggest", "x").exit_code == 1
    assert json.loads(cari("suggest", "x", "--format", "json").stdout) == []


def test_stem_needs_no_index(cari: Cari, archive: type[Archive]) -> None:
    archive.built = False
    result = cari("stem", "Pemilihan", "ASN")
    assert (
        result.stdout
        == "Pemilihan\n  folded  pemilihan\n  stem    pemi\n\nASN\n  folded  asn\n  stem    asn\n"
    )


def test_info_and_check(cari: Cari, archive: type[Archive]) -> None:
    assert "articles  3\n" in cari("info").stdout
    assert json.loads(cari("info", "--format", "json").stdout)["oldest"] == "2015-11-11"
    assert cari("check").stdout == "index: sound\n"
    archive.busy = True
    faulty = cari("check")
    assert faulty.exit_code == 2 and faulty.stderr == "cari: a file is damaged\n" and faulty.stdout == ""


def test_help_names_every_command(cari: Cari) -> None:
    for args in ((), ("--help",), ("-h",)):
        text = cari(*args).output
        for name in (
            "build",
            "add",
            "remove",
            "search",
            "run",
            "show",
            "similar",
            "suggest",
            "stem",
            "info",
            "check",
        ):
            assert f"\n  {name} " in text
    for name in (
        "build",
        "add",
        "remove",
        "search",
        "run",
        "show",
        "similar",
        "suggest",
        "stem",
        "info",
        "check",
    ):
        assert cari(name, "--help").exit_code == 0
    assert cari("--version").stdout.startswith("cari ")
    assert cari("nothing").exit_code == 2
