"""Bytes to Article: one module a format, one table of formats. Comes before everything but
`search.language.dates`.

`read_articles` is the door, and `read_portions` the one for who remembers what came of a file; heavy libraries (lxml,
trafilatura, feedparser, YAML) load when a file needs them.
"""

from search.reading.articles import read_articles
from search.reading.formats import FORMATS, Format
from search.reading.portions import read_portions

__all__ = ["FORMATS", "Format", "read_articles", "read_portions"]
