"""Draft to Article: cleans, cuts boilerplate, sets the dateline apart, dates and names. Last step of
reading."""

from __future__ import annotations

import re
from datetime import date, datetime

from search.language.dates import FIRST_YEAR, LAST_YEAR, date_in_url, parse_date
from search.model import Article, Skipped
from search.reading.boilerplate import cut_boilerplate
from search.reading.cleaning import clean_field, clean_lines
from search.reading.dateline import is_date_line, is_paper, paper_in, split_dateline
from search.reading.draft import Draft
from search.reading.identity import canonical_url, has_host, text_id

_DAY_IN_URL = re.compile(r"\d{4}(?:/\d\d?/\d|-\d\d-\d|\d{4})|%")


def finish(draft: Draft, max_chars: int) -> Article | Skipped:
    """The article of a draft, or why there is none: no text, or more than `max_chars` characters of it."""
    if len(draft.body) + len(draft.title) > max_chars:
        return Skipped(draft.where, f"longer than {max_chars:,} characters")
    title = clean_field(draft.title) or ""
    lines = clean_lines(draft.body)
    if not lines:
        return Skipped(draft.where, "no text, only a title" if title else "no text")
    lines, printed, paper = _without_head(lines, title)
    source = clean_field(draft.source) or paper
    story = cut_boilerplate(lines)
    if not story.lines:
        return Skipped(draft.where, "no text but boilerplate")
    dateline, first, dated = split_dateline(story.lines[0], source, draft.url)
    if not source and story.origin and is_paper(story.origin):
        source = story.origin
    paragraphs = [first, *story.lines[1:]] if first else list(story.lines[1:])
    if not paragraphs:
        return Skipped(draft.where, "no text but a dateline")
    body = "\n".join(paragraphs)
    url = clean_field(draft.url)
    address = canonical_url(url) if url else None
    category, *tags = _distinct(draft.labels) or [None]
    return Article(
        id=clean_field(draft.id) or address or clean_field(draft.guid) or text_id(title, body),
        title=title,
        body=body,
        published=_published(draft.published, url, dated or printed),
        source=source,
        url=address or (url if url and has_host(url) else None),
        category=category,
        place=clean_field(draft.place),
        author=clean_field(draft.author) or story.author,
        tags=tuple(tag for tag in tags if tag),
        dateline=clean_field(draft.dateline) or dateline,
        editor=clean_field(draft.editor) or story.editor,
    )


def _without_head(lines: list[str], title: str) -> tuple[list[str], date | datetime | None, str | None]:
    """Without the title repeated and a line that is only the date, above the story; that date, and the paper
    named beside it."""
    printed: date | datetime | None = None
    paper: str | None = None
    while len(lines) > 1:
        if title and lines[0].casefold() == title.casefold():
            lines = lines[1:]
        elif printed is None and is_date_line(lines[0]):
            printed, paper, lines = parse_date(lines[0]), paper_in(lines[0]) or None, lines[1:]
        else:
            break
    return lines, printed, paper


def _published(
    stated: str | date | datetime | None, url: str | None, dated: date | datetime | None
) -> date | datetime | None:
    """From metadata, then the address, then the dateline."""
    found = parse_date(stated) if isinstance(stated, str) else stated
    if found is not None and FIRST_YEAR <= found.year <= LAST_YEAR:
        return found
    # Most addresses hold no day, which is told faster than by taking them apart.
    return (date_in_url(url) if url and _DAY_IN_URL.search(url) else None) or dated


def _distinct(labels: tuple[str, ...]) -> list[str | None]:
    """Labels without repetitions, in order, case aside."""
    kept: dict[str, str] = {}
    for label in labels:
        text = clean_field(label)
        if text:
            kept.setdefault(text.casefold(), text)
    return list(kept.values())
