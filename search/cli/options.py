"""Flags that several commands share, turned once into the values of `search.model`.

Between click and the commands. A flag's parser is a click callback, which raises BadParameter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from search.model import FACETS, Article, Sort

Command = TypeVar("Command", bound=Callable[..., Any])

FOREVER = float("inf")
DEFAULT_WAIT = 60.0  # seconds; longer than an add takes, short enough that a script notices
_LONGEST_WAIT = 1e9  # seconds; more cannot be meant, and overflows the clocks of some systems
_FACET_NAMES = {name: name for name in FACETS} | {
    "sumber": "source", "kategori": "category", "daerah": "place", "bulan": "month",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the index is (a folder, or another engine's address) and where the articles are."""

    index: str = "index"
    corpus: Path = Path("corpus")


def _set_folder(context: click.Context, parameter: click.Parameter, value: str | Path | None) -> None:
    # Given before the command, after it, or in the environment: the command line wins, its end first.
    if value == "":  # as an unset variable leaves it; the index must not land in the working folder
        raise click.BadParameter("The name of the folder is empty.")
    known = context.obj if isinstance(context.obj, Folders) else Folders()
    said = context.get_parameter_source(str(parameter.name)) is click.core.ParameterSource.COMMANDLINE
    if value is not None and (said or context.parent is None):
        known = replace(known, **{str(parameter.name): value})  # type: ignore[arg-type]
    context.obj = known


def _folder_option(name: str, what: str, kind: type[str | Path]) -> Callable[[Command], Command]:
    return click.option(
        f"--{name}", type=click.Path(path_type=kind), envvar=f"CARI_{name.upper()}", show_envvar=True,
        metavar="FOLDER", expose_value=False, callback=_set_folder, help=f"{what}  [default: {name}]",
    )  # fmt: skip


index_option = _folder_option("index", "Where the index is.", str)
corpus_option = _folder_option("corpus", "Where the articles are.", Path)


def parse_day(*, last: bool) -> Callable[[click.Context, click.Parameter, str | None], date | None]:
    """A parser of a day, month or year as in the query language; `last`: which end of it is meant."""

    def parse(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
        if value is None:
            return None
        from search.language.dates import parse_day_range

        days = parse_day_range(value)
        if days is None:
            raise click.BadParameter(f"{value!r} is no date like 2015, 2015-11 or '11 November 2015'.")
        return days[last]

    return parse


def parse_wait(_: click.Context, __: click.Parameter, value: str) -> float:
    """Seconds, or FOREVER."""
    if value.lower() == "forever":
        return FOREVER
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= _LONGEST_WAIT:
        raise click.BadParameter(f"{value!r} is neither a number of seconds, 0 or more, nor 'forever'.")
    return seconds


def parse_facets(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    """Names of facets with commas between them, in English or Indonesian."""
    names = [name.strip().lower() for name in value.split(",") if name.strip()]
    for name in names:
        if name not in _FACET_NAMES:
            raise click.BadParameter(f"{name!r} is none of {', '.join(FACETS)}.")
    return tuple(dict.fromkeys(_FACET_NAMES[name] for name in names))


def parse_source_format(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A name from the table of formats, which is loaded only when one is given."""
    if value is None:
        return None
    from search.reading import FORMATS

    if value not in FORMATS:
        raise click.BadParameter(f"{value!r} is none of {', '.join(sorted(FORMATS))}.")
    return value


def parse_map(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """`field=name` pairs: a field of Article, and what the source calls it."""
    known = [each.name for each in fields(Article)]
    pairs = {}
    for value in values:
        field, _sign, name = (part.strip() for part in value.partition("="))
        if field not in known or not name:
            raise click.BadParameter(f"{value!r} is not like body=teks, with one of {', '.join(known)}.")
        pairs[field] = name
    return pairs


def together(*options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """Several options as one decorator, shown by --help in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


colour_option = click.option(
    "--color", "colour", type=click.Choice(("auto", "always", "never")), default="auto", show_default=True,
    help="Colours and marks; auto: on a terminal, unless NO_COLOR is set.",
)  # fmt: skip

json_option = click.option(
    "--format", "output", type=click.Choice(("text", "json")), default="text", show_default=True,
    help="How the answer is written.",
)  # fmt: skip

wait_option = click.option(
    "--wait", default=f"{DEFAULT_WAIT:g}", show_default=True, callback=parse_wait, metavar="SECONDS|forever",
    help="How long to wait for another writer; 0: not at all.",
)  # fmt: skip

filter_options = together(
    click.option("--sort", type=click.Choice([sort.value for sort in Sort]), default=Sort.RELEVANCE.value,
                 show_default=True, help="Order of the results."),
    click.option("--since", metavar="DATE", callback=parse_day(last=False),
                 help="Only articles from this day, month or year on."),
    click.option("--until", metavar="DATE", callback=parse_day(last=True),
                 help="Only articles up to this day, month or year, itself included."),
    click.option("--source", metavar="TEXT", help="Only articles of this source (sumber:)."),
    click.option("--category", metavar="TEXT", help="Only articles of this category (kategori:)."),
    click.option("--place", metavar="TEXT", help="Only articles about this place (daerah:)."),
    click.option("--facets", metavar="NAMES", default="", callback=parse_facets,
                 help=f"Also count the articles by {', '.join(FACETS)}."),
)  # fmt: skip

result_options = together(
    click.option("--format", "output", type=click.Choice(("text", "json", "jsonl", "csv", "ids", "trec")),
                 default="text", show_default=True, help="How the results are written."),
    click.option("-n", "--limit", type=click.IntRange(min=0), default=10, show_default=True, metavar="N",
                 help="Most hits shown."),
    click.option("--offset", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
                 help="Hits passed over first."),
    click.option("--snippet-chars", type=click.IntRange(min=0), default=240, show_default=True, metavar="N",
                 help="Most characters of a snippet; 0: none."),
    click.option("--explain", is_flag=True, help="Show each term's share of the score."),
    click.option("--query-id", default="1", show_default=True, metavar="ID", help="Id in TREC lines."),
    colour_option,
)  # fmt: skip
