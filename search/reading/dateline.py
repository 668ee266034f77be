"""Sets apart the dateline a story begins with (`GARUT – `, `MEDAN,KOMPAS.com -- `, `Jakarta (ANTARA News) -
`).

Only what is clearly one is cut: it ends in a dash or bar, a sentence begins behind it, and each of its parts
is a place, a paper or agency (`data/datelines.txt`, or a domain), a weekday or a date. "Bupati - Wakil" is
none.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache

from search.language.dates import MONTHS, parse_date
from search.reading.wordlists import sections

_LONGEST = 90
_SEPARATOR = re.compile(r"\s*(?P<mark>-{1,3}|[–—]{1,2}|\|)\s*")
_BEGINS = re.compile(r"[\"“”‘'’(\[ ]{0,3}[A-Z0-9À-Þ]|$")
_PARTS = re.compile(r"\s*[,/()\[\]|:]\s*|\s+(?=\()")
_DOMAIN = re.compile(r"(?:www\.)?[a-z0-9][a-z0-9-]{1,40}(?:\.[a-z0-9-]{2,20}){0,2}\.[a-z]{2,12}", re.IGNORECASE)
_DAYS = frozenset(["senin", "selasa", "rabu", "kamis", "jumat", "jum'at", "sabtu", "minggu", "ahad"])
_CLOCK = frozenset(["wib", "wita", "wit", "pukul", "jam", "tanggal", "am", "pm", "t", "z"])
_VOWELS = frozenset("AEIOU")


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    lists = sections("datelines.txt")
    return frozenset(lists["outlets"]), frozenset(lists["places"])


def split_dateline(text: str, outlet: str | None = None) -> tuple[str | None, str, date | None]:
    """The dateline as printed, the text behind it, and the day it states (only with a full year). Where
    there is none: None, `text`, None. `outlet`: name or host of the source, which may stand alone as a
    dateline."""
    for match in _SEPARATOR.finditer(text, 2, _LONGEST):
        head = text[: match.start()].rstrip(" .,:")
        spaced = match[0] != match["mark"]
        after = text[match.end() : match.end() + 40]
        if head and _is_dateline(head, match["mark"], spaced, after, outlet):
            return head, text[match.end() :], _stated_day(head)
    return None, text, None


def is_date_line(line: str) -> bool:
    """Whether a paragraph is nothing but a full date, as pages print it above a story."""
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", line)
    known = all(word.casefold() in _DAYS or word.casefold() in MONTHS or word.casefold() in _CLOCK for word in words)
    return len(line) <= 60 and known and parse_date(line) is not None


def _stated_day(head: str) -> date | None:
    found = parse_date(head)
    return found.date() if isinstance(found, datetime) else found


def _starts_with_place(text: str) -> bool:
    """Whether a second place follows, as in "Jakarta - Bandung macet": a route or a match, not a dateline."""
    words = re.findall(r"[^\W\d_]+", text)[:2]
    places = _lists()[1]
    return bool(words) and (words[0].casefold() in places or " ".join(words).casefold() in places)


def _is_dateline(head: str, mark: str, spaced: bool, after: str, outlet: str | None) -> bool:
    """By the kinds of its parts. What is between the marks of a date is one part."""
    dateless = re.sub(r"\(?\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\)?|\d{1,2} [A-Za-z]{3,9} \d{4}", " ", head)
    dateless = re.sub(r"(\.(?:com|co|id|net))\s+(?=[A-Z])", r"\1, ", dateless, flags=re.IGNORECASE)
    parts = [part.strip(" .") for part in _PARTS.split(dateless) if part.strip(" .")]
    if not 1 <= len(parts) <= 4:
        return False
    kinds = [_kind(part, outlet) for part in parts]
    if None in kinds:
        return False
    if "outlet" in kinds and "place" in kinds and spaced:
        return True  # so clear that the sentence behind it need not begin with a capital
    if not _BEGINS.match(after):
        return False
    if "outlet" in kinds or "site" in kinds:
        # A site alone is one only if it is the article's own: "Traveloka.com - Perusahaan ..." may be the
        # subject.
        return len(parts) > 1 or "outlet" in kinds
    if "lower" in kinds:
        return False
    if "place" in kinds:
        return (spaced or mark != "-" or head.isupper()) and not (len(parts) == 1 and _starts_with_place(after))
    if "capitals" in kinds:
        return spaced
    return spaced and (("day" in kinds and len(parts) > 1) or (mark in ("--", "---") and kinds == ["title"]))


def _names_of(source: str) -> tuple[str, ...]:
    """Under what names a source, given by name or address, may print itself."""
    host = re.sub(r"^https?://(?:www\.)?|[/?#].*$", "", source.casefold())
    return (source.casefold(), host, host.split(".")[0]) if len(host) > 3 else ()


def _kind(part: str, outlet: str | None) -> str | None:
    """What a part of a dateline is, or None where it is nothing that belongs in one."""
    folded = part.casefold()
    outlets, places = _lists()
    if folded in _DAYS:
        return "day"
    if folded in outlets or (_DOMAIN.sub("", folded) == "" and folded.split(".")[0] in outlets):
        return "outlet"
    if outlet and folded.removeprefix("www.") in _names_of(outlet):
        return "outlet"
    if _DOMAIN.fullmatch(part):
        return "site"
    bare = folded.removeprefix("kota ").removeprefix("kabupaten ").removeprefix("kab ").removeprefix("kab. ")
    if bare in places:
        return "lower" if part[0].islower() else "place"
    if folded in sections("datelines.txt")["never"]:
        return None
    words = part.split()
    if len(words) > 4 or not all(re.sub(r"[-'.]", "", word).isalpha() for word in words):
        return None
    if part.isupper():
        # Acronyms (BMKG, DPRD, PDIP) have few vowels; names of places and papers have more.
        return "capitals" if len(part) >= 4 and sum(letter in _VOWELS for letter in part) >= 2 else None
    return "title" if all(word[0].isupper() for word in words) else None
