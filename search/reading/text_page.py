"""Plain text as saved from a web page: a title line, hard-wrapped paragraphs, and what stood around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile

from search.model import ReadOptions, Skipped
from search.reading.boilerplate import stands_alone
from search.reading.dateline import is_date_line
from search.reading.draft import Draft
from search.reading.encoding import Decoder
from search.reading.markup import is_markup, to_text
from search.reading.paragraphs import rejoin
from search.reading.source import Source

_BAR = re.compile(r"^(?P<title>.*?\S)\s*[|»]\s*(?P<site>[^|»]{0,60})$")
_SENTENCE_END = re.compile(r"""[.!?…:;,]["'”’)\]]*$""")
_LONGEST_TITLE = 200


def read(source: Source, options: ReadOptions) -> Iterator[Draft | Skipped]:
    """One draft a file."""
    text = Decoder(source.head).decode(source.read(options.max_chars * 4))
    yield draft_of_text(text, source.name)


def draft_of_text(text: str, where: str) -> Draft:
    """The draft of a page's text: title, site (what follows the bar of a browser's title), rejoined
    paragraphs."""
    if is_markup(text):
        text = to_text(text).replace("\n", "\n\n")  # its paragraphs are marked, not wrapped
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").split("\n")
    lines = [" ".join(line.split()) for line in lines]
    lines = list(dropwhile(lambda line: not line, lines))
    title, site, rest = _split_title(lines)
    # Between blank lines, so that it is not joined to the paragraph above it.
    rest = [
        piece for line in rest for piece in (["", line, ""] if stands_alone(line) or is_date_line(line) else [line])
    ]
    return Draft(where=where, title=title, source=site, body="\n".join(rejoin(rest)))


def _split_title(lines: list[str]) -> tuple[str, str | None, list[str]]:
    """The title, where the first line is one: it ends in a bar, or stands apart from the text behind it."""
    first = lines[0] if lines else ""
    bar = _BAR.match(first) if len(first) <= _LONGEST_TITLE else None
    if bar:
        return bar["title"].rstrip(" |»"), bar["site"] or None, lines[1:]
    alone = len(lines) > 2 and (not lines[1] or len(lines[1]) > 2 * len(first))
    if first and alone and len(first) <= _LONGEST_TITLE and not _SENTENCE_END.search(first):
        return first, None, lines[1:]
    return "", None, lines
