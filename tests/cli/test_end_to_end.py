"""`cari` on the real archive: build, search, change, look, in a folder of one's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

Cari = Callable[..., Result]

ROWS = [
    {
        "id": "a1",
        "judul": "Bupati Ingatkan Netralitas ASN",
        "isi": "Pegawai yang tidak netral dalam pemilihan ditegur.",
        "tanggal": "2015-11-11",
        "sumber": "Kabar",
    },
    {
        "id": "a2",
        "judul": "Panen Raya Padi",
        "isi": "Petani memanen padi; harga beras turun.",
        "tanggal": "2016-02-01",
        "sumber": "Warta",
    },
    {"id": "a3", "judul": "Tanpa Isi", "isi": ""},
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CARI_CORPUS", raising=False)
    (tmp_path / "corpus").mkdir()
    lines = "\n".join(json.dumps(row) for row in ROWS)
    (tmp_path / "corpus" / "berita.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def cari(*args: str) -> Result:
    from search.cli.door import cari

    return CliRunner().invoke(cari, args, env={"COLUMNS": "80"})


def test_first_search_builds_then_answers(here: Path) -> None:
    first = cari("search", "pilih")
    assert first.exit_code == 0, first.output
    assert first.stderr.count("\n") == 1 and "2 articles, 1 skipped" in first.stderr
    assert "Bupati Ingatkan Netralitas ASN" in first.stdout
    again = cari("search", "pilih", "--color", "always")
    assert again.stderr == "" and "\x1b[30;43mpemilihan\x1b[0m" in again.stdout
    assert cari("search", "gempa").exit_code == 1


def test_build_reports_what_it_skipped(here: Path) -> None:
    result = cari("build")
    assert result.exit_code == 0
    assert result.stdout.startswith("index: 2 articles; 2 added, 0 updated, 0 unchanged, 1 skipped; ")
    assert "berita.jsonl:3: " in result.stderr
    strict = cari("build", "--strict")
    assert strict.exit_code == 2 and "berita.jsonl:3" in strict.stderr


def test_changing_the_index(here: Path) -> None:
    assert "2 unchanged" in cari("add", "corpus").stdout or cari("build").exit_code == 0
    assert "2 unchanged" in cari("add", "corpus").stdout
    assert cari("remove", "a2", "zzz").exit_code == 0
    assert cari("search", "padi").exit_code == 1
    assert cari("show", "a2").exit_code == 1
    assert json.loads(cari("show", "a1", "--format", "json").stdout)["source"] == "Kabar"
    assert json.loads(cari("info", "--format", "json").stdout)["articles"] == 1


@pytest.mark.parametrize(
    ("args", "ids"),
    [
        (["--since", "2016"], ["a2"]),
        (["--source", "kabar"], ["a1"]),
        (["--sort", "newest"], ["a2", "a1"]),
        (["--sort", "oldest", "--offset", "1"], ["a2"]),
        (["netral", "-pegawai"], []),
        (["padi", "-netral"], ["a2"]),
    ],
)
def test_filters_and_words_with_a_dash(here: Path, args: list[str], ids: list[str]) -> None:
    cari("build")
    assert cari("search", *args, "--format", "ids").stdout.split() == ids


def test_commands_without_an_index_say_what_to_do(here: Path) -> None:
    for args in (("info",), ("show", "a1"), ("similar", "a1"), ("suggest", "pa"), ("remove", "a1")):
        result = cari(*args)
        assert result.exit_code == 2 and "cari build" in result.stderr, args
    assert cari("stem", "pemilihan").stdout.rstrip().endswith("pilih")
