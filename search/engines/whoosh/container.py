"""One file that holds many named arrays: what a segment of the index is made of.

Written once, front to back, then only mapped. A directory at the end names the sections; a checksum for each 64 KiB
block is verified the first time that block is read, so opening costs nothing and a flipped byte is still an error
that names the file, never a wrong answer.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from search.errors import IndexCorrupt

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]
else:
    Array = np.ndarray

FORMAT_VERSION = 2
"""Raised whenever a section changes its meaning; another version is refused."""

_MAGIC = b"CARISEG\x01"
_BLOCK = 64 * 1024
_ALIGN = 16
# Start of the directory, its length, its checksum, the version, the magic again: fixed size, at the very end.
_TRAILER = struct.Struct("<QII I 8s")


class ContainerWriter:
    """Writes sections one after the other. Nothing is readable before `close`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO = path.open("wb")
        self._sections: dict[str, tuple[int, int, str]] = {}
        self._sums: list[int] = []
        self._crc = 0
        self._filled = 0
        self._position = 0
        self._open: tuple[str, int, str] | None = None
        self._write(_MAGIC)

    def _write(self, data: bytes | memoryview) -> None:
        view = memoryview(data).cast("B") if data else memoryview(b"")
        self._file.write(view)
        self._position += len(view)
        while view:
            part = view[: _BLOCK - self._filled]
            self._crc = zlib.crc32(part, self._crc)
            self._filled += len(part)
            view = view[len(part) :]
            if self._filled == _BLOCK:
                self._sums.append(self._crc)
                self._crc = self._filled = 0

    def begin(self, name: str, dtype: str) -> None:
        """Start a section of elements of `dtype` (a NumPy type string)."""
        assert self._open is None, "a section is open already"
        if name in self._sections:
            raise ValueError(f"section {name!r} is there already")
        self._write(b"\0" * (-self._position % _ALIGN))
        self._open = (name, self._position, dtype)

    def append(self, values: Array | bytes) -> None:
        """Add elements to the open section."""
        assert self._open is not None, "no section is open"
        if isinstance(values, bytes):
            self._write(values)
        elif values.size:
            self._write(np.ascontiguousarray(values, dtype=self._open[2]).data)

    def end(self) -> None:
        """Finish the open section."""
        assert self._open is not None, "no section is open"
        name, start, dtype = self._open
        self._sections[name] = (start, self._position - start, dtype)
        self._open = None

    def add(self, name: str, values: Array | bytes) -> None:
        """Write a whole section."""
        self.begin(name, "u1" if isinstance(values, bytes) else values.dtype.str)
        self.append(values)
        self.end()

    def add_parts(self, name: str, dtype: str, parts: Iterable[Array | bytes]) -> None:
        """Write a section from parts that need not be in memory together."""
        self.begin(name, dtype)
        for part in parts:
            self.append(part)
        self.end()

    def alias(self, name: str, other: str) -> None:
        """Give a section that is there a second name."""
        self._sections[name] = self._sections[other]

    def close(self) -> None:
        """Write the directory and make the file safe on disk."""
        if self._filled:
            self._sums.append(self._crc)
        directory = json.dumps(
            {"length": self._position, "sections": self._sections, "sums": self._sums}, separators=(",", ":")
        ).encode()
        self._file.write(directory)
        self._file.write(_TRAILER.pack(self._position, len(directory), zlib.crc32(directory), FORMAT_VERSION, _MAGIC))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abort(self) -> None:
        """Close and delete what was written so far."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class Container:
    """A mapped file of sections. Arrays are views into the map, read-only; safe from many threads.

    Raises IndexCorrupt, naming the file, for anything that is not what was written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:  # an empty file cannot be mapped
            raise self._corrupt("it is empty") from error
        self._read_directory()
        # One more than there are blocks: a read may end where the last block does.
        self._verified = bytearray(len(self._sums) + 1)

    def _corrupt(self, what: str) -> IndexCorrupt:
        return IndexCorrupt(
            f"Index file {self.path} is damaged: {what}.", hint="Build the index again with `cari build`."
        )

    def _read_directory(self) -> None:
        data = memoryview(self._map)
        if len(data) < len(_MAGIC) + _TRAILER.size or bytes(data[: len(_MAGIC)]) != _MAGIC:
            raise self._corrupt("it does not begin as an index file")
        start, length, crc, version, magic = _TRAILER.unpack(data[-_TRAILER.size :])
        if magic != _MAGIC or start + length + _TRAILER.size != len(data):
            raise self._corrupt("it is cut short or has a wrong ending")
        raw = data[start : start + length]
        if zlib.crc32(raw) != crc:
            raise self._corrupt("its directory does not match its checksum")
        if version != FORMAT_VERSION:
            raise self._corrupt(f"it has format {version}, and this program reads {FORMAT_VERSION}")
        directory = json.loads(bytes(raw))
        self._length: int = directory["length"]
        self._sections: dict[str, tuple[int, int, str]] = directory["sections"]
        self._sums: list[int] = directory["sums"]

    def _verify(self, start: int, end: int) -> None:
        verified, view = self._verified, memoryview(self._map)
        for block in range(start // _BLOCK, (end + _BLOCK - 1) // _BLOCK):
            if not verified[block]:
                low = block * _BLOCK
                if zlib.crc32(view[low : min(low + _BLOCK, self._length)]) != self._sums[block]:
                    raise self._corrupt(f"block {block} does not match its checksum")
                verified[block] = 1

    def verify(self) -> None:
        """Read and check every byte."""
        self._verify(0, self._length)

    def __contains__(self, name: str) -> bool:
        return name in self._sections

    def names(self) -> tuple[str, ...]:
        """The names of all sections."""
        return tuple(self._sections)

    def count(self, name: str) -> int:
        """Elements in a section."""
        _, size, dtype = self._sections[name]
        return size // np.dtype(dtype).itemsize

    def array(self, name: str, low: int = 0, high: int | None = None) -> Array:
        """Elements `[low, high)` of a section (all of them by default), without copying."""
        start, size, dtype = self._section(name)
        width = np.dtype(dtype).itemsize
        high = size // width if high is None else high
        if not 0 <= low <= high <= size // width:
            raise self._corrupt(f"section {name!r} is asked for elements that it does not hold")
        begin = start + low * width
        self._verify(begin, start + high * width)
        return np.frombuffer(self._map, dtype=dtype, count=high - low, offset=begin)

    def slice(self, name: str, low: int, high: int) -> bytes:
        """Bytes `[low, high)` of a section of bytes, copied."""
        return self.array(name, low, high).tobytes()

    def reader(self, name: str) -> Callable[[int, int], bytes]:
        """A function that copies bytes `[low, high)` of a section, for the many small reads of a binary search."""
        start, size, _ = self._section(name)
        data, verified, shift = self._map, self._verified, _BLOCK.bit_length() - 1

        def read(low: int, high: int) -> bytes:
            begin, end = start + low, start + high
            if not (verified[begin >> shift] and verified[end >> shift]):
                if not 0 <= low <= high <= size:
                    raise self._corrupt(f"section {name!r} is asked for elements that it does not hold")
                self._verify(begin, end + 1 if high < size else end)
            return data[begin:end]

        return read

    def taker(self, name: str) -> Callable[[int, int], Array]:
        """The same for elements: what `array` gives, for callers that take many pieces of one section."""
        start, size, dtype = self._section(name)
        width, shift, verified = np.dtype(dtype).itemsize, _BLOCK.bit_length() - 1, self._verified
        whole = np.frombuffer(self._map, dtype=dtype, count=size // width, offset=start)

        def take(low: int, high: int) -> Array:
            begin, end = start + low * width, start + high * width
            first, last = begin >> shift, end >> shift
            if last - first > 1 or not (verified[first] and verified[last]):
                if not 0 <= low <= high <= size // width:
                    raise self._corrupt(f"section {name!r} is asked for elements that it does not hold")
                self._verify(begin, end)
            return whole[low:high]

        return take

    def unchecked(self, name: str) -> Array:
        """All elements of a section, unverified: to look up some of what has been taken before, and so checked."""
        start, size, dtype = self._section(name)
        return np.frombuffer(self._map, dtype=dtype, count=size // np.dtype(dtype).itemsize, offset=start)

    def getter(self, name: str) -> Callable[[int], int]:
        """A function that gives one number of a section, for look-ups here and there in a long one."""
        start, size, dtype = self._section(name)
        width, verified, shift = np.dtype(dtype).itemsize, self._verified, _BLOCK.bit_length() - 1
        whole = np.frombuffer(self._map, dtype=dtype, count=size // width, offset=start)
        # A memory view gives Python numbers three times as fast as an array does.
        view = memoryview(whole.astype(whole.dtype.newbyteorder("="), copy=False))  # type: ignore[arg-type]

        def get(place: int) -> int:
            begin = start + place * width
            if not verified[begin >> shift]:
                if not 0 <= place < len(view):
                    raise self._corrupt(f"section {name!r} is asked for elements that it does not hold")
                self._verify(begin, begin + width)
            return view[place]

        return get

    def picker(self, name: str) -> Callable[..., Array]:
        """A function that gives the elements at many places of a section, and reads no more than it needs for that.
        Called with `witnesses`, it checks the blocks of these places alone: the ends of short runs stand for the rest.
        """
        start, size, dtype = self._section(name)
        width, shift = np.dtype(dtype).itemsize, _BLOCK.bit_length() - 1
        whole = np.frombuffer(self._map, dtype=dtype, count=size // width, offset=start)
        flags = np.frombuffer(self._verified, dtype=np.uint8)
        mine = flags[start >> shift : (start + max(size, 1) - 1 >> shift) + 1]
        complete = False

        def pick(places: Array, witnesses: Array | None = None) -> Array:
            nonlocal complete
            if not complete:
                blocks = (places if witnesses is None else witnesses) * width
                blocks += start
                blocks >>= shift
                seen = flags.take(blocks)
                if not seen.all():
                    for block in np.bincount(blocks[seen == 0]).nonzero()[0].tolist():
                        self._verify(block << shift, block + 1 << shift)
                    complete = bool(mine.all())
            return whole.take(places)

        return pick

    def _section(self, name: str) -> tuple[int, int, str]:
        try:
            return self._sections[name]
        except KeyError:
            raise self._corrupt(f"it lacks the section {name!r}") from None
