"""Evidence for a query, as the ranking takes it: documents and scores, all at once or for the documents asked for.

Words are sources of their own kind (`roots.py`). Phrases, patterns and words of one field only are sparse vectors,
reckoned beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from search.engines.whoosh.container import Array


class Scored(NamedTuple):
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
        return EMPTY.documents, EMPTY.documents
    places = ordered.searchsorted(wanted)
    here = (ordered.take(places, mode="clip") == wanted).nonzero()[0]
    return here, places.take(here)


def joined(parts: Sequence[Array]) -> Array:
    """One array of several, one at least."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


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
