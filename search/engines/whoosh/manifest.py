"""The small JSON page that says which analysis and format made an index, so that another one is refused.

It is written before the commit that it belongs to, and holds two entries for that moment: what counts up to the old
commit and what counts from the new one on. Whichever commit a crash leaves, its entry is there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from search.engines.whoosh.commits import write_atomically
from search.engines.whoosh.container import FORMAT_VERSION
from search.errors import IndexCorrupt, IndexIncompatible
from search.language import fingerprint

FILE_NAME = "manifest.json"


def current() -> dict[str, str]:
    """What this program would make an index with: format version and the fingerprint of the analysis."""
    return {"format": str(FORMAT_VERSION), **fingerprint()}


class Manifest(NamedTuple):
    """Entries `{"from": generation, "made_with": {...}}` in ascending order."""

    entries: tuple[dict[str, Any], ...] = ()

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """The manifest of an index; empty where there is none or it cannot be read."""
        try:
            entries = json.loads((folder / FILE_NAME).read_bytes())["entries"]
            return cls(tuple(e for e in entries if isinstance(e["from"], int) and isinstance(e["made_with"], dict)))
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def made_with(self, generation: int) -> dict[str, str] | None:
        """What the commit of this number was made with, None if that is not known."""
        for entry in reversed(self.entries):
            if entry["from"] <= generation:
                found: dict[str, str] = entry["made_with"]
                return found
        return None

    def require(self, generation: int, folder: Path) -> dict[str, str]:
        """The fingerprint of the index. Raises IndexIncompatible unless it is what this program makes."""
        made_with, mine = self.made_with(generation), current()
        mend = f"Build it again: cari build --index {folder} FOLDER"
        if made_with is None:
            raise IndexCorrupt(f"The index in {folder} has no readable {FILE_NAME}.", hint=mend)
        if made_with != mine:
            changed = sorted(key for key in {*made_with, *mine} if made_with.get(key) != mine.get(key))
            raise IndexIncompatible(
                f"The index in {folder} was made with another {', '.join(changed)} than this program uses.",
                hint=mend,
            )
        return made_with

    def announce(self, generation: int, last: int) -> Manifest:
        """This manifest with an entry for a commit to come; entries that no commit up to `last` needs are dropped."""
        old = [entry for entry in self.entries if entry["from"] <= last][-1:]
        return Manifest((*old, {"from": generation, "made_with": current()}))

    def save(self, folder: Path) -> None:
        """Replace the file in one step."""
        text = json.dumps({"entries": list(self.entries)}, indent=1, ensure_ascii=False) + "\n"
        write_atomically(folder / FILE_NAME, text.encode())
