"""Results as an archivist reads them: in Indonesian, wrapped to the terminal, matches marked.

The last step of the pipeline for `cari search`, `similar` and `show`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from search.model import Article, FacetCount, Hit, Passage, Results, Span, TermShare
from search.render import indonesian
from search.render.page import Marked, Page, table
from search.render.printable import columns, fit, printable

_DOT = " · "
_CUT = " … "
_UNTITLED = "(tanpa judul)"
# What may stand before a passage that begins a sentence, or end one that finishes it.
_SENTENCE_END = '.!?:;"”’)\n'
_BAR_COLUMNS = 24
_VALUE_COLUMNS = 32


def results_text(results: Results, page: Page) -> str:
    """The whole answer: heading, notes, hits, facets. Ends in one newline."""
    blocks = ["\n".join(_heading(results, page))]
    margin = len(str(results.hits[-1].rank)) + 2 if results.hits else 0
    blocks += ["\n".join(_hit(hit, page, margin)) for hit in results.hits]
    blocks += ["\n".join(_facet(name, counts, page)) for name, counts in results.facets.items() if counts]
    return "\n\n".join(blocks) + "\n"


def article_text(article: Article, page: Page) -> str:
    """One whole article. Ends in one newline."""
    width = page.width
    head = _title(article, (), page, width) + [page.green(line) for line in _about(article, width)]
    paragraphs = [Marked.of(part).lines(page, width) for part in article.body.split("\n") if part.strip()]
    foot = [page.dim(line) for line in _labelled(article)]
    return "\n\n".join("\n".join(block) for block in [head, *paragraphs, foot] if block) + "\n"


def _heading(results: Results, page: Page) -> Iterator[str]:
    yield page.bold(_count(results)) + page.dim(f" ({indonesian.seconds(results.seconds)})")
    for warning in results.warnings:
        yield from _note("Catatan: ", warning, page)
    if results.suggestion:
        yield from _note("Mungkin maksud Anda: ", results.suggestion, page)


def _count(results: Results) -> str:
    if not results.total:
        return "Tidak ada artikel yang ditemukan"
    count = f"{indonesian.number(results.total)} artikel ditemukan"
    if not results.hits:
        return count
    first, last = results.hits[0].rank, results.hits[-1].rank
    if first == 1 and last == results.total:
        return count
    return f"{count}, ditampilkan {indonesian.number(first)}-{indonesian.number(last)}"


def _note(label: str, text: str, page: Page) -> Iterator[str]:
    lines = Marked.of(label + text).lines(page, page.width)
    yield page.bold(lines[0][: len(label)]) + lines[0][len(label) :]
    yield from lines[1:]


def _hit(hit: Hit, page: Page, margin: int) -> Iterator[str]:
    width = page.width - margin
    title = _title(hit.article, hit.title_marks, page, width)
    yield f"{hit.rank:>{margin - 2}}  {title[0]}"
    lines = title[1:] + [page.green(line) for line in _about(hit.article, width)]
    lines += _snippet(hit).lines(page, width)
    lines.append(page.dim(_address(hit.article)))
    lines += ["", *_explanation(hit, page)] if hit.explanation else []
    for line in lines:
        yield " " * margin + line if line else ""


def _title(article: Article, marks: Iterable[Span], page: Page, width: int) -> list[str]:
    lines = Marked.of(article.title, marks).lines(page, width, bold=True)
    return lines or Marked.of(_UNTITLED).lines(page, width)


def _about(article: Article, width: int) -> list[str]:
    """`source · date · place · category · author`, of what is known, wrapped between the parts."""
    when = indonesian.moment(article.published) if article.published else "tanpa tanggal"
    parts = [article.source, when, article.place, article.category, article.author]
    lines: list[str] = []
    for part in (fit(printable(part).strip(), width) for part in parts if part and part.strip()):
        if lines and columns(lines[-1] + _DOT + part) <= width:
            lines[-1] += _DOT + part
        else:
            lines.append(part)
    return lines


def _address(article: Article) -> str:
    # Never wrapped: a broken address can be neither clicked nor copied.
    known = [article.url, article.id] if article.url and article.url != article.id else [article.id]
    return _DOT.join(printable(part) for part in known if part)


def _labelled(article: Article) -> Iterator[str]:
    """What `show` adds under the text, one line each."""
    tags = ", ".join(article.tags)
    rows = [("Tag", tags), ("Tempat berita", article.dateline), ("Penyunting", article.editor),
            ("Tautan", article.url), ("Id", article.id)]
    return (f"{label}: {printable(value)}" for label, value in rows if value)


def _snippet(hit: Hit) -> Marked:
    whole = Marked(())
    body = hit.article.body
    for index, passage in enumerate(hit.passages):
        if index or _begins_inside(passage, body):
            whole += Marked.of(_CUT)
        whole += Marked.of(passage.text, passage.marks, passage.start)
    if hit.passages and _ends_inside(hit.passages[-1], body):
        whole += Marked.of(_CUT)
    return whole


def _begins_inside(passage: Passage, body: str) -> bool:
    before = body[: passage.start].rstrip(" ")
    return bool(before) and before[-1] not in _SENTENCE_END


def _ends_inside(passage: Passage, body: str) -> bool:
    return passage.end < len(body) and passage.text.rstrip()[-1:] not in tuple(_SENTENCE_END)


def _explanation(hit: Hit, page: Page) -> list[str]:
    rows = [("istilah", "bidang", "bukti", "idf", "tf", "nilai")]
    rows += [_share(share) for share in hit.explanation or ()]
    rows.append(("jumlah", "", "", "", "", indonesian.decimal(hit.score, 3)))
    lines = table(rows, right=(3, 4, 5))
    return [page.dim(lines[0]), *lines[1:]]


def _share(share: TermShare) -> tuple[str, str, str, str, str, str]:
    fields = "+".join(indonesian.FIELD_NAMES.get(name, name) for name in share.field.split("+"))
    evidence = indonesian.EVIDENCE_NAMES.get(share.evidence, share.evidence)
    term = fit(printable(share.term), _VALUE_COLUMNS)
    idf, tf, score = (indonesian.decimal(value, 3) for value in (share.idf, share.frequency, share.score))
    return term, printable(fields), printable(evidence), idf, tf, score


def _facet(name: str, counts: Sequence[FacetCount], page: Page) -> list[str]:
    most = max(count.count for count in counts)
    shown = indonesian.month if name == "month" else str
    rows = [
        (fit(printable(shown(value)), _VALUE_COLUMNS), indonesian.number(count), _bar(count, most))
        for value, count in counts
    ]
    title = printable(indonesian.FACET_TITLES.get(name, name))
    return [page.bold(title), *("  " + line for line in table(rows, right=(1,)))]


def _bar(count: int, most: int) -> str:
    """A bar in eighths of a column; even the smallest count shows."""
    eighths = max(1, round(_BAR_COLUMNS * 8 * count / most))
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def facts_text(facts: Mapping[str, str], page: Page) -> str:
    """Names and values in two columns, the values wrapped. Ends in one newline."""
    width = max(map(columns, facts))
    lines: list[str] = []
    for name, value in facts.items():
        first, *rest = Marked.of(value).lines(page, max(20, page.width - width - 2)) or [""]
        lines.append(f"{page.dim(printable(name).ljust(width))}  {first}".rstrip())
        lines += [" " * (width + 2) + line for line in rest]
    return "\n".join(lines) + "\n"


def steps_text(word: str, steps: Iterable[tuple[str, object]], page: Page) -> str:
    """What the analyser did with one word: a step a line, its name and what came out."""
    rows = [("  " + printable(name), printable(str(value))) for name, value in steps]
    return "\n".join([page.bold(printable(word)), *(table(rows) if rows else ())]) + "\n"


def pairs_text(pairs: Iterable[tuple[str, int]]) -> str:
    """Texts and their counts in two aligned columns; empty for none."""
    rows = [(printable(text), indonesian.number(count)) for text, count in pairs]
    return "".join(line + "\n" for line in table(rows, right=(1,))) if rows else ""
