"""HTML fragments, as they stand in feeds, exports and body fields, to paragraphs of plain text.

Whole pages go through `search.reading.html_page`, which finds the story in them first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from search.reading.cleaning import unescape

if TYPE_CHECKING:
    from lxml.html import HtmlElement  # type: ignore[import-untyped]

_TAG = re.compile(
    r"</?(?:p|br|div|span|a|b|i|u|em|strong|h[1-6]|ul|ol|li|img|table|tbody|tr|td|th|blockquote|figure|figcaption"
    r"|script|style|iframe|section|article|font|center|hr|html|body|pre|small|sup|sub)(?:\s[^<>]*)?/?>|<!--",
    re.IGNORECASE,
)
_BLOCKS = frozenset(
    """
    address article aside blockquote body caption center dd div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section table tbody td tfoot th thead tr ul
    """.split()  # noqa: SIM905 (a list of this length is read better so)
)
_SILENT = frozenset(
    """
    script style noscript template iframe object embed svg math button select option textarea form head title
    nav audio video canvas input figcaption
    """.split()  # noqa: SIM905
)
# Captions of pictures, by the classes that WordPress and Blogger give them where they have no element of their own.
_SILENT_CLASSES = frozenset(["wp-caption-text", "wp-element-caption", "tr-caption"])


# The time of libxml2 and feedparser grows with the square of an element's attributes; no page's has a hundred.
_CROWDED = re.compile(
    r"<(?P<name>[A-Za-z][^\s<>/\"']{0,60})"
    r"(?:[\s/]+[^\s=<>\"'/]+(?:\s{0,9}=\s{0,9}(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))?){100,}"
)


def without_crowds(text: str) -> str:
    """HTML or XML without the attributes of elements that have more than a hundred, which only a hostile page has."""
    return _CROWDED.sub(r"<\g<name>", text) if "<" in text else text


def is_markup(text: str) -> bool:
    """Whether a string holds HTML tags (and not just a `<` of prose)."""
    return "<" in text and _TAG.search(text) is not None


def to_text(text: str) -> str:
    """Paragraphs, one a line, of a string that may be HTML; entities resolved once. Scripts, forms, embedded
    media and comments are left out. Never fails: what lxml cannot read is stripped of its tags."""
    if not is_markup(text):
        return unescape(text)
    root = _parsed(text)
    if root is None:
        return unescape(_TAG.sub("\n", text))
    return rendered(root)


def to_line(text: str) -> str:
    """`to_text` as one line: for titles and other short fields."""
    return " ".join(to_text(text).split())


def _parsed(text: str) -> HtmlElement | None:
    """The fragment within one element, or None."""
    from lxml import etree  # type: ignore[import-untyped]
    from lxml import html as lxml_html

    # libxml2 stops at a NUL and lxml refuses other controls and lone surrogates; none of them is text.
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", without_crowds(text))
    try:
        return lxml_html.fragment_fromstring(text, create_parent="div")
    except (etree.LxmlError, ValueError, AssertionError, TypeError):
        return None


def rendered(root: HtmlElement, leave_out: frozenset[str] = frozenset()) -> str:
    """Text of a parsed element, with a line end at every border of a block; elements named in `leave_out` are
    passed over. Walks events, not recursion: pages nest deeply."""
    from lxml import etree

    silent_names = _SILENT | leave_out
    parts: list[str] = []
    silent = 0
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            parts.append(_flat(node.tail) if not silent else "")
            continue
        name = node.tag.lower() if isinstance(node.tag, str) else ""
        unheard = name in silent_names or not _SILENT_CLASSES.isdisjoint((node.get("class") or "").split())
        if event == "start":
            silent += unheard
            if not silent:
                parts.append("\n" if name in _BLOCKS or name == "br" else "")
                parts.append(node.text if name == "pre" and node.text else _flat(node.text))
        else:
            silent -= unheard
            if not silent:
                parts.append("\n" if name in _BLOCKS else "")
                parts.append(_flat(node.tail) if node is not root else "")
    return "".join(parts)


def _flat(text: str | None) -> str:
    """Line ends within a paragraph of HTML are spaces."""
    return re.sub(r"\s+", " ", text) if text else ""
