"""What a format's module hands over: the fields of one item as found, not yet cleaned, dated or named.

Stands between the formats (bytes to `Draft`) and `search.reading.finish` (`Draft` to `Article`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(slots=True)
class Draft:
    """One item of a source. `where`: path, path:line or path#item, for reports. `body`: paragraphs, one a
    line; already free of markup. `published`: as stated, parsed later. `labels`: category first, then
    tags. `guid`: what a feed or export calls the item, used where it has no address."""

    where: str
    title: str = ""
    body: str = ""
    id: str | None = None
    guid: str | None = None
    published: str | date | datetime | None = None
    source: str | None = None
    url: str | None = None
    labels: tuple[str, ...] = ()
    place: str | None = None
    author: str | None = None
    dateline: str | None = None
    editor: str | None = None
