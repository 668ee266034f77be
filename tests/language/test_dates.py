"""Dates: every shape that pages print, and nothing guessed where a part is missing."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.language.dates import date_in_url, parse_date, parse_day_range

WIB, WITA, WIT = (timezone(timedelta(hours=hours)) for hours in (7, 8, 9))
DAY = date(2015, 11, 11)


@pytest.mark.parametrize(
    "text",
    [
        "2015-11-11", "2015/11/11", "11/11/2015", "11-11-2015", "11.11.2015", "11 November 2015",
        "11 Nopember 2015",
        "Rabu, 11 November 2015", "Rabu (11/11/2015)", "11 Nov 2015", "November 11, 2015", "20151111",
        "11-Nov-2015",
        "RABU, 11 NOVEMBER 2015", "Diperbarui pada 11 November 2015",
    ],
)  # fmt: skip
def test_a_full_date_is_a_day(text: str) -> None:
    assert parse_date(text) == DAY
    assert not isinstance(parse_date(text), datetime)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-11-11T19:30:00+07:00", datetime(2015, 11, 11, 19, 30, tzinfo=WIB)),
        ("2015-11-11T12:30:00.123Z", datetime(2015, 11, 11, 12, 30, tzinfo=timezone.utc)),
        ("2015-11-11 19:30:05", datetime(2015, 11, 11, 19, 30, 5)),
        ("Wed, 11 Nov 2015 19:30:00 +0700", datetime(2015, 11, 11, 19, 30, tzinfo=WIB)),
        ("Wed, 11 Nov 2015 12:30:00 GMT", datetime(2015, 11, 11, 12, 30, tzinfo=timezone.utc)),
        ("Rabu, 11 November 2015 19:30 WIB", datetime(2015, 11, 11, 19, 30, tzinfo=WIB)),
        ("Rabu, 11 November 2015 | 19.30 WITA", datetime(2015, 11, 11, 19, 30, tzinfo=WITA)),
        ("19.30 WIT, Rabu 11/11/2015", datetime(2015, 11, 11, 19, 30, tzinfo=WIT)),
        ("11 Nov 2015 | 19.30", datetime(2015, 11, 11, 19, 30)),
        ("Jum'at, 13 Nopember 2015 pukul 07:05", datetime(2015, 11, 13, 7, 5)),
        ("November 11, 2015 7:30 pm", datetime(2015, 11, 11, 19, 30)),
        ("1447245000", datetime(2015, 11, 11, 12, 30, tzinfo=timezone.utc)),
        ("1447245000000", datetime(2015, 11, 11, 12, 30, tzinfo=timezone.utc)),
        ("20151111193000", datetime(2015, 11, 11, 19, 30)),
    ],
)
def test_a_time_of_day_and_its_zone_are_kept(text: str, expected: datetime) -> None:
    found = parse_date(text)
    assert found == expected
    assert isinstance(found, datetime)
    assert found.utcoffset() == expected.utcoffset()


@pytest.mark.parametrize(
    "text",
    [
        "", "Rabu (11/11)", "11/11", "Nov 2015", "November 2015", "2015", "11/11/15", "11 Nov 15", "kemarin",
        "31/2/2015", "2015-02-30", "31 November 2015", "0000-00-00 00:00:00", "11/25/2015", "1850-01-01",
        "11/11/2150",
        "11/11/20155", "Rp11.11.20151", "12345", "99999999999999999999", "0",
    ],
)  # fmt: skip
def test_what_is_not_all_there_is_unknown(text: str) -> None:
    assert parse_date(text) is None


def test_an_impossible_time_leaves_the_day() -> None:
    assert parse_date("25 September 2017 24.00 WIB") == date(2017, 9, 25)
    assert parse_date("2017-09-25 99:99") == date(2017, 9, 25)


def test_day_first_is_a_choice() -> None:
    assert parse_date("11/12/2015") == date(2015, 12, 11)
    assert parse_date("11/12/2015", day_first=False) == date(2015, 11, 12)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/2015/11/11/judul", DAY),
        ("https://a.example/read/2015/11/11", DAY),
        ("https://a.example/20151111/judul", DAY),
        ("https://a.example/olahraga/20151111193000-20-12/judul", DAY),
        ("https://a.example/2015-11-11-judul.html", DAY),
        ("https://a.example/2015/11/judul.html", None),
        ("https://a.example/2015/13/45/judul", None),
        ("https://a.example/?p=20151111", None),
        ("https://a.example/d-6201511112/judul", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_the_day_in_an_address(url: str, expected: date | None) -> None:
    assert date_in_url(url) == expected


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2015", date(2015, 1, 1), date(2015, 12, 31)),
        ("2015-11", date(2015, 11, 1), date(2015, 11, 30)),
        ("11/2015", date(2015, 11, 1), date(2015, 11, 30)),
        ("Februari 2016", date(2016, 2, 1), date(2016, 2, 29)),
        ("2015-11-11", DAY, DAY),
        ("11 November 2015", DAY, DAY),
        ("11/11/2015", DAY, DAY),
        ("2015-11-11T19:30", DAY, DAY),
    ],
)
def test_a_typed_date_is_a_range_of_days(text: str, first: date, last: date) -> None:
    assert parse_day_range(text) == (first, last)


@pytest.mark.parametrize("text", ["", "kemarin", "13/2015", "2015-00", "1492", "9999", "0001", "November"])
def test_what_is_no_date_is_no_range(text: str) -> None:
    assert parse_day_range(text) is None


@given(st.text(max_size=300))
def test_no_text_fails(text: str) -> None:
    for found in (parse_date(text), date_in_url(text), parse_day_range(text)):
        assert found is None or isinstance(found, (date, tuple))


@given(st.text(alphabet="0123456789/-.: TZ+WIBNovemberjum'at,|()", max_size=80))
def test_no_near_date_fails(text: str) -> None:
    found = parse_date(text)
    assert found is None or 1900 <= found.year <= 2100


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_day_is_read_back(day: date) -> None:
    assert parse_date(day.isoformat()) == day
    assert parse_date(f"{day.day}/{day.month}/{day.year}") == day
    assert parse_day_range(day.isoformat()) == (day, day)


def test_long_near_misses_take_no_time() -> None:
    import time

    start = time.perf_counter()
    for text in ("1" * 100_000, "11/" * 60, "11 Nov " * 28, "/2015/11" * 200, "1.1." * 50, " " * 190 + "x"):
        parse_date(text)
        date_in_url("https://a/" + text)
        parse_day_range(text)
    assert time.perf_counter() - start < 1
