"""The article's own words around the match: marks in the title, and the best passages of the body.

After the engine, before the facade. Everything is offsets into the original text. Matching lies in
`marking.py`; here is the choice of passages and where they are cut.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from search.marking import Mark, matcher_for
from search.model import Article, Passage, Span
from search.query.tree import Fuzzy, Phrase, Query, Wildcard, Word
from search.query.tree_walk import TextLeaf, leaves

if TYPE_CHECKING:
    from search.language import Analyser

MOST_PASSAGES = 3
LEAST_PASSAGE = 60
"""Characters below which a second or third passage says too little to be worth its place."""
PASSAGE_COST = 0.05
"""What each further passage must add to the terms shown, as a share of them: running text reads better."""
CLOSENESS = 0.25
"""Share of a window's value that is lost as its words spread over its whole width."""
FORM_SHARE = 0.25
"""What a further form of a shown term is worth (*memilih* beside *pemilihan*), as a share of the term."""
TYPED_SHARE = 0.6
"""The same for the form as typed: who asks for *netralitas* wants to see it, and *tidak netral* as well."""
TITLE_SHARE = 0.5
"""What showing a term in the body is worth when the title, which stands above it, has shown it already."""
BREAK_COST = 0.1
"""Share that is lost where the window runs from one paragraph into another."""
FULL_LENGTH = 8
"""Letters from which a word counts in full. Function words are short (*di*, *yang*), words of content mostly
not: a stand-in for rarity where the caller has no weights."""
SHORTNESS = 1.5
"""How steeply shorter words count less: *yang* for a third, *di* for an eighth."""


@dataclass(frozen=True, slots=True)
class Highlight:
    """`title_marks`: offsets into the title. `passages`: in the order of the body, without overlap."""

    title_marks: tuple[Span, ...] = ()
    passages: tuple[Passage, ...] = ()


class _Sight(NamedTuple):
    """A mark, and what it shows: its term, and the form that the term has here. Both are places in a list of
    what each is worth."""

    start: int
    end: int
    term: int
    form: int


class _Window(NamedTuple):
    value: float
    start: int
    end: int


def highlight(article: Article, tree: Query, analyser: Analyser, max_chars: int = 240,
              weights: Mapping[str, float] | None = None) -> Highlight:
    """Mark what `tree` matched in an article, and choose the passages that show it best.

    `max_chars`: most characters of all passages together; 0 or less gives none. `weights`: how much a term
    counts (> 0, such as its idf), by the stem of a Word, by the exact form of a Fuzzy or of a phrase's word,
    by the pattern of a Wildcard; without it, short words and words that this article repeats count less.
    Where nothing in the body matched, the passage is the body's beginning, without marks.
    """
    wanted = leaves(tree)
    title_matcher = matcher_for(wanted, "title")
    title_marks = title_matcher.marks(article.title, analyser)
    title_spans = _spans(title_marks, article.title, 0, len(article.title))
    if max_chars <= 0:
        return Highlight(title_spans)
    matcher = matcher_for(wanted, "body")
    marks = matcher.marks(article.body, analyser)
    worth = _worth(matcher.leaves, marks, article.body, weights)
    for leaf in {title_matcher.leaves[mark.term] for mark in title_marks}.intersection(matcher.leaves):
        if (term := matcher.leaves.index(leaf)) in worth:
            worth[term] *= TITLE_SHARE
    typed = {term: leaf.exact for term, leaf in enumerate(matcher.leaves) if isinstance(leaf, Word)}
    return Highlight(title_spans, choose_passages(article.body, marks, worth, analyser, max_chars, typed))


