"""Puts roots and exact forms together again, which Whoosh gives as the terms of two fields.

They come term by term, and what they have in common is a document and a position. Where several stand at one position
(a compound and its parts) it does not matter for any answer which form goes with which root, as long as each stands in
some pair: a search asks for the places of a root, or for those of a form.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import numpy as np

from search.engines.whoosh.container import Array

Pair = tuple[int, str, str]
"""Position, root and exact form."""


class Occurrences:
    """The places of the terms of one field, in any order."""

    def __init__(self) -> None:
        self._terms: list[str] = []
        self._numbers, self._documents, self._positions = array("I"), array("I"), array("I")

    def start(self, term: str) -> None:
        """The term that the next places are of."""
        self._terms.append(term)

    def add(self, document: int, positions: list[int]) -> None:
        """Places of the term in a document."""
        self._positions.extend(positions)
        self._documents.extend([document] * len(positions))
        self._numbers.extend([len(self._terms) - 1] * len(positions))

    def by_document(self, size: int) -> Iterator[dict[int, list[str]]]:
        """For each of `size` documents the terms at each of its positions, each once, in the order of positions."""
        numbers, documents, positions = (
            np.array(column, dtype=np.uint32) for column in (self._numbers, self._documents, self._positions)
        )
        order = np.lexsort((numbers, positions, documents))
        starts = documents[order].searchsorted(np.arange(size + 1)).tolist()
        for low, high in zip(starts, starts[1:]):
            yield self._places(numbers[order[low:high]], positions[order[low:high]])

    def _places(self, numbers: Array, positions: Array) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for number, position in zip(numbers.tolist(), positions.tolist()):
            here = found.setdefault(position, [])
            term = self._terms[number]
            if not here or here[-1] != term:
                here.append(term)
        return found


def paired(roots: dict[int, list[str]], forms: dict[int, list[str]]) -> list[Pair] | None:
    """The roots and forms of a text in pairs, in the order of positions. None where a position has only one of both."""
    if roots.keys() != forms.keys():
        return None
    return [(position, *pair) for position, here in roots.items() for pair in _cover(here, forms[position])]


def _cover(roots: list[str], forms: list[str]) -> list[tuple[str, str]]:
    """Pairs in which each root and each form stands, a form with a root that it contains where there is one."""
    if len(roots) == len(forms) == 1:
        return [(roots[0], forms[0])]
    left, pairs = sorted(roots, key=len, reverse=True), []
    for form in sorted(forms, key=len):
        # While a root is left, it is its turn: there are no more pairs than roots or forms, whichever are more.
        among = left or roots
        root = next((root for root in among if root in form), among[0])
        pairs.append((root, form))
        if left:
            left.remove(root)
    return pairs + [(root, forms[0]) for root in left]
