"""How well the search ranks: MRR@10, success@1 and success@10 on known-item sets, beside two plain engines.

Stands outside the package and uses the door that users have: `Archive.build` and `Archive.search`. The
measures come from the ir-measures library (`pip install -e ".[bench]"`); floors.json pins what was reached.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from search.archive import Archive
from search.model import Article, SearchOptions

ROOT = Path(__file__).resolve().parent.parent
DEPTH = 10
# Room for a library's rounding and for ties, not for a worse ranking: three queries in a thousand at most.
MARGIN = 0.003


@dataclass(frozen=True, slots=True)
class RelevanceSet:
    """One set of queries. `corpora`: the files whose bodies are searched; the other two: MRR@10 that plain
    BM25 over Sastrawi stems, and Lucene 9.9 with its Indonesian analyser, reach on the same queries."""

    corpora: tuple[str, ...]
    bm25: float
    lucene: float


# Searched collections and baselines as the README of the data gives them.
SETS: Mapping[str, RelevanceSet] = {
    "facqa": RelevanceSet(("facqa", "indosum"), bm25=0.801, lucene=0.802),
    "indosum-title": RelevanceSet(("indosum",), bm25=0.946, lucene=0.941),
    "indosum-lead": RelevanceSet(("indosum",), bm25=0.934, lucene=0.932),
    "clickid-title": RelevanceSet(("clickid",), bm25=0.740, lucene=0.734),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What one set gave. Measures lie in 0..1, higher is better; times are in seconds."""

    name: str
    queries: int
    documents: int
    measures: Mapping[str, float]
    build_seconds: float
    search_seconds: float


