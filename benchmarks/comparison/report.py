"""The figures as data, each with its unit, and as tables with ratios to ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from comparison.asking import WHAT
from comparison.peer import OURS, OURS_PLAIN
from comparison.questions import KINDS

NAMES = {"ids": "ids alone", "total": "ids and total", "titles": "ids and titles", "snippets": "titles and snippets"}


class Figures:
    """Every figure of a run, one row each."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(
        self, engine: str, documents: int, measure: str, value: float, unit: str,
        questions: str | None = None, what: str | None = None,
    ) -> None:  # fmt: skip
        row = {"engine": engine, "documents": documents, "measure": measure, "value": value, "unit": unit}
        self.rows.append(row | {k: v for k, v in (("questions", questions), ("what", what)) if v is not None})

    def value(self, engine: str, documents: int, measure: str, questions: str | None = None,
              what: str | None = None) -> float | None:  # fmt: skip
        wanted = (engine, documents, measure, questions, what)
        for row in self.rows:
            if (row["engine"], row["documents"], row["measure"], row.get("questions"), row.get("what")) == wanted:
                return float(row["value"])
        return None


def columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:]))]).rstrip()
        for row in rows
    )


def text(figures: Figures, notes: Sequence[str]) -> str:
    """All tables, for a terminal."""
    sizes = sorted({row["documents"] for row in figures.rows if row["measure"] in ("build", "open")}, reverse=True)
    parts = ["\n".join(notes)]
    for documents in sizes:
        parts += [f"BUILDING AND OPENING, {documents:,} articles", _building(figures, documents)]
    parts.append("SHELL, process start to exit\n" + _shell(figures))
    for documents in sizes:
        for kind in KINDS:
            for what in WHAT:
                table = _asking(figures, documents, kind, what)
                if table:
                    parts.append(f"{kind.upper()}, {NAMES[what]}, {documents:,} articles (ms)\n{table}")
    return "\n\n".join(parts)


def _building(figures: Figures, documents: int) -> str:
    measures = (("build", "articles/s", 1.0, ",.0f"), ("peak", "peak MiB", 2**20, ",.0f"),
                ("index", "index MiB", 2**20, ",.1f"), ("open", "open ms", 1.0, ",.2f"),
                ("first_answer", "to 1st answer ms", 1.0, ",.2f"), ("resident", "resident MiB", 2**20, ",.0f"),
                ("resident_before", "before open", 2**20, ",.0f"))  # fmt: skip
    engines = dict.fromkeys(row["engine"] for row in figures.rows
                            if row["documents"] == documents and row["measure"] in ("build", "open"))  # fmt: skip
    rows = [["engine", *(head for _, head, _, _ in measures), "speed : ours", "bytes : ours"]]
    for engine in engines:
        cells = []
        for measure, _, unit, shape in measures:
            value = figures.value(engine, documents, measure)
            cells.append("-" if value is None else format(value / unit, shape))
        ratios = [_ratio(figures, engine, documents, measure) for measure in ("build", "index")]
        rows.append([engine, *cells, *ratios])
    return columns(rows)


def _ratio(figures: Figures, engine: str, documents: int, measure: str, *more: str) -> str:
    """A figure divided by ours."""
    mine, other = figures.value(OURS, documents, measure, *more), figures.value(engine, documents, measure, *more)
    return "-" if not mine or other is None else f"{other / mine:.2f}"


def _asking(figures: Figures, documents: int, kind: str, what: str) -> str:
    engines = dict.fromkeys(row["engine"] for row in figures.rows
                            if row["documents"] == documents and row.get("questions") == kind
                            and row.get("what") == what)  # fmt: skip
    if not engines:
        return ""
    measures = ("median", "p95", "p99", "first", "first_p95")
    rows = [["engine", "median", "p95", "p99", "1st round median", "1st round p95", "questions",
             "rounds", "median : ours", "p95 : ours", "median : ours plain"]]  # fmt: skip
    for engine in engines:
        found = [figures.value(engine, documents, measure, kind, what) or 0.0 for measure in measures]
        counts = [f"{figures.value(engine, documents, each, kind, what) or 0:.0f}" for each in ("asked", "rounds")]
        plain = figures.value(OURS_PLAIN, documents, "median", kind, what)
        ratios = [_ratio(figures, engine, documents, measure, kind, what) for measure in ("median", "p95")]
        against = f"{found[0] / plain:.2f}" if plain else "-"
        rows.append([engine, *(f"{value:.3f}" for value in found), *counts, *ratios, against])
    return columns(rows)


def _shell(figures: Figures) -> str:
    rows = [row for row in figures.rows if row["measure"] == "shell"]
    floor = next((row["value"] for row in rows if row["engine"].startswith("import")), None)
    table = [["command", "ms", "times the import"]]
    table += [[row["engine"], f"{row['value']:.1f}", f"{row['value'] / floor:.2f}" if floor else "-"] for row in rows]
    return columns(table)
