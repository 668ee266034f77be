"""Numbers, times and dates as Indonesians write them, each to one form that all its spellings share.

Used by the tokeniser. Thousands are set off by dots and decimals by a comma (EYD V, section on numerals);
English punctuation is understood where only one reading is possible.
"""

from __future__ import annotations

import re
import unicodedata

from search.language.patterns import compiled

_DOT_THOUSANDS = r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?"
_COMMA_THOUSANDS = r"[1-9]\d{0,2}(?:(?:,\d{3})+\.\d+|(?:,\d{3}){2,})"
_DECIMAL = r"\d+[.,]\d+"

LONGEST = 64
"""Digits kept of a number; longer ones are serial numbers or noise."""


def plain_digits(text: str) -> str:
    """`text` with every digit of another script (Arabic-Indic, full width) as the ASCII digit."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def number_form(text: str) -> str:
    """The form of a run of digits, dots and commas: no thousands marks, a comma before decimals.

    `1.500.000`, `1,500,000` -> `1500000`; `1.500,75`, `1,500.75` -> `1500,75`; `1.5`, `1,5` -> `1,5`. What is
    neither (`6.0.1`, an IP address) stays. `1,500` alone is read as a decimal, as Indonesian has it."""
    if compiled(_DOT_THOUSANDS).fullmatch(text):
        form = text.replace(".", "")
    elif compiled(_COMMA_THOUSANDS).fullmatch(text):
        form = text.replace(",", "").replace(".", ",")
    elif compiled(_DECIMAL).fullmatch(text):
        form = text.replace(".", ",")
    else:
        form = text
    return form[:LONGEST]


def time_form(text: str) -> str:
    """`09:30` and `9.30` -> `9.30`: hours without a leading zero, dots between."""
    hour, *rest = re.split("[.:]", text)
    return ".".join([str(int(hour)), *rest])


def date_form(text: str) -> str | None:
    """`01/09/2019`, `1-9-2019`, `1.9.2019`, `2019-09-01` -> `1/9/2019`; None where it is no day of a
    calendar."""
    parts = [int(part) for part in re.split("[-./]", text)]
    if parts[0] > 31:
        parts.reverse()
    day, month, year = parts
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    return f"{day}/{month}/{year}"
