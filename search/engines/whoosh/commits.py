"""The folder of an index and its commits, read without Whoosh, whose import would cost a search more than its answer.

A commit is a file `_MAIN_<generation>.toc` that Whoosh wrote. What it pickles is read by an unpickler that admits the
segment class and sets only; the pickled schema in it is skipped, since ours is passed in.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from search.errors import IndexCorrupt, IndexMissing

if TYPE_CHECKING:
    from search.engines.whoosh.segment import SegmentArrays

INDEX_NAME = "MAIN"
STEMS_FILE = "stems.cache"
_TOC_BEGIN, _TOC_END = f"_{INDEX_NAME}_", ".toc"
_OWN_FILE = rf"_?{INDEX_NAME}_[0-9a-z]+\..*"
# Only names that this package gives: the folder may hold other things that people put there.
_TEMPORARY = r"\.?(manifest\.json|stems\.cache)\..*tmp"
# How Whoosh begins a table of contents: sizes of int, long and float, a number that tells the order of bytes, and the
# version of the format, which has been the same since Whoosh 2.
_HEAD = b"\x04\x08\x04" + (-12345).to_bytes(4, "big", signed=True) + (-111).to_bytes(4, "big", signed=True)


class StoredSegment:
    """A segment as the table of contents names it. `deleted`: numbers of documents that no longer count."""

    indexname: str
    segid: str
    size: int
    deleted: set[int]

    def arrays(self, folder: Path) -> SegmentArrays:
        """Open the segment's file."""
        from search.engines.whoosh.segment import EXTENSION, SegmentArrays

        return SegmentArrays(folder / f"{self.indexname}_{self.segid}{EXTENSION}", self.size, frozenset(self.deleted))

    def is_sound(self) -> bool:
        """Whether it can be what Whoosh wrote: a damaged pickle may load as something else, and name any file."""
        try:
            named = self.indexname == INDEX_NAME and self.segid.isascii() and self.segid.isalnum()
            return named and min(self.deleted, default=0) >= 0 and max(self.deleted, default=-1) < self.size
        except (AttributeError, TypeError):
            return False


class Commit(NamedTuple):
    """One state of the index: what Whoosh's table of contents says of it."""

    generation: int
    segments: tuple[StoredSegment, ...]


class SegmentUnpickler(pickle.Unpickler):
    """Loads nothing but segments and sets. `segment_class`: what stands for the class that was pickled."""

    segment_class: type[Any] = StoredSegment

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("search.engines.whoosh.codec", "ArraySegment"):
            return self.segment_class
        if module in ("builtins", "__builtin__") and name in ("set", "frozenset"):
            return set if name == "set" else frozenset
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a table of contents")


def latest_generation(folder: Path) -> int:
    """Number of the last commit in this folder, -1 if there never was one."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  (names are all that is wanted)
    except (FileNotFoundError, NotADirectoryError):
        return -1
    return max(map(generation_of, names), default=-1)


def generation_of(name: str) -> int:
    """The number of the commit whose file has this name, -1 for any other file."""
    number = name[len(_TOC_BEGIN) : -len(_TOC_END)]
    whole = name.startswith(_TOC_BEGIN) and name.endswith(_TOC_END) and number.isascii() and number.isdigit()
    return int(number) if whole else -1


def read_commit(folder: Path) -> Commit:
    """The last commit. Raises IndexMissing, IndexCorrupt, and OSError where another commit took its file away in
    between: the caller looks again."""
    generation = latest_generation(folder)
    if generation < 0:
        raise IndexMissing(f"There is no index in {folder}.", hint="Build one with `cari build FOLDER`.")
    content = (folder / f"{_TOC_BEGIN}{generation}{_TOC_END}").read_bytes()
    try:
        return Commit(generation, _segments(content, generation))
    except Exception as error:  # whatever broken bytes make of a pickle
        raise toc_damaged(folder) from error


def toc_damaged(folder: Path) -> IndexCorrupt:
    """What to raise for a table of contents that cannot be read."""
    return IndexCorrupt(
        f"The table of contents of the index in {folder} is damaged, or another program wrote it.",
        hint="Build the index again with `cari build`.",
    )


def _segments(content: bytes, generation: int) -> tuple[StoredSegment, ...]:
    """What a table of contents lists. Raises almost anything for one that is not sound."""
    stream = BytesIO(content)
    if stream.read(len(_HEAD)) != _HEAD:
        raise ValueError("not a table of contents that this Whoosh writes")
    for _ in range(3):  # Whoosh's release
        _varint(stream)
    stream.seek(_varint(stream), os.SEEK_CUR)  # the schema
    said, _ = (int.from_bytes(stream.read(4), "big", signed=True) for _ in range(2))
    segments = SegmentUnpickler(stream).load()
    if said != generation or not isinstance(segments, list):
        raise ValueError("not a table of contents of this commit")
    if not all(isinstance(segment, StoredSegment) and segment.is_sound() for segment in segments):
        raise ValueError("not segments of this index")
    return tuple(segments)


def _varint(stream: BytesIO) -> int:
    """Whoosh's number of any size: seven bits a byte, the lowest first."""
    value = shift = 0
    while True:
        byte = stream.read(1)[0]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
        shift += 7


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's entries, are on disk. Folders cannot be synced everywhere."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file's content in one step: readers see the old or the new, whole."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync(path.parent)


def clear_debris(folder: Path, generation: int, segments: set[str]) -> None:
    """Delete what writers that died left behind. Only for the holder of the write lock.

    `generation`: the current one; `segments`: names (without ending) that it refers to.
    """
    for path in folder.iterdir():
        number = generation_of(path.name)
        dead = number >= 0 and number != generation
        if number < 0 and re.fullmatch(_OWN_FILE, path.name):
            dead = path.name.split(".")[0] not in segments
        if dead or re.fullmatch(_TEMPORARY, path.name):
            with contextlib.suppress(OSError):
                path.unlink()
