"""Bytes to Article: one module a format, one table of formats. Comes before everything but
`search.language.dates`.

`read_articles` is the door; heavy libraries (lxml, trafilatura, feedparser, YAML) load when a file needs
them.
"""

from search.reading.articles import read_articles
from search.reading.formats import FORMATS, Format

__all__ = ["FORMATS", "Format", "read_articles"]
