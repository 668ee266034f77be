"""Files as portions: each with a key of all that decides what comes of it, so that who remembers the key need not have
the file parsed. What is no file (a pipe) is read as it comes.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, cast

from search.model import Article, Portion, ReadOptions, Skipped
from search.reading.articles import Found, Run, printable
from search.reading.source import HEAD_BYTES, Source, UnreadableError

KEY_BYTES = 16

HELD_BYTES = 1 << 20
"""A file of no more is read once and held, since it may be parsed; a larger one is hashed first, in pieces."""

# What is a pipe all of a sudden must not be waited for.
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)

_LIBRARIES = frozenset(
    """
    charset_normalizer courlan dateparser feedparser htmldate justext lxml lxml_html_clean markdown_it_py mdurl pyyaml
    sgmllib3k trafilatura
    """.split()  # noqa: SIM905
)
"""What formats are read with, and what that reads with in its turn."""


def read_portions(
    sources: Sequence[str | Path],
    options: ReadOptions,
    *,
    on_skip: Callable[[Skipped], None] | None = None,
    on_file: Callable[[int, int], None] | None = None,
) -> Iterator[Article | Portion]:
    """As `read_articles`, with a portion in place of each file's articles. A portion must be used before the next
    is asked for. What was skipped in it is reported when it is read, and again when it is recalled."""
    run = Run(sources, options, on_skip, on_file)
    return _portions(run)


def _portions(run: Run) -> Iterator[Article | Portion]:
    start = _start(run.options)
    for found in run.files():
        portion = None if start is None else _portion(run, found, start)
        if portion is None:
            yield from run.articles(found)
        else:
            yield portion


def _start(options: ReadOptions) -> blake2b | None:
    """The beginning of every key: how files are read. None where the reading code cannot be told."""
    code = reading_code()
    how = (options.format and options.format.lower(), sorted(options.field_map.items()), options.max_chars)
    return blake2b(repr(how).encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES, key=code) if code else None


@cache
def reading_code() -> bytes | None:
    """A hash of what turns bytes into articles: this room, the dates of `search.language`, Python, and the versions of
    the libraries. None where the files cannot be looked at."""
    here = Path(__file__).parent
    code = blake2b(sys.version.encode(), digest_size=32)
    try:
        for path in sorted([*here.glob("*.py"), *here.glob("data/*"), here.parent / "language" / "dates.py"]):
            content = path.read_bytes()
            code.update(f"\n{path.name} {len(content)}\n".encode() + content)
    except OSError:
        return None
    code.update("\n".join(sorted(_installed())).encode("utf-8", "surrogateescape"))
    return code.digest()


def _installed() -> set[str]:
    """Names and versions of the libraries, as the names of folders tell: importlib.metadata takes ten times as long."""
    found: set[str] = set()
    for folder in dict.fromkeys(sys.path):
        with contextlib.suppress(OSError):  # not there, or an archive
            names = [path.name for path in Path(folder or os.curdir).iterdir() if path.name.endswith("-info")]
            found.update(name for name in names if name.partition("-")[0].lower() in _LIBRARIES)
    return found


def _portion(run: Run, found: Found, start: blake2b) -> Portion | None:
    """None where it is no file, or cannot be read as a whole: then reading it says why."""
    path = found.path
    if path is None:
        return None
    name = printable(path)
    key = start.copy()
    key.update(f"{name}\0{found.explicit:d}".encode())
    try:
        if not found.regular and not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116
            return None
        content = _whole(path)
        if content is None:
            return _LargePortion(run, path, name, found.explicit, key)
    except OSError:
        return None
    key.update(content)
    return _FilePortion(run, name, found.explicit, key.digest(), content)


def _whole(path: str) -> bytes | None:
    """The content of a file; None where it is longer than `HELD_BYTES`."""
    descriptor = os.open(path, _FLAGS)
    try:
        content = part = os.read(descriptor, HEAD_BYTES)
        # Some file systems give less than they have: only nothing is the end.
        while part and len(content) <= HELD_BYTES:
            part = os.read(descriptor, HEAD_BYTES)
            content += part
    finally:
        os.close(descriptor)
    return content if len(content) <= HELD_BYTES else None


class _FilePortion:
    """A file that is held in memory until the next one is asked for. See `search.model.Portion`."""

    __slots__ = ("_content", "_explicit", "_name", "_run", "_skipped", "key")

    def __init__(self, run: Run, name: str, explicit: bool, key: bytes, content: bytes) -> None:
        self.key = key
        self._run, self._name, self._explicit, self._content = run, name, explicit, content
        self._skipped: list[Skipped] = []

    def read(self) -> Iterator[Article]:
        self._skipped = []
        return self._run.articles_of(self._name, self._open(), self._explicit, self._skip)

    @contextlib.contextmanager
    def _open(self) -> Iterator[Source]:
        yield Source(self._name, io.BytesIO(self._content))

    def _skip(self, skipped: Skipped) -> None:
        self._skipped.append(skipped)
        self._run.skip(skipped)

    def notes(self) -> str | None:
        return json.dumps([[skipped.where, skipped.reason] for skipped in self._skipped]) if self._skipped else ""

    def recall(self, count: int, notes: str) -> None:
        for where, reason in json.loads(notes) if notes else ():
            self._run.skip(Skipped(where, reason))


class _LargePortion(_FilePortion):
    """A file that is read twice: for its key, and, where that is not known, for its articles. Those are only worth
    remembering if it held the same the second time. Raises OSError where it cannot be read the first time."""

    __slots__ = ("_path", "_start", "_sure")

    def __init__(self, run: Run, path: str, name: str, explicit: bool, start: blake2b) -> None:
        self._path, self._start, self._sure = path, start, False
        with open(path, "rb", buffering=0) as stream:  # noqa: PTH123
            super().__init__(run, name, explicit, _Hashed(stream, start.copy()).drain(), b"")

    @contextlib.contextmanager
    def _open(self) -> Iterator[Source]:
        self._sure = False
        with open(self._path, "rb", buffering=0) as stream:  # noqa: PTH123
            hashed = _Hashed(stream, self._start.copy())
            try:
                yield Source(self._name, cast(BinaryIO, hashed))
            except UnreadableError:
                self._sure = hashed.drain() == self.key
                raise
            self._sure = hashed.drain() == self.key

    def notes(self) -> str | None:
        return super().notes() if self._sure else None


class _Hashed:
    """A stream whose bytes are hashed as they are read."""

    def __init__(self, stream: io.RawIOBase, key: blake2b) -> None:
        self._stream, self._key = stream, key

    def read(self, size: int = -1) -> bytes:
        part = self._stream.read(size) or b""
        self._key.update(part)
        return part

    def drain(self) -> bytes:
        """Read what is left; the hash of all."""
        while self.read(HELD_BYTES):
            pass
        return self._key.digest()
