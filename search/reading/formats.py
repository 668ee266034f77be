"""The one table of formats, and how the format of a source is told from its name and its first bytes.

A format's module is imported when a source of that format is met; it offers
`read(source, options) -> Iterator[Draft | Skipped]`.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from search.errors import UsageError
from search.model import ReadOptions, Skipped
from search.reading.draft import Draft
from search.reading.encoding import Decoder
from search.reading.fields import is_record
from search.reading.source import Source, UnreadableError

_LOOK = 16_384  # bytes of a head that the sniffers see; exports state what they are within their first kilobytes


class Reader(Protocol):
    """What a format's module offers."""

    def read(self, source: Source, options: ReadOptions) -> Iterator[Draft | Skipped]:
        """The items of a source, in order. Raises UnreadableError where the rest of it cannot be read."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way articles are written down. `suffixes`: of file names, in lower case; `sniff`: whether the
    beginning of a text looks like it; `module`: where its `read` is."""

    name: str
    suffixes: tuple[str, ...]
    sniff: Callable[[str], bool]
    module: str

    def load(self) -> Reader:
        """The format's module, imported now."""
        return cast(Reader, import_module(self.module))


_HTML = re.compile(
    r"(?:<\?xml[^>]*\?>\s*)?(?:<!--.{0,2000}?-->\s*)?<(?:!doctype html|html|head|body)\b", re.I | re.DOTALL
)


def _is_html(head: str) -> bool:
    return _HTML.match(head) is not None


def _is_feed(head: str) -> bool:
    return head.startswith("<") and re.search(r"<(?:\w+:)?(?:rss|feed|RDF)[\s>]", head) is not None


_BLOGGER = re.compile(r"schemas\.google\.com/(?:blogger|g/2005#settings)|blogger/2008/kind")


def _is_blogger(head: str) -> bool:
    return _is_feed(head) and _BLOGGER.search(head) is not None


def _is_wxr(head: str) -> bool:
    return _is_feed(head) and "wordpress.org/export/" in head


def _is_json_lines(head: str) -> bool:
    first, newline, rest = head.partition("\n")
    if not first.lstrip().startswith("{") or not newline or not rest.lstrip().startswith("{"):
        return False
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return False
    return True


def _is_json(head: str) -> bool:
    return re.match(r'[\[{]\s*(?:["{\[\]}]|$)', head) is not None


def _is_markdown(head: str) -> bool:
    return re.match(r"(?:---[ \t]*\n(?:#.*\n|\s*\n)*[\w\"' -]+:|\+\+\+[ \t]*\n)", head) is not None


def _is_table(head: str, delimiters: str) -> bool:
    """Whether the first line is a header with at least two columns, one of them a title or a text."""
    line, _, rest = head.partition("\n")
    if line.lower().startswith("sep="):  # Excel's own line above the header
        line = rest.partition("\n")[0]
    for delimiter in delimiters:
        try:
            names = next(csv.reader([line], delimiter=delimiter), []) if delimiter in line else []
        except csv.Error:
            return False
        if len(names) > 1 and all(len(name) < 60 for name in names) and is_record(names, {}):
            return True
    return False


FORMATS: dict[str, Format] = {
    entry.name: entry
    for entry in (
        Format("wxr", (".wxr",), _is_wxr, "search.reading.wxr"),
        Format("blogger", (".atom.xml",), _is_blogger, "search.reading.blogger"),
        Format("rss", (".rss", ".atom", ".rdf"), _is_feed, "search.reading.feed"),
        Format(
            "html",
            (".html", ".htm", ".xhtml", ".shtml", ".php", ".asp"),
            _is_html,
            "search.reading.html_page",
        ),
        Format("jsonl", (".jsonl", ".ndjson", ".jl"), _is_json_lines, "search.reading.json_lines"),
        Format("json", (".json",), _is_json, "search.reading.json_document"),
        Format("markdown", (".md", ".markdown", ".mdown"), _is_markdown, "search.reading.markdown_page"),
        Format("tsv", (".tsv", ".tab"), lambda head: _is_table(head, "\t"), "search.reading.table"),
        Format("csv", (".csv",), lambda head: _is_table(head, ",;|"), "search.reading.table"),
        Format("text", (".txt", ".text"), lambda head: False, "search.reading.text_page"),
    )
}
"""Every format by name, in the order in which contents are tried: the more particular first."""

