"""Cuts from a story's paragraphs what its page put between and behind them: links to other stories,
advertisements, share bars, comment footers. The phrases are in `data/boilerplate.txt`; where a cut is not
certain, nothing is cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from search.reading.openings import FOOTER, LINK, LISTED, opening
from search.reading.wordlists import sections

_SHORT = 250  # a longer paragraph that begins "Baca juga:" has the next paragraph of the story run on in it
_PROMO = 400
_HEAD = 3  # letters of a phrase in brackets that are looked at first
_LABEL_LINES = 6  # how far from either end a line such as "Editor: Sari" is looked for
_LONGEST_NAME = 80
_LABELS = ("author", "editor", "origin", "credit")
_TRIM = " \t:;.,-–—|>»«<[](){}*•·\"'“”‘’…_"


@dataclass(frozen=True, slots=True)
class Story:
    """What is left of a page's paragraphs, and the names its sign-off gives. `origin`: whom a "Sumber: ..." line
    at the end credits with the story."""

    lines: tuple[str, ...]
    author: str | None = None
    editor: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class _Rules:
    """The lists, made ready."""

    whole: frozenset[str]
    share: frozenset[str]
    links: frozenset[str]
    footer: frozenset[str]
    start: re.Pattern[str]
    trailing: re.Pattern[str]
    footer_start: re.Pattern[str]
    promo: re.Pattern[str]
    inline: re.Pattern[str]
    inlined: tuple[str, ...]
    bracket: re.Pattern[str]
    bracketed: frozenset[str]
    alone: frozenset[str]
    names: re.Pattern[str]
    labels: Mapping[str, str]
    no_sign_off: frozenset[str]


@cache
def _rules() -> _Rules:
    lists = sections("boilerplate.txt")
    label_lists = [label for field in _LABELS for label in lists[field]]
    bracketed = _either(lists["bracket"])
    whole, footer, links = (frozenset(map(_key, lists[name])) for name in ("whole", "footer", "links"))
    start = rf"(?:{_either(lists['start'])})(?:\s+(?:{_either(lists['start tail'])}))?"
    return _Rules(
        whole=whole,
        share=frozenset(map(_key, lists["share"])),
        links=links,
        footer=footer,
        alone=whole | footer | links,
        start=re.compile(
            rf"\W{{0,8}}(?:(?P<label>{start})\s*(?::|(?<=\w\s)[-–—|>»\"“‘']|[–—|>»\"“‘]|\W*$))",
            re.IGNORECASE,
        ),
        trailing=re.compile(rf"(?<=[,.!?\"”])\s{{0,3}}(?:{start})\s{{0,3}}:\W{{0,8}}$", re.IGNORECASE),
        footer_start=re.compile(rf"\W{{0,4}}(?:{_either(lists['footer start'])})", re.IGNORECASE),
        promo=re.compile(
            rf"\W{{0,8}}(?:{_either(lists['promo'])}|[\w-]{{2,40}}\.[\w.]{{2,20}} (?:{_either(lists['self'])}))",
            re.IGNORECASE,
        ),
        inline=re.compile(rf"[ .]?(?<!\w)(?:{_either(lists['inline'])})(?!\w)"),
        inlined=tuple(p for p in lists["inline"] if not any(q in p and q != p for q in lists["inline"])),
        # A label of letters must end where it stands: "(bacaan ...)" is text.
        bracket=re.compile(
            rf" ?(?:\[(?:{bracketed})(?<!\w)[^\[\]]{{0,200}}\]|\[(?:{bracketed})(?:\b[^\[\]]{{0,200}})\]"
            rf"|\((?:{bracketed})\s{{0,3}}:[^()]{{0,200}}(?:\([^()]{{0,60}}\)[^()]{{0,100}})?\)"
            r"|\[video\]\S{0,300}\[/video\])",
            re.IGNORECASE,
        ),
        bracketed=frozenset(phrase[:_HEAD] for phrase in (*lists["bracket"], "video]")),
        names=re.compile(
            rf"(?:^|[|/•,;(\[ ])\s*(?P<label>{_either(label_lists)})\s{{0,3}}:\s*",
            re.IGNORECASE,
        ),
        labels={label: field for field in _LABELS for label in lists[field]},
        no_sign_off=frozenset(lists["no sign-off"]),
    )


def _either(phrases: Sequence[str]) -> str:
    """A pattern of phrases, the longest first, in which spaces may be underscores (as in `Baca_Juga`)."""
    escaped = (re.escape(phrase).replace(r"\ ", r"[\s_]+") for phrase in sorted(phrases, key=len, reverse=True))
    return "|".join(escaped)


def _key(line: str) -> str:
    """A line for comparison with the lists: folded, trimmed of punctuation, numbers as `#`."""
    return re.sub(r"\d+", "#", " ".join(line.casefold().replace("_", " ").split()).strip(_TRIM))


def stands_alone(line: str) -> bool:
    """Whether a line of a saved page is boilerplate or a sign-off by itself, so that it must not be joined
    to its neighbours when wrapped lines are."""
    if len(line) > _SHORT:
        return False
    rules, found = _rules(), opening(line)
    return (
        (found & (LISTED | FOOTER) and _key(line) in rules.alone)
        or (found & LINK and rules.start.match(line) is not None and not _without_link(line, rules))
        or (found & FOOTER and rules.footer_start.match(line) is not None)
        or bool(_named(line))
    )


def cut_boilerplate(lines: Sequence[str]) -> Story:
    """The story in cleaned, non-empty paragraphs, and whom its label lines or sign-off name."""
    # Few stories have a line that begins like anything in the lists, or ends like the label of a link.
    if any(map(opening, lines)) or any(line[-1:] == ":" for line in lines):
        lines = _without_links(_before_footer(lines))
    kept, names = _without_names(lines)
    kept = _without_promos(_without_inlines(kept))
    signed: str | None = None
    if len(kept) > 1 and _is_signature(kept[-1], kept[-2]):
        signed = kept.pop()
    elif kept:
        kept[-1], signed = _without_sign_off(kept[-1])
        kept = [line for line in kept if line]
    return Story(tuple(kept), names.get("author"), names.get("editor") or signed, names.get("origin"))


def _before_footer(lines: Sequence[str]) -> list[str]:
    """Up to the comments; a story has at least a paragraph before them."""
    rules = _rules()
    for position, line in enumerate(lines):
        if not position or len(line) > 120 or not opening(line) & FOOTER:
            continue
        if _key(line) in rules.footer or rules.footer_start.match(line):
            return list(lines[:position])
    return list(lines)


def _without_links(lines: Sequence[str]) -> list[str]:
    """Without share bars, "Baca juga: ..." and the headlines listed under such a heading."""
    rules = _rules()
    keys = [_key(line) if len(line) <= _SHORT and opening(line) & LISTED else "" for line in lines]
    shares = [key in rules.share for key in keys]
    kept: list[str] = []
    listing = False
    for position, (line, key) in enumerate(zip(lines, keys, strict=True)):
        beside = shares[max(0, position - 1) : position] + shares[position + 1 : position + 2]
        if key in rules.links:
            listing = True
        elif (listing and _is_headline(line)) or key in rules.whole or (shares[position] and any(beside)):
            continue
        else:
            listing = False
            kept.append(_without_link(line, rules) if line[-1:] == ":" or opening(line) & LINK else line)
    return [line for line in kept if line]


def _without_link(line: str, rules: _Rules) -> str:
    """Nothing of "Baca juga: Another Story"; where text of this story runs on behind the label, that text."""
    match = rules.start.match(line)
    if not match:
        label = rules.trailing.search(line) if line[-1:] == ":" else None
        return line[: label.start()].rstrip(" ,") if label else line
    rest = line[match.end() :].lstrip(" ,.:-–—")
    if not rest or (len(rest) <= _SHORT and _is_link(rest)):
        return ""
    return rest if _key(match["label"]) in rules.links else line


def _is_link(text: str) -> bool:
    """Whether what follows "Baca juga:" is a title: stories end their sentences, titles do not."""
    text = text.rstrip(" )]")
    if _is_headline(text.removesuffix(".")):
        return True  # a full stop does not make a sentence of it
    return (text[-1:] not in ('"', "”", ".") and not re.search(r"[.”\"] [A-Z“\"]", text))


def _is_headline(line: str) -> bool:
    """Whether a paragraph reads like the title of another story: short, without an end, most words
    capitalised."""
    words = [word for word in line.split() if len(word) > 3 and word[0].isalpha()]
    capitals = sum(word[0].isupper() for word in words)
    return len(line) <= 130 and len(words) >= 3 and line[-1] not in '.,:;"”…' and 4 * capitals >= 3 * len(words)


def _without_inlines(lines: list[str]) -> list[str]:
    """Without advertisements and links in brackets, which few stories have: all lines are looked through at once."""
    rules = _rules()
    text = "\n".join(lines)
    if not _may_be_bracketed(text) and not any(phrase in text for phrase in rules.inlined):
        return lines
    return [line for line in (_without_inline(line).strip() for line in lines) if line]


def _may_be_bracketed(text: str) -> bool:
    """Whether anything in brackets begins like what is cut with its brackets; most that stand in stories do not."""
    heads = _rules().bracketed
    return any(
        part[:_HEAD].lower() in heads or not part[:_HEAD].isascii()
        for mark in "(["
        for part in text.split(mark)[1:]
    )


def _without_inline(line: str) -> str:
    rules = _rules()
    if "[" in line or "(" in line:
        line = rules.bracket.sub("", line)
    if any(phrase in line for phrase in rules.inlined):  # much faster than the pattern, and hardly ever so
        line = " ".join(rules.inline.sub(_full_stop, line).split())
    return line


def _full_stop(match: re.Match[str]) -> str:
    """What stood before an advertisement in mid-line stays: a full stop, or a space."""
    return match[0][0] if match[0][0] in " ." else " "


def _without_promos(lines: list[str]) -> list[str]:
    rules = _rules()
    while len(lines) > 1 and len(lines[-1]) <= _PROMO and rules.promo.match(lines[-1]):
        lines.pop()
    return lines


def _without_names(lines: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Without lines such as "Penulis: Sari | Editor: Budi" near either end, and whom they name."""
    kept: list[str] = []
    names: dict[str, str] = {}
    if not any(":" in line for line in (*lines[:2], *lines[-_LABEL_LINES:])):
        return list(lines), names
    for position, line in enumerate(lines):
        near = position < 2 or position >= len(lines) - _LABEL_LINES
        found = _named(line) if near and len(line) <= 2 * _LONGEST_NAME else {}
        if found:
            names = {**found, **names}
        else:
            kept.append(line)
    return (kept, names) if kept else (list(lines), {})


