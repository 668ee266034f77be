"""Evidence for a query, as the ranking takes it: documents and scores, all at once or for the documents asked for.

A word is one source: the list of its root, each posting worth more where it has the form as typed. Phrases, patterns
and words of one field only are sparse vectors, reckoned beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from search.engines.whoosh import ranking
from search.engines.whoosh.container import Array
from search.engines.whoosh.ranking import Norms, saturated
from search.engines.whoosh.snapshot import RootTerm, Snapshot
from search.engines.whoosh.text_index import OTHER, PLAIN_CODES, Others, PostingList, TextIndex

TABLE = 20
"""A search in a sorted list takes as long as so many looks into a table."""

MANY = 256
"""Documents for which a table is worth making."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Documents of one segment in ascending order, each with its score."""

    documents: Array
    scores: Array


EMPTY = Scored(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32))


class Source(Protocol):
    """Evidence over all segments. `highest`: no document gets more from it."""

    highest: float

    def size(self, number: int) -> int:
        """Documents that it names in segment `number`, deleted ones too."""

    def documents(self, number: int) -> Array:
        """These documents, ascending."""

    def all(self, number: int, allowed: Array | None) -> Scored:
        """Those among the allowed documents (a mask; None: all), with their scores."""

    def at(self, number: int, documents: Array) -> tuple[Array, Array]:
        """Which of these documents (by place) have a score, and what it is."""


def look_up(ordered: Array, wanted: Array) -> tuple[Array, Array]:
    """Which of `wanted` are in `ordered` (both ascending), and where."""
    if not len(ordered):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    places = ordered.searchsorted(wanted)
    places[places == len(ordered)] = 0
    here = (ordered[places] == wanted).nonzero()[0]
    return here, places[here]


def worth(text: TextIndex, norms: Norms, codes: Array, documents: Array) -> Array:
    """BM25F's saturated frequencies of postings, between 0 and 1."""
    found = codes.astype(np.float32)
    lengths = norms.body_k1.take(documents)
    lengths += found
    found /= lengths
    special = (codes >= PLAIN_CODES).nonzero()[0]
    if len(special):
        kinds, where = codes.take(special), documents.take(special)
        title, body = text.code_frequencies
        found[special] = saturated(title.take(kinds), body.take(kinds), norms.title.take(where), norms.body.take(where))
    return found


