"""WordPress exports (WXR): published posts. Pages, attachments, drafts and menus are not articles and are
passed over in silence, as are comments; remains of blocks and shortcodes are removed from the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from search.language.dates import parse_date
from search.model import ReadOptions, Skipped
from search.reading.draft import Draft
from search.reading.markup import to_line, to_text
from search.reading.source import Source
from search.reading.xml_items import BrokenXmlError, elements, local, text_of

# Shortcodes that stand for media or forms: what is between their tags is no part of the story.
_MEDIA = "caption|wp_caption|gallery|embed|video|audio|playlist|youtube|vimeo|contact-form-7|ads"
_MEDIA_CODE = re.compile(
    rf"\[(?P<name>{_MEDIA})\b[^\[\]]{{0,2000}}\](?:[^\[\]]{{0,5000}}\[/(?P=name)\])?", re.IGNORECASE
)
_CLOSING = re.compile(r"\[/([A-Za-z][\w-]{1,40})\]")
_CODE = re.compile(r"\[/?([A-Za-z][\w-]{1,40})(?:\s[^\[\]]{0,2000})?\]")
_WITH_ATTRIBUTES = re.compile(
    r"\[[A-Za-z][\w-]{1,40}(?:\s+[\w-]{1,40}=(?:\"[^\"\[\]]*\"|'[^'\[\]]*'|[^\s\"'\[\]]+)){1,30}\s*/?\]"
)


def read(source: Source, options: ReadOptions) -> Iterator[Draft | Skipped]:
    """One draft a published post. Placed by the number of the item in the export."""
    site: str | None = None
    authors: dict[str, str] = {}
    number = 0
    try:
        for element in elements(source, "item"):
            name = local(element)
            if name == "title" and site is None:
                site = (element.text or "").strip()
            elif name == "author":
                authors[text_of(element, "author_login")] = text_of(element, "author_display_name")
            elif name == "item":
                number += 1
                if _is_published_post(element):
                    yield _draft(element, source.item(number), site, authors)
    except BrokenXmlError as fault:
        yield Skipped(source.item(number + 1), str(fault))


def _is_published_post(item: Any) -> bool:
    kind, status = text_of(item, "post_type"), text_of(item, "status")
    return kind in ("", "post") and status in ("", "publish") and not text_of(item, "post_password")


def _draft(item: Any, where: str, site: str | None, authors: dict[str, str]) -> Draft:
    login = text_of(item, "creator")
    labels: dict[str, list[str]] = {"category": [], "post_tag": []}
    for child in item:
        if local(child) == "category" and child.text:
            labels.get(child.get("domain", "category"), []).append(to_line(child.text))
    return Draft(
        where=where,
        title=to_line(text_of(item, "title")),
        body=story_text(text_of(item, "encoded", "content") or text_of(item, "encoded", "excerpt")),
        published=_published(item),
        source=to_line(site) if site else None,
        url=text_of(item, "link") or None,
        guid=text_of(item, "guid") or None,
        labels=tuple(label for label in labels["category"] + labels["post_tag"] if label != "Uncategorized"),
        author=to_line(authors.get(login) or login) or None,
    )


def _published(item: Any) -> str | datetime:
    """The site's own clock. Its zone is in no field of its own: it is how far the clock is from the same moment
    in UTC, where that is an offset that zones have (-12 to +14 hours, in quarters: ISO 8601, tz database)."""
    clock = text_of(item, "post_date")
    if clock[:4] in ("", "0000"):
        return text_of(item, "pubDate")
    here, there = parse_date(clock), parse_date(text_of(item, "post_date_gmt"))
    if not (isinstance(here, datetime) and isinstance(there, datetime)) or here.tzinfo or there.tzinfo:
        return clock
    offset = here - there
    known = timedelta(hours=-12) <= offset <= timedelta(hours=14) and not offset % timedelta(minutes=15)
    return here.replace(tzinfo=timezone(offset)) if known else clock


def story_text(content: str) -> str:
    """WordPress's stored form to paragraphs: without shortcodes, and with the line ends
    that its `wpautop` filter would turn into paragraphs."""
    content = without_shortcodes(content)
    if not re.search(r"<p[\s>]", content, re.IGNORECASE):
        content = re.sub(r"\r?\n", "<br>\n", content)
    return to_text(content)


def without_shortcodes(content: str) -> str:
    """Removes `[gallery ids="1"]`, `[su_box]...[/su_box]` (its text stays) and the like; "[Antara]", which
    is no shortcode, has neither attributes nor an end tag and stays."""
    content = _MEDIA_CODE.sub(" ", content)
    paired = set(_CLOSING.findall(content))
    content = _CODE.sub(lambda match: "" if match[1] in paired else match[0], content)
    return _WITH_ATTRIBUTES.sub("", content)
