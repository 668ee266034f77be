"""Dates as Indonesian (and English) pages print them, to `date` and `datetime`.

Used by `search.reading` for what a source states, and by the query parser for `sejak:` and `sampai:`.
Nothing is guessed: without a day, a month and a four-digit year there is no date.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, time, timedelta, timezone
from urllib.parse import unquote, urlsplit

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Years outside of this range are taken for something else (a postcode, a price, a zeroed clock)."""

_LONGEST = 200  # a field with more text than this is prose, and the date in it need not be the article's

MONTHS = {
    # Indonesian names, with the older spellings Pebruari and Nopember, and the abbreviations of newspapers.
    "januari": 1, "jan": 1, "februari": 2, "pebruari": 2, "feb": 2, "peb": 2, "maret": 3, "mar": 3, "mrt": 3,
    "april": 4, "apr": 4, "mei": 5, "juni": 6, "jun": 6, "juli": 7, "jul": 7, "agustus": 8, "agu": 8, "ags":
    8, "agt": 8, "agust": 8, "agus": 8, "september": 9, "sep": 9, "sept": 9, "oktober": 10, "okt": 10,
    "nopember": 11, "november": 11, "nov": 11, "nop": 11, "desember": 12, "des": 12,
    # English, as in RFC 822 headers and themes that were never translated.
    "january": 1, "february": 2, "march": 3, "may": 5, "june": 6, "july": 7, "august": 8, "aug": 8,
    "october": 10, "oct": 10, "december": 12, "dec": 12,
}  # fmt: skip

_ZONES = {
    "wib": 7, "wita": 8, "wit": 9, "utc": 0, "gmt": 0, "z": 0, "ut": 0,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
"""Hours east of UTC: Keppres 41/1987 for the Indonesian zones, RFC 822 section 5.1 for the others."""

_NAME = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = r"(?P<year>\d{4})(?!\d)"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\d.,])(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})(?!\d)",
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[ ./-]{{0,3}}\b(?P<name>{_NAME})\b[ .,/-]{{0,3}}{_YEAR}",
        rf"\b(?P<name>{_NAME})\b[. ]{{0,2}}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:, ?| ){_YEAR}",
        rf"(?<![\d.,/-])(?P<first>\d{{1,2}}) ?([-/.]) ?(?P<second>\d{{1,2}}) ?\2 ?{_YEAR}",
    )
)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?(Z|[+-]\d\d:?\d\d)?)?", re.IGNORECASE)
_TIME = re.compile(
    r"(?<![\d.:+-])(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?!\d)(?:[:.](?P<second>\d\d)(?!\d)(?:[.,]\d{1,9})?)?"
    r"(?: ?(?P<half>[ap]\.?m\b))?(?: ?(?P<zone>[+-]\d\d:?\d\d(?!\d)|[A-Za-z]{1,4}\b))?",
    re.IGNORECASE,
)


def parse_date(text: str, *, day_first: bool = True) -> date | datetime | None:
    """The date a string states: a `datetime` where it gives a time of day (aware where it names a zone: WIB,
    WITA, WIT, an offset), else a `date`; None where day, month and four-digit year are not all there.

    ISO 8601, RFC 822, `Rabu, 11 November 2015 19:30 WIB`, `11/11/2015`, `Senin (25/9/2017)`, `20151111`, and
    epoch seconds or milliseconds (as UTC). Weekday names are not looked at. `day_first` False reads
    `11/12/2015` as 12 November. An impossible date, or a year outside 1900-2100, is None.
    """
    text = " ".join(text.split()) if len(text) <= _LONGEST else ""
    if text.replace(".", "", 1).isdecimal() and text.isascii():
        return _from_digits(text)
    compact = _COMPACT.fullmatch(text)
    if compact:
        return _from_compact(compact)
    text = re.sub(r"(?<=\d)[Tt](?=\d)", " ", text)
    for pattern in _PATTERNS:
        match = pattern.search(text)
        if match:
            day = _day(match, day_first)
            return None if day is None else _with_time(day, text[match.end() :], text[: match.start()])
    return None


