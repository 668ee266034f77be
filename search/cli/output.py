"""Standard output and standard error: what may be written there, how wide they are, whether in colour.

Between the commands and the terminal; whatever the locale, writing here raises nothing but OSError.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from contextlib import suppress
from typing import TextIO

import click

from search.render.page import Page
from search.render.printable import printable

# A page of text is drawn with these; a terminal without them gets the nearest in ASCII.
_PLAIN = {
    "·": "-", "…": "...", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "\xa0": " ",
    "█": "#", "▉": "#", "▊": "#", "▋": "#", "▌": "#", "▍": "", "▎": "", "▏": "",
}  # fmt: skip
_WIDEST = 100  # longer lines are hard to read, however wide the terminal
_NARROWEST = 40
_USUAL = 80


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(each, "?") for each in error.object[error.start : error.end]), error.end


codecs.register_error("cari", _in_ascii)


def prepare_streams() -> None:
    """Make both streams take any text: what their encoding lacks is drawn in ASCII."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="cari")


def drop_stdout() -> None:
    """Send what is still buffered nowhere, for Python flushes at exit and would complain of a closed pipe."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def write(text: str) -> None:
    """Text for a reader, in the terminal's encoding. Colours were decided by `open_page`."""
    _echo(text, sys.stdout)


def write_data(text: str) -> None:
    """JSON, CSV and the like: in UTF-8 whatever the locale, for that is what programs read."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.flush()
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    _echo(text, sys.stdout)


def note(text: str) -> None:
    """Progress, for a person who waits: to standard error. Never raises."""
    with suppress(OSError, ValueError):
        _echo(text, sys.stderr)


def _echo(text: str, stream: TextIO | None) -> None:
    # The stream is named, for click's own choice writes UTF-8 to a terminal that said it knows only ASCII. A
    # program started without one (`>&-`) has None.
    if stream is not None:
        click.echo(text, file=stream, nl=False, color=True)


def complain(message: str, *, hint: str | None = None) -> None:
    """One line on standard error, in the command's name; the hint on a line of its own. Never raises."""
    note(f"cari: {printable(message)}\n" + (f"      {printable(hint)}\n" if hint else ""))


def open_page(colour: str = "auto") -> Page:
    """The sheet that standard output is. `colour`: auto (on a terminal that wants it), always or never."""
    width = max(_NARROWEST, min(_columns(), _WIDEST))
    return Page(width, colour == "always" or (colour == "auto" and _wants_colour()))


def _columns() -> int:
    """As `shutil.get_terminal_size`, whose module loads all compressors."""
    with suppress(KeyError, ValueError):
        said = int(os.environ["COLUMNS"])
        if said > 0:
            return said
    with suppress(AttributeError, ValueError, OSError):  # no standard output, a closed one, no terminal
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or _USUAL  # type: ignore[union-attr]
    return _USUAL


def _wants_colour() -> bool:
    # https://no-color.org: set to anything but the empty string.
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return on_terminal(sys.stdout)


def on_terminal(stream: io.TextIOBase | object) -> bool:
    """Whether a person is looking at `stream` (a closed one: nobody is)."""
    try:
        return bool(getattr(stream, "isatty", bool)())
    except ValueError:
        return False
