"""Results for scripts and evaluators: JSON, JSON Lines, CSV, ids and TREC runs.

Beside `text.py`; the same results in, deterministic strings out (but for `seconds`).
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from datetime import date

from search.model import Article, Hit, IndexInfo, Passage, Results, Suggestion, TermShare
from search.render.printable import printable, unprintable

CSV_COLUMNS = ("rank", "id", "score", "title", "published", "source", "category", "place", "url", "snippet")
# Cells that a spreadsheet would run as a formula (OWASP, "CSV Injection").
_FORMULA_STARTS = ("=", "+", "-", "@")
_WHITE_SPACE = re.compile(r"[\s%]")


def results_json(results: Results) -> str:
    """Everything in the results as one object. Offsets count characters (Unicode code points)."""
    return _dump(
        {
            "query": results.query,
            "total": results.total,
            "seconds": round(results.seconds, 6),
            "warnings": list(results.warnings),
            "suggestion": results.suggestion,
            "hits": [_hit(hit) for hit in results.hits],
            "facets": {
                name: [{"value": value, "count": count} for value, count in counts]
                for name, counts in results.facets.items()
            },
        },
        indent=2,
    )


def results_jsonl(results: Results) -> str:
    """One hit a line, as in `results_json`."""
    return "".join(_dump(_hit(hit)) for hit in results.hits)


def results_csv(results: Results) -> str:
    """A header and one hit a line. A cell that begins with = + - @ is given an apostrophe before it."""
    import csv

    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for hit in results.hits:
        article = hit.article
        text = [article.title, _iso(article.published), article.source, article.category, article.place,
                article.url, " … ".join(passage.text for passage in hit.passages)]
        writer.writerow([hit.rank, _cell(article.id), f"{hit.score:.6f}", *map(_cell, text)])
    return sheet.getvalue()


def results_ids(results: Results) -> str:
    """The ids, one a line."""
    return "".join(printable(hit.article.id) + "\n" for hit in results.hits)


def results_trec(results: Results, query_id: str = "1", tag: str = "cari") -> str:
    """`qid Q0 docid rank score tag` lines, as trec_eval reads them. White space in a name would break the
    columns; it is percent-encoded (and so is the percent sign)."""
    return "".join(
        f"{_name(query_id)} Q0 {_name(hit.article.id)} {hit.rank} {hit.score:.6f} {_name(tag)}\n"
        for hit in results.hits
    )


def article_json(article: Article) -> str:
    """One article as an object: every field of `Article`."""
    return _dump(_article(article), indent=2)


def info_json(info: IndexInfo) -> str:
    """What is known of an index as an object: every field of `IndexInfo`."""
    names = ("location", "engine", "articles", "bytes", "terms", "undated", "sources", "fingerprint")
    facts: dict[str, object] = {name: getattr(info, name) for name in names}
    dates = {"oldest": _iso(info.oldest), "newest": _iso(info.newest)}
    return _dump({**facts, **dates, "details": dict(info.details)}, indent=2)


def suggestions_json(suggestions: Iterable[Suggestion]) -> str:
    """Completions as an array of objects with `text` and `count`."""
    return _dump([{"text": text, "count": count} for text, count in suggestions], indent=2)


def _hit(hit: Hit) -> dict[str, object]:
    return {
        "rank": hit.rank,
        "score": hit.score,
        "article": _article(hit.article),
        "title_marks": [list(mark) for mark in hit.title_marks],
        "passages": [_passage(passage) for passage in hit.passages],
        "explanation": None if hit.explanation is None else [_share(share) for share in hit.explanation],
    }


def _article(article: Article) -> dict[str, object]:
    fields = {name: getattr(article, name) for name in Article.__slots__}
    return {**fields, "published": _iso(article.published), "tags": list(article.tags)}


def _passage(passage: Passage) -> dict[str, object]:
    marks = [list(mark) for mark in passage.marks]
    return {"start": passage.start, "end": passage.end, "text": passage.text, "marks": marks}


def _share(share: TermShare) -> dict[str, object]:
    return {name: getattr(share, name) for name in TermShare.__slots__}


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _dump(value: object, indent: int | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    # json escapes only U+0000-1F. The other unprintable characters can stand only inside strings, where an
    # escape means the same, is obeyed by no terminal and can always be encoded.
    return unprintable().sub(_escape, text) + "\n"


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    return character if character == "\n" else json.dumps(character)[1:-1]


def _cell(value: str | None) -> str:
    text = printable(value or "").strip()
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def _name(text: str) -> str:
    return _WHITE_SPACE.sub(lambda found: f"%{ord(found.group()):02X}", printable(text)) or "-"
