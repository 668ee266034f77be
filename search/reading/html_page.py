"""HTML pages: the story by trafilatura, and what the page's metadata says of it.

Dates are read here and not by trafilatura, whose date finder guesses where a page states none.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

from search.language.dates import parse_date
from search.model import ReadOptions, Skipped
from search.reading.draft import Draft
from search.reading.encoding import Decoder
from search.reading.markup import rendered, to_line, without_crowds
from search.reading.source import Source, UnreadableError

_BYTES_PER_CHAR = 12  # markup, styles and scripts of a page are rarely ten times its text
_MOST_TAGS = 20_000
"""A page with more is not given to trafilatura, whose time grows with the square of some kinds; large pages of news
have a quarter of this."""

_DATE_NAMES = (
    "article:published_time", "datepublished", "og:published_time", "publishdate", "publish_date", "pubdate",
    "content_publisheddate", "dc.date.issued", "dcterms.created", "dc.date", "article.published",
    "parsely-pub-date", "sailthru.date", "date",
)  # fmt: skip
_DATED = (
    '//*[@itemprop="datePublished" or contains(@class, "published") or contains(@class, "date")'
    ' or contains(@class, "tanggal") or contains(@class, "waktu")][not(self::body) and not(self::html)]'
)
_FURNITURE = frozenset(["nav", "header", "footer", "aside", "form"])


def read(source: Source, options: ReadOptions) -> Iterator[Draft | Skipped]:
    """One draft a page. Raises UnreadableError where it cannot be parsed."""
    text = Decoder(source.head).decode(source.read(options.max_chars * _BYTES_PER_CHAR))
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", without_crowds(text))
    try:
        yield _draft(text, source.name)
    except Exception as fault:  # whatever a stranger's page does to the parsers, the run goes on
        raise UnreadableError(f"HTML that cannot be read ({type(fault).__name__})") from fault


def _draft(text: str, where: str) -> Draft:
    tree = _tree(text)
    page = _extracted(text) if text.count("<") <= _MOST_TAGS else None
    body = (getattr(page, "text", None) or "").strip()
    if not body and tree is not None:
        body = rendered(tree, _FURNITURE)
    meta = _meta(tree)
    title = getattr(page, "title", None) or meta.get("og:title")
    if not title and tree is not None:
        title = tree.findtext(".//title")
    labels = [*(getattr(page, "categories", None) or []), *(getattr(page, "tags", None) or [])]
    return Draft(
        where=where,
        title=to_line(title or ""),
        body=body,
        published=_stated_date(tree, meta),
        source=getattr(page, "sitename", None) or meta.get("og:site_name"),
        url=_address(tree, meta),
        labels=tuple(label for entry in labels for label in re.split(r"[,;]", entry)),
        author=getattr(page, "author", None) or meta.get("author"),
    )


def _extracted(text: str) -> Any:
    """What trafilatura finds, or None. Its messages go nowhere: what it leaves out is reported by us."""
    import trafilatura

    for name in ("trafilatura", "htmldate", "courlan", "justext", "readability"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    return trafilatura.bare_extraction(
        text, include_comments=False, include_tables=True, with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True},
    )  # fmt: skip


def _tree(text: str) -> Any:
    from lxml import etree  # type: ignore[import-untyped]
    from lxml import html as lxml_html

    try:
        return lxml_html.document_fromstring(re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text))
    except (etree.LxmlError, ValueError):
        return None


def _meta(tree: Any) -> dict[str, str]:
    """Contents of meta elements by name, property or itemprop, in lower case; the first of each."""
    found: dict[str, str] = {}
    for element in tree.iter("meta") if tree is not None else ():
        for attribute in ("property", "name", "itemprop"):
            if element.get(attribute) and (element.get("content") or "").strip():
                found.setdefault(element.get(attribute).strip().lower(), element.get("content").strip())
    return found


def _address(tree: Any, meta: dict[str, str]) -> str | None:
    """The canonical address."""
    for element in tree.iter("link") if tree is not None else ():
        if "canonical" in (element.get("rel") or "").lower().split() and element.get("href"):
            return str(element.get("href")).strip()
    return meta.get("og:url")


def _stated_date(tree: Any, meta: dict[str, str]) -> str | None:
    """The date of publication as the page states it: metadata, JSON-LD, then elements marked as its date."""
    stated = [meta[name] for name in _DATE_NAMES if name in meta]
    if tree is not None:
        stated += _linked_data_dates(tree)
        stated += [element.get("datetime") or element.text_content() for element in _date_elements(tree)]
    return next((text for text in stated if text and parse_date(text.strip()) is not None), None)


def _linked_data_dates(tree: Any) -> list[str]:
    found: list[str] = []
    for element in tree.iter("script"):
        if "ld+json" not in (element.get("type") or ""):
            continue
        try:
            value: object = json.loads(element.text or "")
        except (ValueError, RecursionError):
            continue
        graph = value.get("@graph", value) if isinstance(value, dict) else value
        for node in graph if isinstance(graph, list) else [graph]:
            if isinstance(node, dict) and isinstance(node.get("datePublished"), str):
                found.append(node["datePublished"])
    return found


def _date_elements(tree: Any) -> list[Any]:
    """`time` elements and those whose class is a date's, as templates of Blogger and Indonesian sites name
    them."""
    times = [element for element in tree.iter("time", "abbr") if element.get("datetime") or element.get("title")]
    marked = tree.xpath(_DATED)
    return [*times[:5], *[element for element in marked[:20] if len(element.text_content()) < 100]]
