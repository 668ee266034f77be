"""What passes the door: one sentence for every error, no traceback, nothing that a terminal obeys."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest
from click.testing import Result
from fake_archive import Archive
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.errors import CariError, IndexCorrupt

Cari = Callable[..., Result]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            IndexCorrupt("the manifest is damaged", hint="cari build"),
            "cari: the manifest is damaged\n      cari build\n",
        ),
        (CariError("evil \x1b[2J text"), "cari: evil \N{REPLACEMENT CHARACTER}[2J text\n"),
        (PermissionError(errno.EACCES, "Permission denied", "/root/x"), "cari: /root/x: Permission denied\n"),
        (OSError(errno.ENOSPC, "No space left on device"), "cari: No space left on device\n"),
        (OSError("odd"), "cari: odd\n"),
        (MemoryError(), "cari: Out of memory.\n"),
        (ValueError("oops"), "cari: This is a bug: ValueError: oops\n"),
        (RecursionError("deep"), "cari: This is a bug: RecursionError: deep\n"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "cari: This is a bug: UnicodeDecodeError"),
        (AssertionError(), "cari: This is a bug: AssertionError"),
    ],
)
def test_every_error_is_a_sentence(
    cari: Cari, archive: type[Archive], error: Exception, sentence: str
) -> None:
    archive.error = error
    result = cari("search", "a")
    assert result.exit_code == 2
    assert result.stderr.startswith(sentence)
    assert "Traceback" not in result.output and result.stdout == ""


def test_the_traceback_can_be_had(cari: Cari, archive: type[Archive]) -> None:
    archive.error = ValueError("oops")
    assert "Traceback" in cari("search", "a", CARI_DEBUG="1").stderr


def test_ctrl_c_is_one_line(cari: Cari, archive: type[Archive]) -> None:
    archive.error = KeyboardInterrupt()
    result = cari("search", "a")
    assert (result.exit_code, result.stderr) == (130, "cari: interrupted\n")


def test_a_closed_pipe_is_no_error(cari: Cari, archive: type[Archive]) -> None:
    archive.error = BrokenPipeError(errno.EPIPE, "Broken pipe")
    result = cari("search", "a")
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize("colour", ["never", "always"])
@pytest.mark.parametrize("output", ["text", "json", "jsonl", "csv", "ids", "trec"])
def test_a_hostile_article_reaches_no_terminal(cari: Cari, output: str, colour: str) -> None:
    for args in (
        ("search", "ganas", "--format", output, "--color", colour, "--explain"),
        ("show", "evil id"),
    ):
        text = cari(*args).stdout
        for ours in ("\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[30;43m"):
            text = text.replace(ours, "")
        assert not {c for c in text if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) <= 0x9F or c == "\u202e"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(alphabet=st.characters(blacklist_characters="\0"), max_size=12), max_size=4))
def test_no_arguments_crash_it(cari: Cari, args: list[str]) -> None:
    for command in ("search", "stem", "suggest", "show", "remove"):
        result = cari(command, *args)
        assert result.exit_code in (0, 1, 2)
        assert "This is a bug" not in result.output, result.output
