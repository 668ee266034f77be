"""Words with `*` and `?` in them: where a pattern begins and ends, and which are too dear to evaluate.

Read by the lexer (a pattern must survive analysis as one word) and by the leaf builder.
"""

from __future__ import annotations

from search.language.patterns import compiled

WILDCARDS = "*?"
MAX_PATTERN_CHARS = 64
MAX_STARS = 4
LEAST_AT_START = 2
LEAST_IN_A_ROW = 3

_URL = r"(?i:[a-z][a-z0-9+.-]*://|www\.|[^@]+@[^@]+\.)"
_LITERALS = r"[^*?]+"


def is_address(chunk: str) -> bool:
    """Whether a chunk is a URL or an e-mail address, in which `?`, `*` and `~` are plain characters."""
    return compiled(_URL).match(chunk) is not None


def pattern_bounds(chunk: str) -> tuple[int, int] | None:
    """Where in a typed chunk its pattern stands, punctuation left out; None if it holds no pattern.

    A question mark at the end of a word ends a question (`Siapa bupatinya?`), so it is no wildcard there.
    """
    end = len(chunk.rstrip("?!.,;:…"))
    start = len(chunk) - len(chunk.lstrip("!.,;:…¿"))
    core = chunk[start:end]
    return (start, end) if ("*" in core or "?" in core) and not is_address(chunk) else None


def without_wildcards(chunk: str) -> str:
    """`chunk` with each wildcard of its pattern made a letter (a digit after digits), length unchanged."""
    bounds = pattern_bounds(chunk)
    if bounds is None:
        return chunk
    chars = list(chunk)
    for at in range(*bounds):
        if chars[at] in WILDCARDS:
            chars[at] = "0" if at and chars[at - 1].isdecimal() else "x"
    return "".join(chars)


def is_bare_star(chunk: str) -> bool:
    """Whether a chunk is `*` alone (or a run of them), which stands for every article."""
    return chunk != "" and not chunk.strip("*")


def collapsed(pattern: str) -> str:
    """`pattern` with each run of stars made one star, which means the same."""
    return compiled(r"\*{2,}").sub("*", pattern)


def is_too_wide(pattern: str) -> bool:
    """Whether a pattern would run through too much of the vocabulary.

    With literal characters first, an engine reads only the words that share them, so `LEAST_AT_START` of them
    (or one, and `LEAST_IN_A_ROW` in all) will do; else it must read every word, which only `LEAST_IN_A_ROW`
    characters in a row make worth it.
    """
    runs = [len(run) for run in compiled(_LITERALS).findall(pattern)]
    if not runs:
        return True
    if pattern[0] in WILDCARDS:
        return max(runs) < LEAST_IN_A_ROW
    return runs[0] < LEAST_AT_START and sum(runs) < LEAST_IN_A_ROW


def is_too_costly(pattern: str) -> bool:
    """Whether matching the pattern against one word would take long: too many stars, or too long."""
    return pattern.count("*") > MAX_STARS or len(pattern) > MAX_PATTERN_CHARS
