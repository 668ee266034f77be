"""Where the occurrences of postings lie among all places of a segment.

How many occurrences a posting has stands in its code; a sum is kept for each block of so many postings, and what comes
before a posting in its block is added up when it is asked for.
"""

from __future__ import annotations

import numpy as np

from search.engines.whoosh.container import Array, Container

BLOCK = 16
"""Postings for which one number tells where their occurrences begin."""

_BEFORE = np.arange(BLOCK)
_EARLIER = np.tri(BLOCK, BLOCK, -1, dtype=np.uint8)
_ONES = np.ones(BLOCK)

_SPARSE = 1024
"""Where so many times more occurrences lie between the first and the last than are asked for, only these are read."""


class Places:
    """The occurrences of a segment. `sums`: how many each code stands for. Safe from many threads."""

    def __init__(self, container: Container, sums: Array) -> None:
        self._sums = sums
        self._floats = sums.astype(np.float64)  # which NumPy adds up faster, without loss
        self._at, self._slice = container.picker("post.places"), container.taker("post.places")
        self._codes_at, self._codes = container.picker("post.codes"), container.taker("post.codes")
        self._blocks_at, self._blocks = container.picker("post.blocks"), container.taker("post.blocks")
        self._block = container.getter("post.blocks")
        self._postings = container.count("post.codes")

    def of_postings(self, postings: Array) -> tuple[Array, Array]:
        """Where the occurrences of these postings begin in `places`, and how many each has."""
        return self._starts(postings), self._sums.take(self._codes_at(postings))

    def of_rows(self, begin: int, end: int, codes: Array, rows: Array) -> tuple[Array, Array]:
        """The same for some of the postings `[begin, end)` of a root, by their rows in its list; `codes`: of all."""
        counts = self._sums.take(codes.take(rows))
        if len(rows) * BLOCK <= end - begin:
            return self._starts_among(begin, end, rows), counts
        starts = self._sums.take(codes).cumsum().take(rows)
        starts -= counts
        block = begin // BLOCK
        starts += self._block(block) + int(self._sums.take(self._codes(block * BLOCK, begin)).sum())
        return starts, counts

    def read(self, starts: Array, counts: Array, picked: Array) -> Array:
        """The places of the occurrences `picked`, which are those of postings in ascending order, as found above."""
        if not len(picked):
            return self._slice(0, 0)
        low, high = int(starts[0]), int(starts[-1] + counts[-1])
        if high - low > _SPARSE * len(picked):
            return self._at(picked, np.concatenate((starts, starts + counts - 1)))
        return self._slice(low, high).take(picked - low)

    def _starts(self, postings: Array) -> Array:
        blocks = postings // BLOCK
        found = self._blocks_at(blocks).astype(np.int64)
        first = blocks * BLOCK
        inside = postings - first
        most = int(inside.max()) if len(inside) else 0
        if most:
            # A row for each step within blocks, not for each posting: long rows are added up faster.
            before = _BEFORE[:most, None]
            wanted = before + first
            np.minimum(wanted, self._postings - 1, out=wanted)
            sums = self._sums.take(self._codes_at(wanted, postings))
            sums *= before < inside
            found += sums.sum(axis=0)
        return found

    def _starts_among(self, begin: int, end: int, rows: Array) -> Array:
        low, high = begin // BLOCK, -(-end // BLOCK)
        inside = rows + (begin - low * BLOCK)
        blocks = inside // BLOCK
        inside -= blocks * BLOCK
        codes = self._codes(low * BLOCK, min(high * BLOCK, self._postings))
        if len(codes) % BLOCK:
            codes = np.concatenate((codes, np.zeros(-len(codes) % BLOCK, dtype=codes.dtype)))
        before = codes.reshape(-1, BLOCK).take(blocks, axis=0)
        before *= _EARLIER.take(inside, axis=0)  # what is not before a posting in its block becomes code 0: none
        found: Array = self._floats.take(before).dot(_ONES).astype(np.int64)
        found += self._blocks(low, high).take(blocks)
        return found
