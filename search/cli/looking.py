"""The commands that look inside: show, stem, info, check.

Each asks the archive one question and prints the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from search.cli.options import Folders, colour_option, index_option, json_option
from search.cli.output import complain, open_page, write, write_data
from search.render.printable import printable

if TYPE_CHECKING:
    from search.model import IndexInfo


@click.command()
@click.argument("article_id", metavar="ID")
@json_option
@colour_option
@index_option
@click.pass_obj
def show(folders: Folders, /, article_id: str, output: str, colour: str) -> None:
    """Print the whole article with this ID."""
    from search.archive import Archive

    with Archive(folders.index) as archive:
        article = archive.get(article_id)
    if output == "json":
        from search.render.data import article_json

        write_data(article_json(article))
    else:
        from search.render.text import article_text

        write(article_text(article, open_page(colour)))


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="WORD...")
@colour_option
@index_option
@click.pass_obj
def stem(folders: Folders, /, words: tuple[str, ...], colour: str) -> None:
    """Show what the analyser does to each WORD, step by step. Needs no index."""
    from search.archive import Archive
    from search.render.text import steps_text

    page = open_page(colour)
    with Archive(folders.index) as archive:
        write("\n".join(steps_text(word, archive.trace(word), page) for word in words))


@click.command()
@json_option
@colour_option
@index_option
@click.pass_obj
def info(folders: Folders, /, output: str, colour: str) -> None:
    """Tell what is in the index: counts, sizes, dates, and which analysis made it."""
    from search.archive import Archive

    with Archive(folders.index) as archive:
        facts = archive.info()
    if output == "json":
        from search.render.data import info_json

        write_data(info_json(facts))
    else:
        from search.render.text import facts_text

        write(facts_text(_facts(facts), open_page(colour)))


@click.command()
@index_option
@click.pass_obj
def check(folders: Folders, /) -> int:
    """Read every file of the index and name each fault. Exits 2 if there is one."""
    from search.archive import Archive

    with Archive(folders.index) as archive:
        faults = archive.check()
    for fault in faults:
        complain(fault)
    if not faults:
        write(f"{printable(folders.index)}: sound\n")
    return 2 if faults else 0


def _facts(info: IndexInfo) -> dict[str, str]:
    span = f"{info.oldest or '?'} to {info.newest or '?'}" if info.oldest or info.newest else "none"
    return {
        "location": info.location,
        "engine": info.engine,
        "articles": f"{info.articles:,}",
        "sources": f"{info.sources:,}",
        "dates": f"{span} ({info.undated:,} undated)",
        "terms": f"{info.terms:,}",
        "size": f"{info.bytes / 1_000_000:,.1f} MB",
        "analysis": info.fingerprint,
        **info.details,
    }
