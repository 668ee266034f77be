"""What holds for any text at all: no crash, true offsets, and the same answer however the same text is encoded."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from search.language import Analyser, edit_distance, fold, within

ANALYSER = Analyser()
ANY = st.text(st.characters(exclude_categories=()), max_size=80)  # surrogates and control characters too
NEWS = st.lists(
    st.sampled_from(
        ["anak", "-", "–", "2", ".", ",", "1.500", "KPU", "nya", "'", "’", "@", "#", "_", "/", ":", "http://",
         "kompas.com", "ke", "se", "Jawa", "non", " ", "\n", "\u00ad", "\u200b", "e\u0301", "%", "Rp", "P.T.",
         "16.00", "11/11/2015", "&", "A", "ﬁ", "İ", "ß", "\ud800", "\x00", "½", "٣", "ا\u064b", "ꦏ\ua9b6"]
    ),
    max_size=14,
).map("".join)  # fmt: skip
LATIN = st.text(
    st.sampled_from("aeiouAEnkKáéíöüñÄÉ\u0301\u0308\u0323 .,-'’1290\n"), max_size=60
)


@given(st.one_of(ANY, NEWS))
@example("\u00ad")
@example("a\u00ad")
@example("\u0301a")
@example("ʼ")
def test_offsets_positions_and_no_crash(text: str) -> None:
    tokens = ANALYSER.analyse(text)
    assert tokens == ANALYSER.analyse(text)
    assert tokens == Analyser(ANALYSER.stems).analyse(text)
    place, end = -1, 0
    for token in tokens:
        assert 0 <= token.start < token.end <= len(text)
        assert token.exact and token.stem
        assert (token.exact + token.stem).encode()
        assert token.position - place in (0, 1)
        if token.position > place:
            assert token.start >= end
            end = token.end
        else:
            assert token.end <= end
        place = token.position
        word = text[token.start : token.end]
        assert not word[0].isspace() and not word[-1].isspace()
    assert not tokens or tokens[0].position == 0


@given(st.one_of(ANY, NEWS))
def test_a_token_on_its_own_is_found_by_the_slice(text: str) -> None:
    for token in ANALYSER.analyse(text):
        if token.kind == "word" and token.exact.isascii() and token.exact.isalpha():
            word = text[token.start : token.end]
            assert word == "%" or token.exact in {other.exact for other in ANALYSER.analyse(word)}


@given(st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=20))
def test_the_exact_form_analysed_again_is_itself(word: str) -> None:
    (token,) = ANALYSER.analyse(word)
    (again,) = ANALYSER.analyse(token.exact)
    assert again.exact == token.exact == fold(word)


@given(LATIN)
def test_composed_and_decomposed_text_are_one(text: str) -> None:
    composed = ANALYSER.analyse(unicodedata.normalize("NFC", text))
    decomposed = ANALYSER.analyse(unicodedata.normalize("NFD", text))
    assert [token[2:] for token in composed] == [token[2:] for token in decomposed]


@given(st.text("abcDE -.1", max_size=40), st.data())
def test_invisible_characters_do_not_count(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    seen = text[:at] + data.draw(st.sampled_from("\u00ad\u200b\u200d\ufeff\u2060")) + text[at:]
    assert [token[2:] for token in ANALYSER.analyse(seen)] == [token[2:] for token in ANALYSER.analyse(text)]


@given(st.one_of(ANY, NEWS))
def test_folding_settles(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert isinstance(fold(text).encode(), bytes)  # raises on what cannot be stored


@given(st.one_of(ANY, NEWS, st.text("Aa. \n\"!?1”", max_size=60)))
def test_sentences_cover_the_text(text: str) -> None:
    last = 0
    covered = set()
    for start, end in ANALYSER.sentences(text):
        assert last <= start < end <= len(text)
        assert "\n" not in text[start:end] and not text[start].isspace() and not text[end - 1].isspace()
        covered.update(range(start, end))
        last = end
    assert all(at in covered for at, char in enumerate(text) if not char.isspace())


WORDS = st.text("abc", max_size=9)


def slow_distance(a: str, b: str) -> int:
    """Optimal string alignment by its definition, the whole table."""
    table = [[max(i, j) if not (i and j) else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = a[i - 1] != b[j - 1]
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + cost)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table[-1][-1]


@given(WORDS, WORDS, st.integers(0, 5))
def test_distance_is_the_table_cut_at_the_bound(a: str, b: str, bound: int) -> None:
    true = slow_distance(a, b)
    assert edit_distance(a, b, bound) == min(true, bound + 1)
    assert within(a, b, bound) == (true <= bound)
