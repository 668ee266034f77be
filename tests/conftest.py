"""What every room's tests share: where the measuring data lies, which tests are slow, a clean environment.

The measuring data is no part of the project, so a test that asks for `shared` skips, saying so, without it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# A deadline in milliseconds measures the machine's other work, not this code.
settings.register_profile("cari", deadline=None, print_blob=True)
settings.load_profile("cari")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run slow tests too (so does naming slow in -m)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow") or "slow" in (config.getoption("-m") or ""):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="slow; run with --slow"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder that holds `data/`: the one named by CARI_SHARED, else `shared` beside the checkout."""
    place = Path(os.environ.get("CARI_SHARED") or ROOT.parent / "shared")
    if not (place / "data").is_dir():
        pytest.skip(f"the measuring data is not at {place / 'data'} (CARI_SHARED names another place)")
    return place


@pytest.fixture(autouse=True)
def no_index_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own CARI_INDEX must never be searched, or written to, by a test."""
    monkeypatch.delenv("CARI_INDEX", raising=False)
