"""Merged segments are, section by section and byte by byte, what their live documents make when put in at once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.whoosh import records, text_inversion, text_merging, text_postings
from search.engines.whoosh.codec import ArraySegment
from search.engines.whoosh.container import Container, ContainerWriter
from search.engines.whoosh.segment_writer import SegmentWriter
from search.engines.whoosh.text_index import OTHER, TextIndex
from search.engines.whoosh.text_inversion import TextInverter, inverted
from search.engines.whoosh.text_merging import joined, read_postings
from search.engines.whoosh.text_postings import Postings, write_postings
from search.language import Analyser
from search.language.numbering import Numbering
from search.model import Article

ANALYSER = Analyser()
FILES = count()

@pytest.fixture(autouse=True, scope="module", params=[1 << 20, 50])
def stretch(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (text_postings, text_merging):
            patch.setattr(module, "STRETCH", request.param)
        patch.setattr(text_inversion, "AT_ONCE", request.param)
        yield


Text = list[tuple[int, int]]  # a word's number, and how often it follows itself
Document = tuple[Text, Text, Text]  # title, body, dateline


def numbering() -> tuple[Numbering, list[list[int]]]:
    """Words by the step with which they follow another: of a root with more forms than have ranks, of a few other roots,
    of two roots with one form in common."""
    words = Numbering(ANALYSER)
    pairs = [(f"f{n}", "many") for n in range(OTHER + 40)] + [(f"g{n}", f"root{n % 7}") for n in range(30)]
    pairs += [("peradi", "peradi"), ("peradi", "adi"), ("adi", "adi")]
    return words, [[_number(words.token(*pair, step)) for pair in pairs] for step in (0, 1)]


def _number(token: bytes) -> int:
    return int(np.frombuffer(token, dtype=np.uint32)[0])


NUMBERING, (BESIDE, AFTER) = numbering()


def inverter(documents: list[Document]) -> TextInverter:
    made = TextInverter(NUMBERING)
    for title, body, dateline in documents:
        made.add(_words(title))
        made.add(_words(body), _words(dateline), 100)
    return made


def _words(text: Text) -> list[int]:
    # An odd word stands at the place of the one before it, but where there is none.
    words = [word for word, times in text for _ in range(times)]
    return [(BESIDE if word % 2 and place else AFTER)[word // 2] for place, word in enumerate(words)]


def write(folder: Path, found: Postings) -> Container:
    path = folder / f"{next(FILES)}.cari"
    out = ContainerWriter(path)
    write_postings(out, found)
    out.close()
    return Container(path)


def reread(folder: Path, documents: list[Document], live: list[bool]) -> Postings:
    text = TextIndex(write(folder, inverted(inverter(documents))), len(documents))
    return read_postings(text, None if all(live) else np.array(live, dtype=bool))


def assert_same(one: Container, other: Container) -> None:
    assert one.names() == other.names()
    for name in one.names():
        first, second = one.array(name), other.array(name)
        assert first.dtype == second.dtype, name
        assert first.tolist() == second.tolist(), name


def hold_to_one_segment(folder: Path, segments: list[list[tuple[Document, bool]]], in_memory: int) -> None:
    """`in_memory`: the segment that is merged without ever having been written, if none of it is deleted."""
    parts = []
    for number, segment in enumerate(segments):
        documents, live = [document for document, _ in segment], [alive for _, alive in segment]
        fresh = number == in_memory and all(live)
        parts.append(inverted(inverter(documents)) if fresh else reread(folder, documents, live))
    alive = [document for segment in segments for document, lives in segment if lives]
    merged = write(folder, joined(parts))
    assert_same(merged, write(folder, inverted(inverter(alive))))
    # What is merged can be merged again.
    again = joined([read_postings(TextIndex(merged, len(alive))), joined(parts)])
    assert_same(write(folder, again), write(folder, inverted(inverter(alive + alive))))


words = st.integers(0, 2 * len(AFTER) - 1) | st.integers(2 * OTHER, 2 * len(AFTER) - 1)
texts = st.lists(st.tuples(words, st.sampled_from([1, 1, 1, 1, 2, 130, 260])), max_size=6)
documents = st.tuples(texts, texts, st.just([]) | texts)
segments = st.lists(st.tuples(documents, st.sampled_from([True, True, False])), min_size=1, max_size=5)


@given(st.lists(segments, min_size=1, max_size=4), st.integers(0, 4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_merged_words_are_those_of_one_segment(
    tmp_path_factory: pytest.TempPathFactory, segments: list[list[tuple[Document, bool]]], in_memory: int
) -> None:
    hold_to_one_segment(tmp_path_factory.mktemp("merging"), segments, in_memory)


@pytest.mark.parametrize("seed", range(4))
def test_merged_words_of_more_documents_than_a_range_holds(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)

    def text(most: int) -> Text:
        sizes = [1, 1, 2, chance.randrange(1, 300)]
        picked = [int(len(AFTER) * 2 * chance.random() ** chance.choice([1, 3])) for _ in range(chance.randrange(most))]
        return [(word, chance.choice(sizes)) for word in picked]

    def segment(size: int) -> list[tuple[Document, bool]]:
        dead = chance.choice([0.0, 0.0, 0.1, 0.7])
        return [((text(3), text(8), text(2)), chance.random() >= dead) for _ in range(size)]

    hold_to_one_segment(tmp_path, [segment(size) for size in (300, 1, 40, 300)], 2)


def test_a_form_may_lose_its_rank_to_one_that_is_commoner_elsewhere_and_win_it(tmp_path: Path) -> None:
    def of(forms: range, times: int) -> list[Document]:
        return [([], [(2 * form, times)], []) for form in forms]

    first = of(range(OTHER), 2) + of(range(OTHER, OTHER + 20), 1)
    second = of(range(OTHER, OTHER + 20), 5)
    parts = [reread(tmp_path, documents, [True] * len(documents)) for documents in (first, second)]
    others = [int((part.forms == OTHER).sum()) for part in parts]
    both = joined(parts)
    assert others == [20, 0]
    assert (both.forms == OTHER).sum() == 20
    assert both.forms[OTHER : OTHER + 20].max() < OTHER
    hold_to_one_segment(tmp_path, [[(document, True) for document in part] for part in (first, second)], 5)


# Whole segments


def article(chance: random.Random, number: int) -> Article:
    some = ["banjir", "banjirnya", "se-Jawa", "anak-anak", "PERADI", "peradi", "1.500", "café", "pemilihan", "di"]
    moments = [None, date(2020, 1, 1) + timedelta(days=number % 40), datetime(2021, 3, 4, number % 24, 5)]
    return Article(
        id=f"a{chance.randrange(10**6)}", title=" ".join(chance.choices(some, k=3)),
        body=" ".join(chance.choices(some, k=chance.randrange(1, 30))), published=chance.choice(moments),
        source=chance.choice([None, "Suara", "Kabar Desa", f"Sumber {number}"]), url=chance.choice([None, f"u{number}"]),
        place=chance.choice([None, "Kota Solo"]), category=chance.choice([None, "Politik"]),
        tags=chance.choice([(), ("Bencana", "Alam")]), dateline=chance.choice([None, "SOLO"]),
    )  # fmt: skip


def put(writer: SegmentWriter, articles: list[Article]) -> None:
    for one in articles:
        writer.add(one, records.encode(one))


def written(folder: Path, writer: SegmentWriter, deleted: set[int] | None = None) -> ArraySegment:
    segment = ArraySegment("MAIN")
    writer.write(folder, segment)
    segment.deleted |= deleted or set()
    return segment


@pytest.mark.parametrize("seed", range(6))
def test_merged_segments_are_what_their_articles_make(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    merging, at_once = SegmentWriter(ANALYSER), SegmentWriter(ANALYSER)
    for size in (40, 3, 300, 1, 20):
        articles = [article(chance, number) for number in range(size)]
        deleted = {n for n in range(size) if chance.random() < chance.choice([0, 0.3])} if chance.random() < 0.7 else set()
        put(at_once, [one for number, one in enumerate(articles) if number not in deleted])
        if chance.random() < 0.3:
            put(merging, [one for number, one in enumerate(articles) if number not in deleted])
            continue
        alone = SegmentWriter(ANALYSER)
        put(alone, articles)
        merging.merge(written(tmp_path, alone, deleted).arrays(tmp_path))
    assert merging.size == at_once.size
    paths = [written(tmp_path, writer).path(tmp_path) for writer in (merging, at_once)]
    assert_same(*map(Container, paths))


@pytest.mark.parametrize("most", [1, 300, 1 << 16, (1 << 16) + 1, 1 << 20])
def test_words_are_put_in_the_order_of_their_roots_however_many_roots_there_are(most: int) -> None:
    numbers = np.random.default_rng(most).integers(0, most, 20_000).astype(np.uint32)
    numbers[-3:] = most - 1
    assert text_inversion.ordered(numbers, most).tolist() == np.argsort(numbers, kind="stable").tolist()
