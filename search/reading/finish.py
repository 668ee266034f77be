"""Draft to Article: cleans, cuts boilerplate, sets the dateline apart, dates and names. Last step of reading."""

from __future__ import annotations

from datetime import date, datetime

from search.language.dates import FIRST_YEAR, LAST_YEAR, date_in_url, parse_date
from search.model import Article, Skipped
from search.reading.boilerplate import cut_boilerplate
from search.reading.cleaning import clean_field, clean_lines
from search.reading.dateline import split_dateline
from search.reading.draft import Draft
from search.reading.identity import canonical_url, text_id


def finish(draft: Draft, max_chars: int) -> Article | Skipped:
    """The article of a draft, or why there is none: no text, or more than `max_chars` characters of it."""
    if len(draft.body) + len(draft.title) > max_chars:
        return Skipped(draft.where, f"longer than {max_chars:,} characters")
    lines = clean_lines(draft.body)
    if not lines:
        return Skipped(draft.where, "no text, only a title" if clean_field(draft.title) else "no text")
    story = cut_boilerplate(lines)
    if not story.lines:
        return Skipped(draft.where, "no text but boilerplate")
    dateline, first, dated = split_dateline(story.lines[0], draft.source or draft.url)
    paragraphs = [first, *story.lines[1:]] if first else list(story.lines[1:])
    if not paragraphs:
        return Skipped(draft.where, "no text but a dateline")
    title, body = clean_field(draft.title) or "", "\n".join(paragraphs)
    url = clean_field(draft.url)
    address = canonical_url(url) if url else None
    category, *tags = _distinct(draft.labels) or [None]
    return Article(
        id=clean_field(draft.id) or address or text_id(title, body),
        title=title,
        body=body,
        published=_published(draft.published, url, dated),
        source=clean_field(draft.source),
        url=address or url,
        category=category,
        place=clean_field(draft.place),
        author=clean_field(draft.author) or story.author,
        tags=tuple(tag for tag in tags if tag),
        dateline=clean_field(draft.dateline) or dateline,
        editor=clean_field(draft.editor) or story.editor,
    )


def _published(stated: str | date | datetime | None, url: str | None, dated: date | None) -> date | datetime | None:
    """From metadata, then the address, then the dateline."""
    found = parse_date(stated) if isinstance(stated, str) else stated
    if found is not None and FIRST_YEAR <= found.year <= LAST_YEAR:
        return found
    return (date_in_url(url) if url else None) or dated


def _distinct(labels: tuple[str, ...]) -> list[str | None]:
    """Labels without repetitions, in order, case aside."""
    kept: dict[str, str] = {}
    for label in labels:
        text = clean_field(label)
        if text:
            kept.setdefault(text.casefold(), text)
    return list(kept.values())
