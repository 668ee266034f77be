"""One stream of bytes to read articles from: a file or standard input, gunzipped, bounded, and looked at
from the front without losing what was looked at. First step of reading; knows nothing of formats.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

HEAD_BYTES = 65_536
"""How much of a file is looked at to tell its format and encoding."""

_GZIP_RATIO = 250  # deflate reaches 1032:1 on one repeated byte, but text of any language stays below 30:1
_GZIP_FREE = 16 << 20  # the ratio is only looked at once this many bytes have come out


class UnreadableError(Exception):
    """A source, or the rest of one, cannot be read; the message is the reason for the report."""


class Source:
    """A named stream. `name`: for reports; `head`: the first bytes, uncompressed; `stream`: all of them, to be
    read once."""

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self.name = name
        head, rest = _look(stream)
        if head[:2] == b"\x1f\x8b":
            head, rest = _look(_Unzipped(_Rejoined(head, rest)))
        self.head = head
        self.stream = io.BufferedReader(_Rejoined(head, rest), HEAD_BYTES)

    @property
    def suffix(self) -> str:
        """The last suffix of the name in lower case, without a `.gz` behind it."""
        name = os.path.basename(self.name.lower().removesuffix(".gz"))  # noqa: PTH119 (much faster than a Path)
        dot = name.rfind(".")
        return name[dot:] if 0 < dot < len(name) - 1 else ""

    def at(self, line: int) -> str:
        """The place of a line of this source, for reports."""
        return f"{self.name}:{line}"

    def item(self, number: int) -> str:
        """The place of an item of this source, counted from 1, for reports."""
        return f"{self.name}#{number}"

    def read(self, limit: int) -> bytes:
        """Everything. Raises UnreadableError where that is more than `limit` bytes."""
        content = self.stream.read(min(limit, HEAD_BYTES) + 1)
        if len(content) > HEAD_BYTES:  # only then is room made for a long one
            content += self.stream.read(limit + 1 - len(content))
        if len(content) > limit:
            raise UnreadableError(f"longer than {limit:,} bytes")
        return content


@contextmanager
def open_source(name: str, path: str | None, *, explicit: bool) -> Iterator[Source]:
    """Open a file (or standard input, `path` None). What is neither a file nor, when named by the user
    (`explicit`), a pipe is not opened: it could wait for ever. Raises UnreadableError, OSError."""
    if path is None:
        if sys.stdin is None:  # the shell closed it (`<&-`)
            raise UnreadableError("closed")
        yield Source(name, sys.stdin.buffer)
        return
    kind = os.stat(path).st_mode  # noqa: PTH116
    if stat.S_ISDIR(kind):
        raise UnreadableError("a folder that cannot be listed")
    if not stat.S_ISREG(kind) and not (explicit and (stat.S_ISFIFO(kind) or stat.S_ISCHR(kind))):
        raise UnreadableError("not a regular file")
    with open(path, "rb") as stream:  # noqa: PTH123
        yield Source(name, stream)


def _look(stream: io.RawIOBase | BinaryIO) -> tuple[bytes, io.RawIOBase | BinaryIO]:
    """The first bytes of a stream (a pipe may give them in pieces), and the stream. Where it breaks soon, what came
    before is kept, and reading on says why."""
    parts: list[bytes] = []
    missing = HEAD_BYTES
    while missing:
        try:
            part = stream.read(missing)
        except UnreadableError as fault:
            if not parts:
                raise
            return b"".join(parts), _Broken(fault)
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts), stream


class _Broken(io.RawIOBase):
    """What is behind the place where a stream broke."""

    def __init__(self, fault: UnreadableError) -> None:
        self._fault = fault

    def readable(self) -> bool:
        return True

    def readinto(self, target: object) -> int:
        raise self._fault


class _Rejoined(io.RawIOBase):
    """Bytes that were taken from a stream, and then the stream."""

    def __init__(self, head: bytes, rest: io.RawIOBase | BinaryIO) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, target: object) -> int:
        buffer = memoryview(cast(bytearray, target)).cast("B")
        if self._head:
            count = min(len(buffer), len(self._head))
            buffer[:count] = self._head[:count]
            self._head = self._head[count:]
            return count
        part = self._rest.read(len(buffer)) or b""
        buffer[: len(part)] = part
        return len(part)


class _Unzipped(io.RawIOBase):
    """A gunzipped stream that stops at what no text compresses to, so that a bomb cannot fill disk or
    memory."""

    def __init__(self, stream: io.RawIOBase) -> None:
        self._packed = _Counted(stream)
        self._plain = gzip.GzipFile(fileobj=cast(BinaryIO, self._packed))
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: object) -> int:
        buffer = memoryview(cast(bytearray, target)).cast("B")
        try:
            part = self._plain.read1(len(buffer))
        except (OSError, EOFError, zlib.error) as fault:
            raise UnreadableError(f"broken gzip data ({fault})") from fault
        self._given += len(part)
        if self._given > _GZIP_FREE and self._given > _GZIP_RATIO * self._packed.taken:
            raise UnreadableError(f"gzip data that unpacks to more than {_GZIP_RATIO} times its size")
        buffer[: len(part)] = part
        return len(part)


class _Counted:
    """Counts what is read from a stream."""

    def __init__(self, stream: io.RawIOBase) -> None:
        self._stream = stream
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        part = self._stream.read(size) or b""
        self.taken += len(part)
        return part


def walk(folder: str) -> Iterator[tuple[str, bool]]:
    """Every file under a folder, sorted by name, hidden files and folders left out, each real folder entered
    once (so that a loop of symbolic links ends). The README at the top is about the folder, and is left out
    too. With each, whether it is known to be a regular file."""
    waiting = [folder]
    entered: set[tuple[int, int]] = set()
    while waiting:
        current = waiting.pop()
        try:
            status = os.stat(current)  # noqa: PTH116 (a Path for every name costs on large folders)
            with os.scandir(current) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            yield current, False  # opening it will give the reason for the report
            continue
        if (status.st_dev, status.st_ino) in entered:
            continue
        entered.add((status.st_dev, status.st_ino))
        above = "" if current == os.curdir else os.path.join(current, "")  # noqa: PTH118
        folders = []
        for entry in entries:
            name = entry.name
            if name.startswith(".") or (current == folder and name.lower() in ("readme.md", "readme.txt")):
                continue
            try:
                folder_too, regular = entry.is_dir(), entry.is_file(follow_symlinks=False)
            except OSError:
                folder_too = regular = False  # opening it will give the reason
            if folder_too:
                folders.append(above + name)
            else:
                yield above + name, regular
        waiting.extend(reversed(folders))
