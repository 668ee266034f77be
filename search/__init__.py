"""Full-text search for Indonesian local news.

    >>> from search import Archive
    >>> with Archive("index") as archive:
    ...     archive.build("corpus")
    ...     for hit in archive.search("netralitas ASN jelang pilkada").hits:
    ...         print(hit.score, hit.article.title)
"""

from search.archive import Archive
from search.errors import CariError
from search.model import Article, Hit, ReadOptions, Results, SearchOptions, Sort

__version__ = "0.1.0"

__all__ = ["Archive", "Article", "CariError", "Hit", "ReadOptions", "Results", "SearchOptions", "Sort", "__version__"]
