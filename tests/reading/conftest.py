"""Reading a few files of a temporary folder and seeing what was left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from search.model import Article, ReadOptions, Skipped
from search.reading import read_articles


class Read(NamedTuple):
    """What came of reading: articles, and reports of what was left out."""

    articles: list[Article]
    skipped: list[Skipped]

    @property
    def only(self) -> Article:
        assert len(self.articles) == 1, self
        return self.articles[0]


Reader = Callable[..., Read]


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """`read("name.txt", content, option=value, ...)`: writes the file and reads it."""

    def run(name: str, content: str | bytes, **options: object) -> Read:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        skipped: list[Skipped] = []
        articles = list(read_articles([path], ReadOptions(**options), on_skip=skipped.append))  # type: ignore[arg-type]
        return Read(articles, skipped)

    return run
