"""What a long run tells on standard error: a bar on a terminal, who is waited for, what was skipped.

Between `Archive.build` and `add`, which call back, and a person who waits.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from search.cli.options import DEFAULT_WAIT, Folders
from search.cli.output import complain, note, on_terminal
from search.errors import IndexMissing
from search.model import Skipped, WriteReport
from search.render.printable import printable

if TYPE_CHECKING:
    from search.archive import Archive

_MOST_SKIPPED = 20  # the others are only counted: a folder of photographs would fill the screen
_BAR_COLUMNS = 24
_REDRAW_SECONDS = 0.1
_WIPE = "\r\x1b[K"


class Progress:
    """Callbacks for one run. The bar is drawn on a terminal only, and wiped when the run ends."""

    def __init__(self, *, verbose: bool = False, wait: float | None = None) -> None:
        self._bar = on_terminal(sys.stderr)
        self._verbose = verbose
        self._wait = wait
        self._files = self._all_files = self._articles = self._skipped = 0
        self._drawn = 0.0
        self._told_of_wait = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._clear()
        hidden = self._skipped - _MOST_SKIPPED
        if hidden > 0 and not self._verbose:
            complain(f"… and {hidden:,} more skipped (--verbose names them)")

    def on_file(self, done: int, total: int) -> None:
        self._files, self._all_files = done, total
        self._draw()

    def on_article(self, count: int) -> None:
        self._articles = count
        self._draw()

    def on_skip(self, skipped: Skipped) -> None:
        self._skipped += 1
        if self._verbose or self._skipped <= _MOST_SKIPPED:
            self._clear()
            complain(f"{skipped.where}: {skipped.reason}")

    def on_wait(self) -> None:
        if not self._told_of_wait:
            self._told_of_wait = True
            patience = "until it is done" if self._wait is None else f"up to {self._wait:g} s"
            complain(f"another writer holds the index; waiting {patience} (--wait)")

    def _draw(self) -> None:
        now = time.monotonic()
        if not self._bar or now - self._drawn < _REDRAW_SECONDS:
            return
        self._drawn = now
        done = _BAR_COLUMNS * self._files // self._all_files if self._all_files else 0
        bar = "█" * done + "░" * (_BAR_COLUMNS - done)
        files = f"{self._files:,}/{self._all_files:,} files, " if self._all_files else ""
        note(f"{_WIPE}{bar} {files}{self._articles:,} articles")

    def _clear(self) -> None:
        if self._bar and self._drawn:
            note(_WIPE)
            self._drawn = 0.0


def rate(report: WriteReport) -> str:
    """`1.23 s, 130 docs/s`: of all articles read, also those found unchanged."""
    read = report.added + report.updated + report.unchanged
    speed = f", {read / report.seconds:,.0f} docs/s" if report.seconds > 0 else ""
    return f"{report.seconds:.2f} s{speed}"


def build_first(archive: Archive, folders: Folders) -> None:
    """Build an index where a search found none; one line says so. Raises IndexMissing without a corpus."""
    if not folders.corpus.is_dir():
        raise IndexMissing(
            f"There is no index at {folders.index}, and no folder {folders.corpus} to build one from.",
            hint="Name a folder of articles: cari build FOLDER, or --corpus FOLDER.",
        )
    start = f"cari: no index at {folders.index} yet; building it from {folders.corpus} …"
    line = _FirstLine(printable(start))
    try:
        report = archive.build(
            folders.corpus, wait=DEFAULT_WAIT, on_wait=line.on_wait, on_article=line.on_article
        )
    except BaseException:
        note("\n")
        raise
    skipped = f", {len(report.skipped):,} skipped" if report.skipped else ""
    line.end(f"{report.total:,} articles{skipped}, {rate(report)}")


class _FirstLine:
    """The one line about a first build: begun at once, ended with the build; a terminal sees it count."""

    def __init__(self, start: str) -> None:
        self._start = start
        self._terminal = on_terminal(sys.stderr)
        self._drawn = time.monotonic()
        note(start)

    def on_article(self, count: int) -> None:
        now = time.monotonic()
        if self._terminal and now - self._drawn >= _REDRAW_SECONDS:
            self._drawn = now
            note(f"{_WIPE}{self._start} {count:,} articles")

    def on_wait(self) -> None:
        note(f" waiting up to {DEFAULT_WAIT:g} s for another writer …")

    def end(self, text: str) -> None:
        note(f"{_WIPE}{self._start} {text}\n" if self._terminal else f" {text}\n")
