"""RSS 2.0, RSS 1.0 and Atom files, through feedparser, which is given bytes only and never an address."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from search.model import ReadOptions, Skipped
from search.reading.draft import Draft
from search.reading.encoding import Decoder
from search.reading.markup import to_line, to_text, without_crowds
from search.reading.source import HEAD_BYTES, Source, UnreadableError

_MOST_BYTES = 64 << 20
"""A feed is parsed whole; real ones hold some tens of items. Larger exports have formats of their own."""

_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]{0,1000}(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_ENDS = re.compile(r"</(?:\w+:)?(?:rss|feed|RDF)\s*>")
_ITEM_END = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>")


def read(source: Source, options: ReadOptions) -> Iterator[Draft | Skipped]:
    """One draft an item. Where the file is cut off, the items that are whole."""
    import feedparser

    text = Decoder(source.head).decode(source.read(_MOST_BYTES))
    # Entities are declared before the root; feedparser is not given any.
    text = _DOCTYPE.sub("", text[:HEAD_BYTES], count=1) + text[HEAD_BYTES:]
    cut_off = not _ENDS.search(text, max(0, len(text) - 4096))
    if cut_off:
        ends = [match.end() for match in _ITEM_END.finditer(text)]
        text = text[: ends[-1]] if ends else ""
    text = without_crowds(text)
    content = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text).encode("utf-8", "replace")
    try:
        parsed = feedparser.parse(
            io.BytesIO(content), sanitize_html=False, resolve_relative_uris=False,
            response_headers={"content-type": "application/xml; charset=utf-8"},
        )  # fmt: skip
    except Exception as fault:  # whatever a stranger's file does to a parser, the run goes on
        raise UnreadableError(f"not a feed that can be read ({type(fault).__name__})") from fault
    site = to_line(str(parsed.feed.get("title", ""))) if parsed.get("feed") else ""
    for number, entry in enumerate(parsed.entries, 1):
        yield _draft(entry, source.item(number), site)
    if cut_off or not parsed.entries:
        reason = "the feed is cut off" if cut_off else "a feed without items"
        yield Skipped(source.item(len(parsed.entries) + 1), reason)


def _draft(entry: Any, where: str, site: str) -> Draft:
    texts = [part.get("value", "") for part in entry.get("content", []) if "text" in part.get("type", "text")]
    texts += [part.get("value", "") for part in entry.get("content", []) if "html" in part.get("type", "")]
    body = max(texts, key=len, default="") or entry.get("summary", "")
    labels = [str(tag.get("label") or tag.get("term") or "") for tag in entry.get("tags", [])]
    link = str(entry.get("link", ""))
    return Draft(
        where=where,
        title=to_line(str(entry.get("title", ""))),
        body=to_text(str(body)),
        published=str(entry.get("published") or entry.get("updated") or "") or None,
        source=site or None,
        url=link or None,
        guid=str(entry.get("id", "")) or None,
        labels=tuple(to_line(label) for label in labels if label),
        author=to_line(str(entry.get("author", ""))) or None,
    )
