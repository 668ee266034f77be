"""What came of portions in earlier runs: for each key the digests of its articles, so that a file which gives what the
index holds already need not be parsed.

The ledger says nothing of the index: a key and the digests are true for ever, and whether the index holds these
articles is asked of the index itself, within the transaction. So it may be lost, damaged, old or another index's; the
worst of it is that files are parsed again.
"""

from __future__ import annotations

import contextlib
import json
import struct
from array import array
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

import numpy as np

from search.engines.whoosh.container import Array
from search.model import Article, Portion

FILE_NAME = "portions.known"
KEY_BYTES = 16

_MAGIC = b"cari portions 1\n"
_SUM_BYTES = 16
_COUNTS = struct.Struct("<QQ")  # entries, articles
_EXCESS, _FREE = 4, 10_000
"""Entries that no run asks for any more (files that were renamed) are dropped when more is kept than so many times the
articles of the index, and so many more."""


class Writer(Protocol):
    """What the ledger asks of a transaction."""

    replaced: set[int]

    def add(self, article: Article) -> int:
        """Add or update; the article's digest."""

    def keep(self, count: int) -> None:
        """Count articles as unchanged."""

    def old_digests(self) -> list[Array]:
        """Digests of the articles that the index held and holds."""


class Ledger:
    """Takes the portions of one transaction. Opens and reads nothing before the first. For the lock's holder."""

    def __init__(self, folder: Path, writer: Writer) -> None:
        self._path, self._writer = folder / FILE_NAME, writer
        self._old: _Entries | None = None
        self._rows: dict[bytes, int] = {}
        self._starts: list[int] = []
        self._met = bytearray()
        # What this run read: flat, since there may be a million files.
        self._keys, self._sizes, self._digests = bytearray(), array("Q"), array("Q")
        self._notes: dict[int, str] = {}

    def take(self, portion: Portion) -> None:
        """Count the articles of a portion as unchanged where the index holds them all; else read and add them."""
        if self._old is None:
            self._old = self._open()
        row = self._rows.get(portion.key)
        if row is not None and self._is_held(self._old, row):
            count = self._starts[row + 1] - self._starts[row]
            self._writer.keep(count)
            self._met[row] = 1
            portion.recall(count, self._old.notes.get(row, ""))
            return
        self._rows.pop(portion.key, None)
        before = len(self._digests)
        self._digests.extend(map(self._writer.add, portion.read()))
        notes = portion.notes()
        if notes is None:
            del self._digests[before:]
            return
        if notes:
            self._notes[len(self._sizes)] = notes
        self._keys += portion.key
        self._sizes.append(len(self._digests) - before)

    def _open(self) -> _Entries:
        entries = _Entries.load(self._path)
        self._starts = entries.starts.tolist()
        held = np.isin(entries.digests, np.concatenate([np.zeros(0, np.uint64), *self._writer.old_digests()]))
        missing = np.concatenate([[0], np.cumsum(~held)])[entries.starts]
        whole = (missing[1:] == missing[:-1]).tolist()
        self._rows = {key: row for row, key in enumerate(entries.keys) if whole[row]}
        self._met = bytearray(len(entries.keys))
        return entries

    def _is_held(self, entries: _Entries, row: int) -> bool:
        """What an earlier portion of this run replaced is not held any more."""
        replaced = self._writer.replaced
        return not replaced or replaced.isdisjoint(
            entries.digests[self._starts[row] : self._starts[row + 1]].tolist()
        )

    def save(self, articles: int) -> None:
        """Remember what is new. `articles`: in the index. Where it cannot be written, the next run parses again."""
        if self._old is None or not self._sizes:
            return
        old, rows = self._old, self._kept(articles)
        chosen = np.zeros(len(old.keys), bool)
        chosen[rows] = True
        sizes = np.diff(old.starts)
        notes = {place: old.notes[row] for place, row in enumerate(rows) if row in old.notes}
        entries = _Entries(
            [*(old.keys[row] for row in rows), *_cut(bytes(self._keys))],
            np.cumsum([0, *sizes[chosen].tolist(), *self._sizes]),
            np.concatenate([old.digests[np.repeat(chosen, sizes)], np.array(self._digests, np.uint64)]),
            {**notes, **{len(rows) + place: told for place, told in self._notes.items()}},
        )
        with contextlib.suppress(OSError):
            entries.save(self._path)

    def _kept(self, articles: int) -> list[int]:
        """The rows of old entries that are worth keeping, in order."""
        rows = sorted(self._rows.values())  # a key that stands there twice would not be in its place
        room = _EXCESS * articles + _FREE - len(self._sizes) - len(self._digests)
        if len(rows) + self._starts[-1] <= room:
            return rows
        kept = []
        for row in reversed(rows):
            room -= 1 + self._starts[row + 1] - self._starts[row]
            if room >= 0 or self._met[row]:
                kept.append(row)
        return kept[::-1]


class _Entries:
    """The file: keys, where the digests of each begin, the digests, and the notes of the few rows that have any."""

    def __init__(self, keys: list[bytes], starts: Array, digests: Array, notes: dict[int, str]) -> None:
        self.keys, self.starts, self.digests, self.notes = keys, starts, digests, notes

    @classmethod
    def load(cls, path: Path) -> _Entries:
        """What is in the file; nothing where there is none or it is damaged."""
        try:
            content = path.read_bytes()
            payload = memoryview(content)[len(_MAGIC) + _SUM_BYTES :]
            if content[: -len(payload)] != _MAGIC + _sum(payload):
                raise ValueError
            entries, articles = _COUNTS.unpack_from(payload)
            at = _COUNTS.size
            ends = np.cumsum([entries * KEY_BYTES, (entries + 1) * 8, articles * 8]) + at
            keys = bytes(payload[at : ends[0]])
            return cls(
                _cut(keys),
                np.frombuffer(payload[ends[0] : ends[1]], "<u8").astype(np.int64),
                np.frombuffer(payload[ends[1] : ends[2]], "<u8"),
                {int(row): told for row, told in json.loads(bytes(payload[ends[2] :])).items()},
            )
        except (OSError, ValueError, struct.error):  # the sum matches only what `save` wrote
            return cls([], np.zeros(1, np.int64), np.zeros(0, np.uint64), {})

    def save(self, path: Path) -> None:
        """Replace the file in one step. Not synced: what a power failure leaves is checked when it is read."""
        payload = b"".join(
            [
                _COUNTS.pack(len(self.keys), len(self.digests)), *self.keys, self.starts.astype("<u8").tobytes(),
                self.digests.astype("<u8").tobytes(), json.dumps(self.notes).encode(),
            ]
        )  # fmt: skip
        temporary = path.with_name(path.name + ".tmp")  # one name, so that a killed writer's is written over
        try:
            temporary.write_bytes(_MAGIC + _sum(payload) + payload)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _cut(keys: bytes) -> list[bytes]:
    return [keys[start : start + KEY_BYTES] for start in range(0, len(keys), KEY_BYTES)]


def _sum(payload: bytes | memoryview) -> bytes:
    return blake2b(payload, digest_size=_SUM_BYTES).digest()
