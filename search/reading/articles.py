"""The door of the room: sources to articles, one at a time, with a report of what was left out."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from search.errors import ReadingError, UsageError
from search.model import Article, ReadOptions, Skipped
from search.reading.fields import check_field_map
from search.reading.finish import finish
from search.reading.formats import detect, named_format
from search.reading.source import Source, UnreadableError, open_source, walk

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
    run = Run(sources, options, on_skip, on_file)
    return (article for found in run.files() for article in run.articles(found))


class Found(NamedTuple):
    """A file to read. `path`: None for standard input; `explicit`: the user named it; `regular`: it is known to be a
    regular file."""

    path: str | None
    explicit: bool
    regular: bool = False


class Run:
    """One run of reading. Arguments and errors as `read_articles` has them."""

    def __init__(
        self,
        sources: Sequence[str | Path],
        options: ReadOptions,
        on_skip: Callable[[Skipped], None] | None,
        on_file: Callable[[int, int], None] | None,
    ) -> None:
        self.options = options
        self._forced = named_format(options.format) if options.format is not None else None
        check_field_map(options.field_map)
        if options.max_chars <= 0:
            raise UsageError("max_chars must be more than 0.")
        self._sources = [sources] if isinstance(sources, (str, Path)) else list(sources)
        for source in self._sources:
            if str(source) != STDIN and not _exists(Path(source)):
                raise ReadingError(f"There is no file or folder {str(source)!r}.", hint="Check the path.")
        self._on_skip, self._on_file = on_skip, on_file

    def files(self) -> Iterator[Found]:
        """Each file, counted as it is asked for."""
        files = list(_files(self._sources))
        for done, found in enumerate(files):
            if self._on_file:
                self._on_file(done, len(files))
            yield found
        if self._on_file:
            self._on_file(len(files), len(files))

    def articles(self, found: Found) -> Iterator[Article]:
        """The articles of one file."""
        name = printable(STDIN_NAME if found.path is None else found.path)
        return self.articles_of(name, open_source(name, found.path, explicit=found.explicit), found.explicit)

    def articles_of(
        self,
        name: str,
        opening: AbstractContextManager[Source],
        explicit: bool,
        skip: Callable[[Skipped], None] | None = None,
    ) -> Iterator[Article]:
        """The articles of a source yet to be opened; `skip` (default: this run's own) is told what is left out."""
        for item in self._items(name, opening, explicit):
            if isinstance(item, Article):
                yield item
            else:
                (skip or self.skip)(item)

    def skip(self, skipped: Skipped) -> None:
        """Report what is left out."""
        if self.options.strict:
            raise ReadingError(f"{skipped.where}: {skipped.reason}.", hint="Not strict, it is left out.")
        if self._on_skip:
            self._on_skip(skipped)

    def _items(
        self, name: str, opening: AbstractContextManager[Source], explicit: bool
    ) -> Iterator[Article | Skipped]:
        """Whatever stops a file is a report, and what came before stays."""
        try:
            with opening as source:
                chosen = self._forced or detect(source, explicit=explicit)
                for item in chosen.load().read(source, self.options):
                    yield item if isinstance(item, Skipped) else finish(item, self.options.max_chars)
        except UnreadableError as fault:
            yield Skipped(name, str(fault))
        except OSError as fault:
            yield Skipped(name, f"cannot be read ({fault.strerror or fault})")


def _exists(path: Path) -> bool:
    try:
        path.lstat()
    except PermissionError:
        return True  # it is there; why it cannot be read is reported when its turn comes
    except (OSError, ValueError):
        return False
    return True


def _files(sources: Sequence[str | Path]) -> Iterator[Found]:
    for source in sources:
        if str(source) == STDIN:
            yield Found(None, explicit=True)
            continue
        path = Path(source)
        try:
            folder = stat.S_ISDIR(path.stat().st_mode)
        except OSError:
            folder = False
        if folder:
            yield from (Found(name, False, regular) for name, regular in walk(str(path)))
        else:
            yield Found(str(path), explicit=True)


def printable(name: str) -> str:
    """A path that can be written to a report: names of files need not be valid text."""
    return name.encode("utf-8", "replace").decode("utf-8")
