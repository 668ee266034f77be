"""The README cannot lag: its Python blocks run as they stand, and its example queries find something."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from search.cli.door import cari


@pytest.fixture(scope="module")
def workplace(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample corpus, as a newcomer has it."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(root / "corpus", folder / "corpus")
    return folder


def blocks(root: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (root / "README.md").read_text("utf-8"), re.DOTALL)


def test_python_blocks_run(root: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workplace)
    found = blocks(root, "python")
    assert found
    names: dict[str, object] = {}
    for block in found:
        exec(compile(block, "README.md", "exec"), names)


def test_example_queries_find_something(root: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workplace)
    lines = [line[2:] for block in blocks(root, "console") for line in block.splitlines() if line.startswith("$ ")]
    assert len(lines) >= 10
    for line in lines:
        words = shlex.split(line, comments=True)
        assert words[0] == "cari"
        result = CliRunner(env={**os.environ, "COLUMNS": "80"}).invoke(cari, words[1:])
        assert result.exit_code == 0, f"{line}: {result.output}"


def test_the_readme_names_files_that_exist(root: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", (root / "README.md").read_text("utf-8")):
        assert link.startswith("https://") or (root / link).exists(), link
