"""Records (JSON objects, CSV rows, front matter) to drafts: which of their fields is the title, the body,
the date.

Names are compared without case, spaces, underscores and hyphens. The order of names is the order of
preference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache, lru_cache

from search.errors import UsageError
from search.reading.draft import Draft
from search.reading.markup import to_line, to_text
from search.reading.wordlists import sections

FIELDS = (
    "id",
    "title",
    "body",
    "published",
    "source",
    "url",
    "category",
    "tags",
    "place",
    "author",
    "editor",
    "dateline",
)
"""Names of fields that `field_map` may give."""

_MOST_NAMES, _LONGEST_NAME = 60, 60
"""Names, and characters of one, in records that are taken for ordinary."""

_INNER = (
    "rendered",
    "@value",
    "#text",
    "$t",
    "name",
    "nama",
    "value",
    "text",
    "title",
    "$date",
    "$oid",
    "@id",
    "url",
)


@lru_cache(4096)
def _key(name: str) -> str:
    return re.sub(r"[\s_\-]+", "", name).casefold()


@cache
def _order() -> dict[str, tuple[str, ...]]:
    """The names of each field, ready for comparison, in order of preference."""
    return {field: tuple(map(_key, names)) for field, names in sections("fields.txt").items()}


@cache
def _telling() -> frozenset[str]:
    """Names of titles and texts."""
    return frozenset({*_order()["title"], *_order()["body"]})


@lru_cache(64)
def _places(names: tuple[object, ...]) -> dict[str, tuple[str, ...]]:
    """For each field of an article, those of a record's names that mean it, the preferred first."""
    known: dict[str, str] = {}
    for name in names:
        if isinstance(name, str):
            known.setdefault(_key(name), name)
    return {field: tuple(known[key] for key in keys if key in known) for field, keys in _order().items()}


def _places_in(record: Mapping[object, object]) -> dict[str, tuple[str, ...]]:
    """`_places`, which most records of a source have in common; those of a stranger's making are not remembered,
    since their names may be as many and as long as his file."""
    names = tuple(record)
    ordinary = len(names) <= _MOST_NAMES and all(isinstance(name, str) and len(name) <= _LONGEST_NAME for name in names)
    return _places(names) if ordinary else _places.__wrapped__(names)


def check_field_map(field_map: Mapping[str, str]) -> None:
    """Raises UsageError where a name on the left is not a field of an article."""
    for name in field_map:
        if name not in FIELDS:
            raise UsageError(f"An article has no field {name!r}.", hint=f"Fields are: {', '.join(FIELDS)}.")


def is_record(names: Iterable[object], field_map: Mapping[str, str]) -> bool:
    """Whether a record with fields of these names can be an article: one is a title or a text."""
    keys = {_key(name) for name in names if isinstance(name, str)}
    mapped = {_key(name.partition(".")[0]) for field, name in field_map.items() if field in ("title", "body")}
    return not (keys.isdisjoint(_telling()) and keys.isdisjoint(mapped))


def draft_of(record: Mapping[object, object], where: str, field_map: Mapping[str, str]) -> Draft:
    """The draft of one record. Nested values (`{"title": {"rendered": ...}}`, lists of paragraphs) are
    flattened, HTML becomes text. A field that `field_map` names is taken from there only."""
    places = _places_in(record)
    wordpress = isinstance(record.get("title"), dict) and "link" in record and "id" not in field_map

    def found(field: str) -> object:
        mapped = field_map.get(field)
        if mapped is not None:
            return _at_path(record, mapped)
        for name in places[field]:
            if _filled(record[name]):
                return record[name]
        return None

    name = _flat(found("id")) or None
    site, slug = to_line(_flat(found("source"))), record[places["slug"][0]] if places["slug"] else None
    body = found("body")
    if body is None and "body" not in field_map:
        body = found("summary")
    return Draft(
        where=where,
        title=to_line(_flat(found("title"))),
        body=_paragraphs(body),
        # A number that WordPress gives a post is only unique within its blog; its address is unique
        # everywhere.
        id=None if wordpress else name,
        # A slug is only unique within its site.
        guid=name or (f"{site}/{_flat(slug)}" if site and _filled(slug) else None),
        published=_stated_date(found("published")),
        source=site,
        url=_flat(found("url")),
        labels=_labels(found("category"), found("tags")),
        place=to_line(_flat(found("place"))),
        author=to_line(_flat(found("author"))),
        dateline=to_line(_flat(found("dateline"))),
        editor=to_line(_flat(found("editor"))),
    )


def _filled(value: object) -> bool:
    return value is not None and value not in ("", [], {}) and not isinstance(value, bool)


def _at_path(record: Mapping[object, object], path: str) -> object:
    """A field by the name that was given, or, with dots, within nested objects (`title.rendered`)."""
    if path in record:
        return record[path]
    value: object = record
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        inner = (item for name, item in value.items() if isinstance(name, str) and _key(name) == _key(part))
        value = next(inner, None)
    return value


def _strings(value: object, depth: int = 0) -> list[str]:
    """The strings within a value, in order. Beyond a few levels it is not a field of an article any more."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, bool) or value is None or depth > 4:
        return []
    if isinstance(value, (int, float)):
        return [str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)]
    if isinstance(value, (date, datetime)):
        return [value.isoformat()]
    if isinstance(value, Mapping):
        inner = next((value[name] for name in _INNER if _filled(value.get(name))), None)
        return _strings(inner, depth + 1)
    if isinstance(value, (list, tuple)):
        return [text for item in value for text in _strings(item, depth + 1)]
    return []


def _flat(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    return ", ".join(text.strip() for text in _strings(value) if text.strip())


def _paragraphs(value: object) -> str:
    return "\n".join(to_text(text) for text in _strings(value))


def _stated_date(value: object) -> str | date | datetime | None:
    if isinstance(value, (date, datetime)):
        return value
    return next(iter(_strings(value)), None)


def _labels(category: object, tags: object) -> tuple[str, ...]:
    """Category first, then tags; a list of tags in one string is split at its commas or semicolons.
    WordPress gives numbers in place of names: they tell a reader nothing."""
    if category is None and tags is None:
        return ()
    found = [to_line(text) for text in _strings(category)]
    for text in _strings(tags):
        found.extend(to_line(part) for part in re.split(r"[;,|]", text))
    return tuple(label for label in found if label and not label.isdecimal())
