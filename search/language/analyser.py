"""The one analysis: text in, tokens out, with offsets into the original text.

Used alike at indexing, at query time and for snippets. Steps: `normalise`, `tokenise`, `forms` (with
`stemming`); what a chunk means is remembered, so that common words cost one look into a dictionary.

What meets what. Two tokens meet where their exact forms or their stems are equal. An engine that evaluates a
word looks for its stem among stems and for its exact form among exact forms, and either is a match. So a
lower-case query `peradi`, which Sastrawi would cut to `adi`, still finds the acronym PERADI by its exact
form: equal exact forms meet always, whatever the case. Several tokens may share one position; the first is
the whole and the most specific, and an index should count an equal stem at one position once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from search.language.forms import ACRONYM, LONGEST_ACRONYM, NUMBER, WORD_KIND, Forms
from search.language.normalise import fold, normalise
from search.language.sentences import sentences
from search.language.stemcache import StemCache, stemmer_identity
from search.language.stemming import Roots
from search.language.tokenise import splitter
from search.language.wordlists import word_lists_checksum

ANALYSIS_VERSION = "1"
"""Raised with every change of what `analyse` gives back; an index of another version must be built anew."""

PIECES = "pieces"
_MEMORY = 1 << 17  # distinct chunks remembered; Zipf's law makes the rest rare
_LONGEST_REMEMBERED = 48
_SHOUTED_RUN = 4


class Token(NamedTuple):
    """`start`/`end` slice the original text; `position` counts from 0 without gaps; `exact`: the normalised,
    case-folded word; `stem`: its root, or `exact` where it is not stemmed; `kind`: word, acronym, number,
    time, date, url, host, email, hashtag, mention, or name."""

    start: int
    end: int
    position: int
    exact: str
    stem: str
    kind: str


class Step(NamedTuple):
    """One step of `Analyser.trace`: a label for a reader, and what the step gave."""

    name: str
    value: str


class Chunks(dict[str, tuple[Any, str, str]]):
    """Chunk -> (exact, stem, kind), or (pieces, "", `PIECES`); filled on demand, emptied when full."""

    def __init__(self, forms: Forms) -> None:
        super().__init__()
        self._forms = forms

    def __missing__(self, chunk: str) -> tuple[Any, str, str]:
        entry: tuple[Any, str, str]
        if chunk.isalpha() and chunk.isascii():
            entry = self._forms.plain(chunk)
        else:
            pieces = self._forms.pieces(chunk)
            whole = len(pieces) == 1 and pieces[0][:2] == (0, len(chunk))
            entry = pieces[0][3:] if whole else (pieces, "", PIECES)
        if len(chunk) <= _LONGEST_REMEMBERED:
            if len(self) >= _MEMORY:
                self.clear()
            self[chunk] = entry
        return entry


class Analyser:
    """Analyses texts. Safe for use by several threads.

    `stems`: the roots known from earlier runs, which this analyser adds to (default: none, in memory only).
    """

    def __init__(self, stems: StemCache | None = None) -> None:
        self.stems = StemCache() if stems is None else stems
        self._forms = Forms(Roots(self.stems))
        self.chunks = Chunks(self._forms)

    def analyse(self, text: str) -> list[Token]:
        """The tokens of `text` in order of position. Never raises, whatever the text."""
        plain, starts, ends = normalise(text)
        tokens = self._tokens(plain)
        if starts is None or ends is None:
            return tokens
        return [token._replace(start=starts[token.start], end=ends[token.end - 1]) for token in tokens]

    def fold(self, text: str) -> str:
        """`text` normalised and case-folded as exact forms are: for prefixes, patterns and values of
        filters."""
        return fold(text)

    def sentences(self, text: str) -> list[tuple[int, int]]:
        """The sentences of `text` as offsets, in order; see `search.language.sentences`."""
        return sentences(text)

    def trace(self, text: str) -> tuple[Step, ...]:
        """What the analysis does with `text`, step by step, for a reader."""
        steps = [Step("teks", text)]
        plain = normalise(text).text
        if plain != text:
            steps.append(Step("normalisasi", plain))
        for token in self.analyse(text):
            steps.append(Step("token", text[token.start : token.end]))
            steps.append(Step("jenis", token.kind))
            steps.append(Step("bentuk", token.exact))
            steps.append(Step("akar Sastrawi", self._forms.roots.explain(token.exact)))
            steps.append(Step("akar", token.stem))
        return tuple(steps)

    def word_stem(self, exact: str) -> str:
        """The root of an exact form that stands for a word, as a form in small letters does."""
        return self._forms.lower_stem(exact)

    def _tokens(self, text: str) -> list[Token]:
        tokens: list[Token] = []
        capitals: list[int] = []
        add, make, memory = tokens.append, tuple.__new__, self.chunks
        position = start = end = 0
        parts = iter(splitter(text).split(text))
        for gap, chunk in zip(parts, parts):
            exact, stem, kind = memory[chunk]
            start = end + len(gap)
            end = start + len(chunk)
            if kind is WORD_KIND:
                add(make(Token, (start, end, position, exact, stem, kind)))
            elif kind is PIECES:
                position -= 1
                for left, right, step, part, root, name in exact:
                    position += step
                    add(make(Token, (start + left, start + right, position, part, root, name)))
            else:
                if kind is ACRONYM:
                    capitals.append(len(tokens))
                add(make(Token, (start, end, position, exact, stem, kind)))
            position += 1
        if len(capitals) > 1 or (capitals and len(tokens) > 1):
            self._hear_shouting(text, tokens, capitals)
        return tokens

    def _hear_shouting(self, text: str, tokens: list[Token], capitals: list[int]) -> None:
        """Where a headline is all in capitals, its short words are words and not acronyms."""
        done = -1
        for at in capitals:
            if at <= done:
                continue
            first, last = at, at
            while first > 0 and _in_capitals(text, tokens, first - 1, first):
                first -= 1
            while last + 1 < len(tokens) and _in_capitals(text, tokens, last + 1, last):
                last += 1
            done = last
            if _is_shouted(text, tokens[first : last + 1]):
                for index in range(first, last + 1):
                    token = tokens[index]
                    whole = text[token.start : token.end].isalpha()  # and not KPU-NYA or P.T.
                    if token.kind is ACRONYM and whole:
                        stem = self._forms.lower_stem(token.exact)
                        tokens[index] = token._replace(stem=stem, kind=WORD_KIND)


def _in_capitals(text: str, tokens: list[Token], index: int, beside: int) -> bool:
    """Whether the token goes on with a run of capitals on the same line; numbers do not break a run."""
    token, other = tokens[index], tokens[beside]
    gap = text[min(token.end, other.end) : max(token.start, other.start)]
    if "\n" in gap or len(gap) > 8:
        return False
    return token.kind is NUMBER or text[token.start : token.end].isupper()


def _is_shouted(text: str, run: list[Token]) -> bool:
    """A run in capitals with a word too long for an acronym, or with four words and only spaces between
    them."""
    words = [token for token in run if token.kind is not NUMBER]
    if len(words) > 1 and any(token.end - token.start > LONGEST_ACRONYM for token in words):
        return True
    between = text[words[0].start : words[-1].end]
    return len(words) >= _SHOUTED_RUN and between.replace(" ", "").isalnum()


def fingerprint() -> dict[str, str]:
    """What decides how a text is analysed; two indexes with equal fingerprints were analysed alike. Costs
    about a millisecond the first time."""
    return {
        "analysis": ANALYSIS_VERSION,
        "word_lists": word_lists_checksum(),
        "stemmer": stemmer_identity(),
    }
