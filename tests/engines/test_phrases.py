"""Phrases among so many articles that long lists are read by other ways than short ones: they find what a look at each
article does."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

import pytest

from search.engines.whoosh import places, positions, text_index
from search.engines.whoosh.engine import WhooshEngine
from search.engines.whoosh.positions import phrase_frequencies
from search.engines.whoosh.segment import SegmentArrays
from search.model import Article

# Two forms of one root (banjir, banjirnya), words that most articles hold, and some that few do.
COMMON = ["di", "banjir", "banjirnya", "desa"]
RARE = ["bupati", "sungai", "waduk"]


@pytest.fixture(scope="module")
def corpus() -> list[Article]:
    chance = random.Random(7)

    def text(longest: int) -> str:
        weights = [12] * len(COMMON) + [2, 0.3, 0.02]
        return " ".join(chance.choices(COMMON + RARE, weights, k=chance.randint(1, longest)))

    return [Article(f"{number:05}", text(3) if number % 3 else "", text(9)) for number in range(2500)]


@pytest.fixture(scope="module")
def folder(corpus: list[Article], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    WhooshEngine(folder).build(corpus)
    return folder


@pytest.fixture
def segment(folder: Path) -> SegmentArrays:
    (segment,) = WhooshEngine(folder).snapshot().segments
    return segment


def by_hand(corpus: list[Article], words: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    """How often title and body of each article have the phrase."""

    def times(text: str) -> int:
        tokens = text.split()
        return sum(tuple(tokens[at : at + len(words)]) == words for at in range(len(tokens)))

    found = {article.id: (times(article.title), times(article.body)) for article in corpus}
    return {name: counts for name, counts in found.items() if any(counts)}


def found_in(segment: SegmentArrays, words: tuple[str, ...], field: str | None = None) -> dict[str, tuple[int, int]]:
    pairs = [segment.text.form(word)[1] for word in words]
    documents, title, body = (column.tolist() for column in phrase_frequencies(segment.text, pairs, field, 0))
    assert documents == sorted(set(documents))
    return {segment.document_label("id", d): (t, b) for d, t, b in zip(documents, title, body)}


@pytest.mark.parametrize("length", [1, 2, 3])
def test_phrases_are_where_a_look_at_each_article_finds_them(
    corpus: list[Article], segment: SegmentArrays, length: int
) -> None:
    met = 0
    every = list(product(COMMON + RARE, repeat=length))
    for words in every if length < 3 else every[::3]:  # a third of them, for time
        expected = by_hand(corpus, words)
        assert found_in(segment, words) == expected, words
        met += bool(expected)
    assert met > 5


# Ways that only much larger segments take by themselves.
WAYS = {
    "looked up by a table": [(text_index, "DENSE", 0), (positions, "_MANY", 1)],
    "searched for": [(text_index, "DENSE", 0), (positions, "_MANY", 1 << 20)],
    "read here and there": [(places, "_SPARSE", 0)],
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_finds_the_same(
    corpus: list[Article], segment: SegmentArrays, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, value in WAYS[way]:
        monkeypatch.setattr(module, name, value)
    # Twice: what is kept from one phrase to the next must be left as it was.
    for words in 2 * [("di", "desa"), ("bupati", "banjirnya"), ("sungai", "di", "banjir"), ("desa", "banjir", "di")]:
        assert found_in(segment, words) == by_hand(corpus, words), words


@pytest.mark.parametrize("field", ["title", "body"])
def test_a_field_gives_its_own(corpus: list[Article], segment: SegmentArrays, field: str) -> None:
    for words in (("di", "desa"), ("banjir", "banjirnya"), ("bupati",), ("sungai", "di", "banjir")):
        which = ("title", "body").index(field)
        expected = {name: counts[which] for name, counts in by_hand(corpus, words).items() if counts[which]}
        found = found_in(segment, words, field)
        assert {name: counts[which] for name, counts in found.items()} == expected
        assert not any(counts[1 - which] for counts in found.values())


def test_the_end_of_a_title_and_the_start_of_a_body_are_no_phrase(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.build([Article("1", "banjir di", "desa bupati"), Article("2", "", "di desa")])
    (segment,) = engine.snapshot().segments
    assert found_in(segment, ("di", "desa")) == {"2": (0, 1)}
