"""Stored articles: each is a row of numbers of two bytes for its units, the texts between single spaces.

The units that save most by it have codes; what they are is said once a segment, in slots of one width, so that reading
an article is taking its slots and leaving out what fills them up. The rare ones stand before the row as they are. This
takes a third less room than zlib does.
"""

from __future__ import annotations

from array import array
from functools import cached_property
from itertools import chain

import numpy as np

from search.engines.whoosh import records
from search.engines.whoosh.container import Array, Container, ContainerWriter
from search.engines.whoosh.dictionary import cumulative, encoded, narrow
from search.model import Article

RARE = 0
"""The code of a unit that is told in its own letters; the others have those from 1 on."""

SLOT = 16
"""Bytes for a unit and the space behind it, filled up with zeros; longer ones get no code. Fewer are as much longer as
wider slots would be."""

_MOST_CODES = (1 << 16) - 1
_CODE = np.dtype("<u2")
_HERE = records.HERE.encode()
_FILLING = b"\0"
_STRETCH = 4096  # articles written at a time


class Units(dict[str, int]):
    """Units numbered in the order in which they are first asked for. `texts`: by number."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self.texts)
        self.texts.append(text)
        return number


class StoredWriter:
    """Gathers the articles of one segment in the order of their numbers. `units` may go on to another segment."""

    def __init__(self, units: Units) -> None:
        self.units = units
        self._numbers = array("I")
        self._sizes = array("I")  # units of each article

    def add(self, article: Article) -> None:
        """Add the next article."""
        units = records.spelled(article).split(" ")
        self._sizes.append(len(units))
        self._numbers.extend(map(self.units.__getitem__, units))

    def packed(self) -> tuple[bytes, bytes]:
        """What was added, as numbers of `units`."""
        return self._numbers.tobytes(), self._sizes.tobytes()

    def absorb(self, packed: tuple[bytes, bytes], units: Array) -> None:
        """Add the articles that another writer `packed`; `units`: of each of its numbers, the one here."""
        numbers, sizes = packed
        self._numbers.frombytes(units[np.frombuffer(numbers, dtype=np.uint32)].tobytes())
        self._sizes.frombytes(sizes)

    def merge(self, stored: StoredArticles, live: Array | None) -> None:
        """Add the articles of another segment, of which `live` is the mask; None: all."""
        codes, sizes, rare = stored.everything(live)
        known = np.fromiter(map(self.units.__getitem__, stored.units()), dtype=np.uint32)
        numbers = known[codes]
        numbers[codes == RARE] = np.fromiter(map(self.units.__getitem__, rare), dtype=np.uint32, count=len(rare))
        self._numbers.frombytes(numbers.tobytes())
        self._sizes.frombytes(sizes.astype(np.uint32).tobytes())

    def write(self, out: ContainerWriter) -> None:
        """Write the sections `units, blob, starts`."""
        numbers = np.array(self._numbers, dtype=np.uint32)
        code_of = self._write_units(out, np.bincount(numbers, minlength=len(self.units)))
        lengths = array("Q")
        out.begin("stored.blob", "u1")
        low = 0
        for first in range(0, len(self._sizes), _STRETCH):
            sizes = np.array(self._sizes[first : first + _STRETCH], dtype=np.int64)
            high = low + int(sizes.sum())
            rows = self._rows(numbers[low:high], code_of, sizes)
            lengths.extend(map(len, rows))
            out.append(b"".join(rows))
            low = high
        out.end()
        out.add("stored.starts", narrow(cumulative(np.array(lengths, dtype=np.uint64))))

    def _rows(self, numbers: Array, code_of: Array, sizes: Array) -> list[bytes]:
        """The articles of so many units each as they are stored."""
        codes = code_of[numbers]
        places = np.flatnonzero(codes == RARE)
        rare = list(map(self.units.texts.__getitem__, numbers[places].tolist()))
        ends = np.cumsum(sizes)
        row = codes.tobytes()
        cuts = zip((2 * (ends - sizes)).tolist(), (2 * ends).tolist())
        rare_ends = np.searchsorted(places, ends).tolist()
        return [
            encoded(" ".join(rare[first:last])) + _HERE + row[low:high]
            for (low, high), first, last in zip(cuts, (0, *rare_ends), rare_ends)
        ]

    def _write_units(self, out: ContainerWriter, counts: Array) -> Array:
        """Write the units that get codes; the code of each number."""
        often = np.flatnonzero(counts > 1)
        texts = [encoded(self.units.texts[number]) for number in often.tolist()]
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        # By the bytes that a code saves, so that the units met most stand together; then by text, so that the same
        # articles always make the same file.
        saved = (counts[often] - 1) * (lengths + 1)
        saved[lengths >= SLOT] = 0
        order = np.array(sorted(range(len(texts)), key=texts.__getitem__), dtype=np.int64)
        order = order[np.argsort(-saved[order], kind="stable")][:_MOST_CODES]
        chosen = order[saved[order] > 0]
        slots = [(texts[place] + b" ").ljust(SLOT, _FILLING) for place in chosen.tolist()]
        out.add("stored.units", b"".join([(_HERE + b" ").ljust(SLOT, _FILLING), *slots]))
        code_of = np.full(len(counts), RARE, dtype=_CODE)
        code_of[often[chosen]] = np.arange(1, len(chosen) + 1)
        return code_of


class StoredArticles:
    """The stored articles of a segment. Safe from many threads."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._read, self._start = container.reader("stored.blob"), container.getter("stored.starts")

    @cached_property
    def _slots(self) -> Array:
        return self._container.array("stored.units").view("<u8").reshape(-1, SLOT // 8)

    def units(self) -> list[str]:
        """The units by code."""
        return self._text(np.arange(len(self._slots))).split(" ")

    def _text(self, codes: Array) -> str:
        """The text of these units, with the mark where a rare one is."""
        slots = self._slots.take(codes, axis=0).tobytes()
        return slots.translate(None, _FILLING)[:-1].decode("utf-8", "surrogatepass")

    def article(self, document: int, id_: str) -> Article:
        """An article, whose id is kept elsewhere. Equal to the one that was added."""
        row = self._read(self._start(document), self._start(document + 1))
        rare, _, codes = row.partition(_HERE)
        text = self._text(np.frombuffer(codes, dtype=_CODE))
        before, *parts = text.split(records.HERE)
        if parts:
            units = rare.decode("utf-8", "surrogatepass").split(" ")
            text = before + "".join(chain.from_iterable(zip(units, parts)))
        return records.read_spelled(text, id_)

    def everything(self, live: Array | None) -> tuple[Array, Array, list[str]]:
        """The codes of all articles, how many each has, and the units for which RARE stands. `live`: a mask of the
        articles that are wanted; None: all."""
        starts = self._container.array("stored.starts").tolist()
        wanted = range(len(starts) - 1) if live is None else np.flatnonzero(live).tolist()
        rows = [self._read(starts[document], starts[document + 1]).partition(_HERE) for document in wanted]
        codes = [row[2] for row in rows]
        sizes = np.fromiter(map(len, codes), np.uint32, len(codes)) // np.uint32(_CODE.itemsize)
        numbers = np.frombuffer(b"".join(codes), dtype=_CODE)
        # One rare unit may be empty, so what stands there does not tell whether there is one.
        ends = np.cumsum(sizes, dtype=np.int64)
        counts = np.diff(np.searchsorted(np.flatnonzero(numbers == RARE), np.append(0, ends)))
        texts = [rows[place][0] for place in np.flatnonzero(counts).tolist()]
        return numbers, sizes, b" ".join(texts).decode("utf-8", "surrogatepass").split(" ") if texts else []