def date_in_url(url: str) -> date | None:
    """The day in an address's path: `/2015/11/11/`, `/2015-11-11-`, `20151111` (also with a time, as in
    `20151111193000`). `/2015/11/` alone has no day: None."""
    try:
        path = unquote(urlsplit(url[:2000]).path)
    except ValueError:
        return None
    for pattern in (
        r"(?<!\d)(\d{4})/(\d{1,2})/(\d{1,2})(?!\d)",
        r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)",
        r"(?<!\d)(\d{4})(\d{2})(\d{2})(?:\d{6})?(?!\d)",
    ):
        for match in re.finditer(pattern, path):
            day = _make_day(*map(int, match.groups()))
            if day is not None:
                return day
    return None


def parse_day_range(text: str) -> tuple[date, date] | None:
    """First and last day of what a person typed for a date: `2015`, `2015-11`, `11/2015`, `November 2015`,
    or any single day that `parse_date` reads (its time of day is left out). None if it is none of these."""
    text = " ".join(text.split()).lower()
    if len(text) > _LONGEST:
        return None
    year = re.fullmatch(r"(\d{4})", text)
    if year:
        return _span(int(year[1]), 1, 12)
    month = re.fullmatch(r"(\d{4})[-/.](\d{1,2})", text) or re.fullmatch(r"(\d{1,2})[-/.](\d{4})", text)
    if month:
        first, second = int(month[1]), int(month[2])
        return _span(first, second, second) if first > 31 else _span(second, first, first)
    named = re.fullmatch(rf"({_NAME})[ .,/-]{{0,3}}(\d{{4}})", text)
    if named:
        return _span(int(named[2]), MONTHS[named[1]], MONTHS[named[1]])
    day = parse_date(text)
    if isinstance(day, datetime):
        day = day.date()
    return None if day is None else (day, day)


def _span(year: int, first: int, last: int) -> tuple[date, date] | None:
    """From the first day of one month to the last day of another, in one year."""
    start = _make_day(year, first, 1)
    return None if start is None else (start, date(year, last, calendar.monthrange(year, last)[1]))


def _make_day(year: int, month: int, day: int) -> date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day(match: re.Match[str], day_first: bool) -> date | None:
    """The day that one of `_PATTERNS` found."""
    parts = match.groupdict()
    if parts.get("name"):
        month, day = MONTHS[parts["name"].lower()], int(parts["day"])
    elif parts.get("first"):
        first, second = int(parts["first"]), int(parts["second"])
        day, month = (first, second) if day_first else (second, first)
    else:
        month, day = int(parts["month"]), int(parts["day"])
    return _make_day(int(parts["year"]), month, day)


def _with_time(day: date, after: str, before: str) -> date | datetime:
    """Add the time of day printed behind the date, or, as in `19.30 WIB, 11 November 2015`, before it."""
    match = _TIME.search(after) or _TIME.search(before)
    if match is None:
        return day
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        return day
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    try:
        clock = time(hour, int(match["minute"]), int(match["second"] or 0), tzinfo=_zone(match["zone"]))
    except ValueError:
        return day
    return datetime.combine(day, clock)


def _zone(name: str | None) -> timezone | None:
    """The zone behind a time; None where there is none or it is not one we know."""
    if not name:
        return None
    if name[0] in "+-":
        offset = timedelta(hours=int(name[1:3]), minutes=int(name[-2:]))
        return timezone(-offset if name[0] == "-" else offset) if offset < timedelta(hours=24) else None
    hours = _ZONES.get(name.lower())
    if hours is None:
        return None
    return timezone(timedelta(hours=hours), name.upper()) if hours else timezone.utc


def _from_digits(text: str) -> date | datetime | None:
    """A bare number: `20151111`, `20151111193000`, or an epoch in seconds or milliseconds."""
    whole = text.partition(".")[0]
    if len(whole) in (8, 12, 14) and whole == text:
        compact = _COMPACT.fullmatch(whole)
        found = _from_compact(compact) if compact else None
        if found is not None:
            return found
    if len(whole) not in (9, 10, 12, 13):
        return None
    seconds = float(text) / (1 if len(whole) <= 10 else 1000)
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
    return moment if moment.year <= LAST_YEAR else None


def _from_compact(match: re.Match[str]) -> date | datetime | None:
    """ISO 8601 basic format."""
    day = _make_day(int(match[1]), int(match[2]), int(match[3]))
    if day is None or match[4] is None:
        return day
    try:
        clock = time(int(match[4]), int(match[5]), int(match[6] or 0), tzinfo=_zone(match[7]))
    except ValueError:
        return day
    return datetime.combine(day, clock)