_SURE = ("wxr", "blogger", "rss", "html", "json", "jsonl")
"""Formats whose content is not mistaken for another's, whatever the name says."""


def named_format(name: str) -> Format:
    """The format of this name. Raises UsageError with the names there are."""
    try:
        return FORMATS[name.lower()]
    except KeyError:
        raise UsageError(f"There is no format {name!r}.", hint=f"Formats are: {', '.join(sorted(FORMATS))}.") from None


def detect(source: Source, *, explicit: bool) -> Format:
    """The format of a source. A file met in a folder must have a name or a content we know; one that the
    user named (`explicit`) is at the least plain text. Raises UnreadableError where it is no article file."""
    if not source.head.strip():
        raise UnreadableError("empty file")
    if _is_binary(source.head):
        raise UnreadableError("not text (binary data)")
    suffix = source.suffix
    if suffix in _NOT_ARTICLES:
        raise UnreadableError(f"not an article file ({suffix})")
    head = Decoder(source.head).decode(source.head[:_LOOK] if len(source.head) > _LOOK else source.head)
    head = head.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff \t\n\r")
    by_name = next((entry for entry in FORMATS.values() if suffix in entry.suffixes), None)
    by_content = next((entry for entry in FORMATS.values() if entry.sniff(head)), None)
    if by_content and (by_name is None or by_content.name in _SURE or by_name.name == "text"):
        return _reconciled(by_name, by_content)
    if by_name:
        return by_name
    if suffix in (".xml", ".svg") or head.startswith("<?xml"):
        raise UnreadableError("XML that is neither a feed nor an export of articles")
    if suffix and not explicit:
        raise UnreadableError(f"not an article file ({suffix})")
    return FORMATS["text"]


def _reconciled(by_name: Format | None, by_content: Format) -> Format:
    """A content that fits two formats is decided by the name."""
    if by_name and by_name.name == "jsonl" and by_content.name == "json":
        return by_name
    if by_name and by_name.name == "markdown" and by_content.name in ("json", "jsonl"):
        return by_name
    return by_content


_NOT_ARTICLES = frozenset(
    """
    .css .scss .less .js .mjs .ts .map .py .rb .sh .bat .sql .ini .cfg .conf .toml .yml .yaml .lock .log .svg
    .ico .png .jpg .jpeg .gif .webp .bmp .tif .tiff .avif .pdf .doc .docx .xls .xlsx .ppt .pptx .odt .ods .rtf
    .zip .rar .7z .tar .tgz .bz2 .xz .mp3 .mp4 .m4a .mov .avi .webm .ogg .wav .woff .woff2 .ttf .otf .eot .exe
    .dll .so .db .sqlite .pyc .class .jar .swf .psd .ai .bak .tmp .swp
    """.split()  # noqa: SIM905 (a list of this length is read better so)
)
_CONTROLS = bytes([*range(9), *range(14, 27), *range(28, 32)])
_MAGIC = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"BZh",
    b"\xfd7zXZ",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x1f\x8b",
    b"\x7fELF",
    b"SQLite format 3",
    b"OggS",
    b"ID3",
    b"RIFF",
    b"\xd0\xcf\x11\xe0",
    b"{\\rtf",
)


def _is_binary(head: bytes) -> bool:
    """By signature, or by control bytes that no text has (UTF-16 and UTF-32 aside)."""
    if head.startswith(_MAGIC):
        return True
    if Decoder(head).wide:
        return False
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return head.count(0) > len(head) // 1000 + 1 or controls > len(head) // 50 + 4
