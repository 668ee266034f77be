"""SQLite's FTS5 through Python's own sqlite3: one table of roots, one of forms, and an ordinary one of articles.

The roots' table keeps its text, which `snippet()` cuts from; the forms' table is contentless. The unicode61
tokenizer is told that everything but white space is part of a word.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter_ns
from typing import Any, NamedTuple

from comparison.corpus import Record
from comparison.peer import TOP, Base
from comparison.questions import Question

BATCH = 2000
SNIPPET_TOKENS = 40  # snippet() counts tokens, 64 at most; 240 characters of news are about 36
# Separators (Z*) and control characters (Cc) part words, nothing else does; diacritics stay.
WORDS = "tokenize=\"unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Cf Co Cs Cn'\""
TABLES = f"""
    create table articles(number integer primary key, source text, day integer, title text);
    create virtual table roots using fts5(title, body, {WORDS});
    create virtual table forms using fts5(title, body, content='', {WORDS});
"""


class Asked(NamedTuple):
    """The table to ask, the conditions, and the values for them."""

    table: str
    where: str
    values: tuple[Any, ...]


class Fts5(Base):
    def missing(self) -> str | None:
        connection = sqlite3.connect(":memory:")
        try:
            connection.executescript(TABLES)
        except sqlite3.OperationalError as error:
            return f"this Python's SQLite cannot: {error}"
        finally:
            connection.close()
        return None

    def version(self) -> str:
        return sqlite3.sqlite_version

    def build(self, folder: Path, records: Iterable[Record]) -> None:
        folder.mkdir(parents=True)
        connection = sqlite3.connect(folder / "articles.db")
        connection.executescript(TABLES)
        rows = iter(records)
        while batch := list(islice(rows, BATCH)):
            connection.executemany(
                "insert into articles values (?, ?, ?, ?)", ((r.number, r.source, r.day, r.title) for r in batch)
            )
            for table, texts in (
                ("roots", ((r.number, r.title_roots, r.body_roots) for r in batch)),
                ("forms", ((r.number, r.title_forms, r.body_forms) for r in batch)),
            ):
                connection.executemany(f"insert into {table}(rowid, title, body) values (?, ?, ?)", texts)
        connection.execute("create index by_source on articles(source, day)")
        connection.commit()
        connection.close()

    def open(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "articles.db")
        self._connection.execute("select count(*) from (select rowid from roots limit 1)").fetchone()

    def does(self, what: str, question: Question) -> bool:
        return not (what == "snippets" and question.kind == "phrase")  # the forms' text is not kept

    def ready(self, question: Question) -> Asked:
        quoted = ['"' + word.replace('"', '""') + '"' for word in question.roots]
        if question.kind == "phrase":
            match = '"' + " ".join(question.forms).replace('"', '""') + '"'
        else:
            match = " OR ".join(quoted)
        table = "forms" if question.kind == "phrase" else "roots"
        if question.source is None:
            return Asked(table, f"{table} match ?", (match,))
        allowed = "select number from articles where source = ? and day between ? and ?"
        # The plus keeps SQLite from looking each allowed article up in the full-text index, which takes seconds.
        where = f"{table} match ? and +{table}.rowid in ({allowed})"
        return Asked(table, where, (match, question.source, question.since, question.until))

    def _rows(self, select: str, asked: Asked, count: int, join: str = "") -> tuple[int, list[Any]]:
        sql = f"select {select} from {asked.table} {join} where {asked.where} order by rank limit {count}"
        started = perf_counter_ns()
        rows = self._connection.execute(sql, asked.values).fetchall()
        return perf_counter_ns() - started, rows

    def ids(self, asked: Asked, count: int) -> tuple[int, Sequence[int]]:
        took, rows = self._rows(f"{asked.table}.rowid", asked, count)
        return took, [number for (number,) in rows]

    def total(self, asked: Asked) -> tuple[int, int]:
        count = f"select count(*) from {asked.table} where {asked.where}"
        took, _ = self.ids(asked, TOP)
        started = perf_counter_ns()
        (total,) = self._connection.execute(count, asked.values).fetchone()
        return took + perf_counter_ns() - started, total

    def titles(self, asked: Asked) -> tuple[int, Sequence[str]]:
        join = f"join articles on articles.number = {asked.table}.rowid"
        took, rows = self._rows("articles.title", asked, TOP, join)
        return took, [title for (title,) in rows]

    def snippets(self, asked: Asked) -> tuple[int, Sequence[str]]:
        join = f"join articles on articles.number = {asked.table}.rowid"
        cut = f"articles.title, snippet({asked.table}, 1, '<b>', '</b>', '…', {SNIPPET_TOKENS})"
        took, rows = self._rows(cut, asked, TOP, join)
        return took, [text for _, text in rows]

    def formula(self) -> Any:
        from comparison.oracle import as_one_text, fts5_rarity

        return as_one_text(fts5_rarity)

    def close(self) -> None:
        self._connection.close()
