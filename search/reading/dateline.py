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
_LONGEST_PART = 50  # of what may follow a first cut: one more place, paper, site or date
_SEPARATOR = re.compile(r"\s*(?P<mark>-{1,3}|[–—]{1,2}|\||\.(?=\s))\s*")
_MARK = re.compile(r"[-–—|.](?:(?<!\.)|(?=\s))")
_YEAR = re.compile(r"\d\d\d\d")  # (a pattern that begins with a set of characters is searched for faster)
_SHORT_DATE = re.compile(r"\(?\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\)?|\d{1,2} [A-Za-z]{3,9} \d{4}")
_RUN_ON = re.compile(r"(\.(?:com|co|id|net))\s+(?=[A-Z])", re.IGNORECASE)
_BEGINS = re.compile(r"[\"“”‘'’(\[ ]{0,3}[A-Z0-9À-Þ]|$")
_PARTS = re.compile(r"\s*[,/()\[\]|:]\s*|\s+(?=\()|\s+[-–—]{1,3}\s+")
_BARS = re.compile(r"\s*[|•·]\s*")
_DOMAIN = re.compile(r"(?:www\.)?[a-z0-9][a-z0-9-]{1,40}(?:\.[a-z0-9-]{2,20}){0,2}\.[a-z]{2,12}", re.IGNORECASE)
_DAYS = frozenset(["senin", "selasa", "rabu", "kamis", "jumat", "jum'at", "sabtu", "minggu", "ahad"])
_CLOCK = frozenset(["wib", "wita", "wit", "pukul", "jam", "tanggal", "am", "pm", "t", "z"])
_VOWELS = frozenset("AEIOU")


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    lists = sections("datelines.txt")
    return frozenset(lists["outlets"]), frozenset(lists["places"])


def split_dateline(text: str, *outlets: str | None) -> tuple[str | None, str, date | None]:
    """The dateline as printed, the text behind it, and the day it states (only with a full year). Where
    there is none: None, `text`, None. `outlets`: names and addresses of the source, any of which may stand
    alone as a dateline."""
    if not _MARK.search(text, 2, _LONGEST + 1):
        return None, text, None
    names = frozenset(name for outlet in outlets if outlet for name in _names_of(outlet))
    end = head_end = 0
    while cut := _next_cut(text, end, names):
        head_end, end = cut
    return (text[:head_end], text[end:], _stated_day(text[:head_end])) if end else (None, text, None)


def _next_cut(text: str, start: int, names: frozenset[str]) -> tuple[int, int] | None:
    """Where a dateline that begins at `start` ends, and where the text behind it begins. One that goes on
    behind a first cut (`TOBELO | KABAR.example | `) adds a paper, a site or a day, nothing that merely looks
    like a name."""
    reach = _LONGEST if not start else min(_LONGEST, start + _LONGEST_PART)
    for match in _SEPARATOR.finditer(text, start + 2, reach):
        head = text[start : match.start()].rstrip(" .,:")
        spaced = match[0] != match["mark"]
        after = text[match.end() : match.end() + 40]
        if head and _is_dateline(head, match["mark"], spaced, after, names, going_on=bool(start)):
            return start + len(head), match.end()
    return None


def is_date_line(line: str) -> bool:
    """Whether a paragraph is nothing but a full date, as pages print it above a story; the paper's name may
    stand beside it between bars (`Suara Desa | Rabu, 11 November 2015 | 19.30 WIB`)."""
    if len(line) > _LONGEST or not _YEAR.search(line) or parse_date(line) is None:
        return False
    papers = paper_in(line)
    return all(_is_date_part(part) or part == papers for part in _BARS.split(line)) and len(line) <= 60 + len(papers)


def paper_in(line: str) -> str:
    """The paper's name in a line of a date; empty where there is none or it is not known for one."""
    parts = [part for part in _BARS.split(line)[:4] if not _is_date_part(part)]
    return parts[0] if len(parts) == 1 and is_paper(parts[0]) else ""


def _is_date_part(part: str) -> bool:
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", part)
    return all(word.casefold() in _DAYS or word.casefold() in MONTHS or word.casefold() in _CLOCK for word in words)


def is_paper(name: str) -> bool:
    """Whether a name is a paper's: known, a domain, or with the word that papers' names begin or end with
    ("Suara ...", "... Pos")."""
    words = name.split()
    titled = 2 <= len(words) <= 4 and all(word[0].isupper() and word.isalpha() for word in words)
    marked = titled and not {words[0].casefold(), words[-1].casefold()}.isdisjoint(sections("datelines.txt")["papers"])
    return marked or _kind(name, frozenset()) in ("outlet", "site")


def _stated_day(head: str) -> date | None:
    found = parse_date(head)
    return found.date() if isinstance(found, datetime) else found


def _starts_with_place(text: str) -> bool:
    """Whether a second place follows, as in "Jakarta - Bandung macet": a route or a match, not a dateline."""
    words = re.findall(r"[^\W\d_]+", text)[:2]
    places = _lists()[1]
    return bool(words) and (words[0].casefold() in places or " ".join(words).casefold() in places)


def _is_dateline(
    head: str, mark: str, spaced: bool, after: str, names: frozenset[str], *, going_on: bool
) -> bool:
    """By the kinds of its parts. What is between the marks of a date is one part."""
    if mark == "." and not going_on and not head.isupper():
        return False  # as below, but said at once of what every story's first sentences have
    dateless = _RUN_ON.sub(r"\1, ", _SHORT_DATE.sub(" ", head))
    parts = [part.strip(" .") for part in _PARTS.split(dateless) if part.strip(" .")]
    if not parts:
        return going_on and spaced and dateless != head and _begins(after)
    if len(parts) > 4:
        return False
    kinds = [_kind(part, names) for part in parts]
    if None in kinds:
        return False
    if mark == ".":
        return head.isupper() and "place" in kinds and not _starts_with_place(after) and _begins(after)
    if going_on:
        return {"outlet", "site", "day"}.issuperset(kinds) and spaced and _begins(after)
    if "outlet" in kinds and "place" in kinds and spaced:
        return True  # so clear that the sentence behind it need not begin with a capital
    if not _begins(after):
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


def _begins(after: str) -> bool:
    """Whether a sentence begins here, or nothing follows."""
    return _BEGINS.match(after) is not None


def _names_of(source: str) -> frozenset[str]:
    """Under what names a source, given by name or address, may print itself."""
    folded = " ".join(source.casefold().split())
    host = re.sub(r"^https?://(?:www\.)?|[/?#].*$", "", folded)
    names = (folded, folded.replace(" ", ""), host, host.split(".")[0])
    return frozenset(name for name in names if len(name) > 3)


def _kind(part: str, names: frozenset[str]) -> str | None:
    """What a part of a dateline is, or None where it is nothing that belongs in one."""
    folded = part.casefold()
    outlets, places = _lists()
    if folded in _DAYS:
        return "day"
    if folded in outlets or (_DOMAIN.sub("", folded) == "" and folded.split(".")[0] in outlets):
        return "outlet"
    if folded.removeprefix("www.") in names:
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
