"""Articles as the index stores them: a compressed record, its digest, and the keys for order and filters."""

from __future__ import annotations

import json
import zlib
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from hashlib import blake2b

from search.model import Article

WIB = timezone(timedelta(hours=7), "WIB")
"""Western Indonesian time: what a time without a zone is taken for when articles are put in order of time."""

_EPOCH = datetime(1, 1, 1)
_EPOCH_UTC = _EPOCH.replace(tzinfo=timezone.utc)
_MOST = (datetime.max - _EPOCH) // timedelta(microseconds=1)
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_from_json = json.JSONDecoder().decode  # what `json.loads` comes to, without its questions


def encode(article: Article) -> bytes:
    """The stored record, uncompressed: a JSON list of the fields in the order of `Article`."""
    published = article.published.isoformat() if article.published else None
    record = (
        article.id, article.title, article.body, published, article.source, article.url, article.category,
        article.place, article.author, article.tags, article.dateline, article.editor,
    )  # fmt: skip
    return _to_json(record).encode("utf-8", "surrogatepass")


def decode(compressed: bytes) -> Article:
    """The article of a compressed record. Equal to the one that was encoded."""
    return parse(zlib.decompress(compressed))


def parse(record: bytes) -> Article:
    """The article of a record."""
    fields = _from_json(record.decode("utf-8", "surrogatepass"))
    fields[3], fields[9] = _parse_published(fields[3]), tuple(fields[9])
    return Article(*fields)


def _parse_published(text: str | None) -> date | datetime | None:
    if text is None:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def digest(record: bytes) -> int:
    """64 bits that change when anything of the article does (BLAKE2b)."""
    return int.from_bytes(blake2b(record, digest_size=8).digest(), "little")


def day(published: date | datetime | None) -> int:
    """The printed day as YYYYMMDD, 0 where unknown: what date ranges compare."""
    return published.year * 10_000 + published.month * 100 + published.day if published else 0


def instant(published: date | datetime | None) -> datetime | None:
    """The moment in UTC, without zone, by which articles are put in order; a bare date is its first moment."""
    if published is None:
        return None
    moment = published if isinstance(published, datetime) else datetime.combine(published, time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=WIB)
    try:
        return moment.astimezone(timezone.utc).replace(tzinfo=None)
    except OverflowError:  # the first or last day of the calendar
        return moment.replace(tzinfo=None)


def microseconds(published: date | datetime | None) -> int:
    """The same as microseconds since year 1, the number by which Whoosh keeps a DATETIME; 0 where unknown."""
    if not isinstance(published, datetime):
        return 0 if published is None else _of_day(published)
    since = (published if published.tzinfo else published.replace(tzinfo=WIB)) - _EPOCH_UTC
    number = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return number if 0 <= number <= _MOST else _since_epoch(published)


@lru_cache(maxsize=1 << 14)
def _of_day(published: date) -> int:
    return _since_epoch(published)


def _since_epoch(published: date) -> int:
    moment = instant(published)
    assert moment is not None
    return (moment - _EPOCH) // timedelta(microseconds=1)
