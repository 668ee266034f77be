"""Full-text search for Indonesian local news.

    >>> from search import Archive
    >>> with Archive("index") as archive:
    ...     archive.build("corpus")
    ...     for hit in archive.search("netralitas ASN jelang pilkada").hits:
    ...         print(hit.score, hit.article.title)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.archive import Archive
    from search.errors import CariError
    from search.model import Article, Hit, ReadOptions, Results, SearchOptions, Sort

__version__ = "0.1.0"

__all__ = ["Archive", "Article", "CariError", "Hit", "ReadOptions", "Results", "SearchOptions", "Sort", "__version__"]

_ROOMS = {"Archive": "archive", "CariError": "errors"}


def __getattr__(name: str) -> object:
    # Loaded when asked for: every door comes through here, and `cari --help` needs none of it.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(f"search.{_ROOMS.get(name, 'model')}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
