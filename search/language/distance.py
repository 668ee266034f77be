"""Edit distance with a bound, for fuzzy words: is this word within one or two typing slips of that one?

Used by the query (`fuzzy~1`), by snippets to mark what a fuzzy word found, and by did-you-mean.
"""

from __future__ import annotations


def within(a: str, b: str, distance: int) -> bool:
    """Whether `b` can be made from `a` by at most `distance` edits (see `edit_distance`)."""
    return distance >= 0 and edit_distance(a, b, distance) <= distance


def edit_distance(a: str, b: str, bound: int) -> int:
    """Fewest edits that turn `a` into `b`: insert, delete or replace a character, or swap two neighbours, no
    stretch edited twice ("optimal string alignment", Boytsov 2011, section 2.1). Anything above `bound` (>=
    0) comes back as `bound + 1`. Time O(len * bound)."""
    bound = max(bound, 0)
    if a == b:
        return 0
    if abs(len(a) - len(b)) > bound:
        return bound + 1
    a, b = _trim(a, b)
    if len(a) > len(b):
        a, b = b, a
    if not a:
        return min(len(b), bound + 1)
    return _banded(a, b, bound)


def _trim(a: str, b: str) -> tuple[str, str]:
    """Both without what they begin and end with in common; most words that are compared share much."""
    start, shortest = 0, min(len(a), len(b))
    while start < shortest and a[start] == b[start]:
        start += 1
    end = 0
    while end < shortest - start and a[-1 - end] == b[-1 - end]:
        end += 1
    return a[start : len(a) - end], b[start : len(b) - end]


def _banded(a: str, b: str, bound: int) -> int:
    """Rows over `a`, columns over `b`, and only the columns within `bound` of the diagonal."""
    over = bound + 1
    before: list[int] = []
    row = [min(j, over) for j in range(len(b) + 1)]
    for i, char in enumerate(a, 1):
        low, high = max(1, i - bound), min(len(b), i + bound)
        current = [over] * (len(b) + 1) if i + bound >= len(b) or i == 1 else [over] * (high + 2)
        if i <= bound:
            current[0] = i
        for j in range(low, high + 1):
            cost = 0 if char == b[j - 1] else 1
            best = min(current[j - 1] + 1, row[j - 1] + cost)
            if j < len(row) and row[j] + 1 < best:
                best = row[j] + 1
            if i > 1 and j > 1 and char == b[j - 2] and a[i - 2] == b[j - 1] and before[j - 2] + 1 < best:
                best = before[j - 2] + 1
            current[j] = best
        if min(current) >= over and min(row) >= over:
            return over
        before, row = row, current
    return min(row[len(b)], over)