def bodies(data: Path, corpora: Sequence[str]) -> Iterator[Article]:
    """The searched collection: id and body alone, so that no title, date or source can help."""
    for corpus in corpora:
        with gzip.open(data / "corpus" / f"{corpus}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                yield Article(id=record["id"], title="", body=record["body"])


def topics(path: Path) -> dict[str, str]:
    """Queries by id, in the order of the file (`id TAB query`)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t", 1) for line in lines if line.strip())
    return dict(pairs)


def judgements(path: Path) -> dict[str, dict[str, int]]:
    """Relevant documents by query (`query 0 document grade`)."""
    relevant: dict[str, dict[str, int]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            query, _, document, grade = line.split()
            relevant.setdefault(query, {})[document] = int(grade)
    return relevant


def measure(
    relevant: Mapping[str, Mapping[str, int]], ranked: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """Means over every judged query; one that found nothing counts as zero."""
    import ir_measures
    from ir_measures import RR, Success

    wanted = {"MRR@10": RR @ 10, "success@1": Success @ 1, "success@10": Success @ 10}
    # trec_eval sorts by score and breaks ties its own way; ranks as scores keep the order that was shown.
    run = [ir_measures.ScoredDoc(query, document, float(-rank))
           for query, documents in ranked.items() for rank, document in enumerate(documents)]  # fmt: skip
    qrels = [ir_measures.Qrel(query, document, grade)
             for query, grades in relevant.items() for document, grade in grades.items()]  # fmt: skip
    if not run:
        return dict.fromkeys(wanted, 0.0)
    means = ir_measures.calc_aggregate(wanted.values(), qrels, run)
    return {name: float(means[m]) for name, m in wanted.items()}


def run_set(archive: Archive, data: Path, name: str, documents: int, build_seconds: float) -> Figures:
    """Every query of a set as a person would type it."""
    folder = data / "relevance" / name
    queries, relevant = topics(folder / "topics.tsv"), judgements(folder / "qrels.txt")
    if queries.keys() != relevant.keys():
        raise SystemExit(f"{folder}: the queries and the judgements are not of the same set")
    options = SearchOptions(limit=DEPTH, snippet_chars=0)
    started = time.perf_counter()
    ranked = {number: [hit.article.id for hit in archive.search(query, options).hits]
              for number, query in queries.items()}  # fmt: skip
    seconds = time.perf_counter() - started
    return Figures(name, len(queries), documents, measure(relevant, ranked), build_seconds, seconds)


def run_collection(data: Path, corpora: tuple[str, ...], names: Sequence[str]) -> list[Figures]:
    """Build one collection in a temporary folder and run every set that searches it."""
    with (
        tempfile.TemporaryDirectory(prefix="relevance-") as folder,
        Archive(Path(folder) / "index") as archive,
    ):
        started = time.perf_counter()
        report = archive.build(bodies(data, corpora))
        seconds = time.perf_counter() - started
        return [run_set(archive, data, name, report.total, seconds) for name in names]


def run_all(data: Path, names: Sequence[str], jobs: int) -> list[Figures]:
    """The figures of the named sets, in the order of `SETS`. `jobs`: processes side by side (>= 1)."""
    collections: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        collections.setdefault(SETS[name].corpora, []).append(name)
    # The biggest first, so that two processes end at about the same time.
    order = sorted(collections, key=lambda corpora: -sum(
        (data / "corpus" / f"{corpus}.jsonl.gz").stat().st_size for corpus in corpora))  # fmt: skip
    if jobs == 1 or len(order) == 1:
        done = [run_collection(data, corpora, collections[corpora]) for corpora in order]
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(jobs, len(order)), mp_context=context) as pool:
            waiting = [pool.submit(run_collection, data, corpora, collections[corpora]) for corpora in order]
            done = [future.result() for future in waiting]
    by_name = {figures.name: figures for batch in done for figures in batch}
    return [by_name[name] for name in SETS if name in by_name]


def available(data: Path, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The sets whose files are all there, and a sentence for each that is left out."""
    present, missing = [], []
    for name in names:
        files = [data / "relevance" / name / part for part in ("topics.tsv", "qrels.txt")]
        files += [data / "corpus" / f"{corpus}.jsonl.gz" for corpus in SETS[name].corpora]
        absent = [path for path in files if not path.is_file()]
        if absent:
            missing.append(f"skipped: {name}: no {absent[0]}")
        else:
            present.append(name)
    return present, missing


def table(results: Sequence[Figures]) -> str:
    """The figures as columns; the last two are MRR@10 of the plain engines."""
    heads = ("set", "queries", "documents", "MRR@10", "success@1", "success@10", "build s", "ms/query",
             "BM25+Sastrawi", "Lucene id")  # fmt: skip
    rows = [heads]
    for figures in results:
        known = SETS[figures.name]
        rows.append((
            figures.name, f"{figures.queries:,}", f"{figures.documents:,}",
            *(f"{figures.measures[key]:.4f}" for key in ("MRR@10", "success@1", "success@10")),
            f"{figures.build_seconds:.1f}", f"{1000 * figures.search_seconds / max(1, figures.queries):.1f}",
            f"{known.bm25:.3f}", f"{known.lucene:.3f}",
        ))  # fmt: skip
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    return "\n".join(
        f"{row[0]:<{widths[0]}}  "
        + "  ".join(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    )


def shortfalls(results: Sequence[Figures], floors: Mapping[str, Mapping[str, float]]) -> list[str]:
    """One sentence for each figure that is too low: under its floor, or not above plain BM25."""
    faults = []
    for figures in results:
        if figures.name not in floors:
            faults.append(f"{figures.name}: no floor is pinned for it")
        for key, floor in floors.get(figures.name, {}).items():
            reached = figures.measures[key]
            if reached < floor:
                faults.append(f"{figures.name}: {key} {reached:.4f} is below its floor {floor:.3f}")
        if figures.measures["MRR@10"] <= SETS[figures.name].bm25:
            faults.append(f"{figures.name}: MRR@10 is not above plain BM25's {SETS[figures.name].bm25:.3f}")
    return faults


def pin(path: Path, results: Sequence[Figures]) -> None:
    """Write floors a little under what was measured; those of sets that were not run stay."""
    floors = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    for figures in results:
        floors[figures.name] = {key: math.floor(1000 * (value - MARGIN)) / 1000
                                for key, value in figures.measures.items()}  # fmt: skip
    ordered = {name: floors[name] for name in SETS if name in floors}
    path.write_text(json.dumps(ordered, indent=2) + "\n", encoding="utf-8")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/relevance.py", description=__doc__.split("\n")[0])
    shared = Path(os.environ.get("CARI_SHARED") or ROOT.parent / "shared")
    add = parser.add_argument
    add("--data", type=Path, default=shared / "data", metavar="DIR",
        help="holds corpus/ and relevance/ (default: data/ in CARI_SHARED, else ../shared/data)")
    add("--set", action="append", choices=SETS, dest="sets", help="only this set (may be repeated)")
    add("--jobs", type=int, default=1, metavar="N", help="collections run side by side (default: 1)")
    add("--json", type=Path, metavar="FILE", help="also write the figures here")
    add("--floors", type=Path, metavar="FILE", help="exit with 1 if a figure is below its floor")
    add("--update-floors", action="store_true",
        help=f"write the floors (to --floors FILE, else floors.json), {MARGIN} under what was measured")
    options = parser.parse_args(argv)
    if options.jobs < 1:
        parser.error("--jobs must be at least 1")
    if options.floors and not options.update_floors and not options.floors.is_file():
        parser.error(f"there is no {options.floors}; --update-floors writes it")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code: 0 well or skipped, 1 below a floor, 2 wrong usage."""
    options = arguments(argv)
    if not options.data.is_dir():
        print(f"skipped: the relevance sets are not at {options.data}")
        return 0
    names, missing = available(options.data, options.sets or list(SETS))
    for sentence in missing:
        print(sentence)
    if missing and options.floors and not options.update_floors:
        return 1  # a set that cannot be run holds no floor
    results = run_all(options.data, names, options.jobs)
    print(table(results))
    if options.json:
        figures = [asdict(result) | {"baselines": asdict(SETS[result.name])} for result in results]
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    floors = options.floors or Path(__file__).with_name("floors.json")
    if options.update_floors:
        pin(floors, results)
        print(f"pinned: {floors}")
    elif options.floors:
        faults = shortfalls(results, json.loads(floors.read_text(encoding="utf-8")))
        print("\n".join(faults) if faults else "every figure holds its floor")
        return 1 if faults else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
