"""An ordered dictionary of terms in a container: written from sorted texts, then looked into where it lies.

A term's number is its place in byte order. Ranges are found by binary search, single terms through buckets of their
CRC-32, so neither needs the dictionary to be read.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from search.engines.whoosh.container import Array, Container, ContainerWriter


def narrow(values: Array) -> Array:
    """The same non-negative integers in the smallest unsigned type that holds them all."""
    most = int(values.max()) if values.size else 0
    for dtype in ("<u1", "<u2", "<u4"):
        if most <= np.iinfo(dtype).max:
            return values.astype(dtype)
    return values.astype("<u8")


def cumulative(counts: Array) -> Array:
    """Where each of so many things begins, and last where all end."""
    starts = np.zeros(len(counts) + 1, dtype=np.uint64)
    np.cumsum(counts, out=starts[1:])
    return starts


def encoded(text: str) -> bytes:
    """A term as it is kept. Half a surrogate pair is kept, too."""
    return text.encode("utf-8", "surrogatepass")


def all_encoded(texts: Sequence[str]) -> list[bytes]:
    """Terms as they are kept, all in one go: half the time for many."""
    found = "\0".join(texts).encode("utf-8", "surrogatepass").split(b"\0")
    return found if len(found) == len(texts) else list(map(encoded, texts))


def write_dictionary(out: ContainerWriter, name: str, terms: Sequence[bytes]) -> None:
    """Write the sections `terms, termstarts, buckets, bucketed` for terms in ascending order."""
    out.add(f"{name}.terms", b"".join(terms))
    out.add(f"{name}.termstarts", narrow(cumulative(np.fromiter(map(len, terms), np.uint64, len(terms)))))
    # As many buckets as terms, up to the next power of two: most hold one.
    size = 1 << max(len(terms) - 1, 0).bit_length()
    hashes = np.fromiter(map(zlib.crc32, terms), np.uint32, len(terms)) & np.uint32(size - 1)
    order = np.argsort(hashes, kind="stable")
    out.add(f"{name}.buckets", narrow(np.searchsorted(hashes[order], np.arange(size + 1))))
    out.add(f"{name}.bucketed", narrow(order))


class Dictionary:
    """Terms of one section group of a container. Safe from many threads."""

    def __init__(self, container: Container, name: str) -> None:
        self._container, self._name = container, name
        self._size = container.count(f"{name}.termstarts") - 1
        self._buckets = container.count(f"{name}.buckets") - 1
        self._read, self._start = container.reader(f"{name}.terms"), container.getter(f"{name}.termstarts")
        self._bucket, self._bucketed = container.getter(f"{name}.buckets"), container.getter(f"{name}.bucketed")

    def __len__(self) -> int:
        return self._size

    def text(self, number: int) -> bytes:
        """The term with this number, as UTF-8."""
        return self._read(self._start(number), self._start(number + 1))

    def decoded(self, number: int) -> str:
        """The same as text."""
        return self.text(number).decode("utf-8", "surrogatepass")

    def all_encoded(self) -> list[bytes]:
        """Every term in order. Reads the whole dictionary."""
        starts = self._container.array(f"{self._name}.termstarts").tolist()
        blob = self._container.slice(f"{self._name}.terms", 0, starts[-1])
        return [blob[low:high] for low, high in zip(starts, starts[1:])]

    def all(self) -> list[str]:
        """The same as texts."""
        return [term.decode("utf-8", "surrogatepass") for term in self.all_encoded()]

    def signatures(self) -> tuple[Array, Array, Array]:
        """For each term: its length in bytes, the set of its letters (bit = byte modulo 32), and whether it is plain
        ASCII: a filter for fuzzy search that needs no loop in Python."""
        starts = self._container.array(f"{self._name}.termstarts").astype(np.int64)
        blob = self._container.array(f"{self._name}.terms")
        bits = np.left_shift(np.uint32(1), (blob & 31).astype(np.uint32))
        # Terms are never empty, so every start lies inside the blob, as reduceat needs.
        sets = np.bitwise_or.reduceat(bits, starts[:-1])
        return np.diff(starts), sets, np.maximum.reduceat(blob, starts[:-1]) < 128

    def ceiling(self, term: bytes) -> int:
        """Number of the first term that is not less than `term` (len(self) if there is none)."""
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self.text(middle) < term:
                low = middle + 1
            else:
                high = middle
        return low

    def find(self, term: bytes) -> int | None:
        """The term's number, or None."""
        bucket = zlib.crc32(term) & (self._buckets - 1)
        for place in range(self._bucket(bucket), self._bucket(bucket + 1)):
            number = self._bucketed(place)
            if self.text(number) == term:
                return number
        return None

    def prefix_range(self, prefix: bytes) -> tuple[int, int]:
        """Numbers `[low, high)` of the terms that begin with `prefix`."""
        low = self.ceiling(prefix)
        # The greatest text with this prefix is below the prefix followed by a byte that UTF-8 never has.
        return low, self.ceiling(prefix + b"\xff")
