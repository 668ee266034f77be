"""Whoosh's storage, made safe: no pickle in a file can run code, and a commit survives a crash.

For writing, and for Whoosh itself; a search reads what `commits.py` reads, and loads no Whoosh.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile
from whoosh.index import TOC, FileIndex

from search.engines.whoosh.commits import (
    INDEX_NAME,
    STEMS_FILE,
    SegmentUnpickler,
    clear_debris,
    latest_generation,
    sync,
    toc_damaged,
    write_atomically,
)
from search.engines.whoosh.schema import SCHEMA
from search.errors import IndexMissing

__all__ = [
    "INDEX_NAME", "STEMS_FILE", "SafeStorage", "clear_debris", "latest_generation", "open_whoosh", "read_toc",
    "write_atomically",
]  # fmt: skip


class _WhooshUnpickler(SegmentUnpickler):
    def find_class(self, module: str, name: str) -> Any:
        from search.engines.whoosh.codec import ArraySegment

        self.segment_class = ArraySegment
        return super().find_class(module, name)


class _SafeFile(StructFile):  # type: ignore[misc]
    def read_pickle(self) -> Any:
        return _WhooshUnpickler(self.file).load()


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


def read_toc(folder: Path) -> TOC:
    """The table of contents of the last commit, as Whoosh's own object. Raises IndexMissing, IndexCorrupt."""
    storage = SafeStorage(str(folder))
    if latest_generation(folder) < 0:
        raise IndexMissing(f"There is no index in {folder}.", hint="Build one with `cari build FOLDER`.")
    try:
        return TOC.read(storage, INDEX_NAME, schema=SCHEMA)
    except OSError:
        raise  # a commit in between took the file away: the caller looks again
    except Exception as error:  # whatever broken bytes make of a pickle
        raise toc_damaged(folder) from error


def open_whoosh(folder: Path) -> FileIndex:
    """The same index as an ordinary Whoosh index, on which any Whoosh query runs."""
    return FileIndex(SafeStorage(str(folder)), schema=SCHEMA, indexname=INDEX_NAME)
