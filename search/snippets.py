"""The article's own words around the match: marks in the title, and the best passages of the body.

After the engine, before the facade. Everything is offsets into the original text. Matching lies in
`marking.py`, the choice of passages in `passages.py`; here is what showing a term is worth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, NamedTuple

from search.marking import Mark, Matcher, matcher_for
from search.model import Article, Passage, Span
from search.passages import choose_passages, spans_within
from search.query.tree import Fuzzy, Phrase, Query, Wildcard, Word
from search.query.tree_walk import TextLeaf, leaves

if TYPE_CHECKING:
    from search.language import Analyser

TITLE_SHARE = 0.5
"""What showing a term in the body is worth when the title, which stands above it, has shown it already."""
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


class _Asked(NamedTuple):
    """What is the same for all hits of a page. `typed`: the form in which a term of the body was asked for."""

    tree: Query
    title: Matcher
    body: Matcher
    typed: dict[int, str]


_asked: _Asked | None = None


def highlight(article: Article, tree: Query, analyser: Analyser, max_chars: int = 240,
              weights: Mapping[str, float] | None = None) -> Highlight:
    """Mark what `tree` matched in an article, and choose the passages that show it best.

    `max_chars`: most characters of all passages together; 0 or less gives none. `weights`: how much a term
    counts (> 0, such as its idf), by the stem of a Word, by the exact form of a Fuzzy or of a phrase's word,
    by the pattern of a Wildcard; without it, short words and words that this article repeats count less.
    Where nothing in the body matched, the passage is the body's beginning, without marks.
    """
    asked = _prepared(tree)
    title_marks = asked.title.marks(article.title, analyser)
    title_spans = spans_within(title_marks, article.title, 0, len(article.title))
    if max_chars <= 0:
        return Highlight(title_spans)
    matcher = asked.body
    marks = matcher.marks(article.body, analyser)
    worth = _worth(matcher.leaves, marks, article.body, weights)
    for term in {mark.term for mark in title_marks}:
        if matcher is not asked.title:
            leaf = asked.title.leaves[term]
            term = matcher.leaves.index(leaf) if leaf in matcher.leaves else -1
        if term in worth:
            worth[term] *= TITLE_SHARE
    return Highlight(title_spans, choose_passages(article.body, marks, worth, analyser, max_chars, asked.typed))


def _prepared(tree: Query) -> _Asked:
    """The matchers of a tree; those of the last one are kept, for it is asked again with each hit of a page."""
    global _asked
    asked = _asked  # read once: another thread may put its own there
    if asked is None or asked.tree is not tree:
        wanted = leaves(tree)
        title, body = matcher_for(wanted, "title"), matcher_for(wanted, "body")
        typed = {term: leaf.exact for term, leaf in enumerate(body.leaves) if isinstance(leaf, Word)}
        _asked = asked = _Asked(tree, title, body, typed)
    return asked


def _worth(terms: tuple[TextLeaf, ...], marks: list[Mark], body: str,
           weights: Mapping[str, float] | None) -> dict[int, float]:
    """What showing each matched term is worth, by its number."""
    if weights is not None:
        matched = {term for _, _, term in marks}
        return {term: max(sum([weights.get(word, 1.0) for word in _keys(terms[term])]), 0.01) for term in matched}
    counts = Counter(mark.term for mark in marks)
    capitals = {mark.term for mark in marks if body[mark.start : mark.end].isupper()}
    found: dict[int, float] = {}
    for term, count in counts.items():
        worth = sum(1.0 if term in capitals else (min(len(word), FULL_LENGTH) / FULL_LENGTH) ** SHORTNESS
                    for word in _keys(terms[term])) / (1 + log(count))
        found[term] = max(worth, 0.01)
    return found


def _keys(leaf: TextLeaf) -> tuple[str, ...]:
    if isinstance(leaf, Word):
        return (leaf.stem,)
    if isinstance(leaf, Phrase):
        return leaf.words
    return (leaf.exact,) if isinstance(leaf, Fuzzy) else (leaf.pattern,) if isinstance(leaf, Wildcard) else ()
