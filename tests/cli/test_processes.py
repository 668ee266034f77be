"""`cari` as the shell sees it: closed pipes, a C locale, Ctrl-C, full disks, arguments that are no text."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Start = Callable[..., subprocess.Popen[bytes]]
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and devices")
MANY = "fake_archive.Archive.articles *= 3000"


def finish(process: subprocess.Popen[bytes]) -> tuple[int, bytes, bytes]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@POSIX
@pytest.mark.parametrize("output", ["text", "jsonl", "ids"])
def test_a_reader_who_goes_away(start: Start, output: str) -> None:
    process = start("search", "a", "-n", "9000", "--format", output, setup=MANY)
    assert process.stdout and process.stderr
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 0


@POSIX
def test_nobody_listens_from_the_start(start: Start) -> None:
    code, _, err = finish(start("search", "a", preexec_fn=lambda: os.close(1), stdout=None))
    assert (code, err) == (0, b"")


@POSIX
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk(start: Start) -> None:
    with Path("/dev/full").open("wb") as full:
        code, _, err = finish(start("search", "a", stdout=full))
    assert (code, err) == (2, b"cari: No space left on device\n")


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "ascii"},
    ],
)
def test_any_locale_will_do(start: Start, env: dict[str, str]) -> None:
    for output in ("text", "json", "csv"):
        code, out, err = finish(start("search", "a", "--format", output, env=env))
        assert (code, err) == (0, b"")
        assert b"Netralitas" in out
        out.decode("utf-8")


def test_ascii_gets_plain_marks(start: Start) -> None:
    code, out, _ = finish(
        start("search", "netralitas", "--facets", "month", env={"PYTHONIOENCODING": "ascii"})
    )
    assert code == 0
    assert b"contoh.id - Rabu, 11 November 2015" in out and b"####" in out and b"?" not in out


@POSIX
def test_arguments_that_are_no_text(start: Start) -> None:
    for args in (
        (b"search", b"\xff\xfe"),
        (b"show", b"\xff"),
        (b"search", b"a", b"--since", b"\xff"),
        (b"\xff",),
    ):
        code, _, err = finish(start(*args))
        assert code in (1, 2) and b"Traceback" not in err and b"bug" not in err


@POSIX
def test_ctrl_c(start: Start) -> None:
    process = start(
        "search", "a", setup="fake_archive.Archive.search = fake_archive.sleep_for_ever",
        # A shell that puts a job into the background lets it ignore the signal, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert process.stdout and process.stdout.readline() == b"searching\n"
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert (code, err) == (130, b"cari: interrupted\n")


@POSIX
@pytest.mark.parametrize(
    ("env", "args", "coloured"),
    [
        ({}, (), True),
        ({"NO_COLOR": "1"}, (), False),
        ({"NO_COLOR": ""}, (), True),
        ({"NO_COLOR": "1"}, ("--color", "always"), True),
        ({"TERM": "dumb"}, (), False),
        ({}, ("--color", "never"), False),
        ({}, ("--format", "json"), False),
    ],
)
def test_colours_on_a_terminal(
    start: Start, env: dict[str, str], args: tuple[str, ...], coloured: bool
) -> None:
    ours, theirs = os.openpty()
    process = start("search", "netralitas", *args, env={"TERM": "xterm", **env}, stdout=theirs)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # Linux says EIO where the other end of a terminal is closed
        while piece := os.read(ours, 65536):
            shown += piece
    os.close(ours)
    assert finish(process)[0] == 0
    assert b"etralitas" in shown and (b"\x1b" in shown) is coloured


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(start: Start, shell: str) -> None:
    code, out, err = finish(start(env={"_CARI_COMPLETE": f"{shell}_source"}))
    assert (code, err) == (0, b"")
    assert b"_CARI_COMPLETE" in out


def test_completion_of_commands_and_options(start: Start) -> None:
    def complete(line: str) -> list[str]:
        env = {"_CARI_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
        return [word.split(",")[1] for word in finish(start(env=env))[1].decode().split()]

    assert complete("cari s") == ["search", "similar", "suggest", "show", "stem"]
    assert "--facets" in complete("cari search --f")
    assert complete("cari search --sort n") == ["newest"]


def test_module_and_command_are_one(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    answer = subprocess.run(
        [sys.executable, "-m", "search", "--help"], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(root)}, check=True,
    )  # fmt: skip
    assert answer.stdout.startswith("Usage: cari ")


def test_a_search_loads_nothing_heavy(start: Start) -> None:
    heavy = [
        "click.shell_completion",
        "importlib.metadata",
        "lxml",
        "trafilatura",
        "search.reading",
        "csv",
        "json",
    ]
    tell = f"import atexit; atexit.register(lambda: print([name for name in {heavy} if name in sys.modules]))"
    code, out, err = finish(start("search", "netralitas", setup=tell))
    assert (code, err) == (0, b"")
    assert out.splitlines()[-1] == b"[]"
