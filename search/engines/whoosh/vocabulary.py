"""What the index knows of words: completions, likely corrections, and the weighty words of an article."""

from __future__ import annotations

from collections import Counter

import numpy as np

from search.engines.whoosh.dictionary import encoded
from search.engines.whoosh.expansion import fuzzy_terms
from search.engines.whoosh.ranking import K1, idf
from search.engines.whoosh.snapshot import Snapshot
from search.language import Analyser
from search.model import Article, Suggestion
from search.query.tree import Word

KNOWN = 3
"""A word in at least so many articles is taken for what was meant."""

COMMONER = 10
"""A correction must stand in at least so many times the articles of the word it replaces."""

LONG_WORD = 8
"""From this length on two edits are considered, below it one."""

SIMILAR_WORDS = 25
"""Weightiest words by which similar articles are found (Lucene's MoreLikeThis takes as many)."""


def complete(snapshot: Snapshot, prefix: str, limit: int) -> tuple[Suggestion, ...]:
    """Exact forms that begin with `prefix`, commonest first, then by alphabet."""
    counts: Counter[str] = Counter()
    for segment in snapshot.segments:
        forms, documents = segment.text.forms, segment.text.form_documents
        low, high = forms.prefix_range(encoded(prefix))
        frequencies = documents[low:high].astype(np.int64)
        for place in np.argsort(-frequencies, kind="stable")[: 4 * limit].tolist():
            counts[forms.decoded(low + place)] += int(frequencies[place])
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Suggestion(*item) for item in ranked[:limit])


def neighbours(snapshot: Snapshot, word: str) -> tuple[Suggestion, ...]:
    """Likely corrections of a word that the index does not know, or hardly: fewest edits first, then commonest."""
    known = snapshot.form(word).documents
    if known >= KNOWN or len(word) < 3:
        return ()
    near = fuzzy_terms(snapshot, None, word, 2 if len(word) >= LONG_WORD else 1)
    likely = [
        (edits, -count, name) for name, (edits, count) in near.items()
        if edits and count >= max(COMMONER * known, 1) and name.isalpha()
    ]  # fmt: skip
    return tuple(Suggestion(name, -count) for _, count, name in sorted(likely))


def weighty_words(snapshot: Snapshot, article: Article, analyser: Analyser) -> tuple[Word, ...]:
    """The words of an article that set it apart: by saturated frequency times rarity, so length does not matter."""
    counts: Counter[str] = Counter()
    forms: dict[str, Counter[str]] = {}
    for token in analyser.analyse(f"{article.title}\n{article.body}"):
        counts[token.stem] += 1
        forms.setdefault(token.stem, Counter())[token.exact] += 1
    weights = {}
    for stem, count in counts.items():
        frequency = snapshot.root(stem).documents
        # A word of this article alone finds nothing else.
        if frequency > 1 and len(stem) > 1:
            weights[stem] = idf(frequency, snapshot.size) * count / (K1 + count)
    best = sorted(weights, key=lambda stem: (-weights[stem], stem))[:SIMILAR_WORDS]
    return tuple(Word(exact=forms[stem].most_common(1)[0][0], stem=stem) for stem in best)
