"""Words as evidence: the list of a root, each posting worth more where it has the form as typed.

Several words are asked together wherever they can be, since a call of NumPy costs more than a few hundred numbers do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from search.engines.whoosh import ranking
from search.engines.whoosh.container import Array
from search.engines.whoosh.ranking import Norms
from search.engines.whoosh.snapshot import RootTerm, Snapshot
from search.engines.whoosh.sources import EMPTY, Scored, Source, joined, look_up
from search.engines.whoosh.text_index import OTHER, PLAIN_CODES, TextIndex

_SHORT = 1000

_NO_CODES = np.zeros(0, dtype=np.uint8)


class _Mixed(NamedTuple):
    """Postings that tell their forms occurrence by occurrence: where they are among those that are scored, their
    numbers among all such, the rank of the form as typed, and what it is worth."""

    at: Array
    others: Array
    rank: int
    bonus: float


class RootLists:
    """The posting lists of a root in each segment, their documents read once for all that a query does with them."""

    __slots__ = ("_read", "lists", "term")

    def __init__(self, term: RootTerm) -> None:
        self.term, self.lists = term, term.lists
        self._read: dict[int, Array] = {}

    def documents(self, number: int) -> Array:
        """The documents of a segment that hold the root."""
        found = self._read.get(number)
        if found is None:
            postings = self.lists[number]
            found = self._read[number] = EMPTY.documents if postings is None else postings.documents()
        return found

    def rows(self, number: int, allowed: Array | None) -> tuple[Array, Array | None]:
        """The documents that are allowed (a mask; None: all), and their rows in the list (None: all)."""
        documents = self.documents(number)
        if allowed is None:
            return documents, None
        rows = allowed.take(documents).nonzero()[0]
        return documents.take(rows), rows

    def find(self, number: int, documents: Array) -> tuple[Array, Array]:
        """Which of these documents (by place, ascending) hold the root, and in which rows of its list."""
        postings = self.lists[number]
        if postings is None:
            return EMPTY.documents, EMPTY.documents
        ranks = postings.ranks()
        return look_up(self.documents(number), documents) if ranks is None else ranks.find(documents)


def worth(text: TextIndex, norms: Norms, codes: Array, documents: Array) -> Array:
    """BM25F's saturated frequencies of postings, between 0 and 1."""
    title, body = text.code_frequencies
    if len(codes) < _SHORT:
        # Looked up in full: looking for those that need it would cost more.
        found = title.take(codes)
        found *= norms.ratio.take(documents)
        found += body.take(codes)
        found /= found + norms.body_k1.take(documents)
        return found
    found = codes.astype(np.float32)
    special = (codes >= PLAIN_CODES).nonzero()[0]
    if len(special):
        kinds = codes.take(special)
        titles = title.take(kinds)
        titles *= norms.ratio.take(documents.take(special))
        titles += body.take(kinds)
        found[special] = titles
    lengths = norms.body_k1.take(documents)
    lengths += found
    found /= lengths
    return found


class RootSource:
    """A root, worth `base` times its saturated frequency; where it has the form as typed, `bonus` times that of the
    form on top. `ranks`: of the form among the root's, in each segment (None: it is not there)."""

    __slots__ = ("base", "bonus", "documents", "highest", "ranks", "roots", "snapshot")

    def __init__(
        self, snapshot: Snapshot, roots: RootLists, base: float, bonus: float = 0.0, ranks: Sequence[int | None] = ()
    ) -> None:
        self.snapshot, self.roots, self.documents, self.ranks = snapshot, roots, roots.documents, ranks
        self.base, self.bonus = base * (ranking.K1 + 1.0), bonus * (ranking.K1 + 1.0)
        self.highest = 0.0
        for number, postings in enumerate(roots.lists):
            if postings is not None:
                most = self.base if not ranks or ranks[number] is None else self.base + self.bonus
                self.highest = max(self.highest, postings.highest * most * snapshot.drift(number))

    def size(self, number: int) -> int:
        postings = self.roots.lists[number]
        return 0 if postings is None else len(postings)

    def all(self, number: int, allowed: Array | None) -> Scored:
        return gather([self], number, allowed)[0]

    def at(self, number: int, documents: Array) -> tuple[Array, Array]:
        here, rows = self.roots.find(number, documents)
        return here, _scores([self], number, documents.take(here), [rows])


