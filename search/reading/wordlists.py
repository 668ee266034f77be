"""The room's word lists: text files in `data/`, with sections in square brackets, read once each."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def sections(name: str) -> dict[str, tuple[str, ...]]:
    """The entries of a list file by section: one a line, or several parted by semicolons where a file does
    so. Lines that begin with `# ` before a letter are comments in the header only: `# komentar` is an
    entry."""
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in files("search.reading").joinpath("data").joinpath(name).read_text("utf-8").splitlines():
        if line.startswith("["):
            current = found.setdefault(line[1 : line.index("]")], [])
        elif current is not None and line:
            current.extend(entry.strip() for entry in line.split(";") if entry.strip())
    return {section: tuple(entries) for section, entries in found.items()}
