"""Patterns and misspelt words to the terms of the index that they stand for, within bounds."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.segment import FieldTerms
from search.engines.whoosh.snapshot import Snapshot
from search.language.distance import edit_distance

MAX_TERMS = 128
"""Most terms that a pattern stands for: the commonest ones. Enough for any word's forms, and a bound on the work."""


def wildcard_terms(snapshot: Snapshot, fields: tuple[str, ...], pattern: str) -> Counter[str]:
    """Exact forms that match a pattern, with the number of documents of each."""
    literal = re.match(r"[^*?]*", pattern)
    prefix = literal.group() if literal else ""
    rest = pattern[len(prefix) :]
    matches = None if rest == "*" else re.compile(_regular(pattern), re.DOTALL)
    found: Counter[str] = Counter()
    for field in fields:
        for terms in snapshot.terms(f"{field}_exact"):
            if terms is not None:
                _collect_pattern(terms, prefix, matches, found)
    return found


def _regular(pattern: str) -> str:
    # Runs of stars mean no more than one, and would make the expression slow.
    parts = {"*": ".*", "?": "."}
    return "".join(parts.get(c) or re.escape(c) for c in re.sub(r"\*+", "*", pattern))


def _collect_pattern(terms: FieldTerms, prefix: str, matches: re.Pattern[str] | None, found: Counter[str]) -> None:
    low, high = terms.prefix_range(prefix.encode("utf-8", "surrogatepass"))
    frequencies = terms.document_frequencies(low, high)
    if matches is None:
        # Only the commonest can be kept, so only those are decoded.
        for place in np.argsort(-frequencies, kind="stable")[: 2 * MAX_TERMS].tolist():
            found[terms.decoded(low + place)] += int(frequencies[place])
        return
    names = terms.all() if low == 0 and high == len(terms) else [terms.decoded(n) for n in range(low, high)]
    for place, name in enumerate(names):
        if matches.fullmatch(name):
            found[name] += int(frequencies[place])


def fuzzy_terms(snapshot: Snapshot, fields: tuple[str, ...], word: str, distance: int) -> dict[str, tuple[int, int]]:
    """Exact forms within `distance` edits of a word: (edits, documents) of each."""
    found: dict[str, tuple[int, int]] = {}
    for field in fields:
        for terms in snapshot.terms(f"{field}_exact"):
            if terms is None:
                continue
            for number in _plausible(terms, word, distance).tolist():
                name = terms.decoded(number)
                edits = edit_distance(word, name, distance)
                if edits <= distance:
                    count = terms.document_frequency(number) + found.get(name, (0, 0))[1]
                    found[name] = (edits, count)
    return found


def _plausible(terms: FieldTerms, word: str, distance: int) -> Array:
    """Numbers of the terms whose length and set of letters do not rule them out: an edit changes the length by at
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
    return np.flatnonzero(near | (unsure & (longer <= 3 * len(word) + 4 * distance)))
