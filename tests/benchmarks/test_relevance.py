"""The relevance program on a set small enough to reckon by hand."""

from __future__ import annotations

import gzip
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("ir_measures", reason="the relevance program needs the bench extra")

PROGRAM = Path(__file__).resolve().parents[2] / "benchmarks" / "relevance.py"

BODIES = {
    "facqa": {
        "f1": "Banjir merendam ratusan rumah di bantaran sungai.",
        "f2": "Harga cabai rawit di pasar naik dua kali lipat.",
        "f3": "Kelompok tani memanen padi lebih awal tahun ini.",
    },
    "indosum": {"s1": "Harga cabai, harga cabai, dan sekali lagi harga cabai rawit: cabai."},
}


@pytest.fixture(scope="module")
def relevance() -> ModuleType:
    spec = importlib.util.spec_from_file_location("relevance", PROGRAM)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    # A frozen dataclass with slots looks its own module up.
    import sys

    sys.modules["relevance"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "corpus").mkdir()
    for corpus, bodies in BODIES.items():
        with gzip.open(tmp_path / "corpus" / f"{corpus}.jsonl.gz", "wt", encoding="utf-8") as file:
            for number, body in bodies.items():
                file.write(json.dumps({"id": number, "title": "zebra zebra", "body": body}) + "\n")
    folder = tmp_path / "relevance" / "facqa"
    folder.mkdir(parents=True)
    (folder / "topics.tsv").write_text("q1\tbanjir di sungai\nq2\tzebra\n", encoding="utf-8")
    (folder / "qrels.txt").write_text("q1 0 f1 1\nq2 0 f2 1\n", encoding="utf-8")
    return tmp_path


def test_measures_follow_the_order_shown_and_count_what_found_nothing(relevance: ModuleType) -> None:
    judged = {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1}, "d": {"x": 1}}
    ranked = {"a": ["x", "y"], "b": ["y", "z", "w", "x"], "c": ["y"], "d": []}
    measures = relevance.measure(judged, ranked)
    assert measures["MRR@10"] == pytest.approx((1 + 1 / 4) / 4)
    assert measures["success@1"] == pytest.approx(1 / 4)
    assert measures["success@10"] == pytest.approx(2 / 4)
    assert set(relevance.measure(judged, {"a": []}).values()) == {0.0}


def test_a_set_is_searched_by_bodies_alone(relevance: ModuleType, data: Path) -> None:
    (figures,) = relevance.run_all(data, ["facqa"], jobs=1)
    assert (figures.queries, figures.documents) == (2, 4)
    # The one that asks for the title's word finds nothing: titles are blanked.
    assert figures.measures == {"MRR@10": 0.5, "success@1": 0.5, "success@10": 0.5}


def test_floors_are_written_on_request_and_then_hold(
    relevance: ModuleType, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    floors = tmp_path / "floors.json"
    common = ["--data", str(data), "--set", "facqa", "--floors", str(floors)]
    with pytest.raises(SystemExit):
        relevance.main(common)
    assert relevance.main([*common, "--update-floors"]) == 0
    assert json.loads(floors.read_text())["facqa"]["MRR@10"] == 0.497

    # Above its floor, yet not above what plain BM25 reaches on the real set.
    assert relevance.main(common) == 1
    assert "not above plain BM25" in capsys.readouterr().out

    floors.write_text(json.dumps({"facqa": {"MRR@10": 0.9}}))
    assert relevance.main(common) == 1
    assert "below its floor 0.900" in capsys.readouterr().out


def test_without_data_it_says_so_and_is_content(
    relevance: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert relevance.main(["--data", str(tmp_path / "nowhere")]) == 0
    assert "skipped" in capsys.readouterr().out


def test_a_set_that_is_missing_holds_no_floor(relevance: ModuleType, data: Path, tmp_path: Path) -> None:
    floors = tmp_path / "floors.json"
    floors.write_text("{}")
    assert relevance.main(["--data", str(data), "--set", "clickid-title", "--floors", str(floors)]) == 1


def test_every_set_has_a_pinned_floor_above_plain_bm25(relevance: ModuleType) -> None:
    floors = json.loads(PROGRAM.with_name("floors.json").read_text(encoding="utf-8"))
    assert floors.keys() == relevance.SETS.keys()
    for name, known in relevance.SETS.items():
        assert floors[name]["MRR@10"] >= known.bm25
