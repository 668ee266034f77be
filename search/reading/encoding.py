"""Bytes to text without making mojibake: byte order marks, then UTF-8, then what the file declares, then
detection on a bounded sample, then windows-1252. Used by every format that is not XML.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from typing import AnyStr, BinaryIO

_SAMPLE = 65_536  # charset-normalizer's time grows with its input
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_UTF8_RUN = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")


class Decoder:
    """Decodes the pieces of one source, each strictly as UTF-8 if it can be, else by what its sample shows.

    `wide`: the codec where characters are more than one byte throughout (UTF-16, UTF-32), else None.
    """

    def __init__(self, sample: bytes) -> None:
        self._sample = sample[:_SAMPLE]
        self._fallback: str | None = None
        self.wide = _wide(self._sample)

    def decode(self, content: bytes) -> str:
        """The text of `content`. Never fails: what fits no encoding becomes U+FFFD."""
        if self.wide:
            return content.decode(self.wide, "replace").lstrip("\ufeff")
        content = content.removeprefix(codecs.BOM_UTF8)
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            return content.decode("utf-8" if mostly_utf8(content) else self._other(content), "replace")

    def encoding(self) -> str:
        """One codec for the whole source, judged by its sample: for parsers that take no pieces."""
        if self.wide:
            return self.wide
        sample = self._sample
        try:
            codecs.getincrementaldecoder("utf-8")().decode(sample)  # a sample may end within a character
        except UnicodeDecodeError:
            return "utf-8" if mostly_utf8(sample) else self._other(sample)
        return "utf-8"

    def _other(self, content: bytes) -> str:
        """The encoding of what is not UTF-8, found once for a source, at its first such piece."""
        if self._fallback is None:
            self._fallback = declared(self._sample) or _detected(content[:_SAMPLE])
        return self._fallback


def mostly_utf8(content: bytes) -> bool:
    """Whether broken bytes are few beside well-formed UTF-8 sequences: such a file is UTF-8 with damage."""
    runs = sum(len(run) for run in _UTF8_RUN.findall(content))
    high = len(_HIGH.findall(content))
    return runs > 0 and runs >= 4 * (high - runs)


def declared(head: bytes) -> str | None:
    """The single-byte or legacy encoding that an XML or HTML head declares, under Python's name; None if it
    declares UTF-8 (which has been tried) or nothing known. Latin-1 is read as windows-1252, as browsers do
    (WHATWG Encoding Standard, section 4.2)."""
    if head.lstrip()[:1] != b"<":
        return None
    match = _DECLARED.search(head[:4096])
    if not match:
        return None
    try:
        name = codecs.lookup(match[1].decode("ascii")).name
    except LookupError:
        return None
    if name.startswith("utf"):
        return None
    return "cp1252" if name in ("iso8859-1", "ascii") else name


def text_lines(stream: BinaryIO, decoder: Decoder, limit: int) -> Iterator[tuple[int, str | None]]:
    """Number (from 1) and text of each line, its end removed; None for a line of more than `limit` bytes
    (characters in UTF-16), which is passed over without being held."""
    if decoder.wide:
        wide = io.TextIOWrapper(stream, decoder.wide, "replace", newline=None)
        for number, line in _bounded(lambda size: wide.readline(size), limit, "\n"):
            yield number, None if line is None else line.strip("\ufeff\r\n")
        return
    for number, raw in _bounded(lambda size: stream.readline(size), limit, b"\n"):
        yield number, None if raw is None else decoder.decode(raw).rstrip("\r\n")


def _bounded(readline: Callable[[int], AnyStr], limit: int, newline: AnyStr) -> Iterator[tuple[int, AnyStr | None]]:
    """`text_lines` over text or bytes: every read is bounded."""
    number = 0
    while line := readline(limit + 1):
        number += 1
        whole = line.endswith(newline) or len(line) <= limit
        rest = line
        while not whole and rest and not rest.endswith(newline):
            rest = readline(1 << 20)
        yield number, line if whole else None


def _wide(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 by mark, or UTF-16 without one by where its NUL bytes are (Latin letters have one
    each)."""
    for mark, name in _MARKS[1:]:
        if sample.startswith(mark):
            return name
    if b"\0" not in sample[:4096]:
        return None
    pairs = len(sample[:4096]) // 2
    if pairs < 4:
        return None
    even, odd = sample[:4096:2].count(0), sample[1:4096:2].count(0)
    if odd > 0.6 * pairs and even < 0.05 * pairs:
        return "utf-16-le"
    if even > 0.6 * pairs and odd < 0.05 * pairs:
        return "utf-16-be"
    return None


def _detected(sample: bytes) -> str:
    """charset-normalizer's best guess, or windows-1252, which old Indonesian pages are when nothing tells
    otherwise."""
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    # Code pages of Latin letters differ in a few characters only: the likely one is taken where it fits as well.
    if best is None or "cp1252" in best.could_be_from_charset:
        return "cp1252"
    return best.encoding if not best.encoding.startswith("utf") else "cp1252"
