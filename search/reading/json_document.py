"""JSON documents: an array of articles (streamed), one article, or an object with a list of articles
inside."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping

from search.model import ReadOptions, Skipped
from search.reading.draft import Draft
from search.reading.encoding import Decoder
from search.reading.fields import draft_of, is_record
from search.reading.source import Source

_CHUNK = 1 << 16
_VALUE_CHARS = 64 << 20
"""The longest single value held in memory (characters): an envelope with a whole year's articles fits."""

_LISTS = ("articles", "artikel", "berita", "items", "posts", "data", "results", "entries", "docs", "hits",
"response",
          "rows", "records", "news", "stories", "@graph", "value")  # fmt: skip
_SPACE = re.compile(r"[\s,]*")


def read(source: Source, options: ReadOptions) -> Iterator[Draft | Skipped]:
    """The items of an array one by one, or of each value where several follow each other."""
    text = _Text(source)
    array = text.peek() == "["
    if array:
        text.position += 1
    number = 0
    while text.peek() not in ("", "]"):
        number += 1
        where = source.item(number)
        value = text.value(max(_VALUE_CHARS, options.max_chars))
        if isinstance(value, _Broken):
            yield Skipped(where, f"{value.reason}; the rest of the file is left out")
            return
        found: list[Draft | Skipped] = list(articles_in(unwrapped(value), where, options))
        yield from found or [Skipped(where, "not an article (a JSON object with a title or text)")]
    if array and text.peek() == "":
        yield Skipped(source.item(number + 1), "the array does not end: the file is cut off")


def articles_in(value: object, where: str, options: ReadOptions, depth: int = 0) -> Iterator[Draft]:
    """The articles of a JSON value: itself, the items of a list, or of a list inside it, a few levels
    down."""
    if isinstance(value, list):
        for index, item in enumerate(value, 1):
            inner = unwrapped(item)
            if isinstance(inner, Mapping) and depth < 4:
                place = f"{where}.{index}" if len(value) > 1 else where
                yield from articles_in(inner, place, options, depth + 1)
    elif isinstance(value, Mapping):
        if is_record(value, options.field_map) and not _is_envelope(value):
            yield draft_of(value, where, options.field_map)
            return
        for name in sorted(value, key=lambda name: _LISTS.index(name) if name in _LISTS else len(_LISTS)):
            inner = value[name]
            if isinstance(inner, (list, Mapping)) and depth < 4:
                found = list(articles_in(inner, where, options, depth + 1))
                if found:
                    yield from found
                    return


def unwrapped(value: object) -> object:
    """An Elasticsearch or OpenSearch hit, or a line of their bulk export, without its envelope."""
    if isinstance(value, Mapping) and isinstance(value.get("_source"), Mapping):
        return {"_id": value.get("_id"), **value["_source"]}
    return value


def _is_envelope(value: Mapping[object, object]) -> bool:
    """Whether an object with a title is a feed (it has a list of objects that are articles themselves)."""
    return any(
        name in _LISTS and isinstance(inner, list) and inner and isinstance(inner[0], Mapping)
        and is_record(inner[0], {})
        for name, inner in value.items()
    )  # fmt: skip


class _Broken:
    def __init__(self, reason: str) -> None:
        self.reason = reason


class _Text:
    """The text of a source, decoded as it is needed, with a position in it."""

    def __init__(self, source: Source) -> None:
        decoder = Decoder(source.head)
        self._decode = codecs.getincrementaldecoder(decoder.encoding())("replace")
        self._stream = source.stream
        self._json = json.JSONDecoder()
        self._buffer = ""
        self._ended = False
        self._dropped = 0
        self.position = 0

    def _more(self, size: int) -> bool:
        """Read on; False at the end."""
        if self._ended:
            return False
        content = self._stream.read(size)
        self._ended = not content
        self._dropped += self.position
        self._buffer = self._buffer[self.position :] + self._decode.decode(content, final=self._ended)
        self.position = 0
        return True

    def peek(self) -> str:
        """The next character that is neither space, comma, nor mark of byte order; empty at the end."""
        while True:
            match = _SPACE.match(self._buffer, self.position)
            self.position = match.end() if match else self.position
            if self.position < len(self._buffer):
                if self._buffer[self.position] != "\ufeff":
                    return self._buffer[self.position]
                self.position += 1
            elif not self._more(_CHUNK):
                return ""

    def value(self, limit: int) -> object:
        """The value at the position, read on until it is whole; `_Broken` where it never is."""
        size = _CHUNK
        while True:
            try:
                value, end = self._json.raw_decode(self._buffer, self.position)
            except json.JSONDecodeError as fault:
                held = len(self._buffer) - self.position
                if held > limit:
                    return _Broken(f"a value longer than {limit:,} characters")
                if not self._more(size):
                    position = self._dropped + fault.pos + 1
                    return _Broken(f"not valid JSON ({fault.msg} at character {position})")
                size = max(size, held)  # doubling: each value is parsed a few times at most
            except (ValueError, RecursionError):
                return _Broken("JSON nested too deeply, or a number too long")
            else:
                if end == len(self._buffer) and self._more(size):
                    continue  # a number or word may go on in what follows
                self.position = end
                return value
