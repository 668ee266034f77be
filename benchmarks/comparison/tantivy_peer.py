"""tantivy through its Python package: one writer thread, our tokens through its whitespace tokenizer.

Roots and forms are fields of their own, with positions, as in our index. The stored body is the text of roots, as its
snippet generator reads the stored text through the field's tokenizer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from comparison.corpus import Record
from comparison.peer import SNIPPET, TOP, Base
from comparison.questions import Question

HEAP = 128_000_000  # the package's own default


class Tantivy(Base):
    forms = True

    def missing(self) -> str | None:
        try:
            import tantivy  # noqa: F401
        except ImportError:
            return "the tantivy package is not installed (it is in the bench extra)"
        return None

    def version(self) -> str:
        from importlib.metadata import version

        return version("tantivy")

    def _schema(self) -> Any:
        import tantivy

        schema = tantivy.SchemaBuilder()
        schema.add_unsigned_field("number", fast=True)
        schema.add_unsigned_field("day", fast=True, indexed=True)
        schema.add_text_field("source", tokenizer_name="raw", index_option="basic")
        schema.add_bytes_field("headline", stored=True)  # the only kind that is stored and not indexed
        schema.add_text_field("title", tokenizer_name="spaces", index_option="position")
        schema.add_text_field("body", stored=True, tokenizer_name="spaces", index_option="position")
        if self.forms:
            schema.add_text_field("title_forms", tokenizer_name="spaces", index_option="position")
            schema.add_text_field("body_forms", tokenizer_name="spaces", index_option="position")
        return schema.build()

    def _register(self, index: Any) -> None:
        import tantivy

        index.register_tokenizer("spaces", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())

    def build(self, folder: Path, records: Iterable[Record]) -> None:
        import tantivy

        folder.mkdir(parents=True)
        index = tantivy.Index(self._schema(), path=str(folder))
        self._register(index)
        writer = index.writer(heap_size=HEAP, num_threads=1)
        for record in records:
            document = tantivy.Document()
            document.add_unsigned("number", record.number)
            document.add_unsigned("day", record.day)
            document.add_text("source", record.source)
            document.add_bytes("headline", record.title.encode())
            document.add_text("title", record.title_roots)
            document.add_text("body", record.body_roots)
            if self.forms:
                document.add_text("title_forms", record.title_forms)
                document.add_text("body_forms", record.body_forms)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> None:
        import tantivy

        index = tantivy.Index.open(str(folder))
        self._register(index)
        self._schema_used = index.schema
        self._searcher = index.searcher()

    def ready(self, question: Question) -> Any:
        from tantivy import FieldType, Occur, Query

        schema = self._schema_used
        if question.kind == "phrase":
            words = list(question.forms)
            parts = [Query.phrase_query(schema, field, words) for field in ("title_forms", "body_forms")]
        else:
            parts = [Query.term_query(schema, field, root, "freq")
                     for root in question.roots for field in ("title", "body")]  # fmt: skip
        query = Query.boolean_query([(Occur.Should, part) for part in parts])
        if question.source is not None:
            days = Query.range_query(schema, "day", FieldType.Unsigned, question.since, question.until)
            source = Query.term_query(schema, "source", question.source, "basic")
            filters = [Query.const_score_query(part, 0.0) for part in (source, days)]
            query = Query.boolean_query([(Occur.Must, part) for part in (query, *filters)])
        return query

    def does(self, what: str, question: Question) -> bool:
        # Its generator looks for the query's terms in one stored field; phrases ask another.
        return not (what == "snippets" and question.kind == "phrase")

    def ids(self, asked: Any, count: int) -> tuple[int, Sequence[int]]:
        started = perf_counter_ns()
        hits = self._searcher.search(asked, count, count=False).hits
        found = self._searcher.fast_field_values("number", [address for _, address in hits])
        return perf_counter_ns() - started, found

    def total(self, asked: Any) -> tuple[int, int]:
        started = perf_counter_ns()
        total = self._searcher.search(asked, TOP, count=True).count
        return perf_counter_ns() - started, total

    def titles(self, asked: Any) -> tuple[int, Sequence[str]]:
        started = perf_counter_ns()
        hits = self._searcher.search(asked, TOP, count=False).hits
        titles = [bytes(self._searcher.doc(address)["headline"][0]).decode() for _, address in hits]
        return perf_counter_ns() - started, titles

    def snippets(self, asked: Any) -> tuple[int, Sequence[str]]:
        import tantivy

        started = perf_counter_ns()
        hits = self._searcher.search(asked, TOP, count=False).hits
        generator = tantivy.SnippetGenerator.create(self._searcher, asked, self._schema_used, "body")
        generator.set_max_num_chars(SNIPPET)
        shown = []
        for _, address in hits:
            document = self._searcher.doc(address)
            shown.append((bytes(document["headline"][0]).decode(), generator.snippet_from_doc(document).to_html()))
        return perf_counter_ns() - started, [html for _, html in shown]

    def formula(self) -> Any:
        from comparison.oracle import by_field, one_byte_lengths

        return by_field(one_byte_lengths)


class TantivyRoots(Tantivy):
    """Without the forms, for building only: what tantivy costs where nobody asks for a form or a phrase."""

    forms = False
