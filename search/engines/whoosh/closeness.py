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

_SHIFT = 32
_FAR = 1 << 60
_BEFORE_ALL = np.array([-2 * _FAR, -_FAR])
_AFTER_ALL = np.array([_FAR])


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
        """What each of the best documents gets for its pairs. They are in the order of segments and documents."""
        nearness = self._nearness(best)
        title, body = self._norms(best)
        worth = nearness[:, :, 0] * title
        worth += nearness[:, :, 1] * body
        worth /= worth + ranking.K1
        held = np.maximum(nearness[:, :, 0], nearness[:, :, 1]).sum(axis=1)
        self._rarities = np.log((ranking.CLOSE_LOOK + 1.0) / (held + 1.0))
        given = (ranking.PAIR_SHARE * (ranking.K1 + 1.0) * self._rarities)[:, None] * worth
        self._best, self._worth, self._shares = best, worth, given
        found: Array = given.sum(axis=0)
        return found

    def _parts(self, best: Chosen) -> list[tuple[int, int, int]]:
        """The segments that have some of the best: from where to where."""
        if len(self._snapshot.segments) == 1:
            return [(0, 0, len(best.documents))]
        bounds = best.segments.searchsorted(np.arange(len(self._snapshot.segments) + 1)).tolist()
        return [(number, low, high) for number, (low, high) in enumerate(zip(bounds, bounds[1:])) if low < high]

    def _norms(self, best: Chosen) -> tuple[Array, Array]:
        norms = [(self._snapshot.norms(number), best.documents[low:high]) for number, low, high in self._parts(best)]
        title = [each.title.take(documents) for each, documents in norms]
        body = [each.body.take(documents) for each, documents in norms]
        return np.concatenate(title, dtype=np.float64), np.concatenate(body, dtype=np.float64)

    def _nearness(self, best: Chosen) -> Array:
        """For each pair and document, in title and body: 1 / the least distance of the two words, either order; 0 where
        that is beyond REACH."""
        owners = 2 * len(best.documents)
        places = self._places(best)
        step = owners << _SHIFT
        firsts, seconds = [], [_BEFORE_ALL]
        for number, pair in enumerate(self._pairs):
            first, second = places[pair.first], places[pair.second]
            # A search for each place of the first among those of the second: either may be the first.
            if len(first) > len(second):
                first, second = second, first
            firsts.append(first + number * step)
            seconds.append(second + number * step)
        first, there = np.concatenate(firsts), np.concatenate((*seconds, _AFTER_ALL))
        after = there.searchsorted(first, side="right")
        back = first - there.take(after - 1)
        same = (back == 0).nonzero()[0]  # two tokens at one place are no neighbours
        if len(same):
            back[same] = first[same] - there[after[same] - 2]
        distances = there.take(after) - first
        np.minimum(distances, back, out=distances)
        near = (distances <= REACH).nonzero()[0]
        found = np.zeros(len(self._pairs) * owners)
        np.maximum.at(found, first.take(near) >> _SHIFT, 1.0 / distances.take(near))
        shaped = found.reshape(len(self._pairs), len(best.documents), 2)
        for number, pair in enumerate(self._pairs):
            if pair.field is not None:
                shaped[number, :, 1 if pair.field == "title" else 0] = 0.0
        return shaped

    def _places(self, best: Chosen) -> dict[str, Array]:
        """Where each root stands: (place among the best, whether in the body, position) as ascending numbers."""
        found: list[list[Array]] = [[] for _ in self._roots]
        for number, begin, end in self._parts(best):
            documents = best.documents[begin:end]
            text = self._snapshot.segments[number].text
            rows, owners, sizes = [], [], [0]
            for root in self._roots:
                lists = self._words.root(root)
                postings = lists.lists[number]
                here, mine = lists.find(number, documents)
                rows.append(mine if postings is None else mine + postings.begin)
                owners.append(here)
                sizes.append(sizes[-1] + len(mine))
            starts, counts = text.occurrences(np.concatenate(rows))
            ends = np.concatenate(([0], counts.cumsum()))
            witnesses = np.concatenate((starts, starts + counts - 1))
            owner = np.concatenate(owners)
            if begin:
                owner += begin
            keys = keys_of(owner.repeat(counts), text.places(ragged(starts, counts), witnesses))
            bounds = ends.take(sizes).tolist()
            for parts, low, high in zip(found, bounds, bounds[1:]):
                parts.append(keys[low:high])
        return {root: parts[0] if len(parts) == 1 else np.concatenate(parts) for root, parts in zip(self._roots, found)}

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
