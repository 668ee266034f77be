"""The frozen dataclasses that flow through the pipeline: articles in, options beside them, results out.

Ground floor: knows nothing of any other room. Results are data (numbers, texts, offsets), never formatted strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class Article:
    """One news article, as every reader yields it and every engine stores it.

    `id` is stable across runs: the given id, else the canonical URL, else a hash of the text. `body` holds
    paragraphs separated by one newline. `published` is a `datetime` (aware where the source states a zone) or a
    bare `date` where no time of day is known; None where the year is not known. `dateline` is the place line as
    printed ("MEDAN"), often not where the story happened, so it is kept apart from `place`. `category` is the
    first label, `tags` are the others. `editor` is a sign-off such as "Editor: Sari" or "(red)", without its label.
    """

    id: str
    title: str
    body: str
    published: date | datetime | None = None
    source: str | None = None
    url: str | None = None
    category: str | None = None
    place: str | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()
    dateline: str | None = None
    editor: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that reading left out. `where`: path, or path:line (or path#item); `reason`: one short sentence."""

    where: str
    reason: str


class Portion(Protocol):
    """The articles of one source, to be read only where an engine does not hold them as they are.

    `key`: equal only where content, name, options and reading code are, so that the same articles come of it.
    """

    key: bytes

    def read(self) -> Iterable[Article]:
        """The articles."""

    def notes(self) -> str | None:
        """Once all are read: what to give to `recall` when the key is met again. None: it is not to be remembered."""

    def recall(self, count: int, notes: str) -> None:
        """Called in place of `read` where the engine holds, unchanged, the `count` articles that came of it before."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How sources are read.

    `format`: a name from `search.reading.FORMATS`, or None to find it from name and content. `field_map`: names of
    fields of JSON, CSV and front matter, Article field -> source field ({"body": "teks"}). `max_chars`: an item
    with more text is skipped (characters, > 0). `strict`: raise `ReadingError` instead of skipping.
    """

    format: str | None = None
    field_map: Mapping[str, str] = field(default_factory=dict)
    max_chars: int = 5_000_000
    strict: bool = False


class Sort(str, Enum):
    """Order of results. Ties are broken by date (newest first), then id, so that output is stable."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


FACETS = ("source", "category", "place", "month")


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How a search is answered.

    `limit`: hits returned (>= 0); `offset`: hits passed over first (>= 0). `since`/`until`: local days, both ends
    included; articles without a date never match a range. `source`, `category`, `place`: filters, as in
    `sumber:`, `kategori:`, `daerah:`. `snippet_chars`: most characters of a snippet (0: none). `facets`: names from
    `FACETS` to count; `facet_limit`: most values of each. `explain`: fill `Hit.explanation`.
    """

    limit: int = 10
    offset: int = 0
    sort: Sort = Sort.RELEVANCE
    since: date | None = None
    until: date | None = None
    source: str | None = None
    category: str | None = None
    place: str | None = None
    snippet_chars: int = 240
    facets: tuple[str, ...] = ()
    facet_limit: int = 10
    explain: bool = False


class Span(NamedTuple):
    """A half-open range of characters `[start, end)` of the original text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of `Article.body`: `start`/`end` and every mark are character offsets into that body.

    `text` is `body[start:end]`. Marks are sorted and do not overlap; each lies within the passage.
    """

    start: int
    end: int
    text: str
    marks: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class TermShare:
    """One term's part of a score. `term`: the term as indexed; `field`: where it counted, as in "title+body";
    `evidence`: "stem", "exact", "phrase", "near", "pattern"; `idf` >= 0; `frequency`: weighted and
    length-normalised term frequency; `score`: its share (shares add up to the hit's score)."""

    term: str
    field: str
    evidence: str
    idf: float
    frequency: float
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. `rank` counts from 1 over the whole result list; `score`: BM25F, unbounded, higher is better
    (0.0 where no ranked term was asked for). `title_marks`: offsets into `article.title`."""

    rank: int
    score: float
    article: Article
    title_marks: tuple[Span, ...] = ()
    passages: tuple[Passage, ...] = ()
    explanation: tuple[TermShare, ...] | None = None


class FacetCount(NamedTuple):
    """How many matching articles carry `value`."""

    value: str
    count: int  # type: ignore[assignment]  # shadows tuple.count, which nobody wants of a facet


@dataclass(frozen=True, slots=True)
class Results:
    """The answer to a query. `total`: all matching articles; `seconds`: time taken; `warnings`: what was not
    understood or was bounded; `suggestion`: a query that would find more, when little was found, else None."""

    query: str
    total: int
    seconds: float
    hits: tuple[Hit, ...]
    warnings: tuple[str, ...] = ()
    facets: Mapping[str, tuple[FacetCount, ...]] = field(default_factory=dict)
    suggestion: str | None = None


class Suggestion(NamedTuple):
    """A completion of a prefix and how many articles hold it."""

    text: str
    count: int  # type: ignore[assignment]  # as in FacetCount


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What a build, add or remove did: counts of articles. `total`: in the index afterwards. `duplicates`: items
    whose id an earlier item of the same run had already (the later one counts). `skipped`: what reading left out."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    duplicates: int = 0
    total: int = 0
    skipped: tuple[Skipped, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What is known of an index. `bytes`: size on disk; `oldest`/`newest`: publication days; `fingerprint`: of the
    analysis that made it; `details`: the engine's own figures (segments, codec, ...)."""

    location: str
    engine: str
    articles: int
    bytes: int
    terms: int
    oldest: date | None
    newest: date | None
    undated: int
    sources: int
    fingerprint: str
    details: Mapping[str, str] = field(default_factory=dict)
