"""Cuts from an article's paragraphs what its page added."""
from __future__ import annotations
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    lines: tuple[str, ...]
    author: str | None = None
    editor: str | None = None


def cut_boilerplate(lines: Sequence[str]) -> Story:
    return Story(tuple(lines))
