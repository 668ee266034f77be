"""The walls of the house: imports point down only, Whoosh stays in its room, heavy libraries wait."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "search"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)

# Ground floor first: a room may use those before it. `marking` and `passages` are the back rooms of `snippets`.
FLOORS = ["errors", "model", "language", "reading", "query", "engines", "marking", "passages", "snippets",
          "archive", "render", "cli"]  # fmt: skip

# What a search from the shell never needs; each costs tens of milliseconds to import.
HEAVY = ["trafilatura", "feedparser", "lxml", "yaml", "charset_normalizer"]


def room(name: str) -> str:
    """The room of `search.room.module`; the package's face (`search`, `search.__main__`) is above all."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in FLOORS else "top"


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_module_is_in_a_known_room() -> None:
    assert {dotted(path) for path in MODULES if room(dotted(path)) == "top"} <= {"search", "search.__main__"}


def test_imports_point_down() -> None:
    up = []
    for path in MODULES:
        here = room(dotted(path))
        for name in imports(path):
            if here == "top" or name.split(".")[0] != "search":
                continue
            if room(name) == "top" or FLOORS.index(room(name)) > FLOORS.index(here):
                up.append(f"{dotted(path)} imports {name}")
    assert up == []


def test_whoosh_is_imported_in_its_room_only() -> None:
    users = {dotted(path) for path in MODULES for name in imports(path) if name.split(".")[0] == "whoosh"}
    assert users
    assert [name for name in users if not name.startswith("search.engines.whoosh")] == []


def test_files_stay_short_and_open_by_saying_their_place() -> None:
    texts = {dotted(path): path.read_text(encoding="utf-8") for path in MODULES}
    assert [name for name, text in texts.items() if text.count("\n") >= 400] == []
    assert [name for name, text in texts.items() if text and not ast.get_docstring(ast.parse(text))] == []


@pytest.mark.parametrize("module", ["search", "search.cli", "search.reading", "search.render"])
def test_importing_a_room_loads_no_heavy_library(module: str) -> None:
    code = f"import sys, {module}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.stderr) == ([], "")
