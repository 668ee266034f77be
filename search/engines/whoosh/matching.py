"""The postings of one term as Whoosh walks through them, and the blocks of them that its collectors may skip.

Whoosh asks a matcher how much its current block can add to a score, and has others skip what cannot make up for the
rest. Its unions and intersections then skip past the end of that block, which may cost them the best documents. So a
matcher here answers for everything that is left, and skips by what each block is worth.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from math import inf
from typing import Any

import numpy as np
from whoosh.formats import Format, Frequency, Positions
from whoosh.matching import LeafMatcher, ReadTooFar
from whoosh.system import pack_uint

from search.engines.whoosh.container import Array
from search.engines.whoosh.field_terms import FieldTerms, Postings

BLOCK = 128
"""Postings for which one maximum is kept, as in Whoosh's own codec."""


READ_AHEAD = 5000
"""Documents of a segment up to which Whoosh makes a union out of an array of scores that it reads ahead. Such a union
says that it scores no more than the best of its terms, but it scores their sum: it must not be believed."""

_NONE = (1 << 63) - 1


class _Blocks:
    """What the blocks of a list hold at most: the weight, and the length of the shortest document."""

    def __init__(self, postings: Postings, lengths: Array | None) -> None:
        starts = np.arange(0, len(postings.documents), BLOCK)
        self.weights: list[float] = []
        self.shortest, self.longest = [1] * len(starts), [1] * len(starts)
        if len(starts):
            self.weights = np.maximum.reduceat(postings.frequencies, starts).astype(float).tolist()
        if lengths is not None and len(starts):
            mine = lengths[postings.documents]
            self.shortest = np.minimum.reduceat(mine, starts).tolist()
            self.longest = np.maximum.reduceat(mine, starts).tolist()


class PostingMatcher(LeafMatcher):  # type: ignore[misc]
    """The postings of one term in some documents. Numbers are taken out of the arrays block by block, maxima and
    positions when they are first asked for.

    `lengths`: tokens of each document of the segment in the field, None for a field that has none. `segment`: documents
    of the segment.
    """

    def __init__(
        self, terms: FieldTerms, number: int, postings: Postings, lengths: Array | None, format_: Format, scorer: Any,
        term: tuple[str, bytes], segment: int,
    ) -> None:  # fmt: skip
        self.format, self.scorer, self._term = format_, scorer, term
        self._terms, self._number, self._segment = terms, number, segment
        self._documents = postings.documents.astype(np.int64, copy=False)
        self._postings, self._lengths = postings, lengths
        self._blocks: _Blocks | None = None
        self._qualities: tuple[list[float], list[float]] | None = None
        self._positions: tuple[Array, Array] | None = None
        self._enter(0)

    def _enter(self, block: int) -> None:
        self._block, self._i = block, 0
        self._count = min(BLOCK, len(self._documents) - block * BLOCK)
        self._ids: list[int] | None = None
        self._weights: list[float] | None = None

    def copy(self) -> PostingMatcher:
        other = self.__class__.__new__(self.__class__)
        other.__dict__.update(self.__dict__)
        return other

    # Where it stands

    def is_active(self) -> bool:
        return self._i < self._count

    def reset(self) -> None:
        self._enter(0)

    def id(self) -> int:
        """The document. Past the last, a number past all: Whoosh asks at times before it looks whether there is one."""
        return self._block_ids()[self._i] if self._i < self._count else _NONE

    def _block_ids(self) -> list[int]:
        if self._ids is None:
            low = self._block * BLOCK
            self._ids = self._documents[low : low + BLOCK].tolist()
        return self._ids

    def all_ids(self) -> Iterator[int]:
        return iter(self._documents.tolist())

    def next(self) -> bool:
        """Go on by one; whether that began another block."""
        if self._i >= self._count:
            raise ReadTooFar
        self._i += 1
        if self._i < self._count:
            return False
        self._enter(self._block + 1)
        return True

    def skip_to(self, id: int) -> None:
        if self._i >= self._count:
            raise ReadTooFar
        ids = self._block_ids()
        if id <= ids[-1]:
            self._i = bisect_left(ids, id, self._i)
        else:
            after = (self._block + 1) * BLOCK
            place = after + int(self._documents[after:].searchsorted(id))
            self._enter(place // BLOCK)
            self._i = place % BLOCK

    # What the posting holds

    def weight(self) -> float:
        if self._weights is None:
            low = self._block * BLOCK
            self._weights = self._postings.frequencies[low : low + BLOCK].astype(float).tolist()
        return self._weights[self._i]

    def value(self) -> bytes:
        encoded = b""
        if isinstance(self.format, Positions):
            encoded = self.format.encode(self._document_positions())
        elif isinstance(self.format, Frequency):
            encoded = pack_uint(int(self.weight()))
        return encoded

    def value_as(self, astype: str) -> Any:
        if astype == "positions" and self.supports("positions"):
            return self._document_positions()
        if astype == "frequency":
            return int(self.weight())
        if astype == "weight":
            return self.weight()
        return super().value_as(astype)

    def _document_positions(self) -> list[int]:
        if self._positions is None:
            self._positions = self._terms.positions(self._number, self._documents)
        positions, starts = self._positions
        at = self._block * BLOCK + self._i
        found: list[int] = positions[starts[at] : starts[at + 1]].tolist()
        return found

    # What it is worth

    def score(self) -> float:
        return float(self.scorer.score(self)) if self.scorer else self.weight()

    def supports_block_quality(self) -> bool:
        return self.scorer is not None and bool(self.scorer.supports_block_quality())

    def max_quality(self) -> float:
        """No posting of the list scores more. Whoosh asks for it even where scorers cannot tell."""
        known = self._segment > READ_AHEAD and (self.scorer is None or self.supports_block_quality())
        return self._worth()[1][0] if known else inf

    def block_quality(self) -> float:
        """No posting from the current block on scores more."""
        return self._worth()[1][self._block]

    def skip_to_quality(self, minquality: float) -> int:
        """Go on to the next block in which something may score more; how many were skipped."""
        here, first = self._worth()[0], self._block
        while self.is_active() and here[self._block] <= minquality:
            self._enter(self._block + 1)
        return self._block - first

    def _worth(self) -> tuple[list[float], list[float]]:
        """The most that a posting of each block scores, and of it and all that follow; nothing, behind the last."""
        if self._qualities is None:
            here = self._maxima().weights
            if self.scorer is not None:
                asked, here = self.copy(), []
                for asked._block in range(len(self._maxima().weights)):
                    here.append(float(self.scorer.block_quality(asked)))
            self._qualities = here, list(accumulate(reversed(here), max, initial=0.0))[::-1]
        return self._qualities

    def _maxima(self) -> _Blocks:
        if self._blocks is None:
            self._blocks = _Blocks(self._postings, self._lengths)
        return self._blocks

    # What a scorer asks of the current block

    def block_max_weight(self) -> float:
        return self._maxima().weights[self._block]

    def block_min_length(self) -> int:
        return self._maxima().shortest[self._block]

    def block_max_length(self) -> int:
        return self._maxima().longest[self._block]
