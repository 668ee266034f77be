"""Whoosh's storage and table of contents, made safe: nothing in a file can run code, and a commit survives a crash.

Whoosh pickles the table of contents. It is read here by an unpickler that admits only the classes it needs; the
pickled schema in it is skipped, since ours is passed in.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import re
from pathlib import Path
from typing import Any, ClassVar

from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile
from whoosh.index import TOC, FileIndex

from search.engines.whoosh.schema import SCHEMA
from search.errors import IndexCorrupt, IndexMissing

INDEX_NAME = "MAIN"
STEMS_FILE = "stems.cache"
_TOC_NAME = re.compile(rf"_{INDEX_NAME}_([0-9]+)\.toc")
_OWN_FILE = re.compile(rf"_?{INDEX_NAME}_[0-9a-z]+\..*")
# Only names that this package gives: the folder may hold other things that people put there.
_TEMPORARY = re.compile(r"\.?(manifest\.json|stems\.cache)\..*tmp")


class _TocUnpickler(pickle.Unpickler):
    ADMITTED: ClassVar[set[tuple[str, str]]] = {
        ("search.engines.whoosh.codec", "ArraySegment"),
        ("builtins", "set"),
        ("builtins", "frozenset"),
        ("__builtin__", "set"),
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.ADMITTED:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a table of contents")
        return super().find_class(module, name)


class _SafeFile(StructFile):  # type: ignore[misc]
    def read_pickle(self) -> Any:
        return _TocUnpickler(self.file).load()


class SafeStorage(FileStorage):  # type: ignore[misc]
    """A folder of index files; renames reach the disk before they count."""

    def open_file(self, name: str, **kwargs: Any) -> StructFile:
        """Open for reading with the admitting unpickler."""
        return _SafeFile(Path(self._fpath(name)).open("rb"), name=name, **kwargs)

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """Whoosh commits by this rename: first the content and the entries of the new segments reach the disk, then the
        rename itself, so that not even a power failure leaves a commit whose files are missing."""
        sync(Path(self.folder) / oldname)
        sync(Path(self.folder))
        super().rename_file(oldname, newname, safe=safe)
        sync(Path(self.folder))


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


def latest_generation(folder: Path) -> int:
    """Number of the last commit in this folder, -1 if there never was one."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  (names are all that is wanted)
    except (FileNotFoundError, NotADirectoryError):
        return -1
    return max((int(match[1]) for name in names if (match := _TOC_NAME.fullmatch(name))), default=-1)


def read_toc(folder: Path) -> TOC:
    """The table of contents of the last commit. Raises IndexMissing, IndexCorrupt."""
    storage = SafeStorage(str(folder))
    if latest_generation(folder) < 0:
        raise IndexMissing(f"There is no index in {folder}.", hint="Build one with `cari build FOLDER`.")
    try:
        return TOC.read(storage, INDEX_NAME, schema=SCHEMA)
    except OSError:
        raise  # a commit in between took the file away: the caller looks again
    except Exception as error:  # whatever broken bytes make of a pickle
        raise IndexCorrupt(
            f"The table of contents of the index in {folder} is damaged, or another program wrote it.",
            hint="Build the index again with `cari build`.",
        ) from error


def open_whoosh(folder: Path) -> FileIndex:
    """The same index as an ordinary Whoosh index, on which any Whoosh query runs."""
    return FileIndex(SafeStorage(str(folder)), schema=SCHEMA, indexname=INDEX_NAME)


def clear_debris(folder: Path, generation: int, segments: set[str]) -> None:
    """Delete what writers that died left behind. Only for the holder of the write lock.

    `generation`: the current one; `segments`: names (without ending) that it refers to.
    """
    for path in folder.iterdir():
        toc = _TOC_NAME.fullmatch(path.name)
        dead = toc is not None and int(toc[1]) != generation
        if toc is None and _OWN_FILE.fullmatch(path.name):
            dead = path.name.split(".")[0] not in segments
        if dead or _TEMPORARY.fullmatch(path.name):
            with contextlib.suppress(OSError):
                path.unlink()
