"""Walks over a Query tree, for rooms above that need its leaves and not its logic.

Used by snippets (what to mark) and by the facade (which words to correct)."""

from __future__ import annotations

from typing import TypeAlias

from search.query.tree import Boolean, Fuzzy, Phrase, Query, Wildcard, Word

TextLeaf: TypeAlias = "Word | Phrase | Wildcard | Fuzzy"


def leaves(tree: Query) -> tuple[TextLeaf, ...]:
    """The leaves that look for text and are not excluded, in the order of the query, each once.

    `must` comes before `should` at each level; whatever is under a `must_not` is left out. Filters, ranges of
    days, Everything and Nothing hold no text.
    """
    found: dict[TextLeaf, None] = {}
    waiting: list[Query] = [tree]  # no recursion: a tree made in Python may be deep
    while waiting:
        node = waiting.pop()
        if isinstance(node, Boolean):
            waiting.extend(reversed(node.must + node.should))
        elif isinstance(node, Word | Phrase | Wildcard | Fuzzy):
            found.setdefault(node)
    return tuple(found)
