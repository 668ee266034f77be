"""Stored articles: each is a row of numbers of two bytes for its units, the texts between single spaces.

The units that save most by it have codes; what they are is said in a table, in slots of one width, so that reading an
article is taking its slots and leaving out what fills them up. The rare ones stand before the row as they are. This
takes a third less room than zlib does. A segment has one table, or those of the large ones from which it was merged:
their rows are copied as they are.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np

from search.engines.whoosh import records
from search.engines.whoosh.container import Array, Container, ContainerWriter
from search.engines.whoosh.dictionary import all_encoded, cumulative, encoded, narrow
from search.language.numbering import Units
from search.model import Article

RARE = 0
"""The code of a unit that is told in its own letters; the others have those from 1 on."""

SLOT = 16
"""Bytes for a unit and the space behind it, filled up with zeros; longer ones get no code. Fewer are as much longer as
wider slots would be."""

_MOST_CODES = (1 << 16) - 1
_CODE = np.dtype("<u2")
_HERE = records.HERE.encode()
_FILLING = b"\0"  # as NumPy has it
_STRETCH = 4096  # articles written at a time
_PIECE = 1 << 22  # bytes copied at a time

LASTING = 10_000
"""Articles for which a table is kept when its segment is merged; those of fewer would add up, and save less."""


class _Run(NamedTuple):
    """Articles in the order of their numbers: the numbers of their units, and how many units each has."""

    numbers: array[int]
    sizes: array[int]


class _Kept(NamedTuple):
    """Articles of a segment that keep their codes; `live`: a mask of those that remain, None: all."""

    stored: StoredArticles
    live: Array | None


class StoredWriter:
    """Gathers the articles of one segment in the order of their numbers. `units` may go on to another segment."""

    def __init__(self, units: Units) -> None:
        self.units = units
        self._before: list[_Run | _Kept] = []
        self._numbers = array("I")
        self._sizes = array("I")  # units of each article

    def add(self, article: Article, title: Sequence[int], body: Sequence[int]) -> None:
        """Add the next article, of which title and body are given as the numbers of their units."""
        row, unit = self._numbers, self.units.__getitem__
        before = len(row)
        front, back = records.beside_text(article)
        if front == records.AS_RECORD:
            row.extend(self.units.numbers(f"{front} {back}"))
        else:
            row.append(unit(front))
            row.extend(title)
            row.append(unit(records.MARK))
            row.extend(body)
            if back:
                row.extend(self.units.numbers(back))
        self._sizes.append(len(row) - before)

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
        size = len(stored) if live is None else int(np.count_nonzero(live))
        if size >= LASTING * len(stored.firsts):
            if self._sizes:
                self._before.append(_Run(self._numbers, self._sizes))
                self._numbers, self._sizes = array("I"), array("I")
            self._before.append(_Kept(stored, live))
            return
        codes, sizes, rare = stored.everything(live)
        known = np.fromiter(map(self.units.__getitem__, stored.units()), dtype=np.uint32)
        numbers = known[codes]
        numbers[codes == RARE] = np.fromiter(map(self.units.__getitem__, rare), dtype=np.uint32, count=len(rare))
        self._numbers.frombytes(numbers.tobytes())
        self._sizes.frombytes(sizes.astype(np.uint32).tobytes())

    def write(self, out: ContainerWriter) -> None:
        """Write the sections `units, tables, firsts, blob, starts`."""
        parts = list(self._before)
        if self._sizes or not parts:
            parts.append(_Run(self._numbers, self._sizes))
        codes = self._write_tables(out, parts)
        lengths: list[Array] = []
        out.begin("stored.blob", "u1")
        for part, code_of in zip(parts, codes):
            if isinstance(part, _Kept):
                lengths.append(part.stored.copy(out, part.live))
            else:
                lengths += self._write_run(out, part, code_of)
        out.end()
        out.add("stored.starts", narrow(cumulative(np.concatenate(lengths))))

    def _write_tables(self, out: ContainerWriter, parts: list[_Run | _Kept]) -> list[Array]:
        """Write the tables and where each begins, in itself and among the articles; for runs, the code of each unit."""
        begins, firsts, codes = [0], [], []
        documents = 0
        out.begin("stored.units", "u1")
        for part in parts:
            if isinstance(part, _Kept):
                stored, live = part
                out.append(stored.table_bytes())
                before = np.arange(len(stored) + 1) if live is None else np.append(0, np.cumsum(live))
                firsts += [documents + int(before[first]) for first in stored.firsts]
                begins += [begins[-1] + begin for begin in stored.begins[1:]]
                documents += int(before[-1])
                codes.append(np.zeros(0, dtype=_CODE))
            else:
                counts = np.bincount(np.asarray(part.numbers), minlength=len(self.units))
                table, code_of = self._table(counts)
                out.append(table)
                firsts.append(documents)
                begins.append(begins[-1] + len(table) // SLOT)
                documents += len(part.sizes)
                codes.append(code_of)
        out.end()
        out.add("stored.tables", narrow(np.array(begins)))
        out.add("stored.firsts", narrow(np.array(firsts)))
        return codes

    def _write_run(self, out: ContainerWriter, run: _Run, code_of: Array) -> Iterator[Array]:
        """Write articles as rows of codes; the lengths of the rows."""
        numbers, every = np.asarray(run.numbers), np.asarray(run.sizes)
        low = 0
        for first in range(0, max(len(every), 1), _STRETCH):
            sizes = every[first : first + _STRETCH].astype(np.int64)
            high = low + int(sizes.sum())
            rows = self._rows(numbers[low:high], code_of, sizes)
            out.append(b"".join(rows))
            low = high
            yield np.fromiter(map(len, rows), np.uint64, len(rows))

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

    def _table(self, counts: Array) -> tuple[bytes, Array]:
        """The slots of the units that get codes, and the code of each number. `counts`: how often each is used."""
        often = np.flatnonzero(counts > 1)
        texts = list(map(self.units.texts.__getitem__, often.tolist()))
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        # By the characters that a code saves, so that the units met most stand together; then by text, so that the
        # same articles always make the same file.
        saved = (counts[often] - 1) * (lengths + 1)
        saved[lengths >= SLOT] = 0
        least = np.partition(saved, -_MOST_CODES)[-_MOST_CODES] if len(saved) > _MOST_CODES else 1
        likely = np.flatnonzero(saved >= max(least, 1)).tolist()
        order = np.array(sorted(likely, key=texts.__getitem__), dtype=np.int64)
        order = order[np.argsort(-saved[order], kind="stable")][:_MOST_CODES]
        slots = all_encoded([texts[place] + " " for place in order.tolist()])
        fits = np.fromiter(map(len, slots), np.int64, len(slots)) <= SLOT
        chosen = often[order[fits]]
        code_of = np.full(len(counts), RARE, dtype=_CODE)
        code_of[chosen] = np.arange(1, len(chosen) + 1)
        table = np.array([_HERE + b" ", *slots], dtype=f"S{SLOT}")
        return table[np.append(True, fits)].tobytes(), code_of


class StoredArticles:
    """The stored articles of a segment. Safe from many threads."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._read, self._start = container.reader("stored.blob"), container.getter("stored.starts")

    def __len__(self) -> int:
        return self._container.count("stored.starts") - 1

    @cached_property
    def firsts(self) -> list[int]:
        """The first article of each table."""
        found: list[int] = self._container.array("stored.firsts").tolist()
        return found

    @cached_property
    def begins(self) -> list[int]:
        """Where the slots of each table begin, and last how many there are."""
        found: list[int] = self._container.array("stored.tables").tolist()
        return found

    def table_bytes(self) -> Array:
        """The slots of all tables."""
        return self._container.array("stored.units")

    @cached_property
    def _slots(self) -> Array:
        return self.table_bytes().view("<u8").reshape(-1, SLOT // 8)

    def units(self) -> list[str]:
        """The units of all tables, one table after the other."""
        return _text(self._slots, np.arange(len(self._slots))).split(" ")

    def article(self, document: int, id_: str) -> Article:
        """An article, whose id is kept elsewhere. Equal to the one that was added."""
        row = self._read(self._start(document), self._start(document + 1))
        rare, _, codes = row.partition(_HERE)
        slots = self._slots
        if len(self.firsts) > 1:
            slots = slots[self.begins[bisect_right(self.firsts, document) - 1] :]
        text = _text(slots, np.frombuffer(codes, dtype=_CODE))
        before, *parts = text.split(records.HERE)
        if parts:
            units = rare.decode("utf-8", "surrogatepass").split(" ")
            text = before + "".join(chain.from_iterable(zip(units, parts)))
        return records.read_spelled(text, id_)

    def copy(self, out: ContainerWriter, live: Array | None) -> Array:
        """Write the rows of live articles as they are; their lengths."""
        starts, blob = self._container.array("stored.starts"), self._container.taker("stored.blob")
        mask = np.ones(len(self), dtype=bool) if live is None else live
        for low, high in starts[np.flatnonzero(np.diff(mask, prepend=False, append=False))].reshape(-1, 2).tolist():
            for begin in range(low, high, _PIECE):
                out.append(blob(begin, min(begin + _PIECE, high)))
        return np.diff(starts)[mask].astype(np.uint64)

    def everything(self, live: Array | None) -> tuple[Array, Array, list[str]]:
        """The units of all articles by their places in `units`, how many each has, and the units for which RARE stands.
        `live`: a mask of the articles that are wanted; None: all."""
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
        if len(self.firsts) > 1:
            tables = np.searchsorted(self.firsts, np.array(wanted, dtype=np.int64), side="right") - 1
            numbers = numbers + (np.array(self.begins)[tables].repeat(sizes) * (numbers != RARE))
        return numbers, sizes, b" ".join(texts).decode("utf-8", "surrogatepass").split(" ") if texts else []


def _text(slots: Array, codes: Array) -> str:
    """The text of these units, with the mark where a rare one is."""
    found = slots.take(codes, axis=0).tobytes()
    return found.translate(None, _FILLING)[:-1].decode("utf-8", "surrogatepass")
