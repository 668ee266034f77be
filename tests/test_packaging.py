"""The packages and package data that pyproject.toml names are those of the tree: a wheel misses nothing.

They are named one by one (discovery fails on this project's folders), so a new room is easily forgotten.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it along there

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "search"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DECLARED: list[str] = PROJECT["tool"]["setuptools"]["packages"]
DATA: dict[str, list[str]] = PROJECT["tool"]["setuptools"]["package-data"]


def folder(package: str) -> Path:
    return ROOT.joinpath(*package.split("."))


def sources() -> Iterator[Path]:
    return (path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def test_every_folder_with_code_is_a_declared_package() -> None:
    in_tree = {".".join(path.parent.relative_to(ROOT).parts) for path in sources()}
    assert in_tree == set(DECLARED)
    assert len(DECLARED) == len(set(DECLARED))


@pytest.mark.parametrize("package", DECLARED)
def test_declared_packages_can_be_imported_from_a_wheel(package: str) -> None:
    # Without __init__.py the folder is a namespace, which setuptools ships but other tools overlook.
    assert (folder(package) / "__init__.py").is_file()


def test_every_data_file_is_package_data() -> None:
    missed = []
    for path in PACKAGE.rglob("*"):
        if path.suffix in (".py", ".pyc") or not path.is_file() or path.name.startswith("."):
            continue
        owner = path.parent
        while not (owner / "__init__.py").is_file():
            owner = owner.parent
        patterns = DATA.get(".".join(owner.relative_to(ROOT).parts), [])
        name = path.relative_to(owner).as_posix()
        # setuptools' * does not cross a folder, fnmatch's does.
        if not any(fnmatch(name, one) and name.count("/") == one.count("/") for one in patterns):
            missed.append(str(path.relative_to(ROOT)))
    assert missed == []


@pytest.mark.parametrize(("package", "pattern"), [(p, one) for p, many in DATA.items() for one in many])
def test_every_data_pattern_finds_something(package: str, pattern: str) -> None:
    assert any(path.is_file() for path in folder(package).glob(pattern))


def test_the_command_points_at_a_function() -> None:
    module, _, name = PROJECT["project"]["scripts"]["cari"].partition(":")
    place = folder(module)
    code = (place / "__init__.py" if place.is_dir() else place.with_suffix(".py")).read_text(encoding="utf-8")
    names = {getattr(node, "name", None) for node in ast.parse(code).body}
    names |= {alias.asname or alias.name for node in ast.parse(code).body
              if isinstance(node, ast.ImportFrom) for alias in node.names}  # fmt: skip
    assert name in names


def imported(path: Path) -> Iterator[str]:
    """Top-level names that a module imports from outside the package, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).split(".")[0]


def test_every_library_that_is_imported_is_a_dependency() -> None:
    def plain(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    wanted: list[str] = PROJECT["project"]["dependencies"]
    declared = {plain(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in wanted}
    # The original Whoosh and its maintained successor go by the same import name; either may be installed.
    declared.add("whoosh")
    # Python 3.10 only knows the owners of packages that carry a top_level.txt.
    owners = {"markdown_it": ["markdown-it-py"], **packages_distributions()}
    outside = {name for path in sources() for name in imported(path)}
    outside -= {*sys.stdlib_module_names, "search"}
    undeclared = {name for name in outside if not {plain(one) for one in owners.get(name, [name])} & declared}
    assert undeclared == set()


def test_the_installed_version_is_the_declared_one() -> None:
    try:
        assert version("cari-berita") == PROJECT["project"]["version"]
    except PackageNotFoundError:
        pytest.skip("cari-berita is not installed here, only on the path")
