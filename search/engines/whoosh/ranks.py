"""Where documents stand in a long posting list: a bit for each document of the segment, and how many come before.

The lists of the commonest words name a good part of all documents. Reading such a list to find a few hundred documents
in it takes longer than all else that a query does, and every other query asks for the same words.
"""

from __future__ import annotations

import numpy as np

from search.engines.whoosh.container import Array


def _ranks() -> Array:
    """For each byte and bit: how many lower bits are set; less than any count if the bit is not set itself."""
    bits = np.unpackbits(np.arange(256, dtype=np.uint8), bitorder="little").reshape(256, 8).astype(np.int64)
    return np.where(bits, bits.cumsum(axis=1) - bits, -(1 << 40)).ravel()


_RANKS = _ranks()


class Ranks:
    """The rank of each document among `documents` (ascending) of a segment of `size`. `others`: rows of the list whose
    postings tell their forms occurrence by occurrence. Never changes."""

    __slots__ = ("_before", "_bits", "others")

    def __init__(self, documents: Array, size: int, others: Array) -> None:
        there = np.zeros(-(-size // 8) * 8, dtype=bool)
        there[documents] = True
        self._before = np.zeros(len(there) // 8, dtype=np.int32)
        np.cumsum(there.reshape(-1, 8).sum(axis=1)[:-1], out=self._before[1:])
        self._bits = np.packbits(there, bitorder="little").astype(np.uint16)
        self._bits <<= 3
        self.others = others.astype(np.int32)

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return int(self._before.nbytes + self._bits.nbytes + self.others.nbytes)

    def find(self, documents: Array) -> tuple[Array, Array]:
        """Which of some documents (by place) are there, and their ranks."""
        places = documents >> 3
        eighths = documents & 7
        eighths += self._bits.take(places)
        ranks = _RANKS.take(eighths)
        ranks += self._before.take(places)
        here = (ranks >= 0).nonzero()[0]
        return here, ranks.take(here)
