"""Every `$` line of docs/cli.md, run in order by a shell on the samples: the page cannot lag the command."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from search.cli.door import cari

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


@pytest.mark.skipif(
    os.name != "posix" or not shutil.which("bash"), reason="the page's lines are for a POSIX shell"
)
def test_the_page_runs_as_it_stands(root: Path, tmp_path: Path) -> None:
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    assert len(lines) > 20
    shutil.copytree(root / "corpus", tmp_path / "corpus")
    here = f'cari() {{ {shlex.quote(sys.executable)} -m search "$@"; }}; set -e -o pipefail; set -x\n'
    answer = subprocess.run(
        ["bash", "-c", here + "\n".join(lines)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert answer.returncode == 0, answer.stderr[-1000:]
    assert "bug" not in answer.stderr


def test_the_page_names_every_command_and_option() -> None:
    text = PAGE.read_text(encoding="utf-8")
    context = cari.make_context("cari", ["info"], resilient_parsing=True)
    for name in cari.list_commands(context):
        command = cari.get_command(context, name)
        assert command is not None and f"`cari {name}" in text
        for option in command.params:
            for spelling in (each for each in option.opts if each.startswith("--")):
                assert spelling in text, f"{name} {spelling}"
