"""Evidence from words of the query that stand close together in an article, too.

Only the articles that are the best by their words alone are looked at: reading the positions of two common words in
every article would cost more than all the rest. How much a pair tells is counted among these articles: a pair that
most of them have tells little of any. After the ordered and unordered pairs of Metzler and Croft 2005, "A Markov random
field model for term dependencies", with a rarity that needs no frequencies of pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from search.engines.whoosh import ranking
from search.engines.whoosh.container import Array
from search.engines.whoosh.leaves import Words, fields_of
from search.engines.whoosh.positions import keys_of
from search.engines.whoosh.ranking import unsaturated
from search.engines.whoosh.selection import Chosen
from search.engines.whoosh.snapshot import Snapshot
from search.engines.whoosh.text_index import ragged
from search.model import TermShare
from search.query.tree import Boolean, Query, Word

SPAN = 2
"""Words are a pair that were typed next to each other, or with one between them."""

REACH = 5
"""Positions that the words of a pair may be apart in an article."""

_FAR = 1 << 60
_SHIFT = 32


class Pair(NamedTuple):
    """Two roots that were typed close together."""

    first: str
    second: str
    field: str | None


def pairs_of(query: Query) -> tuple[Pair, ...]:
    """The pairs anywhere in what ranks, each once."""
    found: dict[Pair, None] = {}
    _collect(query, found)
    return tuple(found)


def _collect(query: Query, found: dict[Pair, None]) -> None:
    if not isinstance(query, Boolean):
        return
    for children in (query.must, query.should):
        for child in children:
            _collect(child, found)
        for span in range(1, SPAN + 1):
            for first, second in zip(children, children[span:]):
                if isinstance(first, Word) and isinstance(second, Word) and first.field == second.field:
                    found[Pair(first.stem, second.stem, first.field)] = None


class Closeness:
    """The pairs of one query on one snapshot."""

    def __init__(self, snapshot: Snapshot, words: Words, pairs: Sequence[Pair]) -> None:
        self._snapshot, self._words = snapshot, words
        self._pairs = [p for p in pairs if words.root(p.first).term.documents and words.root(p.second).term.documents]
        self._roots = list(dict.fromkeys(root for pair in self._pairs for root in (pair.first, pair.second)))
        self._best = Chosen.none()
        self._rarities = self._worth = self._shares = np.zeros((0, 0))

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def lift(self, best: Chosen) -> Array:
        """What each of the best documents gets for its pairs."""
        nearness = self._nearness(best)
        title, body = self._norms(best)
        frequencies = nearness[:, :, 0] * title
        frequencies += nearness[:, :, 1] * body
        worth = frequencies / (frequencies + ranking.K1)
        held = nearness.max(axis=2).sum(axis=1)
        self._rarities = np.log((ranking.CLOSE_LOOK + 1.0) / (held + 1.0))
        given = (ranking.PAIR_SHARE * (ranking.K1 + 1.0) * self._rarities)[:, None] * worth
        self._best, self._worth, self._shares = best, worth, given
        found: Array = given.sum(axis=0)
        return found

    def _norms(self, best: Chosen) -> tuple[Array, Array]:
        title, body = np.empty((2, len(best.documents)))
        for number in np.unique(best.segments).tolist():
            mine = best.segments == number
            norms, documents = self._snapshot.norms(number), best.documents[mine]
            title[mine], body[mine] = norms.title[documents], norms.body[documents]
        return title, body

    def _nearness(self, best: Chosen) -> Array:
        """For each pair and document, in title and body: 1 / the least distance of the two words, either order; 0 where
        that is beyond REACH."""
        owners = 2 * len(best.documents)
        places = self._places(best)
        offsets = (np.arange(len(self._pairs)) * owners) << _SHIFT
        first = np.concatenate([places[pair.first] + offset for pair, offset in zip(self._pairs, offsets)])
        second = [places[pair.second] + offset for pair, offset in zip(self._pairs, offsets)]
        there = np.concatenate(([-2 * _FAR, -_FAR], *second, [_FAR]))
        after = there.searchsorted(first, side="right")
        back = first - there[after - 1]
        same = (back == 0).nonzero()[0]  # two tokens at one place are no neighbours
        back[same] = first[same] - there[after[same] - 2]
        distances = np.minimum(there[after] - first, back)
        near = (distances <= REACH).nonzero()[0]
        found = np.zeros(len(self._pairs) * owners)
        np.maximum.at(found, first[near] >> _SHIFT, 1.0 / distances[near])
        shaped = found.reshape(len(self._pairs), len(best.documents), 2)
        for number, pair in enumerate(self._pairs):
            if pair.field is not None:
                shaped[number, :, 1 if pair.field == "title" else 0] = 0.0
        return shaped

    def _places(self, best: Chosen) -> dict[str, Array]:
        """Where each root stands: (place among the best, whether in the body, position) as ascending numbers."""
        found: list[list[Array]] = [[] for _ in self._roots]
        for number in np.unique(best.segments).tolist():
            slots = (best.segments == number).nonzero()[0]
            slots = slots[best.documents[slots].argsort()]
            documents = best.documents[slots]
            text = self._snapshot.segments[number].text
            rows, owners, sizes = [], [], []
            for root in self._roots:
                here, mine = self._words.root(root).find(number, documents)
                postings = self._words.root(root).lists[number]
                rows.append(mine + (0 if postings is None else postings.begin))
                owners.append(slots[here])
                sizes.append(len(mine))
            every = np.concatenate(rows)
            starts, counts = text.occurrences(every)
            ends = np.concatenate(([0], np.cumsum(counts)))
            witnesses = np.concatenate((starts, starts + counts - 1))
            keys = keys_of(np.concatenate(owners).repeat(counts), text.places(ragged(starts, counts), witnesses))
            bounds = ends[np.cumsum([0, *sizes])].tolist()
            for parts, low, high in zip(found, bounds, bounds[1:]):
                parts.append(keys[low:high])
        places = {root: np.concatenate(parts) for root, parts in zip(self._roots, found)}
        for keys in places.values():
            keys.sort()  # the best are in the order of the page
        return places

    def explain(self, segment: int, document: int) -> list[TermShare]:
        """What each pair adds to one document, if that was looked at."""
        if not self._pairs:
            return []
        best = self._best
        slots = ((best.segments == segment) & (best.documents == document)).nonzero()[0].tolist()
        return [
            TermShare(
                f"{pair.first} {pair.second}", fields_of(pair.field), "near", float(self._rarities[number]),
                unsaturated(float(self._worth[number, slot])), float(self._shares[number, slot]),
            )
            for slot in slots
            for number, pair in enumerate(self._pairs)
            if self._shares[number, slot]
        ]  # fmt: skip
