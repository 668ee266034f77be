"""Runs `cari` against the stand-in archive, in this process or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fake_archive
import pytest
from click.testing import CliRunner, Result

HERE = Path(__file__).resolve().parent
WITH_FAKE = """
import sys, fake_archive
sys.modules['search.archive'] = fake_archive
{}
from search.cli import main
main()
"""


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[fake_archive.Archive]]:
    """The stand-in, fresh: a test may set its class attributes."""
    fresh = type("Archive", (fake_archive.Archive,), {"calls": []})
    monkeypatch.setitem(sys.modules, "search.archive", type(sys)("search.archive"))
    monkeypatch.setattr(sys.modules["search.archive"], "Archive", fresh, raising=False)
    yield fresh


@pytest.fixture
def cari(archive: type[fake_archive.Archive], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`cari(*args)` in this process; `columns` is the terminal's width."""
    from search.cli.door import cari

    for name in ("CARI_CORPUS", "CARI_DEBUG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def run(*args: str, stdin: str | bytes | None = None, columns: int = 80, **env: str) -> Result:
        return CliRunner().invoke(cari, args, input=stdin, env={"COLUMNS": str(columns), **env})

    return run


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """`start(*args)`: `cari` as a process; `setup` is Python run in it first."""

    def run(*args: str | bytes, setup: str = "pass", env: dict[str, str] | None = None, **more: Any) -> Any:
        path = os.pathsep.join([str(HERE), str(HERE.parent.parent)])
        ours = ("LC_", "PYTHON", "CARI", "NO_COLOR")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        options: dict[str, Any] = {
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "cwd": tmp_path,
            **more,
        }
        return subprocess.Popen(
            [sys.executable, "-c", WITH_FAKE.format(setup), *args],
            env={**clean, "PYTHONPATH": path, **(env or {})},
            **options,
        )

    return run
