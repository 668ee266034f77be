"""Whatever the corpus, the history of the index and the tree: the engine finds and scores as the oracle does."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import Oracle

from search.engines.whoosh import ranking
from search.engines.whoosh.engine import WhooshEngine
from search.engines.whoosh.maxscore import flat
from search.model import Article, SearchOptions, Sort
from search.query.tree import (
    Boolean,
    DateRange,
    Everything,
    Filter,
    Fuzzy,
    Nothing,
    Phrase,
    Query,
    Wildcard,
    Word,
)

WORDS = [
    "banjir",
    "se-Jawa",
    "anak-anak",
    "banjirnya",
    "bupati",
    "desa",
    "pilih",
    "pemilihan",
    "ke-10",
    "ASN",
    "1.500",
    "café",
    "di",
]
FORMS = [("banjir", "banjir"), ("banjirnya", "banjir"), ("bupati", "bupati"), ("desa", "desa"), ("di", "di"),
         ("pemilihan", "pilih"), ("pilih", "pilih"), ("asn", "asn"), ("tiada", "tiada"), ("jawa", "jawa"), ("anak", "anak"), ("10", "10")]  # fmt: skip

texts = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
articles = st.builds(
    Article,
    id=st.sampled_from([f"a{n}" for n in range(12)]),
    title=texts,
    body=texts.filter(bool),
    published=st.none() | st.dates(date(2015, 1, 1), date(2015, 3, 1)),
    source=st.sampled_from([None, "Kabar Desa", "Suara"]),
    category=st.sampled_from([None, "Politik"]),
    tags=st.sampled_from([(), ("Bencana Alam",)]),
    dateline=st.sampled_from([None, None, "BUPATI, desa"]),
    place=st.sampled_from([None, "Kabupaten Wonosobo", "Kota Wonosobo Baru"]),
)
fields = st.sampled_from([None, None, "title", "body"])
exact = st.sampled_from([form for form, _ in FORMS])
leaves: st.SearchStrategy[Query] = st.one_of(
    st.builds(lambda form, field: Word(form[0], form[1], field), st.sampled_from(FORMS), fields),
    st.builds(Phrase, st.lists(exact, min_size=1, max_size=3).map(tuple), st.sampled_from([0, 0, 1, 3]), fields),
    st.builds(Wildcard, st.sampled_from(["ban*", "*ir", "p?lih", "b*a*", "zz*"]), fields),
    st.builds(Fuzzy, st.sampled_from(["banjri", "bupti", "cafe", "desa"]), st.sampled_from([1, 2]), fields),
    st.builds(Filter, st.sampled_from(["source", "place", "category"]),
              st.sampled_from(["wonosobo", "kabar desa", "desa", "alam", "politik", "onosobo"])),
    st.builds(DateRange, st.none() | st.just(date(2015, 2, 1)), st.none() | st.just(date(2015, 2, 15))),
    st.just(Everything()),
    st.just(Nothing()),
)  # fmt: skip


def _boolean(children: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    some = st.lists(children, max_size=3).map(tuple)
    return st.builds(Boolean, some, some, st.lists(children, max_size=1).map(tuple))


trees = st.recursive(leaves, _boolean, max_leaves=8)


@given(st.lists(st.lists(articles, max_size=6), min_size=1, max_size=4), st.sets(st.sampled_from(["a0", "a1", "a2"])),
       st.lists(trees, min_size=1, max_size=4), st.sampled_from([1, 3, 100]))  # fmt: skip
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_engine_agrees_with_the_oracle(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[list[Article]],
    removed: set[str],
    queries: list[Query],
    look: int,
) -> None:
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    state: dict[str, Article] = {}
    engine.build(batches[0])
    for batch in batches[1:]:
        engine.add(batch)
    engine.remove(removed)
    for article in (article for batch in batches for article in batch):
        state[article.id] = article
    for name in removed:
        state.pop(name, None)
    oracle = Oracle(list(state.values()))
    for query in queries:
        if oracle.border_is_blurred(query, look):
            continue
        expected = oracle.search(query, look)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ranking, "CLOSE_LOOK", look)
            found = engine.search(query, SearchOptions(limit=100))
        scores = {match.article.id: match.score for match in found.page}
        assert set(scores) == set(expected)
        assert scores == pytest.approx(expected, abs=1e-5)
        assert found.total == len(expected)
        assert [match.article for match in found.page] == [state[match.article.id] for match in found.page]


@given(
    st.lists(articles, min_size=1, max_size=12),
    trees,
    st.sampled_from(list(Sort)),
    st.integers(0, 5),
    st.integers(0, 5),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_pages_cut_one_stable_order(
    tmp_path_factory: pytest.TempPathFactory,
    corpus: list[Article],
    query: Query,
    sort: Sort,
    offset: int,
    limit: int,
) -> None:
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    engine.build(corpus[::2] or corpus)
    engine.add(corpus)
    whole = [(m.article.id, m.score) for m in engine.search(query, SearchOptions(limit=1000, sort=sort)).page]
    page = [(m.article.id, m.score) for m in engine.search(query, SearchOptions(limit, offset, sort)).page]
    assert page == whole[offset : offset + limit]
    ids = {article.id: article for article in corpus}

    def order(item: tuple[str, float]) -> tuple[float, float, str]:
        published = ids[item[0]].published
        newest = -published.toordinal() if published else 0.0
        oldest = published.toordinal() if published else 1e9
        keys = {
            Sort.RELEVANCE: (-item[1], newest),
            Sort.NEWEST: (newest, -item[1]),
            Sort.OLDEST: (oldest, -item[1]),
        }
        return (*keys[sort], item[0])

    assert whole == sorted(whole, key=order)


ranked = st.lists(leaves.filter(lambda leaf: isinstance(leaf, (Word, Phrase, Wildcard, Fuzzy))), min_size=1, max_size=6)
words = st.lists(st.builds(lambda f, field: Word(f[0], f[1], field), st.sampled_from(FORMS), fields), min_size=1, max_size=6)
filters = st.lists(leaves.filter(lambda leaf: isinstance(leaf, (Filter, DateRange, Everything))), max_size=2).map(tuple)


@given(st.lists(articles, min_size=1, max_size=25), words | ranked, st.lists(leaves, max_size=2).map(tuple), filters,
       st.lists(leaves, max_size=1).map(tuple), st.integers(0, 4), st.integers(0, 6), st.sampled_from([1, 4, 100]))  # fmt: skip
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_the_fast_path_gives_the_page_of_the_oracle(
    tmp_path_factory: pytest.TempPathFactory,
    corpus: list[Article],
    asked: list[Query],
    needed: tuple[Query, ...],
    within: tuple[Query, ...],
    without: tuple[Query, ...],
    offset: int,
    limit: int,
    look: int,
) -> None:
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    engine.build(article for number, article in enumerate(corpus) if number % 3)
    engine.add(corpus)
    inner = Boolean(should=tuple(asked), must_not=without)
    query = Boolean(must=(*within, *needed, inner)) if within or needed else inner
    if flat(query) is None:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranking, "CLOSE_LOOK", look)
        found = engine.search(query, SearchOptions(limit, offset))
        ids = engine.ids(query, SearchOptions(limit, offset))
    oracle = Oracle(list({article.id: article for article in corpus}.values()))
    if oracle.border_is_blurred(query, look):
        return
    expected = oracle.search(query, look)
    assert found.total == len(expected)
    assert list(ids) == [match.article.id for match in found.page]
    assert [m.score for m in found.page] == pytest.approx(
        sorted(expected.values(), reverse=True)[offset : offset + limit], abs=1e-5
    )
    assert all(m.score == pytest.approx(expected[m.article.id], abs=1e-5) for m in found.page)


def test_plain_ranking_is_by_roots_alone(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.build([Article("1", "", "pilihan warga"), Article("2", "", "pemilihan bupati"), Article("3", "", "bupati")])
    query = Boolean(should=(Word("pemilihan", "pilih"), Word("bupati", "bupati")))
    plain = {m.article.id: m.score for m in engine.search(Word("pemilihan", "pilih"), SearchOptions(), plain=True).page}
    assert plain["1"] == plain["2"]
    assert engine.ids(query, SearchOptions(), plain=True)[0] == "2"
    assert engine.search(query, SearchOptions()).page[0].score > engine.search(query, SearchOptions(), plain=True).page[0].score


def test_what_the_fast_path_leaves_to_the_other() -> None:
    word = Word("banjir", "banjir")
    for query in (Everything(), Boolean(), Boolean(must=(Everything(),)), Nothing(), Boolean(must=(Nothing(), word)),
                  Boolean(should=(word, Boolean(should=(word,)))), Boolean(should=(word, Everything()))):  # fmt: skip
        assert flat(query) is None


def test_shares_of_an_explanation_add_up_to_the_score(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.build(
        [
            Article("1", "Pemilihan bupati", "pemilihan bupati di desa"),
            Article("2", "Desa", "bupati dipilih warga desa"),
        ]
    )
    query = Boolean(
        should=(
            Word("pemilihan", "pilih"),
            Word("bupati", "bupati"),
            Phrase(("di", "desa")),
            Wildcard("war*"),
        )
    )
    for match in engine.search(query, SearchOptions(explain=True)).page:
        assert match.explanation
        assert sum(share.score for share in match.explanation) == pytest.approx(match.score, rel=1e-5)
