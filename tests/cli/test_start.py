"""What `cari` loads before it answers: a search is over in the time that one library more would take to import."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from search import Archive, Article

ROOT = Path(__file__).resolve().parents[2]

# Libraries of other work (reading, building, stemming what no cache knows), and modules that cost milliseconds.
UNWANTED = {
    "trafilatura", "lxml", "feedparser", "yaml", "markdown_it", "charset_normalizer", "Sastrawi", "whoosh",
    "importlib.metadata", "multiprocessing", "subprocess", "concurrent.futures", "tempfile", "shutil", "bz2", "lzma",
    "logging", "calendar", "csv", "email", "hashlib", "numpy.ma",
    "click.shell_completion", "search.reading", "search.language.dates", "search.engines.whoosh.writer", "search.engines.whoosh.codec",
    "search.engines.whoosh.schema", "search.engines.whoosh.storage",
}  # fmt: skip

RUN = "import sys; {}; print(*sorted(sys.modules), file=sys.stderr)"
CARI = """
import atexit
atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr))
from search.cli import main
main()"""


def run(code: str, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CARI", "COV", "OPENBLAS", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-c", code, *args], env={**clean, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **env},
        capture_output=True, text=True, encoding="utf-8", check=True, timeout=60,
    )  # fmt: skip


def unwanted(modules: Iterable[str]) -> set[str]:
    return {name for name in UNWANTED for module in modules if module == name or module.startswith(name + ".")}


@pytest.fixture(scope="module")
def floor() -> set[str]:
    """What Python, click and NumPy load by themselves, which differs with their versions."""
    return unwanted(run(RUN.format("import click, numpy")).stderr.split())


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("start") / "index"
    words = ("banjir", "longsor", "gempa", "panen", "pasar", "jalan", "jembatan")
    with Archive(folder) as archive:
        archive.build(
            Article(str(n), f"Judul {word} {n}", f"Warga mengabarkan {word} di desa, pukul 19.30. " * (n % 5 + 1),
                    source=f"Sumber {n % 3}")
            for n in range(140) for word in (words[n % 7],)
        )  # fmt: skip
    with Archive(folder) as archive:  # a second segment, and deletions in the first
        archive.add([Article("baru", "Banjir lagi", "Banjir merendam desa yang lain.")])
        archive.remove(["3"])
    return str(folder)


@pytest.mark.parametrize(
    "args",
    [
        ("search", "banjir"),
        ("search", "netralitas", "warga", "mengabarkan"),
        ("search", '"warga mengabarkan" longsor', "-gempa", "--format", "json"),
        ("search", "judul:banjir", "--source", "sumber 1", "--format", "ids"),
        ("search", "panen", "--sort", "newest", "--facets", "source"),
        ("search", "panen~ pas*", "--explain"),
        ("similar", "1"),
        ("suggest", "ban"),
        ("show", "1"),
    ],
)
def test_a_search_loads_nothing_that_it_does_not_use(index: str, floor: set[str], args: tuple[str, ...]) -> None:
    done = run("import sys" + CARI, *args, CARI_INDEX=index)
    assert done.stdout
    assert unwanted(done.stderr.split()) - floor == set()


def test_help_needs_no_numpy() -> None:
    assert "numpy" not in run("import sys" + CARI, "--help").stderr.split()


def test_importing_the_package_loads_no_room_but_offers_all() -> None:
    loaded = run(RUN.format("import search")).stderr.split()
    assert [name for name in loaded if name.startswith("search.")] == []
    code = "import search; print(*dir(search)); [getattr(search, name) for name in search.__all__]; from search import *"
    names = run(code).stdout.split()
    assert {"Archive", "Article", "CariError", "Results", "Sort", "__version__"} <= set(names)
    import search

    with pytest.raises(AttributeError, match="no attribute 'Index'"):
        search.Index  # type: ignore[attr-defined]  # noqa: B018
    assert search.Archive is Archive


@pytest.mark.parametrize(("said", "kept"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3")])
def test_no_threads_for_algebra_unless_asked_for(said: dict[str, str], kept: str) -> None:
    code = "import os, search.cli; search.cli._travel_light(); print(os.environ['OPENBLAS_NUM_THREADS'])"
    assert run(code, **said).stdout.split() == [kept]


def test_the_library_leaves_the_process_alone() -> None:
    """Threads and the collector of cycles are the program's; only the command line is one."""
    code = "import gc, os; before = gc.get_threshold(), dict(os.environ); import search; search.Archive; import search.cli"
    run(code + "\nassert before == (gc.get_threshold(), dict(os.environ))")
