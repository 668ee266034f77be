"""The word lists of `data/`, each read once, when first asked for."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "data"


@cache
def word_list(name: str) -> frozenset[str]:
    """The entries of `data/<name>.txt`: one a line, lines that begin with # and empty ones left out."""
    lines = (_FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


@cache
def word_pairs(name: str) -> dict[str, str]:
    """The entries of a list of pairs, `data/<name>.txt`: first word -> second word."""
    return dict(entry.split() for entry in word_list(name))


def word_lists_checksum() -> str:
    """CRC-32 over the entries of all lists, eight hex digits; comments and order do not count."""
    from zlib import crc32

    names = sorted(path.stem for path in _FOLDER.glob("*.txt"))
    entries = (f"{name}\t{entry}\n" for name in names for entry in sorted(word_list(name)))
    return f"{crc32(''.join(entries).encode()):08x}"
