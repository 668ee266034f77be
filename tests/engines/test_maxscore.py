"""The quick way to a page against scoring all that matches, on an index large enough for all that it does to be quick:
lists of very different lengths, far more candidates than places, bars that rise on the way."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines.whoosh import maxscore
from search.engines.whoosh.engine import WhooshEngine, _Ranking
from search.engines.whoosh.evaluation import Evaluator
from search.engines.whoosh.maxscore import MaxScore, flat
from search.engines.whoosh.ranks import Ranks
from search.engines.whoosh.sources import look_up
from search.model import Article, SearchOptions
from search.query.tree import Boolean, DateRange, Query, Word

ARTICLES = 4000
FORMS = [(f"{prefix}kata{number}", f"kata{number}") for number in range(40) for prefix in ("", "meng", "di")]


def _articles(rng: random.Random) -> Iterator[Article]:
    # The first words stand in most articles, the last in a few.
    weights = [1 / (1 + number // 3) ** 1.3 for number in range(len(FORMS))]
    for number in range(ARTICLES):
        words = [form for form, _ in rng.choices(FORMS, weights, k=rng.randint(3, 60))]
        title = " ".join(rng.choices(words, k=rng.randint(0, 3)))
        day = date(2020, 1, 1) + timedelta(days=rng.randrange(300))
        yield Article(str(number), title, " ".join(words), published=day)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> WhooshEngine:
    engine = WhooshEngine(tmp_path_factory.mktemp("large"))
    articles = list(_articles(random.Random(5)))
    engine.build(articles[:2500])
    engine.add(articles[2500:])
    engine.remove([str(number) for number in range(0, ARTICLES, 7)])
    return engine


def _stems(engine: WhooshEngine) -> list[Word]:
    """Each form with the root that the index has for it."""
    analyser = engine.analyser()
    return [Word(token.exact, token.stem) for form, _ in FORMS for token in analyser.analyse(form)]


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("few", [maxscore.FEW, 8])
def test_the_page_is_that_of_scoring_all(
    engine: WhooshEngine, plain: bool, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maxscore, "FEW", few)
    monkeypatch.setattr(maxscore, "LONG", 64 * few)
    rng, words, snapshot = random.Random(7), _stems(engine), engine.snapshot()
    for number in range(80):
        asked: Query = Boolean(should=tuple(rng.sample(words, rng.randint(1, 6))))
        if number % 4 == 0:
            asked = Boolean(must=(DateRange(date(2020, 2, 1), date(2020, 2, 25)), asked))
        needed = rng.choice([1, 10, 64])
        every = _Ranking(snapshot, asked, plain, close=False).every()
        expected = np.sort(np.concatenate([part.scores for part in every]))[::-1][:needed]
        flattened = flat(asked)
        assert flattened is not None
        ranker = MaxScore(Evaluator(snapshot, plain), flattened)
        scores = []
        for segment, part in enumerate(every):
            found = ranker.best(segment, needed)
            here, rows = look_up(part.documents, found.documents)
            assert len(here) == len(found.documents)
            assert found.scores == pytest.approx(part.scores[rows], rel=1e-5)
            scores.append(found.scores)
        assert np.sort(np.concatenate(scores))[::-1][:needed] == pytest.approx(expected, rel=1e-5)
        assert sum(map(ranker.count, range(len(every)))) == sum(len(part.documents) for part in every)


def test_a_page_is_the_same_however_it_is_asked_for(engine: WhooshEngine) -> None:
    words, rng = _stems(engine), random.Random(11)
    for _ in range(10):
        query = Boolean(should=tuple(rng.sample(words, 4)))
        whole = engine.ids(query, SearchOptions(limit=100))
        assert engine.ids(query, SearchOptions(limit=7, offset=5)) == whole[5:12]
        assert tuple(match.article.id for match in engine.search(query, SearchOptions(limit=100)).page) == whole


@given(st.sets(st.integers(0, 70)), st.sets(st.integers(0, 70)))
@settings(deadline=None)
def test_ranks_are_places_in_the_list(there: set[int], asked: set[int]) -> None:
    ordered, wanted = np.array(sorted(there), dtype=np.int64), np.array(sorted(asked), dtype=np.int64)
    found = Ranks(ordered, 71, ordered[:0]).find(wanted)
    for mine, expected in zip(found, look_up(ordered, wanted)):
        assert mine.tolist() == expected.tolist()
