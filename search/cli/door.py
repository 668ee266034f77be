"""The `cari` command itself: its table of commands, loaded one by one, and what becomes of errors.

Between the shell and the commands. No exception passes it: each becomes one sentence and an exit code.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from search.cli.options import Folders, corpus_option, index_option
from search.cli.output import complain, drop_stdout, prepare_streams
from search.errors import ArticleNotFound, CariError

FOUND, NOTHING, ERROR, STOPPED = 0, 1, 2, 130  # as grep; 130 is what a shell gives a command ended by Ctrl-C

# In the order of the help page. The modules are loaded only when their command is used.
_COMMANDS = {
    "search": "searching", "similar": "searching", "suggest": "searching", "run": "searching",
    "build": "writing", "add": "writing", "remove": "writing",
    "show": "looking", "stem": "looking", "info": "looking", "check": "looking",
}  # fmt: skip


class Door(click.Group):
    """The group of commands. Its `main` replaces click's own, which lets tracebacks through and takes a
    closed pipe for an error."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"search.cli.{_COMMANDS[cmd_name]}"), cmd_name)
        return command

    def main(self, args: Sequence[str] | None = None, *_: Any, **__: Any) -> NoReturn:
        """Run the command in `args` (default: the process's arguments) and exit."""
        code = ERROR
        try:
            prepare_streams()
            code = self._run(list(sys.argv[1:] if args is None else args))
            if sys.stdout is not None:
                sys.stdout.flush()
        except (KeyboardInterrupt, click.Abort):
            complain("interrupted")
            code = STOPPED
        except BaseException as error:
            if isinstance(error, SystemExit):
                raise
            code = _report(error)
        sys.exit(code)

    def _run(self, args: list[str]) -> int:
        if completion := os.environ.get("_CARI_COMPLETE"):
            from click.shell_completion import shell_complete

            return shell_complete(self, {}, "cari", "_CARI_COMPLETE", completion)
        try:
            with self.make_context("cari", args) as context:
                return int(self.invoke(context) or FOUND)
        except click.exceptions.Exit as wish:
            return wish.exit_code


def _report(error: BaseException) -> int:
    """Say what happened, in one sentence and a hint, and choose the exit code."""
    if isinstance(error, OSError) and error.errno == errno.EPIPE:
        drop_stdout()  # The reader of our output has gone away: no error, and nobody to tell.
        return FOUND
    if os.environ.get("CARI_DEBUG"):
        import traceback

        traceback.print_exc()
    if isinstance(error, click.UsageError):
        error.show()
    elif isinstance(error, click.ClickException):
        complain(error.format_message())
    elif isinstance(error, CariError):
        complain(error.message, hint=error.hint)
    elif isinstance(error, OSError):
        # What could not be flushed now will not be at exit either, where Python would print a traceback.
        drop_stdout()
        complain(_sentence(error))
    elif isinstance(error, MemoryError):
        complain("Out of memory.", hint="A smaller --limit, or fewer files at a time, need less.")
    else:
        complain(f"This is a bug: {type(error).__name__}: {error}", hint="CARI_DEBUG=1 shows where.")
    return NOTHING if isinstance(error, ArticleNotFound) else ERROR


def _sentence(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    return f"{os.fsdecode(error.filename)}: {reason}" if isinstance(error.filename, (str, bytes)) else reason


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"cari {version('cari-berita')}")
        except PackageNotFoundError:
            click.echo("cari (not installed)")
        context.exit()


@click.group(
    cls=Door,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 found, 1 nothing found, 2 error.",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version,
              help="Print the version.")
@index_option
@corpus_option
@click.pass_context
def cari(context: click.Context) -> None:
    """Full-text search for Indonesian local news: index a folder of articles, then search it."""
    context.ensure_object(Folders)
