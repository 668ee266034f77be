"""JSON lines: one object a line, streamed; a broken line is reported and the others go on."""

from __future__ import annotations

import json
from collections.abc import Iterator

from search.model import ReadOptions, Skipped
from search.reading.draft import Draft
from search.reading.encoding import Decoder, text_lines
from search.reading.json_document import articles_in, unwrapped
from search.reading.source import Source

BYTES_PER_CHAR = 8
"""A line of more than this many bytes per allowed character is passed over unread: a character is at most 4
bytes of UTF-8, or 6 of `\\uXXXX`, and markup adds to it."""


def read(source: Source, options: ReadOptions) -> Iterator[Draft | Skipped]:
    """One draft a line. A line that is an array or an envelope of articles gives all of them."""
    limit = options.max_chars * BYTES_PER_CHAR
    for number, line in text_lines(source.stream, Decoder(source.head), limit):
        where = source.at(number)
        if line is None:
            yield Skipped(where, f"line longer than {limit:,} bytes")
            continue
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as fault:
            yield Skipped(where, f"not valid JSON ({_reason(fault)})")
            continue
        found: list[Draft | Skipped] = list(articles_in(unwrapped(value), where, options))
        yield from found or [Skipped(where, "not an article (a JSON object with a title or text)")]


def _reason(fault: Exception) -> str:
    if isinstance(fault, json.JSONDecodeError):
        return f"{fault.msg} at character {fault.pos + 1}"
    return "nested too deeply" if isinstance(fault, RecursionError) else "a number too long"
