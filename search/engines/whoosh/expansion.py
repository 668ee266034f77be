"""Patterns and misspelt words to the terms of the index that they stand for, within bounds."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.dictionary import Dictionary, encoded
from search.engines.whoosh.snapshot import Snapshot
from search.engines.whoosh.text_index import TextIndex
from search.language.distance import edit_distance

MAX_TERMS = 128
"""Most terms that a pattern stands for: the commonest ones. Enough for any word's forms, and a bound on the work."""


def wildcard_terms(snapshot: Snapshot, field: str | None, pattern: str) -> Counter[str]:
    """Exact forms of a field (None: of both) that match a pattern, with the number of documents of each."""
    literal = re.match(r"[^*?]*", pattern)
    prefix = literal.group() if literal else ""
    rest = pattern[len(prefix) :]
    matches = None if rest == "*" else re.compile(_regular(pattern), re.DOTALL)
    found: Counter[str] = Counter()
    for segment in snapshot.segments:
        _collect_pattern(segment.text, field, prefix, matches, found)
    return found


def _regular(pattern: str) -> str:
    # Runs of stars mean no more than one, and would make the expression slow.
    parts = {"*": ".*", "?": "."}
    return "".join(parts.get(c) or re.escape(c) for c in re.sub(r"\*+", "*", pattern))


def _collect_pattern(
    text: TextIndex, field: str | None, prefix: str, matches: re.Pattern[str] | None, found: Counter[str]
) -> None:
    low, high = text.forms.prefix_range(encoded(prefix))
    numbers = np.arange(low, high)[text.forms_in(field)[low:high]]
    frequencies = text.form_documents[numbers]
    if matches is None:
        # Only the commonest can be kept, so only those are decoded.
        order = np.argsort(-frequencies.astype(np.int64), kind="stable")[: 2 * MAX_TERMS]
        for number, frequency in zip(numbers[order].tolist(), frequencies[order].tolist()):
            found[text.forms.decoded(number)] += frequency
        return
    every = text.forms.all() if high - low == len(text.forms) else None
    for number, frequency in zip(numbers.tolist(), frequencies.tolist()):
        name = every[number] if every else text.forms.decoded(number)
        if matches.fullmatch(name):
            found[name] += frequency


def fuzzy_terms(snapshot: Snapshot, field: str | None, word: str, distance: int) -> dict[str, tuple[int, int]]:
    """Exact forms of a field (None: of both) within `distance` edits of a word: (edits, documents) of each."""
    found: dict[str, tuple[int, int]] = {}
    for segment in snapshot.segments:
        text = segment.text
        if not len(text.forms):
            continue
        for number in np.flatnonzero(_plausible(text.forms, word, distance) & text.forms_in(field)).tolist():
            name = text.forms.decoded(number)
            edits = edit_distance(word, name, distance)
            if edits <= distance:
                found[name] = (edits, int(text.form_documents[number]) + found.get(name, (0, 0))[1])
    return found


def _plausible(terms: Dictionary, word: str, distance: int) -> Array:
    """Which terms have a length and set of letters that do not rule them out: an edit changes the length by at
    most one letter and the set by at most two. Letters beyond ASCII take up to four bytes; for terms and words that
    have them only the length counts."""
    encoded = word.encode("utf-8", "surrogatepass")
    lengths, sets, plain = terms.signatures()
    wanted = np.bitwise_or.reduce(np.left_shift(np.uint32(1), np.frombuffer(encoded, np.uint8).astype(np.uint32) & 31))
    differing = np.bitwise_xor(sets, wanted)
    bits = np.unpackbits(differing.view(np.uint8).reshape(-1, 4), axis=1).sum(axis=1)
    longer = np.abs(lengths - len(encoded))
    near = (longer <= distance) & (bits <= 2 * distance) if word.isascii() else np.zeros(len(lengths), dtype=bool)
    unsure = ~plain if word.isascii() else np.ones(len(lengths), dtype=bool)
    found: Array = near | (unsure & (longer <= 3 * len(word) + 4 * distance))
    return found
