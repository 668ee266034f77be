"""The commands that change an index: build, add, remove.

Each turns its flags into `ReadOptions`, calls the archive, and ends with a line of counts.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from search.cli.options import (
    FOREVER,
    Folders,
    corpus_option,
    index_option,
    parse_map,
    parse_source_format,
    together,
    wait_option,
)
from search.cli.output import write
from search.cli.progress import Progress, rate
from search.errors import UsageError
from search.model import ReadOptions, WriteReport
from search.render.printable import printable

_paths = click.Path(exists=True, allow_dash=True)

reading_options = together(
    click.option("--format", "source_format", metavar="NAME", callback=parse_source_format,
                 help="Read every file as this format."),
    click.option("--map", "field_map", metavar="FIELD=NAME", multiple=True, callback=parse_map,
                 help="What the source calls a field, such as body=teks; may be repeated."),
    click.option("--strict", is_flag=True, help="Stop at the first item that cannot be read."),
    click.option("--max-chars", type=click.IntRange(min=1), default=ReadOptions().max_chars, metavar="N",
                 show_default=True, help="Skip an item with more text."),
    click.option("-v", "--verbose", is_flag=True, help="Name every skipped item, not just the first 20."),
    wait_option,
)  # fmt: skip


@click.command()
@click.argument("paths", nargs=-1, type=_paths, metavar="[PATHS]...")
@reading_options
@index_option
@corpus_option
@click.pass_obj
def build(folders: Folders, /, paths: tuple[str, ...], **flags: Any) -> int:
    """Build the index anew from files and folders (- for standard input; default: the corpus folder).

    The old index answers until the new one is complete.
    """
    if not paths and not folders.corpus.is_dir():
        raise UsageError(f"There is no folder {folders.corpus}.", hint="Name files or folders to build from.")
    return _write(folders.index, "build", paths or (str(folders.corpus),), **flags)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=_paths)
@reading_options
@index_option
@click.pass_obj
def add(folders: Folders, /, paths: tuple[str, ...], **flags: Any) -> int:
    """Add articles from files and folders (- for standard input), and update those that changed."""
    return _write(folders.index, "add", paths, **flags)


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@wait_option
@index_option
@click.pass_obj
def remove(folders: Folders, /, ids: tuple[str, ...], wait: float) -> int:
    """Remove articles by ID (- reads ids from standard input, one a line)."""
    from search.archive import Archive

    if ids == ("-",):
        ids = tuple(line.rstrip("\r\n") for line in sys.stdin if line.strip())
    patience = None if wait == FOREVER else wait
    with Archive(folders.index) as archive, Progress(wait=patience) as progress:
        report = archive.remove(ids, wait=patience, on_wait=progress.on_wait)
    unknown = len(set(ids)) - report.removed
    removed = f"{report.removed:,} removed" + (f", {unknown:,} not in the index" if unknown > 0 else "")
    _tell(folders.index, f"{report.total:,} articles; {removed}; {report.seconds:.2f} s")
    return 0 if report.removed else 1


def _write(
    index: str, verb: str, paths: tuple[str, ...], *, source_format: str | None, field_map: dict[str, str],
    strict: bool, max_chars: int, verbose: bool, wait: float,
) -> int:  # fmt: skip
    from search.archive import Archive

    options = ReadOptions(format=source_format, field_map=field_map, max_chars=max_chars, strict=strict)
    patience = None if wait == FOREVER else wait
    with Archive(index) as archive, Progress(verbose=verbose, wait=patience) as progress:
        change = archive.build if verb == "build" else archive.add
        report = change(
            list(paths), options, wait=patience, on_wait=progress.on_wait, on_skip=progress.on_skip,
            on_file=progress.on_file, on_article=progress.on_article,
        )  # fmt: skip
    _tell(index, _counts(report))
    return 0 if report.added + report.updated + report.unchanged else 1


def _counts(report: WriteReport) -> str:
    repeated = f", {report.duplicates:,} duplicates" if report.duplicates else ""
    return (
        f"{report.total:,} articles; {report.added:,} added, {report.updated:,} updated, "
        f"{report.unchanged:,} unchanged{repeated}, {len(report.skipped):,} skipped; {rate(report)}"
    )


def _tell(index: str, counts: str) -> None:
    write(f"{printable(index)}: {counts}\n")
