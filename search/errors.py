"""One exception tree for every caller of the package.

Ground floor: knows nothing of any other room. Each error says what happened in one sentence (`str(error)`) and,
where there is one, the next thing to do (`error.hint`); the command line prints both and never a traceback.
"""

from __future__ import annotations


class CariError(Exception):
    """Base of every error this package raises on purpose.

    `message`: one clear sentence. `hint`: the next thing to do, or None.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CariError):
    """An option or argument has a value that cannot be used."""


class ReadingError(CariError):
    """A source could not be read (raised only under `strict`; otherwise it is reported and skipped)."""


class ArticleNotFound(CariError):
    """No article with that id is in the index."""


class UnsupportedQuery(CariError):
    """The engine cannot evaluate this kind of query (engines never approximate silently)."""


class IndexFault(CariError):
    """Base of what can be wrong with an index."""


class IndexMissing(IndexFault):
    """There is no index at that place."""


class IndexIncompatible(IndexFault):
    """The index was made by another format or another analysis and must be built anew."""


class IndexCorrupt(IndexFault):
    """A file of the index is damaged, or is not one that this package writes."""


class IndexBusy(IndexFault):
    """Another writer holds the index, and the time to wait for it has passed."""
