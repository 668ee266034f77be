"""The commands that find articles: search, similar, suggest, run.

Each turns its flags into `SearchOptions`, asks the archive, and hands the results to `search.render`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from search.cli.options import (
    Folders,
    corpus_option,
    filter_options,
    index_option,
    json_option,
    result_options,
)
from search.cli.output import complain, open_page, write, write_data
from search.errors import UsageError
from search.model import Results, SearchOptions, Sort

if TYPE_CHECKING:
    from search.archive import Archive

# Put before a word such as -bandang so that click takes it for an argument; no shell can pass this character.
_SHIELD = "\0"


class QueryCommand(click.Command):
    """A command whose words may begin with one dash: `cari search banjir -bandang` leaves out *bandang*."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(self._shielded(args)))

    def _shielded(self, args: list[str]) -> Iterator[str]:
        options = [param for param in self.params if isinstance(param, click.Option)]
        with_value = {name for option in options if not option.is_flag for name in option.opts}
        previous = ""
        for index, arg in enumerate(args):
            if arg == "--":
                yield from args[index:]
                return
            word = arg[:1] == "-" and not _is_flag(arg) and previous not in with_value
            yield _SHIELD + arg if word else arg
            previous = arg


def _is_flag(arg: str) -> bool:
    return arg in ("-", "-h") or arg[:2] == "--" or (arg[:2] == "-n" and not arg[2:].strip("0123456789"))


@click.command(cls=QueryCommand)
@click.argument("query", nargs=-1)
@filter_options
@result_options
@index_option
@corpus_option
@click.pass_obj
def search(
    folders: Folders, /, query: tuple[str, ...], output: str, colour: str, query_id: str, **flags: Any
) -> int:
    """Search, best hits first; builds the index first if there is none.

    \b
    cari search netralitas ASN               more of the words, and rarer ones, first
    cari search '"harga beras" +Demak -impor'   a phrase, one that must be, one that must not
    cari search judul:banjir sejak:2023      in titles, from 2023 on
    cari search --place Garut --sort newest  all articles about a place
    """
    options = SearchOptions(**{**flags, "sort": Sort(flags["sort"])})
    text = " ".join(word.removeprefix(_SHIELD) for word in query)
    if not text.strip() and not _browses(options):
        raise click.UsageError("Missing QUERY (or a filter to list articles by, such as --since).")
    with _open_or_build(folders) as archive:
        results = archive.search(text if text.strip() else "*", options)
    return _put(results, output, colour, query_id)


@click.command()
@click.argument("article_id", metavar="ID")
@filter_options
@result_options
@index_option
@click.pass_obj
def similar(
    folders: Folders, /, article_id: str, output: str, colour: str, query_id: str, **flags: Any
) -> int:
    """Find articles like the one with this ID."""
    from search.archive import Archive

    with Archive(folders.index) as archive:
        results = archive.similar(article_id, SearchOptions(**{**flags, "sort": Sort(flags["sort"])}))
    return _put(results, output, colour, query_id)


@click.command()
@click.argument("prefix")
@click.option("-n", "--limit", type=click.IntRange(min=1), default=10, show_default=True, metavar="N",
              help="Most completions.")  # fmt: skip
@json_option
@index_option
@click.pass_obj
def suggest(folders: Folders, /, prefix: str, limit: int, output: str) -> int:
    """Complete PREFIX to words of the index, commonest first, with the number of articles that have each."""
    from search.archive import Archive

    with Archive(folders.index) as archive:
        suggestions = archive.suggest(prefix, limit)
    if output == "json":
        from search.render.data import suggestions_json

        write_data(suggestions_json(suggestions))
    else:
        from search.render.text import pairs_text

        write(pairs_text(suggestions))
    return 0 if suggestions else 1


@click.command()
@click.argument("topics", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("-n", "--limit", type=click.IntRange(min=1), default=100, show_default=True, metavar="N",
              help="Most hits a topic.")  # fmt: skip
@click.option("--tag", default="cari", show_default=True, help="Name of the run, the last column.")
@index_option
@corpus_option
@click.pass_obj
def run(folders: Folders, /, topics: str, limit: int, tag: str) -> int:
    """Search for every line `id TAB query` of TOPICS (- for standard input) and print a TREC run."""
    from search.render.data import results_trec

    with click.open_file(topics, "rb") as stream:
        queries = _read_topics(stream.read(), topics)
    options = SearchOptions(limit=limit, snippet_chars=0)
    found = False
    with _open_or_build(folders) as archive:
        for query_id, query in queries:
            results = archive.search(query, options)
            found = found or bool(results.hits)
            write_data(results_trec(results, query_id, tag))
    return 0 if found else 1


def _read_topics(content: bytes, name: str) -> list[tuple[str, str]]:
    # All are read before the first is searched: half a run, measured, would look like a bad one.
    topics = []
    for number, line in enumerate(content.decode("utf-8-sig", "replace").split("\n"), start=1):
        if not line.strip():
            continue
        query_id, tab, query = line.rstrip("\r").partition("\t")
        if not tab or not query_id.strip():
            raise UsageError(f"{name}:{number} is not a topic.", hint="A topic is an id, a tab and a query.")
        topics.append((query_id.strip(), query))
    if not topics:
        raise UsageError(f"There are no topics in {name}.", hint="A topic is an id, a tab and a query.")
    return topics


def _browses(options: SearchOptions) -> bool:
    """Whether the options choose articles, or an order of them, without a query."""
    filters = (options.since, options.until, options.source, options.category, options.place)
    return any(filters) or bool(options.facets) or options.sort is not Sort.RELEVANCE


def _open_or_build(folders: Folders) -> Archive:
    from search.archive import Archive

    archive = Archive(folders.index)
    if not archive.exists():
        from search.cli.progress import build_first

        build_first(archive, folders)
    return archive


def _put(results: Results, output: str, colour: str, query_id: str) -> int:
    """Write the results in the format asked for; what it has no place for goes to standard error."""
    if output == "text":
        from search.render.text import results_text

        write(results_text(results, open_page(colour)))
        return 0 if results.total else 1
    from search.render import data

    if output == "trec":
        write_data(data.results_trec(results, query_id))
    else:
        renderers = {"json": data.results_json, "jsonl": data.results_jsonl, "csv": data.results_csv}
        write_data(renderers.get(output, data.results_ids)(results))
    if output != "json":
        for warning in results.warnings:
            complain(warning)
        if results.suggestion:
            complain(f"did you mean: {results.suggestion}")
    return 0 if results.total else 1
