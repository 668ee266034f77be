"""The comparison on a small corpus: the oracle by hand, the corpus by its files, and one whole run."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
CORPUS = BENCHMARKS.parent / "corpus"


@pytest.fixture(scope="module", autouse=True)
def comparison() -> Iterator[None]:
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def oracle() -> ModuleType:
    from comparison import oracle

    return oracle


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from comparison import corpus

    folder = tmp_path_factory.mktemp("made")
    corpus.make([str(CORPUS)], 60, 1, folder)
    return corpus.Corpus(folder)


def test_the_same_seed_makes_the_same_corpus_and_another_another(made: Any, tmp_path: Path) -> None:
    from comparison import corpus

    for seed, same in ((1, True), (2, False)):
        corpus.make([str(CORPUS)], 60, seed, tmp_path / str(seed))
        again = (tmp_path / str(seed) / "articles.tsv").read_bytes()
        assert (again == (made.folder / "articles.tsv").read_bytes()) is same
    assert len({record.title for record in made.records()}) > 10
    assert len(list(made.records(7))) == 7


def test_tokens_in_the_files_are_those_of_the_texts(made: Any) -> None:
    from search.language import Analyser

    analyser = Analyser()
    for record in made.records():
        tokens = analyser.analyse(record.body)
        assert " ".join(token.stem for token in tokens) == record.body_roots
        assert " ".join(token.exact for token in tokens) == record.body_forms
        # What a whitespace tokenizer makes of it stands where ours does.
        assert [token.position for token in tokens] == list(range(len(record.body_roots.split(" "))))


def test_the_oracle_counts_as_one_would_by_hand(made: Any, oracle: ModuleType) -> None:
    from comparison.questions import Question

    judge = oracle.Oracle(made, 60)
    records = list(made.records())
    word = records[0].body_roots.split(" ")[3]
    question = Question("one word", (word,), (word,))
    texts = [f"{record.title_roots} {record.body_roots}".split(" ") for record in records]
    average = sum(map(len, texts)) / 60
    having = sum(word in text for text in texts)
    scores = judge.scores(question, oracle.as_one_text())
    for number, text in enumerate(texts):
        tf = text.count(word)
        idf = np.log(1 + (60 - having + 0.5) / (having + 0.5))
        due = idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * len(text) / average))
        assert scores[number] == pytest.approx(due, rel=1e-12)
    forms = tuple(records[0].body_forms.split(" ")[4:7])
    phrase = Question("phrase", forms, forms)
    due_set = [" ".join(("", *forms, "")) in f" {r.title_forms} | {r.body_forms} " for r in records]
    assert judge.matching(phrase).tolist() == due_set and due_set[0]
    filtered = Question("filtered", (word,), (word,), records[0].source, records[0].day, records[0].day)
    assert judge.matching(filtered)[0] and judge.matching(filtered).sum() < judge.matching(question).sum()


def test_lengths_are_kept_in_a_byte_as_lucene_documents_it(oracle: ModuleType) -> None:
    # From the table of SmallFloat.byte4ToInt: exact to 39, then steps that double every eight values.
    table = [*range(40), *range(40, 56, 2), *range(56, 88, 4), *range(88, 152, 8), *range(152, 280, 16)]
    lengths = np.arange(280)
    due = [max(value for value in table if value <= length) for length in lengths]
    assert oracle.one_byte_lengths(lengths).tolist() == due


@pytest.mark.parametrize("found, right", [
    ([2, 0], True), ([0, 2], False), ([2], False), ([2, 2], False), ([2, 1], False), ([2, 3], True), ([2, 0, 3], False),
])  # fmt: skip
def test_a_top_list_may_differ_from_the_oracles_by_ties_alone(oracle: ModuleType, found: list[int], right: bool) -> None:
    assert oracle.same_top(np.array([0.5, 0.0, 2.0, 0.5]), found, 2, 1e-6) is right


def test_an_engine_that_answers_otherwise_is_stopped_before_it_is_timed(made: Any, tmp_path: Path) -> None:
    from comparison import asking, questions
    from comparison.fts5 import Fts5

    if Fts5().missing():
        pytest.skip("this Python's SQLite has no FTS5")
    asked = questions.sample(made, 10, 1)

    class Astray(Fts5):
        def ids(self, query: Any, count: int) -> tuple[int, list[int]]:
            took, found = super().ids(query, count)
            return took, list(reversed(found))

    Fts5().build(tmp_path / "index", made.records())
    for engine, sound in ((Fts5(), True), (Astray(), False)):
        engine.open(tmp_path / "index")
        if sound:
            shares = asking.check({"it": engine}, made, 60, asked, 10)
            assert set(shares["it"].values()) == {1.0}
        else:
            with pytest.raises(SystemExit, match="as its own formula does"):
                asking.check({"it": engine}, made, 60, asked, 10)
        engine.close()


def test_a_slow_engine_is_asked_less_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    from comparison import asking
    from comparison.peer import Base

    class Clock(Base):
        def __init__(self, milliseconds: int) -> None:
            self.took = milliseconds * 1_000_000

        def ids(self, query: Any, count: int) -> tuple[int, list[int]]:
            return self.took, []

    monkeypatch.setattr(asking, "PATIENCE", 0.5)
    engines: Any = {"slow": Clock(100), "fast": Clock(1)}
    times = asking._in_turn(engines, "ids", [{"slow": 0, "fast": 0}] * 50, 4)
    assert [len(each) for each in times["slow"]] == [asking.LEAST]
    assert [len(each) for each in times["fast"]] == [50] * 4
    figures = asking.figures(times["fast"])
    assert (figures["median"], figures["p95"], figures["rounds"], figures["asked"]) == (1.0, 1.0, 4, 50)


@pytest.mark.slow
def test_a_small_run_compares_what_is_installed_and_writes_every_figure(tmp_path: Path) -> None:
    from comparison import lucene
    from comparison.peer import PEERS

    # Tests are offline: Lucene takes part where its jars have been fetched before.
    fetched = any((lucene._folder() / "jars").glob("*.jar"))
    names = ",".join(name for name in PEERS if name != "Lucene" or fetched)
    figures = tmp_path / "figures.json"
    command = [sys.executable, str(BENCHMARKS / "compare.py"), str(CORPUS), "--docs", "300", "--questions", "12",
               "--checked", "4", "--rounds", "2", "--peers", names, "--json", str(figures)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "synthetic: 300 articles" in done.stdout and "FIVE WORDS, ids alone" in done.stdout
    content = json.loads(figures.read_text(encoding="utf-8"))
    rows = content["figures"]
    assert all(row["unit"] and row["value"] >= 0 for row in rows)
    left_out = {note.split(": ")[1] for note in content["notes"] if note.startswith("left out: ")}
    run = {row["engine"] for row in rows if row["measure"] == "agreement"}
    assert {"ours", "stock Whoosh"} <= run and not run & left_out
    if "ENABLE_FTS5" in {row[0] for row in sqlite3.connect(":memory:").execute("pragma compile_options")}:
        assert "SQLite FTS5" in run
    for measure in ("median", "p95", "p99"):
        mine = [row for row in rows if row["engine"] == "ours" and row["measure"] == measure]
        assert {(row["questions"], row["what"]) for row in mine} >= {
            (kind, what)
            for kind in ("one word", "five words", "phrase", "filtered", "common")
            for what in ("ids", "titles", "snippets")
        }
    ours = {row["measure"] for row in rows if row["engine"] == "ours"}
    assert {"build", "peak", "index", "open", "resident"} <= ours
    assert {row["engine"] for row in rows if row["measure"] == "shell"} >= {"cari search", "import click, numpy"}


def test_a_peer_that_is_not_installed_is_left_out_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    from comparison.peer import peer

    for name in ("tantivy", "bm25s"):
        monkeypatch.setitem(sys.modules, name, None)
        assert "bench extra" in (peer(name).missing() or "")


@pytest.mark.parametrize("extra", [["--peers", "elastic"], ["--docs", "0"], ["--rounds", "0"]])
def test_wrong_usage_is_said(extra: list[str]) -> None:
    command = [sys.executable, str(BENCHMARKS / "compare.py"), str(CORPUS), "--docs", "10", *extra]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "compare.py: error: " in done.stderr