class RootSource:
    """A root, worth `base` times its saturated frequency; where it has the form as typed, `bonus` times that of the
    form on top. `ranks`: of the form among the root's, in each segment (None: it is not there). `documents`: of the
    root in a segment."""

    def __init__(
        self,
        snapshot: Snapshot,
        root: RootTerm,
        documents: Callable[[int], Array],
        base: float,
        bonus: float,
        ranks: Sequence[int | None],
    ) -> None:
        self._snapshot, self._lists, self._ranks, self.documents = snapshot, root.lists, ranks, documents
        self._base, self._bonus = base * (ranking.K1 + 1.0), bonus * (ranking.K1 + 1.0)
        self.highest = 0.0
        for number, (postings, rank) in enumerate(zip(root.lists, ranks)):
            if postings is not None:
                most = self._base if rank is None else self._base + self._bonus
                self.highest = max(self.highest, postings.highest * most * snapshot.drift(number))

    def size(self, number: int) -> int:
        postings = self._lists[number]
        return 0 if postings is None else len(postings)

    def all(self, number: int, allowed: Array | None) -> Scored:
        postings = self._lists[number]
        if postings is None:
            return EMPTY
        documents, rows = self.documents(number), None
        if allowed is not None:
            rows = allowed.take(documents).nonzero()[0]
            documents = documents[rows]
        return Scored(documents, self._scores(postings, number, documents, rows))

    def at(self, number: int, documents: Array) -> tuple[Array, Array]:
        postings = self._lists[number]
        if postings is None:
            return EMPTY.documents, EMPTY.scores
        here, rows = look_up(self.documents(number), documents)
        return here, self._scores(postings, number, documents[here], rows)

    def _scores(self, postings: PostingList, number: int, documents: Array, rows: Array | None) -> Array:
        """Scores of postings by row (None: all); `documents` are theirs."""
        text, norms = self._snapshot.segments[number].text, self._snapshot.norms(number)
        codes = postings.codes()
        scores = worth(text, norms, codes if rows is None else codes.take(rows), documents)
        if self._ranks[number] is None:
            scores *= np.float32(self._base)
        else:
            self._weigh(postings, number, documents, rows, scores)
        return scores

    def _weigh(
        self, postings: PostingList, number: int, documents: Array, rows: Array | None, scores: Array
    ) -> None:
        """Turn what the root's postings are worth into scores, by the form in which it stands there."""
        rank = self._ranks[number]
        if rank is None:
            scores *= np.float32(self._base)
            return
        every = postings.forms()
        forms = every if rows is None else every.take(rows)
        mixed = (forms == OTHER).nonzero()[0]
        if rank < OTHER:
            factors = (forms == rank).astype(np.float32)
            factors *= np.float32(self._bonus)
            factors += np.float32(self._base)
            scores *= factors
        else:
            scores *= np.float32(self._base)
        if len(mixed):
            others = postings.others(every)
            which = None if rows is None else others.rows.searchsorted(rows.take(mixed))
            scores[mixed] += self._told(others, which, self._snapshot.norms(number), documents.take(mixed), rank)

    def _told(self, others: Others, which: Array | None, norms: Norms, documents: Array, rank: int) -> Array:
        """What the form adds in these documents, all of which tell their forms occurrence by occurrence."""
        title, body = others.frequencies(rank, which)
        found = saturated(
            title.astype(np.float32), body.astype(np.float32), norms.title.take(documents), norms.body.take(documents)
        )
        found *= np.float32(self._bonus)
        return found

    @staticmethod
    def scores_of(
        sources: Sequence[RootSource], number: int, documents: Array, found: Sequence[tuple[Array, Array]]
    ) -> Array:
        """What several sources give documents, one source after the other; `found`: of each, as `look_up` has it."""
        snapshot = sources[0]._snapshot
        codes, where = [], []
        for source, (here, rows) in zip(sources, found):
            postings = source._lists[number]
            if postings is not None:
                codes.append(postings.codes().take(rows))
                where.append(documents.take(here))
        if not codes:
            return EMPTY.scores
        owners = np.concatenate(where)
        scores = worth(snapshot.segments[number].text, snapshot.norms(number), np.concatenate(codes), owners)
        low = 0
        for source, (here, rows) in zip(sources, found):
            postings, high = source._lists[number], low + len(here)
            if postings is not None:
                source._weigh(postings, number, owners[low:high], rows, scores[low:high])
            low = high
        return scores


def add_at(sources: Sequence[Source], number: int, documents: Array, scores: Array) -> None:
    """Add to the scores of some documents what several sources give them, each in its turn; together, since a call of
    NumPy costs more than a few hundred numbers do."""
    roots = [source for source in sources if isinstance(source, RootSource)]
    if len(roots) < len(sources) or len(roots) < 2:
        for source in sources:
            here, more = source.at(number, documents)
            scores[here] += more
        return
    found = _looked_up([source.documents(number) for source in roots], documents)
    more = RootSource.scores_of(roots, number, documents, found)
    low = 0
    for here, _ in found:
        scores[here] += more[low : low + len(here)]
        low += len(here)


def _looked_up(lists: Sequence[Array], documents: Array) -> list[tuple[Array, Array]]:
    """`look_up` of the same documents in several lists: by a table of where each document is among them, for lists that
    are not much longer."""
    table: Array | None = None
    found = []
    for ordered in lists:
        if len(ordered) > TABLE * len(documents) or len(documents) < MANY:
            found.append(look_up(ordered, documents))
            continue
        last = int(documents[-1])
        if table is None:
            table = np.full(last + 1, -1, dtype=np.int32)
            table[documents] = np.arange(len(documents), dtype=np.int32)
        places = table.take(ordered[: ordered.searchsorted(last, side="right")])
        rows = (places >= 0).nonzero()[0]
        found.append((places.take(rows), rows))
    return found


class VectorSource:
    """Documents and scores that were reckoned beforehand, in each segment."""

    def __init__(self, segments: Sequence[Scored]) -> None:
        self._segments = segments
        self.highest = max((float(s.scores.max()) for s in segments if len(s.scores)), default=0.0)

    def size(self, number: int) -> int:
        return len(self._segments[number].documents)

    def documents(self, number: int) -> Array:
        return self._segments[number].documents

    def all(self, number: int, allowed: Array | None) -> Scored:
        found = self._segments[number]
        if allowed is None:
            return found
        rows = allowed.take(found.documents).nonzero()[0]
        return Scored(found.documents[rows], found.scores[rows])

    def at(self, number: int, documents: Array) -> tuple[Array, Array]:
        found = self._segments[number]
        here, rows = look_up(found.documents, documents)
        return here, found.scores[rows]
