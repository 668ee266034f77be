"""Blogger's Atom exports (the older backup and the newer Takeout form): live posts only. Comments, drafts,
pages, templates and settings are passed over in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from search.model import ReadOptions, Skipped
from search.reading.draft import Draft
from search.reading.markup import to_line, to_text
from search.reading.source import Source
from search.reading.xml_items import BrokenXmlError, elements, local, text_of

_KIND = "schemas.google.com/g/2005#kind"


def read(source: Source, options: ReadOptions) -> Iterator[Draft | Skipped]:
    """One draft a live post. Placed by the number of the entry in the export."""
    site: str | None = None
    number = 0
    try:
        for element in elements(source, "entry"):
            if local(element) == "title" and site is None:
                site = (element.text or "").strip()
            elif local(element) == "entry":
                number += 1
                if _is_live_post(element):
                    yield _draft(element, source.item(number), site)
    except BrokenXmlError as fault:
        yield Skipped(source.item(number + 1), str(fault))


def _is_live_post(entry: Any) -> bool:
    """By the kind of the older form, the type and status of the newer, or, in a live feed, for not being a
    reply."""
    kinds = [child.get("term", "") for child in entry if _KIND in child.get("scheme", "")]
    form, status = text_of(entry, "type"), text_of(entry, "status")
    drafts = [child for child in entry.iter() if local(child) == "draft" and (child.text or "").strip() == "yes"]
    if drafts or (status and status != "LIVE") or text_of(entry, "trashed"):
        return False
    if kinds:
        return any(kind.endswith("#post") for kind in kinds)
    if form:
        return form == "POST"
    return not any(local(child) == "in-reply-to" for child in entry)


def _draft(entry: Any, where: str, site: str | None) -> Draft:
    links = {child.get("rel", "alternate"): child.get("href", "") for child in entry if local(child) == "link"}
    labels = [
        child.get("term", "") for child in entry
        if local(child) == "category" and _KIND not in child.get("scheme", "")
    ]  # fmt: skip
    authors = [text_of(child, "name") for child in entry if local(child) == "author"]
    return Draft(
        where=where,
        title=to_line(text_of(entry, "title")),
        body=to_text(text_of(entry, "content") or text_of(entry, "summary")),
        published=text_of(entry, "published") or None,
        source=to_line(site) if site else None,
        url=links.get("alternate") or None,
        guid=text_of(entry, "id") or None,
        labels=tuple(label for label in labels if label),
        author=next((name for name in authors if name and name != "Unknown"), None),
    )
