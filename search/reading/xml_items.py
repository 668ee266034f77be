"""Large XML exports, element by element: streamed, bounded in memory, and deaf to entities and DTDs.

Used by the two export formats (Blogger, WordPress); feeds go through feedparser.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any

from search.reading.encoding import Decoder
from search.reading.source import Source

_CHUNK = 1 << 16
# XML 1.0 admits no other controls; WordPress writes them all the same when an author pasted them.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DECLARATION = re.compile(r"<\?xml[^>]{0,200}\?>")


class BrokenXmlError(Exception):
    """The document breaks off or is not well-formed; the message says where."""


def elements(source: Source, name: str) -> Iterator[Any]:
    """Each element of this local name, whole, with what precedes it in its parent already let go; also the
    elements beside it (a channel's title, its authors), so that the caller can look at them. Raises
    BrokenXmlError after the last whole one."""
    from lxml import etree  # type: ignore[import-untyped]

    # No entity is expanded, no DTD fetched, no text node of more than 10 MB taken (libxml2's own limit).
    parser = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    walker = _Walker(parser, name)
    try:
        for text in _texts(source):
            parser.feed(text)
            yield from walker.ready()
        parser.close()
    except etree.XMLSyntaxError as fault:
        yield from walker.ready()
        raise BrokenXmlError(f"broken XML ({_message(fault)}); what follows is left out") from fault
    yield from walker.ready()


class _Walker:
    """Keeps track of the depth of a pull parser's events and forgets what has been handed over."""

    def __init__(self, parser: Any, name: str) -> None:
        self._parser = parser
        self._name = name
        self._depth = 0
        self._level: int | None = None

    def ready(self) -> Iterator[Any]:
        """Elements that have ended by now, at the level where items are."""
        for event, element in self._parser.read_events():
            if event == "start":
                self._depth += 1
                if self._level is None and local(element) == self._name:
                    self._level = self._depth
                continue
            # Before the first item, its siblings are the children of whatever holds it: level 2 or 3.
            if self._depth == self._level or (self._level is None and self._depth in (2, 3)):
                yield element
            if self._depth == self._level:
                self._forget(element)
            self._depth -= 1

    @staticmethod
    def _forget(element: Any) -> None:
        element.clear()
        parent = element.getparent()
        while parent is not None and parent[0] is not element:
            del parent[0]


def local(element: Any) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def text_of(element: Any, name: str, namespace: str = "") -> str:
    """Text of the first child of this local name whose namespace has `namespace` in it; entities left
    unresolved."""
    for child in element:
        if local(child) == name and namespace in str(child.tag):
            return "".join(child.itertext()).strip()
    return ""


def _texts(source: Source) -> Iterator[bytes]:
    """The document in UTF-8, whatever it is in or says it is in: declarations are wrong too often."""
    decode = codecs.getincrementaldecoder(Decoder(source.head).encoding())("replace").decode
    first = True
    while True:
        content = source.stream.read(_CHUNK)
        text = _FORBIDDEN.sub("", decode(content, not content))
        if first and text:
            text = _DECLARATION.sub("", text.lstrip("\ufeff \t\r\n"), count=1)
            first = False
        if text:
            yield text.encode("utf-8")
        if not content:
            return


def _message(fault: Exception) -> str:
    return " ".join(str(fault).split())[:120]
