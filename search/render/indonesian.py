"""Numbers, dates and names as an Indonesian reader writes them. For every page that a reader sees.

Sources: names of days and months and the decimal comma after EYD V; WIB, WITA and WIT are UTC+7, +8 and +9
(Keputusan Presiden 41/1987).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
_ZONES = {7: "WIB", 8: "WITA", 9: "WIT", 0: "UTC"}
_SWAP = str.maketrans(",.", ".,")

FACET_TITLES = {"source": "Sumber", "category": "Kategori", "place": "Daerah", "month": "Bulan"}
FIELD_NAMES = {"title": "judul", "body": "isi"}
EVIDENCE_NAMES = {
    "stem": "kata dasar", "exact": "bentuk persis", "phrase": "frasa", "near": "berdekatan",
    "pattern": "pola",
}  # fmt: skip


def number(value: int) -> str:
    """12345 as `12.345`."""
    return f"{value:,}".translate(_SWAP)


def decimal(value: float, places: int) -> str:
    """1234.5 with two places as `1.234,50`."""
    return f"{value:,.{places}f}".translate(_SWAP)


def seconds(value: float) -> str:
    """A length of time: thousandths below ten seconds, tenths above."""
    return f"{decimal(value, 3 if value < 10 else 1)} detik"


def day(value: date) -> str:
    """`Rabu, 11 November 2015`."""
    return f"{DAYS[value.weekday()]}, {value.day} {MONTHS[value.month - 1]} {value.year}"


def moment(value: date | datetime) -> str:
    """`Rabu, 11 November 2015`, with `, 19.30 WIB` where the time (and the zone) is known."""
    if not isinstance(value, datetime):
        return day(value)
    zone = _zone(value.utcoffset())
    return f"{day(value)}, {value:%H.%M}{' ' + zone if zone else ''}"


def _zone(offset: timedelta | None) -> str:
    if offset is None:
        return ""
    minutes = offset // timedelta(minutes=1)
    if minutes % 60 == 0 and minutes // 60 in _ZONES:
        return _ZONES[minutes // 60]
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02}.{abs(minutes) % 60:02}"


def month(value: str) -> str:
    """`2015-11` as `November 2015`; anything else as it is."""
    year, _, number_of_month = value.partition("-")
    if year.isdecimal() and number_of_month.isdecimal() and 1 <= int(number_of_month) <= 12:
        return f"{MONTHS[int(number_of_month) - 1]} {year}"
    return value