def choose_passages(body: str, marks: list[Mark], worth: Mapping[int, float], analyser: Analyser,
                    max_chars: int, typed: Mapping[int, str] = MappingProxyType({})) -> tuple[Passage, ...]:
    """The best passages of `body` around `marks` (in order of place). `worth`: of showing each term; `typed`:
    the form in which a term was asked for."""
    sights, values = _sights(body, marks, worth, typed)
    best: list[Span] = []
    best_value, most = 0.0, sum(values)
    for count in range(1, MOST_PASSAGES + 1):
        share = 1 - PASSAGE_COST * (count - 1)
        if most * share <= best_value or (count > 1 and max_chars // count < LEAST_PASSAGE):
            break
        spans, value = _plan(body, sights, values, analyser, max_chars, count)
        if value * share > best_value:
            best, best_value = spans, value * share
    if not best:
        first = len(body) - len(body.lstrip())
        lead = _cut(body, _Window(0.0, first, first), max_chars, [], analyser)
        best = [lead] if lead.end > lead.start else []
    return tuple(Passage(start, end, body[start:end], _spans(marks, body, start, end))
                 for start, end in _joined(best, body, max_chars))


def _sights(body: str, marks: list[Mark], worth: Mapping[int, float],
            typed: Mapping[int, str]) -> tuple[list[_Sight], list[float]]:
    """What each mark shows, and what each of these things is worth."""
    places: dict[tuple[int, str], int] = {}
    sights = [
        _Sight(start, end, places.setdefault((term, ""), len(places)),
               places.setdefault((term, body[start:end].lower()), len(places)))
        for start, end, term in marks
    ]
    values = []
    for term, form in places:
        share = 1.0 if not form else TYPED_SHARE if form == typed.get(term) else FORM_SHARE
        values.append(worth[term] * share)
    return sights, values


def _plan(body: str, sights: list[_Sight], values: list[float], analyser: Analyser, max_chars: int,
          count: int) -> tuple[list[Span], float]:
    """At most `count` passages, taken greedily, and the value of what they show."""
    values = values.copy()
    taken: list[Span] = []
    left, total = max_chars, 0.0
    for others in range(count - 1, -1, -1):
        size = left // (others + 1)
        best: _Window | None = None
        for run in _still_free(sights, values, taken):
            best = _best_window(body, run, values, size, best)
        if best is None:
            break
        span = _cut(body, best, size, taken, analyser)
        total += best.value
        left -= span.end - span.start
        taken.append(span)
        for sight in sights:
            if span.start <= sight.start and sight.end <= span.end:
                values[sight.term] = values[sight.form] = 0.0
    return sorted(taken), total


def _still_free(sights: list[_Sight], values: list[float], taken: list[Span]) -> list[list[_Sight]]:
    """The sights that would show something new, in runs that no passage already taken interrupts."""
    if not taken:
        return [sights]
    runs: dict[int, list[_Sight]] = {}
    for sight in sights:
        if values[sight.term] or values[sight.form]:
            run = 0
            for span in taken:
                if span.end <= sight.start:
                    run += 1
                elif span.start < sight.end:
                    break
            else:
                runs.setdefault(run, []).append(sight)
    return list(runs.values())


def _best_window(body: str, run: list[_Sight], values: list[float], size: int,
                 best: _Window | None) -> _Window | None:
    """The window of at most `size` characters over `run` that shows most, and shows it closest together, or
    `best` if that is no worse. One pass: the left end follows as soon as what it shows is shown again."""
    held = [0] * len(values)
    left = window_end = 0
    value = 0.0
    for right, (_, end, term, form) in enumerate(run):
        window_end = max(window_end, end)
        for key in (term, form):
            if not held[key]:
                value += values[key]
            held[key] += 1
        while left <= right:
            start, _, term, form = run[left]
            if window_end - start <= size and (held[form] == 1 or held[term] == 1):
                break
            for key in (term, form):
                held[key] -= 1
                if not held[key]:
                    value -= values[key]
            left += 1
        # The small amount keeps the earlier of two equal windows, whatever the rounding.
        if left <= right and value > (best.value if best else 0.0) + 1e-9:
            scored = value * (1 - CLOSENESS * (window_end - start) / size)
            if "\n" in body[start:window_end]:
                scored *= 1 - BREAK_COST
            if best is None or scored > best.value + 1e-9:
                best = _Window(scored, start, window_end)
    return best


def _worth(terms: tuple[TextLeaf, ...], marks: list[Mark], body: str,
           weights: Mapping[str, float] | None) -> dict[int, float]:
    """What showing each matched term is worth, by its number."""
    counts = Counter(mark.term for mark in marks)
    capitals = {mark.term for mark in marks if body[mark.start : mark.end].isupper()}
    found: dict[int, float] = {}
    for term, count in counts.items():
        if weights is None:
            worth = sum(1.0 if term in capitals else (min(len(word), FULL_LENGTH) / FULL_LENGTH) ** SHORTNESS
                        for word in _keys(terms[term])) / (1 + log(count))
        else:
            worth = sum(weights.get(word, 1.0) for word in _keys(terms[term]))
        found[term] = max(worth, 0.01)
    return found


def _keys(leaf: TextLeaf) -> tuple[str, ...]:
    if isinstance(leaf, Phrase):
        return leaf.words
    if isinstance(leaf, Word):
        return (leaf.stem,)
    return (leaf.exact,) if isinstance(leaf, Fuzzy) else (leaf.pattern,) if isinstance(leaf, Wildcard) else ()


def _cut(body: str, core: _Window, size: int, taken: list[Span], analyser: Analyser) -> Span:
    """The passage around `core`, `size` characters at most: whole sentences if they fit, else whole words."""
    low = max((span.end for span in taken if span.end <= core.start), default=0)
    high = min((span.start for span in taken if span.start >= core.end), default=len(body))
    sentences = _sentences_around(body, core, size, analyser)
    start = max((s.start for s in sentences if s.start <= core.start), default=core.start)
    end = min((s.end for s in sentences if s.end >= core.end), default=core.end)
    start, end = max(start, low), min(end, high)
    if end - start <= size:
        end = _with_following(sentences, Span(start, end), size, high, body)
    elif core.end - start <= size:
        end = _border_down(body, start + size, core.end)
    elif end - core.start <= size:
        start = _border_up(body, end - size, core.start)
    else:
        before = (size - (core.end - core.start)) // 2
        start = _border_up(body, max(core.start - before, low), core.start)
        end = _border_down(body, min(start + size, high), core.end)
    while start < end and (body[start].isspace() or unicodedata.category(body[start]).startswith("M")):
        start += 1  # a combining mark here belongs to the space before it
    return _stripped(body, start, end)


def _sentences_around(body: str, core: _Window, size: int, analyser: Analyser) -> list[Span]:
    """The sentences near `core`. One that is cut off here is longer than `size`, so it never fits."""
    start = max(core.start - size - 1, 0)
    near = body[start : core.end + size + 1]
    return [Span(start + s, start + e) for s, e in analyser.sentences(near)]


def _with_following(sentences: list[Span], passage: Span, size: int, high: int, body: str) -> int:
    """The end of `passage` after adding the sentences that follow it in its paragraph and fit."""
    end = passage.end
    for sentence in sentences:
        if sentence.start < end:
            continue
        short = end - passage.start < size // 2  # a line of a few words is no passage yet
        paragraph_ends = "\n" in body[end : sentence.start]
        if sentence.end > min(high, passage.start + size) or (paragraph_ends and not short):
            break
        end = sentence.end
    return end


def _is_border(text: str, at: int) -> bool:
    """Whether a cut at `at` is beside white space and not before a combining mark."""
    if at <= 0 or at >= len(text):
        return True
    beside_space = text[at - 1].isspace() or text[at].isspace()
    return beside_space and not unicodedata.category(text[at]).startswith("M")


def _border_down(text: str, at: int, least: int) -> int:
    """The last border from `at` down to `least`, which is one itself."""
    while at > least and not _is_border(text, at):
        at -= 1
    return max(at, least)


def _border_up(text: str, at: int, most: int) -> int:
    """The first border from `at` up to `most`, which is one itself."""
    while at < most and not _is_border(text, at):
        at += 1
    return min(at, most)


def _stripped(body: str, start: int, end: int) -> Span:
    """`[start, end)` without white space at its ends."""
    text = body[start:end]
    return Span(end - len(text.lstrip()), start + len(text.rstrip())) if text.strip() else Span(start, start)


def _joined(spans: list[Span], body: str, max_chars: int) -> list[Span]:
    """Passages that nothing but white space parts, made one where there is room for it."""
    joined: list[Span] = []
    room = max_chars - sum(span.end - span.start for span in spans)
    for span in spans:
        gap = span.start - joined[-1].end if joined else 0
        if joined and gap <= room and not body[joined[-1].end : span.start].strip():
            joined[-1] = Span(joined[-1].start, span.end)
            room -= gap
        else:
            joined.append(span)
    return joined


def _spans(marks: list[Mark], text: str, start: int, end: int) -> tuple[Span, ...]:
    """The marks within `[start, end)` as sorted spans without overlap."""
    spans: list[Span] = []
    for mark in marks:
        if mark.end <= start or mark.start >= end:
            continue
        inside = Span(mark.start, mark.end)
        if mark.start < start or mark.end > end:  # a phrase that the passage cuts
            inside = _stripped(text, max(mark.start, start), min(mark.end, end))
            if inside.end <= inside.start:
                continue
        if spans and inside.start < spans[-1].end:
            spans[-1] = Span(spans[-1].start, max(spans[-1].end, inside.end))
        else:
            spans.append(inside)
    return tuple(spans)
