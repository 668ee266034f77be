"""How fast the search is on given files: building, memory, size on disk, query times, a shell search.

Stands outside the package and uses the doors that users have: `Archive.build`, `Archive.search`, and
`cari search`. Building and searching run in processes of their own, so that each peak of memory is its own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from search.archive import Archive
from search.model import SearchOptions
from search.reading import read_articles

FIRST_WORDS = 8  # of a body, where an article has no title: about as long as a headline


def peak_bytes() -> int:
    """Most memory this process, or one of those it started, has held."""
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return most if sys.platform == "darwin" else most * 1024  # Linux counts in kilobytes


def build(sources: Sequence[str], index: str) -> dict[str, Any]:
    """Index the files as `cari build` does."""
    started = time.perf_counter()
    with Archive(Path(index)) as archive:
        report = archive.build(sources)
    seconds = time.perf_counter() - started
    if not report.total:
        raise SystemExit(f"no article was found in {', '.join(sources)}")
    return {
        "documents": report.total,
        "skipped": len(report.skipped),
        "build_seconds": seconds,
        "documents_per_second": report.total / seconds,
        "build_peak_bytes": peak_bytes(),
        "index_bytes": sum(path.stat().st_size for path in Path(index).rglob("*") if path.is_file()),
    }


def sample_queries(sources: Sequence[str], count: int, seed: int) -> list[str]:
    """Titles of articles, each as likely as the next (reservoir sampling), the same for the same seed."""
    chance, chosen = random.Random(seed), []
    for number, article in enumerate(read_articles(sources)):
        place = number if number < count else chance.randrange(number + 1)
        if place >= count:
            continue
        query = article.title or " ".join(article.body.split()[:FIRST_WORDS])
        chosen[place : place + 1] = [query]
    return chosen


def read_queries(topics: Sequence[Path]) -> list[str]:
    """The queries of topics files (`id TAB query`)."""
    lines = [line for path in topics for line in path.read_text(encoding="utf-8").splitlines()]
    return [line.split("\t", 1)[-1] for line in lines if line.strip()]


def search(index: str, queries: Sequence[str]) -> dict[str, Any]:
    """Time every query in one process: ten results with their snippets, as a reader gets them."""
    times, found = [], 0
    with Archive(Path(index)) as archive:
        started = time.perf_counter()
        archive.search(queries[0], SearchOptions())
        first = time.perf_counter() - started
        for query in queries:
            started = time.perf_counter()
            found += bool(archive.search(query, SearchOptions()).total)
            times.append(1000 * (time.perf_counter() - started))
    return {
        "queries": len(times),
        "queries_with_results": found,
        "first_query_ms": 1000 * first,
        "query_median_ms": statistics.median(times),
        "query_p95_ms": percentile(times, 95),
        "query_slowest_ms": max(times),
        "search_peak_bytes": peak_bytes(),
    }


def percentile(values: Sequence[float], share: int) -> float:
    """The smallest value that at least `share` percent of the values do not exceed (nearest rank)."""
    return sorted(values)[-(-share * len(values) // 100) - 1]


def shell(index: str, query: str, runs: int) -> dict[str, Any]:
    """`cari search` from process start to exit, the files being in the system's cache after the first run."""
    beside = Path(sys.executable).with_name("cari")
    program = [str(beside)] if beside.is_file() else [sys.executable, "-m", "search"]
    command = [*program, "search", "--index", index, "--", query]
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        times.append(time.perf_counter() - started)
        if done.returncode not in (0, 1):
            raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
    return {"shell_query": query, "shell_runs": runs, "shell_median_seconds": statistics.median(times),
            "shell_slowest_seconds": max(times)}  # fmt: skip


def alone(work: Callable[..., Any], *given: Any) -> Any:
    """Run in a fresh process, whose memory is nobody else's."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def table(figures: dict[str, Any]) -> str:
    """One line a figure, in units people read."""
    rows = []
    for name, value in figures.items():
        if name.endswith("_bytes"):
            name, shown = name.removesuffix("_bytes"), f"{value / 2**20:,.1f} MiB"
        elif name.endswith("_ms"):
            name, shown = name.removesuffix("_ms"), f"{value:,.2f} ms"
        elif name.endswith("_seconds"):
            name, shown = name.removesuffix("_seconds"), f"{value:,.3f} s"
        else:
            shown = f"{value:,.0f}" if isinstance(value, (int, float)) else str(value)
        rows.append((name.replace("_", " "), shown))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {shown}" for name, shown in rows)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/corpus.py", description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("corpus", nargs="+", metavar="CORPUS", help="files or folders, as for `cari build`")
    add("--topics", type=Path, action="append", default=[], metavar="FILE",
        help="queries, `id TAB query` a line (may be repeated); without it, titles are sampled")
    add("--queries", type=int, default=500, metavar="N", help="how many titles to sample (default: 500)")
    add("--seed", type=int, default=1, help="of the sampling (default: 1)")
    add("--shell-query", default="netralitas ASN jelang pilkada", metavar="QUERY",
        help="what the shell asks for (default: %(default)s)")
    add("--shell-runs", type=int, default=9, metavar="N", help="searches from the shell (default: 9)")
    add("--json", type=Path, metavar="FILE", help="also write the figures here")
    options = parser.parse_args(argv)
    if min(options.queries, options.shell_runs) < 1:
        parser.error("--queries and --shell-runs must be at least 1")
    for path in [*map(Path, options.corpus), *options.topics]:
        if not path.exists():
            parser.error(f"there is no {path}")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    # Not in this process: a child's resident peak would begin with what its parent holds.
    queries = read_queries(options.topics) or alone(sample_queries, options.corpus, options.queries, options.seed)
    if not queries:
        raise SystemExit("there is nothing to search for")
    with tempfile.TemporaryDirectory(prefix="corpus-") as folder:
        index = str(Path(folder) / "index")
        figures = {
            "python": platform.python_version(),
            "processors": os.cpu_count(),
            **alone(build, options.corpus, index),
            **alone(search, index, queries),
            **shell(index, options.shell_query, options.shell_runs),
        }
    print(table(figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