def _named(line: str) -> dict[str, str]:
    """Names by what they are ("author", ...) in a line that holds nothing but labels and names."""
    if ":" not in line:
        return {}
    rules = _rules()
    labels = list(rules.names.finditer(line))
    if not labels or line[: labels[0].start()].strip(_TRIM):
        return {}
    found: dict[str, str] = {}
    ends = [label.start() for label in labels[1:]] + [len(line)]
    for label, end in zip(labels, ends, strict=True):
        name = line[label.end() : end].strip(_TRIM)
        # The pattern takes letters for equal that folding does not (a dotted capital I): those are no label.
        field = rules.labels.get(" ".join(label["label"].casefold().replace("_", " ").split()))
        if field is None or not _is_name(name):
            return {}
        found.setdefault(field, name)
    return found


def _is_name(text: str) -> bool:
    words = text.split()
    capitals = sum(word[0].isupper() or "." in word[1:-1] for word in words)  # "kabar.example" is a name
    return 0 < len(text) <= _LONGEST_NAME and len(words) <= 9 and 2 * capitals >= len(words) and "#" not in text


_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*$")
_SIGN_OFF = re.compile(
    r"(?:^|(?<=[.!?\"”’']))\s*[(\[](?P<who>\*{1,3}|[A-Za-z.]{2,12}(?:(?:\s?[/|&,-]\s?|\s)[A-Za-z.*]{1,12}){0,4})[)\]]\W{0,3}$"
)


_SIGNATURE = re.compile(r"[A-Z][A-Z.']{2,}(?: [A-Z][A-Z.']*){0,2}(?:\s?[|/]\s?[A-Z][A-Z.']*(?: [A-Z.']+){0,2}){0,3}")


def _is_signature(line: str, before: str) -> bool:
    """Whether a last line is who wrote or sent the story, in capitals behind a whole sentence ("ANTARA", "SARI DEWI |
    REUTERS")."""
    return (
        len(line) <= _LONGEST_NAME
        and _SIGNATURE.fullmatch(line) is not None
        and _SENTENCE_END.search(before) is not None
        and line.casefold().strip(_TRIM) not in _rules().no_sign_off
    )


def _without_sign_off(line: str) -> tuple[str, str | None]:
    """A last paragraph without initials in brackets behind its last sentence, as in "(red)" or "[den /
    asa]"."""
    if ")" not in line[-4:] and "]" not in line[-4:]:
        return line, None
    match = _SIGN_OFF.search(line, max(0, len(line) - 80))
    if not match or match["who"].casefold() in _rules().no_sign_off:
        return line, None
    who = re.sub(r"\s*([/|])\s*", r"\1", match["who"]).strip("*. ")
    return line[: match.start()].rstrip(), who or None
