"""Articles as the index keeps them: as a record on the way there, with its digest, as a row of units where it is stored
(`stored.py`), and the keys for order and filters."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache

from search.model import Article

WIB = timezone(timedelta(hours=7), "WIB")
"""Western Indonesian time: what a time without a zone is taken for when articles are put in order of time."""

HERE = "\x1e"
"""Stands in no text that `spelled` makes, and nor does the character 0."""

MARK = "\x1f"
"""Stands between the fields of an article that is spelled."""

AS_RECORD = "!"
"""Stands in place of the letters of its fields, where the article itself holds one of these characters."""

_BETWEEN = f" {MARK} "

_EPOCH = datetime(1, 1, 1)
_EPOCH_UTC = _EPOCH.replace(tzinfo=timezone.utc)
_MOST = (datetime.max - _EPOCH) // timedelta(microseconds=1)
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_from_json = json.JSONDecoder().decode  # what `json.loads` comes to, without its questions


def encode(article: Article) -> bytes:
    """The record of an article: its texts with a mark between them, in one line. JSON says the same, in three times as
    long, where a text holds one of the characters that mean something here."""
    front, back = beside_text(article)
    if front == AS_RECORD or MARK in article.id or HERE in article.id:
        return _as_json(article).encode("utf-8", "surrogatepass")
    record = MARK.join((front, article.id, article.title, article.body, back))
    return record.replace("\n", HERE).encode("utf-8", "surrogatepass")


def _as_json(article: Article) -> str:
    """A JSON list of the fields in the order of `Article`, in one line."""
    published = article.published.isoformat() if article.published else None
    return _to_json((
        article.id, article.title, article.body, published, article.source, article.url, article.category,
        article.place, article.author, article.tags, article.dateline, article.editor,
    ))  # fmt: skip


def parse(record: bytes) -> Article:
    """The article of a record."""
    text = record.decode("utf-8", "surrogatepass")
    if text.startswith("["):
        return _from_list(text)
    front, id_, title, body, back = text.replace(HERE, "\n").split(MARK, 4)
    return _made(front, id_, title, body, f" {back}".split(_BETWEEN)[1:])


def _from_list(text: str) -> Article:
    fields = _from_json(text)
    fields[3], fields[9] = _parse_published(fields[3]), tuple(fields[9])
    return Article(*fields)


def _parse_published(text: str | None) -> date | datetime | None:
    if text is None:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def spelled(article: Article) -> str:
    """All of the article but its id in one text, made so that what often repeats stands between single spaces."""
    front, back = beside_text(article)
    parts = [front, back] if front == AS_RECORD else [front, article.title, MARK, article.body, *filter(None, [back])]
    return " ".join(parts).replace("\n", " \n ")


def beside_text(article: Article) -> tuple[str, str]:
    """What stands before the title and behind the body of a spelled article, with spaces between. `AS_RECORD` and the
    article as JSON are all that stands there, where a character would be taken for another than it is."""
    front, texts = "", [""]
    if article.published is not None:
        front += "p"
        texts.append(article.published.isoformat().replace("T", " T"))
    if article.url is not None:
        front += "i" if article.url == article.id else "u"
        if article.url != article.id:
            texts.append(article.url.replace("/", " /").replace("-", " -"))
    for letter, text in (
        ("s", article.source), ("c", article.category), ("l", article.place), ("a", article.author),
        ("d", article.dateline), ("e", article.editor),
    ):  # fmt: skip
        if text is not None:
            front += letter
            texts.append(text)
    texts += article.tags
    back = _BETWEEN.join(texts)[1:]
    title, body = article.title, article.body
    # Written out: nearly all of these answers are no, and each is quicker than what would bring them together.
    foreign = HERE in title or HERE in body or HERE in back or "\0" in title or "\0" in body or "\0" in back
    if foreign or MARK in title or MARK in body or back.count(MARK) >= len(texts):
        return AS_RECORD, _as_json(article)
    return front, back


def read_spelled(text: str, id_: str) -> Article:
    """The article of what `spelled` gave."""
    first, *lines = text.split("\n")
    if lines:
        # Each newline has a space of its own on both sides.
        text = "\n".join([first[:-1], *[line[1:-1] for line in lines[:-1]], lines[-1][1:]])
    shape, text = text.split(" ", 1)
    if shape == AS_RECORD:
        return _from_list(text)
    title, body, *texts = text.split(_BETWEEN)
    return _made(shape, id_, title, body, texts)


def _made(shape: str, id_: str, title: str, body: str, texts: list[str]) -> Article:
    """The article with the fields that `beside_text` told."""
    found: dict[str, str] = dict(zip(shape.replace("i", ""), texts))
    url = found.get("u")
    if "i" in shape:
        url = id_
    elif url is not None:
        url = url.replace(" -", "-").replace(" /", "/")
    get = found.get
    published = _parse_published(found["p"].replace(" T", "T")) if "p" in found else None
    return Article(
        id_, title, body, published, get("s"), url, get("c"), get("l"), get("a"), tuple(texts[len(found) :]),
        get("d"), get("e"),
    )  # fmt: skip


def digest(record: bytes) -> int:
    """64 bits that change when anything of the article does (BLAKE2b)."""
    from hashlib import blake2b  # loads OpenSSL, which no search needs

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
