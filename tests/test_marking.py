"""Marks: what is found by looking at few places of a text is what a plain reading of all its tokens finds."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from fnmatch import translate
from itertools import islice
from pathlib import Path
from re import match

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.language import Analyser, Token, within
from search.language.affixes import LETTERS
from search.language.confix import read_dictionary
from search.language.spotting import Spotter, needles
from search.language.stemcache import sastrawi_folder
from search.language.wordlists import word_pairs
from search.marking import MOST_MARKS, NEGATIONS, STRETCH_CHARS, Matcher
from search.query.tree import Fuzzy, Phrase, Wildcard, Word
from search.query.tree_walk import TextLeaf

ANALYSER = Analyser()


def read_plainly(leaves: tuple[TextLeaf, ...], text: str) -> list[tuple[int, int, int]]:
    """Every mark, from the tokens of the whole text."""
    tokens = ANALYSER.analyse(text)
    found: list[tuple[int, int, int]] = []
    first_with = {}
    for number, leaf in enumerate(leaves):
        if isinstance(leaf, Word):
            first_with.setdefault(leaf.stem, number)
    exacts = {leaf.exact: first_with[leaf.stem] for leaf in leaves if isinstance(leaf, Word)}
    patterns = [(number, leaf) for number, leaf in enumerate(leaves) if isinstance(leaf, Wildcard)]
    fuzzies = [(number, leaf) for number, leaf in enumerate(leaves) if isinstance(leaf, Fuzzy)]
    for at, token in enumerate(tokens):
        number = exacts.get(token.exact, first_with.get(token.stem))
        if number is not None:
            before = tokens[at - 1] if at else None
            denied = before and before.exact in NEGATIONS and text[before.end : token.start].isspace()
            found.append((before.start if before and denied else token.start, token.end, number))
        for number, leaf in [*patterns, *fuzzies]:
            if match(translate(leaf.pattern.replace("[", "[[]")), token.exact) if isinstance(leaf, Wildcard) else within(
                    leaf.exact, token.exact, leaf.distance):
                found.append((token.start, token.end, number))
                break
    for number, leaf in enumerate(leaves):
        if isinstance(leaf, Phrase) and leaf.words:
            found += near(leaf, number, tokens) if leaf.slop else in_a_row(leaf, number, tokens)
    return sorted(found)


def in_a_row(phrase: Phrase, number: int, tokens: list[Token]) -> Iterator[tuple[int, int, int]]:
    ends = {(token.exact, token.position): token.end for token in tokens}
    free = 0
    for token in tokens:
        if token.exact == phrase.words[0] and token.position >= free:
            places = [(word, token.position + step) for step, word in enumerate(phrase.words)]
            if all(place in ends for place in places):
                free = token.position + len(places)
                # The end of the first word is that of this token: others of its exact form can share its position.
                yield token.start, ends[places[-1]] if len(places) > 1 else token.end, number


def near(phrase: Phrase, number: int, tokens: list[Token]) -> set[tuple[int, int, int]]:
    """Each word that is in some window with all the words, as often as they are asked for."""
    held = [token for token in tokens if token.exact in phrase.words]
    width = len(phrase.words) + phrase.slop
    found = set()
    for last in held:
        window = [token for token in held if last.position - width < token.position <= last.position]
        exacts = [token.exact for token in window]
        if all(exacts.count(word) >= phrase.words.count(word) for word in phrase.words):
            found |= {(token.start, token.end, number) for token in window}
    return found


WORDS = [
    "banjir", "Banjir", "BANJIR", "kebanjiran", "banjir-banjir", "memilih", "MILIH", "pilih", "pemilihan", "terpilihnya",
    "tidak", "TIDAK", "bukan", "bukan-kah", "tak", "t-ak", "tid\u00e1k", "netral", "netralitas", "KPU", "kpu", "KPU-nya",
    "K.P.U.", "pt", "P.T.", "PERADI", "Peradi", "di", "dinya", "dan", "ke-10", "ke", "se-Jawa", "10%", "%", "persen", "Rp1,5",
    "2019", "17/08/2019", "17-8-2019", "09.30", "covid-19", "Covid", "buku2", "buku", "buku-bukunya", "U-16", "u16",
    "http://www.banjir.com/pilih", "www.tidak/", "#BanjirBandang", "@di_banjir", "al-Falah", "alfalah", "Jum\u2019at", "jumat",
    "menulis", "tulis", "tulisan", "menyapu", "sapu", "mengirim", "kirim", "memukul", "pukul", "gerigi", "gigi", "telunjuk",
    "\u00e9t\u00e9", "e\u0301t\u00e9", "ba\u00adnjir", "\u200bbanjir", "\u200b%", "\u0301", "\ufb01lm", "film", "\u2122", "\ud800", "x" * 70,
    "\u201cbanjir\u201d", "(pilih)", "'di'", "\u0645\u0631\u062d\u0628\u0627", "sayur-mayur", "sayur", "a", "A",
]  # fmt: skip
GAPS = [" ", " ", " ", " ", "  ", ". ", "\n", ", ", "-", "", ".", "'", "\u00a0", " \u0301", "\t", "\u201d ", " \u2013 ", "\u2028", "/", "\x1c"]
MIXED = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=60).map(
    lambda pairs: "".join(word + gap for word, gap in pairs))
TEXTS = st.one_of(MIXED, MIXED.map(str.upper), st.text(max_size=80), st.lists(
    st.sampled_from(["banjir", "dan", "KPU", "%", "netral", "tidak"]), max_size=40).map(" ".join))
ASKED = [token for word in WORDS for token in ANALYSER.analyse(word)]
EXACTS = st.sampled_from([token.exact for token in ASKED])
LEAVES = st.one_of(
    st.sampled_from([Word(token.exact, token.stem) for token in ASKED]),
    st.builds(Word, EXACTS, EXACTS),
    st.builds(Phrase, st.lists(EXACTS, max_size=3).map(tuple), st.integers(0, 3)),
    st.sampled_from([Wildcard(p) for p in ("ban*", "*il*", "?i", "*", "[a]*", "", "per*n", "1*", "*-*", "al?alah", "\u00e9*")]),
    st.builds(Fuzzy, EXACTS, st.integers(1, 2)),
)
WORDS_ONLY = st.one_of(*[st.sampled_from([Word(token.exact, token.stem) for token in ASKED])] * 4,
                       st.builds(Phrase, st.lists(EXACTS, min_size=1, max_size=2).map(tuple)))


def leaf(text: str) -> Word:
    token = ANALYSER.analyse(text)[0]
    return Word(token.exact, token.stem)


@given(st.lists(st.one_of(LEAVES, WORDS_ONLY, WORDS_ONLY), max_size=5, unique=True).map(tuple), TEXTS)
@example((leaf("pilih"),), "WARGA MILIH")
@example((leaf("baca"),), "KEBAKARAN DIBACA\nDIBACA KPU")
@example((leaf("dibaca"), Word("x", "dibaca")), "DIBACA KEBAKARAN\nDIBACA KPU")
@example((leaf("tulis"),), "t-ulis")
@example((leaf("banjir"),), "www.ban--jir.com")
@example((leaf("netral"),), "bukan-lah netral")
@example((leaf("netral"),), "tak netral")
@example((leaf("netral"),), "www.tidak/ netral")
@example((leaf("netral"),), "tidak\u200b netral tidak \u200bnetral tidak\u00a0netral")
@example((leaf("persen"),), "10 % tidak % \u200b%\n%")
@example((leaf("ptk"),), "P.T.K. p--t")
@example((leaf("tunjuk"),), "menelunjuk telunjuk")
@example((Phrase(("di", "dan")),), "di - dan di . dan di % dan")
def test_few_places_say_what_all_tokens_say(leaves: tuple[TextLeaf, ...], text: str) -> None:
    assert Matcher(leaves).marks(text, ANALYSER) == read_plainly(leaves, text)[:MOST_MARKS]


@given(st.lists(LEAVES, min_size=1, max_size=3, unique=True).map(tuple), st.lists(TEXTS, max_size=4))
def test_what_a_matcher_remembers_changes_nothing(leaves: tuple[TextLeaf, ...], texts: list[str]) -> None:
    matcher = Matcher(leaves)
    for text in texts:
        assert matcher.marks(text, ANALYSER) == read_plainly(leaves, text)


def test_long_texts_are_read_in_stretches() -> None:
    text = "Warga memilih kepala desa. " * (STRETCH_CHARS // 20)
    marks = Matcher((leaf("pilih"),)).marks(text, ANALYSER)
    assert len(marks) == MOST_MARKS and {text[start:end] for start, end, _ in marks} == {"memilih"}


def spots(exact: str, stem: str, word: str) -> bool:
    wanted = needles(exact, stem)
    return wanted is None or Spotter(wanted).units(word) == {0: len(word)}


def test_the_letters_of_a_root_are_in_every_word_that_has_it() -> None:
    """Every word of the dictionary under every affix, and every noun in -itas, is found by what it is stemmed to."""
    chance = random.Random(7)
    starts = ["", "di", "ke", "se", "ku", "be", "ber", "te", "ter", "me", "mem", "men", "meng", "meny", "pe", "pem", "pen",
              "peng", "peny", "per", "memper", "diper", "keber", "menge", "penge"]  # fmt: skip
    ends = ["", "lah", "ku", "nya", "kan", "an", "i", "kannya", "anlah", "isasi"]
    words = [word for word in read_dictionary(sastrawi_folder()) if len(word) > 1 and LETTERS.issuperset(word)]
    for word in chance.sample(words, 1_500):
        # What a prefix does to the first letter, and an infix behind it.
        heads = [word, word[1:], word[0] + chance.choice(["er", "el", "em", "in"]) + word[1:]]
        forms = {chance.choice(starts) + head + chance.choice(ends) for head in heads for _ in range(4)}
        for form in forms:
            stem = ANALYSER.word_stem(form)
            assert spots(stem, stem, form), (form, stem)
    for noun, adjective in word_pairs("loan_families").items():
        assert spots(adjective, adjective, noun)


def test_real_articles(shared: Path) -> None:
    """Words of titles, a phrase and a pattern, in articles that hold some of them."""
    chance = random.Random(3)
    for name in ("clickid", "indosum"):
        with gzip.open(shared / "data" / "corpus" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            articles = [json.loads(line) for line in islice(lines, 0, 1_500, 10)]
        for article in articles:
            tokens = ANALYSER.analyse(article["title"])
            if len(tokens) < 3:
                continue
            asked = chance.sample(tokens, min(5, len(tokens)))
            words = tuple(dict.fromkeys(Word(token.exact, token.stem) for token in asked))
            pair = tokens[chance.randrange(len(tokens) - 1) :][:2]
            others = (Phrase((pair[0].exact, pair[1].exact)), Wildcard(asked[0].exact[:3] + "*"))
            for text in (article["title"], article["body"], chance.choice(articles)["body"]):
                for leaves in (words, others, words + others):
                    assert Matcher(leaves).marks(text, ANALYSER) == read_plainly(leaves, text)[:MOST_MARKS]


@pytest.mark.slow
def test_every_word_of_real_articles_is_found_by_its_root(shared: Path) -> None:
    with gzip.open(shared / "data" / "corpus" / "clickid.jsonl.gz", "rt", encoding="utf-8") as lines:
        words = {word for line in lines for word in json.loads(line)["body"].split()}
    for word in sorted(words):
        for token in ANALYSER.analyse(word):
            wanted = needles(token.exact, token.stem)
            assert wanted is None or Spotter(wanted).units(word), (word, token)
