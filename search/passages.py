"""The passages of a body that show best what was marked in it: which, and where they are cut.

Between `marking`, which finds the marks, and `snippets`, which says what showing each of them is worth.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from search.marking import Mark
from search.model import Passage, Span

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
BREAK_COST = 0.1
"""Share that is lost where the window runs from one paragraph into another."""


_Sight: TypeAlias = "tuple[int, int, int, int]"
"""Start and end of a mark, and what it shows: its term, and the form that the term has here. Both are places in a
list of what each is worth."""


class _Window(NamedTuple):
    """`value`: of what it shows, less what distance and breaks take from it; `shown`: without that."""

    value: float
    shown: float
    start: int
    end: int


class _Plan(NamedTuple):
    """Passages, and a last one that is still to be cut, at most `size` long."""

    value: float
    taken: list[Span]
    last: _Window
    size: int


def choose_passages(body: str, marks: list[Mark], worth: Mapping[int, float], analyser: Analyser,
                    max_chars: int, typed: Mapping[int, str] = MappingProxyType({})) -> tuple[Passage, ...]:
    """The best passages of `body` around `marks` (in order of place). `worth`: of showing each term; `typed`:
    the form in which a term was asked for."""
    sights, values = _sights(body, marks, worth, typed)
    best: _Plan | None = None
    best_value, most = 0.0, sum(values)
    for count in range(1, MOST_PASSAGES + 1):
        share = 1 - PASSAGE_COST * (count - 1)
        if most * share <= best_value or (count > 1 and max_chars // count < LEAST_PASSAGE):
            break
        plan = _plan(body, sights, values, analyser, max_chars, count, best_value / share)
        if plan and plan.value * share > best_value:
            best, best_value = plan, plan.value * share
    if best:
        spans = sorted([*best.taken, _cut(body, best.last, best.size, best.taken, analyser)])
    else:
        first = len(body) - len(body.lstrip())
        lead = _cut(body, _Window(0.0, 0.0, first, first), max_chars, [], analyser)
        spans = [lead] if lead.end > lead.start else []
    return tuple(Passage(start, end, body[start:end], spans_within(marks, body, start, end))
                 for start, end in _joined(spans, body, max_chars))


def _sights(body: str, marks: list[Mark], worth: Mapping[int, float],
            typed: Mapping[int, str]) -> tuple[list[_Sight], list[float]]:
    """What each mark shows, and what each of these things is worth."""
    places: dict[tuple[int, str], int] = {}
    shown: dict[tuple[int, str], tuple[int, int]] = {}
    sights: list[_Sight] = []
    for start, end, term in marks:
        spelled = body[start:end]
        both = shown.get((term, spelled))
        if both is None:
            as_term = places.setdefault((term, ""), len(places))
            both = as_term, places.setdefault((term, spelled.lower()), len(places))
            shown[term, spelled] = both
        sights.append((start, end, *both))
    values = []
    for term, form in places:
        share = 1.0 if not form else TYPED_SHARE if form == typed.get(term) else FORM_SHARE
        values.append(worth[term] * share)
    return sights, values


def _plan(body: str, sights: list[_Sight], values: list[float], analyser: Analyser, max_chars: int,
          count: int, least: float) -> _Plan | None:
    """At most `count` passages, taken greedily, and the value of what they show. None: nothing can be shown, or
    their value would not be over `least`."""
    taken: list[Span] = []
    best: _Window | None = None
    runs = [sights]
    left, total, size = max_chars, 0.0, 0
    for others in range(count - 1, -1, -1):
        if best is not None:
            if total + sum(values) - best.shown <= least:
                return None
            span = _cut(body, best, size, taken, analyser)
            taken.append(span)
            left -= span.end - span.start
            values = _without_shown(sights, values, span)
            runs = _still_free(sights, values, taken)
        next_size = left // (others + 1)
        window: _Window | None = None
        for run in runs:
            window = _best_window(body, run, values, next_size, window)
        if window is None:
            # What was to be the last but one is the last; it is cut already, and is cut alike again.
            return _Plan(total, taken[:-1], best, size) if best else None
        best, size = window, next_size
        total += best.value
    return _Plan(total, taken, best, size) if best else None


def _without_shown(sights: list[_Sight], values: list[float], span: Span) -> list[float]:
    """What things are worth once `span` shows some of them."""
    values = values.copy()
    for start, end, term, form in sights:
        if span.start <= start and end <= span.end:
            values[term] = values[form] = 0.0
    return values


def _still_free(sights: list[_Sight], values: list[float], taken: list[Span]) -> list[list[_Sight]]:
    """The sights that would show something new, in runs that no passage already taken interrupts."""
    runs: dict[int, list[_Sight]] = {}
    for sight in sights:
        start, end, term, form = sight
        if values[term] or values[form]:
            run = 0
            for span in taken:
                if span.end <= start:
                    run += 1
                elif span.start < end:
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
    # The small amount keeps the earlier of two equal windows, whatever the rounding.
    beaten = (best.value if best else 0.0) + 1e-9
    for right, (_, end, term, form) in enumerate(run):
        if end > window_end:
            window_end = end
        if not held[term]:
            value += values[term]
        held[term] += 1
        if not held[form]:
            value += values[form]
        held[form] += 1
        while left <= right:
            start, _, term, form = run[left]
            if (held[form] == 1 or held[term] == 1) and window_end - start <= size:
                break
            held[term] -= 1
            if not held[term]:
                value -= values[term]
            held[form] -= 1
            if not held[form]:
                value -= values[form]
            left += 1
        if value > beaten and left <= right:
            scored = value * (1 - CLOSENESS * (window_end - start) / size)
            if scored > beaten:
                if body.find("\n", start, window_end) >= 0:
                    scored *= 1 - BREAK_COST
                if scored > beaten:
                    best = _Window(scored, value, start, window_end)
                    beaten = scored + 1e-9
    return best


def _cut(body: str, core: _Window, size: int, taken: list[Span], analyser: Analyser) -> Span:
    """The passage around `core`, `size` characters at most: whole sentences if they fit, else whole words."""
    low, high = 0, len(body)
    for span in taken:
        if span.end <= core.start:
            low = max(low, span.end)
        elif span.start >= core.end:
            high = min(high, span.start)
    # A sentence that is cut off at these ends is longer than `size`, so it never fits.
    first, last = max(core.start - size - 1, 0), min(core.end + size + 1, len(body))
    first = max(first, body.rfind("\n", first, core.start) + 1)  # no sentence goes over the end of a line
    line_end = body.find("\n", core.end, last)
    sentences = _sentences(body, first, last if line_end < 0 else line_end, analyser)
    start, end = core.start, core.end
    for sentence in sentences:
        if sentence[0] <= core.start:
            start = sentence[0]
        if sentence[1] >= core.end:
            end = sentence[1]
            break
    start, end = max(start, low), min(end, high)
    if end - start <= size:
        end, goes_on = _with_following(sentences, Span(start, end), size, high, body)
        if goes_on and 0 <= line_end < last:
            sentences = _sentences(body, line_end, last, analyser)
            end, _ = _with_following(sentences, Span(start, end), size, high, body)
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


def _sentences(body: str, first: int, last: int, analyser: Analyser) -> list[tuple[int, int]]:
    """The sentences of a part of the body."""
    return [(first + start, first + end) for start, end in analyser.sentences(body[first:last])]


def _with_following(sentences: list[tuple[int, int]], passage: Span, size: int, high: int,
                    body: str) -> tuple[int, bool]:
    """The end of `passage` after adding the sentences that follow it in its paragraph and fit; and whether the next
    paragraph may follow too."""
    most = min(high, passage.start + size)
    end = passage.end
    for start, sentence_end in sentences:
        if start < end:
            continue
        short = end - passage.start < size // 2  # a line of a few words is no passage yet
        if sentence_end > most or (not short and "\n" in body[end:start]):
            return end, False
        end = sentence_end
    return end, end - passage.start < size // 2


def _is_border(text: str, at: int) -> bool:
    """Whether a cut at `at` is beside white space and not before a combining mark."""
    if at <= 0 or at >= len(text):
        return True
    after = text[at]
    if not (after.isspace() or text[at - 1].isspace()):
        return False
    return after.isascii() or not unicodedata.category(after).startswith("M")


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


def spans_within(marks: list[Mark], text: str, start: int, end: int) -> tuple[Span, ...]:
    """The marks within `[start, end)` as sorted spans without overlap."""
    spans: list[Span] = []
    for low, high, _ in marks:
        if high <= start or low >= end:
            continue
        if low < start or high > end:  # a phrase that the passage cuts
            low, high = _stripped(text, max(low, start), min(high, end))
            if high <= low:
                continue
        if spans and low < spans[-1].end:
            spans[-1] = Span(spans[-1].start, max(spans[-1].end, high))
        else:
            spans.append(Span(low, high))
    return tuple(spans)
