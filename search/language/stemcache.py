"""A file of words and their roots that lies beside an index, so that no word is ever stemmed twice.

Searching looks single words up by binary search over the mapped file; building reads it whole. A file that is
not sound, or was made by another stemmer, counts as empty: a root is found anew rather than believed.

    header:  cari-stems 1 <stemmer> <lines> <bytes of body> <CRC-32 of body> <CRC-32 of the header so far>
    body:    word TAB root TAB <low 16 bits of the CRC-32 of "word TAB root">, sorted by the bytes of word
    tail:    such lines in any order, appended since, so that a few new words do not rewrite the rest
"""

from __future__ import annotations

import contextlib
import mmap
import os
import threading
from functools import cached_property
from pathlib import Path
from zlib import crc32

FORMAT = "cari-stems 1"
_HEADER_BYTES = 256  # more than any header has
_LONGEST_TAIL = 32 * 1024  # read whole by the first search for a word that the body lacks, in about a millisecond


class StemCache:
    """Words and roots: those of a file, and those learned since. Safe for use by several threads.

    `path` None: kept in memory until `save` names a file. Open with `StemCache.open`.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self._path = None if path is None else Path(path)
        self._file: _File | None = None
        self._loaded: dict[str, str] = {}
        self._learned: dict[str, str] = {}
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> StemCache:
        """The cache in that file; an empty one where it is missing, damaged, or of another stemmer. Never
        raises for what is on disk."""
        cache = cls(path)
        cache._file = _File.open(Path(path))
        return cache

    def get(self, word: str) -> str | None:
        """The root of `word`, or None where it is not known yet."""
        known = self._learned.get(word)
        if known is None:
            known = self._loaded.get(word)
        if known is None and self._file is not None and not self._loaded:
            known = self._file.find(word)
        return known

    def learn(self, word: str, root: str) -> None:
        """Remember a root, until `save` writes it. Words with a tab or line break are not remembered."""
        if "\t" in word or "\n" in word or "\t" in root or "\n" in root:
            return
        with self._lock:
            self._learned[word] = root

    @property
    def learned(self) -> int:
        """How many words have been learned since the file was opened or saved."""
        return len(self._learned)

    def news(self) -> dict[str, str]:
        """What has been learned since the file was opened or saved: for a cache in another process to learn."""
        with self._lock:
            return dict(self._learned)

    def preload(self) -> None:
        """Read the file into memory at once, for work that asks for very many words. A damaged file is
        dropped."""
        with self._lock:
            if self._file is not None and not self._loaded:
                self._loaded = self._file.read() or {}
                if not self._loaded:
                    self._file = None

    def save(self, path: str | os.PathLike[str] | None = None) -> None:
        """Write all that is known to `path` (default: where it was opened): a few new words at the file's end, else
        all in one atomic step. Nothing is written where nothing was learned since. Raises OSError; what the file
        held is then still in it."""
        target = self._path if path is None else Path(path)
        if target is None:
            return
        with self._lock:
            same = target == self._path and self._file is not None
            if same and not self._learned:
                return
            known = self._loaded
            if not (same and _append(target, self._learned)):
                known = known or (self._file.read() if self._file else None) or {}
                _write(target, {**known, **self._learned})
            self._path, self._file = target, _File.open(target)
            self._loaded = {**known, **self._learned} if self._loaded else {}
            self._learned = {} if self._file is not None else self._learned

    def check(self) -> tuple[str, ...]:
        """Read the file whole; each fault is one sentence. Empty: sound, or no file."""
        if self._path is None or not self._path.exists():
            return ()
        found = _File.open(self._path)
        if found is None:
            return (f"{self._path}: not a stem cache of this stemmer, or cut short; it will be made anew",)
        if found.read() is None:
            return (f"{self._path}: its checksum does not fit its content; it will be made anew",)
        if found.damaged:
            return (f"{self._path}: lines at its end are damaged; their words will be stemmed anew",)
        return ()

    def close(self) -> None:
        """Let go of the file. What was learned and not saved stays in memory."""
        self._file = None

    def __len__(self) -> int:
        """Words known, those of the file and those learned (a word in both counts twice until saved)."""
        lines = len(self._loaded) or (self._file.lines + len(self._file.tail) if self._file else 0)
        return lines + len(self._learned)


class _File:
    """A mapped cache file whose header is sound."""

    def __init__(self, data: mmap.mmap, start: int, lines: int, size: int, checksum: int) -> None:
        self._data, self._start, self.lines, self._checksum = data, start, lines, checksum
        self._end = start + size
        self.damaged = False

    @cached_property
    def tail(self) -> dict[str, str]:
        """What was appended to the body; a line that is not sound is left out."""
        found = {}
        for line in self._data[self._end :].split(b"\n"):
            at = line.find(b"\t") + 1
            root = _root(line, at) if at else None
            if root is not None:
                found[line[: at - 1].decode("utf-8", "replace")] = root
            elif line:
                self.damaged = True
        return found

    def room(self, more: bytes) -> bool:
        """Whether the tail may be made longer by that much."""
        return len(self._data) - self._end + len(more) <= _LONGEST_TAIL

    @classmethod
    def open(cls, path: Path) -> _File | None:
        try:
            with path.open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # missing, unreadable, a folder, or empty
            return None
        end = data.find(b"\n", 0, _HEADER_BYTES)
        header, _, seal = data[: max(end, 0)].rpartition(b" ")
        fields = header.decode("ascii", "replace").rsplit(" ", 4)
        try:
            kind, stemmer, lines, size, checksum = fields
            sound = int(seal, 16) == crc32(header) and int(size) <= len(data) - end - 1
            if not (sound and kind == FORMAT and stemmer == stemmer_identity()):
                return None
            return cls(data, end + 1, int(lines), int(size), int(checksum, 16))
        except ValueError:
            return None

    def find(self, word: str) -> str | None:
        """Binary search over bytes; a line whose own checksum does not fit is no answer."""
        found = self._find_in_body(word)
        return self.tail.get(word) if found is None else found

    def _find_in_body(self, word: str) -> str | None:
        data, low, high = self._data, self._start, self._end
        key = word.encode("utf-8", "replace") + b"\t"
        while low < high:
            middle = (low + high) // 2
            start = data.rfind(b"\n", low, middle) + 1 or low
            end = data.find(b"\n", middle, high)
            if end < 0:
                return None
            line = data[start:end]
            if line.startswith(key):
                return _root(line, len(key))
            # With the tab, keys compare as the words do: no word holds a byte below it.
            if line[: line.find(b"\t") + 1] < key:
                low = end + 1
            else:
                high = start
        return None

    def read(self) -> dict[str, str] | None:
        """All of it, or None where the content is not what was written."""
        body = self._data[self._start : self._end]
        if crc32(body) != self._checksum:
            return None
        rows = (line.split("\t") for line in body.decode("utf-8").split("\n")[:-1])
        return {**self.tail, **{row[0]: row[1] for row in rows}}


def _root(line: bytes, at: int) -> str | None:
    entry, _, seal = line.rpartition(b"\t")
    if len(entry) < at or seal != _seal(entry):
        return None
    return entry[at:].decode("utf-8", "replace")


def _seal(entry: bytes) -> bytes:
    return b"%04x" % (crc32(entry) & 0xFFFF)


def _lines(known: dict[str, str]) -> bytes:
    entries = sorted(f"{word}\t{root}".encode() for word, root in known.items())
    return b"".join(b"%b\t%b\n" % (entry, _seal(entry)) for entry in entries)


def _append(path: Path, learned: dict[str, str]) -> bool:
    """Append to a sound file, if its tail has room. What a crash leaves of that is no line, or a whole one."""
    found = _File.open(path)  # not the one that was opened once: another may have taken its place
    # What is there may end in the midst of a line.
    more = b"\n" + _lines(learned)
    if found is None or not found.room(more):
        return False
    with path.open("ab") as file:
        file.write(more)
    return True


def _write(path: Path, known: dict[str, str]) -> None:
    body = _lines(known)
    header = f"{FORMAT} {stemmer_identity()} {len(known)} {len(body)} {crc32(body):08x}".encode()
    import tempfile  # at the place of use: with what it imports it costs milliseconds, and searches never save

    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(b"%b %08x\n" % (header, crc32(header)))
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)  # mkstemp gives 0600; an index is read by others
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise


_identity: str | None = None


def stemmer_identity() -> str:
    """PySastrawi's version and a checksum of its dictionary, without importing it: `1.2.1+9a0f11c2`."""
    global _identity
    if _identity is None:
        folder = sastrawi_folder()
        dictionary = folder / "Stemmer" / "data" / "kata-dasar.txt"
        _identity = f"{_version(folder)}+{crc32(dictionary.read_bytes()):08x}"
    return _identity


def sastrawi_folder() -> Path:
    """Where PySastrawi lies, without importing it. Raises ModuleNotFoundError."""
    from importlib.util import find_spec

    spec = find_spec("Sastrawi")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("PySastrawi is not installed", name="Sastrawi")
    return Path(spec.submodule_search_locations[0])


def _version(folder: Path) -> str:
    # importlib.metadata costs more milliseconds than opening an index does; the folder's name says the same.
    for name in os.listdir(folder.parent):  # noqa: PTH208  (a glob takes ten times as long)
        if name.lower().startswith("pysastrawi-") and name.endswith(".dist-info"):
            return name.split("-")[1].removesuffix(".dist")
    from importlib.metadata import version

    return version("PySastrawi")