def gather(sources: Sequence[Source], number: int, allowed: Array | None) -> list[Scored]:
    """What each of several sources gives all documents that are allowed (a mask; None: all)."""
    roots = [source for source in sources if isinstance(source, RootSource)]
    if len(roots) < len(sources):
        return [source.all(number, allowed) for source in sources]
    found = [source.roots.rows(number, allowed) for source in roots]
    every = joined([documents for documents, _ in found])
    scores = _scores(roots, number, every, [rows for _, rows in found])
    parts, low = [], 0
    for documents, _ in found:
        parts.append(Scored(documents, scores[low : low + len(documents)]))
        low += len(documents)
    return parts


def add_at(sources: Sequence[Source], number: int, documents: Array, scores: Array) -> None:
    """Add to the scores of some documents what several sources give them, each in its turn."""
    roots = [source for source in sources if isinstance(source, RootSource)]
    if len(roots) < len(sources):
        for source in sources:
            here, more = source.at(number, documents)
            scores[here] += more
    elif roots:
        found = [source.roots.find(number, documents) for source in roots]
        here = joined([each for each, _ in found])
        np.add.at(scores, here, _scores(roots, number, documents.take(here), [rows for _, rows in found]))


def _scores(sources: Sequence[RootSource], number: int, documents: Array, rows: Sequence[Array | None]) -> Array:
    """What postings of several sources are worth to them, one source after the other, by their rows in the lists (None:
    all); `documents` are theirs."""
    snapshot = sources[0].snapshot
    text, norms = snapshot.segments[number].text, snapshot.norms(number)
    lists = [source.roots.lists[number] for source in sources]
    codes = [
        _NO_CODES if each is None else each.codes() if some is None else each.codes().take(some)
        for each, some in zip(lists, rows)
    ]
    scores = worth(text, norms, joined(codes), documents)
    mixed: list[_Mixed] = []
    low = 0
    for source, postings, some, each in zip(sources, lists, rows, codes):
        rank = source.ranks[number] if source.ranks else None
        part = scores[low : low + len(each)]
        if rank is None or postings is None:
            part *= source.base
        else:
            forms = postings.forms() if some is None else postings.forms().take(some)
            part *= source.base if rank >= OTHER else _factors(source, forms == rank)
            at = (forms == OTHER).nonzero()[0]
            if len(at):
                mine = np.arange(len(at)) if some is None else some.take(at)
                others = postings.among_others(mine, among_themselves=some is None)
                mixed.append(_Mixed(at + low, others, rank, source.bonus))
        low += len(each)
    if mixed:
        _add_told(text, norms, documents, scores, mixed)
    return scores


def _factors(source: RootSource, typed: Array) -> Array:
    """By what to multiply the worth of postings, which have the form as typed or another."""
    factors: Array = typed.astype(np.float32)
    factors *= source.bonus
    factors += source.base
    return factors


def _add_told(text: TextIndex, norms: Norms, documents: Array, scores: Array, mixed: Sequence[_Mixed]) -> None:
    """Add to the scores of postings what the form as typed is worth where they tell their forms one by one."""
    sizes = [len(each.at) for each in mixed]
    at = joined([each.at for each in mixed])
    wanted = np.array([each.rank for each in mixed]).repeat(sizes)
    title, body = text.told(joined([each.others for each in mixed]), wanted)
    documents = documents.take(at)
    frequencies = title * norms.ratio.take(documents)
    frequencies += body
    frequencies /= frequencies + norms.body_k1.take(documents)
    frequencies *= np.array([each.bonus for each in mixed]).repeat(sizes)
    scores[at] += frequencies
