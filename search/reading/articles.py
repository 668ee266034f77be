"""The door of the room: sources to articles, one at a time, with a report of what was left out."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from search.errors import ReadingError, UsageError
from search.model import Article, ReadOptions, Skipped
from search.reading.fields import check_field_map
from search.reading.finish import finish
from search.reading.formats import Format, detect, named_format
from search.reading.source import UnreadableError, open_source, walk

STDIN = "-"
STDIN_NAME = "standard input"


def read_articles(
    sources: Sequence[str | Path],
    options: ReadOptions = ReadOptions(),  # noqa: B008 (frozen)
    *,
    on_skip: Callable[[Skipped], None] | None = None,
    on_file: Callable[[int, int], None] | None = None,
) -> Iterator[Article]:
    """Every article of `sources`: files, folders (recursive, in order of names; hidden ones and the README
    at the top passed over) and `-` for standard input. Lazy: one item is held at a time.

    `on_skip` hears of everything left out; under `options.strict` that is a ReadingError instead.
    `on_file(done, total)` counts files. An id may come more than once (the same article in two files): the
    later one counts. Raises at once ReadingError for a source that does not exist, UsageError for an unknown
    format or field.
    """
    forced = named_format(options.format) if options.format is not None else None
    check_field_map(options.field_map)
    if options.max_chars <= 0:
        raise UsageError("max_chars must be more than 0.")
    if isinstance(sources, (str, Path)):
        sources = [sources]
    for source in sources:
        if str(source) != STDIN and not _exists(Path(source)):
            raise ReadingError(f"There is no file or folder {str(source)!r}.", hint="Check the path.")
    return _articles(list(sources), options, forced, on_skip, on_file)


def _exists(path: Path) -> bool:
    try:
        path.lstat()
    except PermissionError:
        return True  # it is there; why it cannot be read is reported when its turn comes
    except (OSError, ValueError):
        return False
    return True


def _articles(
    sources: Sequence[str | Path],
    options: ReadOptions,
    forced: Format | None,
    on_skip: Callable[[Skipped], None] | None,
    on_file: Callable[[int, int], None] | None,
) -> Iterator[Article]:
    files = list(_files(sources))
    for done, (path, explicit) in enumerate(files):
        if on_file:
            on_file(done, len(files))
        for item in _items(path, explicit, options, forced):
            if isinstance(item, Article):
                yield item
            elif options.strict:
                raise ReadingError(f"{item.where}: {item.reason}.", hint="Not strict, it is left out.")
            elif on_skip:
                on_skip(item)
    if on_file:
        on_file(len(files), len(files))


def _files(sources: Sequence[str | Path]) -> Iterator[tuple[str | None, bool]]:
    """Each file (None: standard input), and whether the user named it."""
    for source in sources:
        if str(source) == STDIN:
            yield None, True
            continue
        path = Path(source)
        try:
            folder = stat.S_ISDIR(path.stat().st_mode)
        except OSError:
            folder = False
        if folder:
            yield from ((found, False) for found in walk(str(path)))
        else:
            yield str(path), True


def _items(
    path: str | None, explicit: bool, options: ReadOptions, forced: Format | None
) -> Iterator[Article | Skipped]:
    """The articles of one file. Whatever stops it is a report, and what came before stays."""
    name = _printable(STDIN_NAME if path is None else path)
    try:
        with open_source(name, path, explicit=explicit) as source:
            chosen = forced or detect(source, explicit=explicit)
            for item in chosen.load().read(source, options):
                yield item if isinstance(item, Skipped) else finish(item, options.max_chars)
    except UnreadableError as fault:
        yield Skipped(name, str(fault))
    except OSError as fault:
        yield Skipped(name, f"cannot be read ({fault.strerror or fault})")


def _printable(name: str) -> str:
    """A path that can be written to a report: names of files need not be valid text."""
    return name.encode("utf-8", "replace").decode("utf-8")
