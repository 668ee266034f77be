"""Evidence from neighbouring words of the query that are neighbours in an article, too.

Only the articles that are the best by their words alone are looked at: reading the positions of two common words in
every article would cost more than all the rest. The idea is that of the ordered pairs in Metzler and Croft 2005, "A
Markov random field model for term dependencies".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from search.engines.whoosh import ranking
from search.engines.whoosh.container import Array
from search.engines.whoosh.leaves import Words, fields_of
from search.engines.whoosh.positions import Keys, root_keys
from search.engines.whoosh.ranking import saturated, unsaturated
from search.engines.whoosh.snapshot import Snapshot
from search.engines.whoosh.sources import Scored, look_up
from search.model import TermShare
from search.query.tree import Boolean, Query, Word

Pair = tuple[Word, Word]

LEVEL = 1.0 - 1e-6
"""Scores that differ by less are level: they are sums of rounded numbers."""


def pairs_of(query: Query) -> tuple[Pair, ...]:
    """Words of the same field that were typed one after the other, anywhere in what ranks."""
    if not isinstance(query, Boolean):
        return ()
    found: dict[tuple[str, str, str | None], Pair] = {}
    for children in (query.must, query.should):
        for child in children:
            for pair in pairs_of(child):
                found.setdefault((pair[0].stem, pair[1].stem, pair[0].field), pair)
        for first, second in zip(children, children[1:]):
            if isinstance(first, Word) and isinstance(second, Word) and first.field == second.field:
                found.setdefault((first.stem, second.stem, first.field), (first, second))
    return tuple(found.values())


class Closeness:
    """The pairs of one query on one snapshot."""

    def __init__(self, snapshot: Snapshot, words: Words, pairs: Sequence[Pair]) -> None:
        self._snapshot, self._words = snapshot, words
        known = [pair for pair in pairs if all(words.root(word.stem).documents for word in pair)]
        # A pair tells as much as its commoner word: "di Kabupaten" little, the name of two common words much.
        self._pairs = [(pair, min(words.root(word.stem).idf for word in pair)) for pair in known]
        self.most = sum(ranking.PAIR_SHARE * rarity * (ranking.K1 + 1.0) for _, rarity in self._pairs)

    def lift(self, found: Sequence[Scored], needed: int) -> list[Scored]:
        """Documents and scores of each segment, those of the best `CLOSE_LOOK` lifted where the pairs are found. Only
        what can come to be among the best `needed` is looked at."""
        scores = np.concatenate([part.scores for part in found]) if found else np.zeros(0, dtype=np.float32)
        if not self._pairs or not len(scores):
            return list(found)
        least = max(_kth(scores, ranking.CLOSE_LOOK) * LEVEL, _kth(scores, needed) - self.most / LEVEL)
        lifted = []
        for number, part in enumerate(found):
            rows = np.flatnonzero(part.scores >= least)
            more = part.scores.copy()
            if len(rows):
                for each in self._of(number, part.documents[rows]):
                    more[rows] += each
            lifted.append(Scored(part.documents, more))
        return lifted

    def _of(self, number: int, documents: Array) -> list[Array]:
        """What each pair gives each of some documents."""
        keys: dict[str, Keys | None] = {}
        found = []
        for (first, second), rarity in self._pairs:
            for word in (first, second):
                if word.stem not in keys:
                    postings = self._words.root(word.stem).lists[number]
                    text = self._snapshot.segments[number].text
                    keys[word.stem] = None if postings is None else root_keys(text, postings, documents)
            found.append(self._scores(number, documents, keys[first.stem], keys[second.stem], first.field, rarity))
        return found

    def _scores(
        self, number: int, documents: Array, first: Keys | None, second: Keys | None, field: str | None, rarity: float
    ) -> Array:
        scores = np.zeros(len(documents), dtype=np.float32)
        if first is None or second is None:
            return scores
        owners = first[look_up(second, first + 1)[0]] >> 32
        if not len(owners):
            return scores
        title, body = np.zeros((2, len(documents)), dtype=np.float32)
        rows = documents.searchsorted(owners >> 1)
        in_body = (owners & 1).astype(bool)
        if field != "body":
            title += np.bincount(rows[~in_body], minlength=len(documents)).astype(np.float32)
        if field != "title":
            body += np.bincount(rows[in_body], minlength=len(documents)).astype(np.float32)
        norms = self._snapshot.norms(number)
        scores += saturated(title, body, norms.title[documents], norms.body[documents])
        scores *= np.float32(ranking.PAIR_SHARE * rarity * (ranking.K1 + 1.0))
        return scores

    def explain(self, number: int, document: int) -> list[TermShare]:
        """What each pair adds to one document, if that is looked at."""
        shares = []
        for ((first, second), rarity), scores in zip(self._pairs, self._of(number, np.array([document]))):
            score = float(scores[0])
            if score:
                frequency = unsaturated(score / (ranking.PAIR_SHARE * rarity * (ranking.K1 + 1.0)))
                term = f"{first.stem} {second.stem}"
                shares.append(TermShare(term, fields_of(first.field), "near", rarity, frequency, score))
        return shares


def _kth(values: Array, place: int) -> float:
    """The value in this place when they are in falling order; less than any if there are fewer."""
    if len(values) < place or place < 1:
        return -np.inf
    return float(np.partition(values, len(values) - place)[len(values) - place])
