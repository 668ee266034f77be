"""What each constant of the ranking is worth: MRR@10 on the relevance sets with one of them changed at a time.

The even queries of each set are for choosing, the odd ones for reporting, so that a choice is not judged by the
queries that made it. Indexes are built once; constants only count at query time.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import relevance

from search.archive import Archive
from search.engines.whoosh import ranking
from search.model import SearchOptions

VARIATIONS: tuple[tuple[str, dict[str, int | float]], ...] = (
    ("as it is", {}),
    ("roots only", {"STEM_SHARE": 1.0, "EXACT_SHARE": 0.0}),
    ("exact forms only", {"STEM_SHARE": 0.0, "EXACT_SHARE": 1.0}),
    ("roots 0.5, exact 0.5", {"STEM_SHARE": 0.5, "EXACT_SHARE": 0.5}),
    ("roots 0.7, exact 0.3", {"STEM_SHARE": 0.7, "EXACT_SHARE": 0.3}),
    ("no closeness", {"PAIR_SHARE": 0.0}),
    ("closeness 0.5", {"PAIR_SHARE": 0.5}),
    ("closeness 1.0", {"PAIR_SHARE": 1.0}),
    ("close look at 32", {"CLOSE_LOOK": 32}),
    ("close look at 128", {"CLOSE_LOOK": 128}),
    ("k1 0.6", {"K1": 0.6}),
    ("k1 1.2", {"K1": 1.2}),
    ("k1 1.6", {"K1": 1.6}),
    ("body b 0.6", {"BODY_B": 0.6}),
    ("body b 0.9", {"BODY_B": 0.9}),
)


def run(archive: Archive, folder: Path, half: int) -> float:
    """MRR@10 over every second query, from number `half` (0 or 1)."""
    queries = dict(list(relevance.topics(folder / "topics.tsv").items())[half::2])
    judged = relevance.judgements(folder / "qrels.txt")
    options = SearchOptions(limit=relevance.DEPTH, snippet_chars=0)
    ranked = {key: [hit.article.id for hit in archive.search(query, options).hits] for key, query in queries.items()}
    return relevance.measure({key: judged[key] for key in queries}, ranked)["MRR@10"]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks/ablation.py", description=__doc__.split("\n")[0])
    shared = Path(os.environ.get("CARI_SHARED") or relevance.ROOT.parent / "shared")
    parser.add_argument("--data", type=Path, default=shared / "data", metavar="DIR")
    parser.add_argument("--half", choices=("even", "odd"), default="even", help="which queries (default: even)")
    options = parser.parse_args(argv)
    if not options.data.is_dir():
        print(f"skipped: the relevance sets are not at {options.data}")
        return 0
    with tempfile.TemporaryDirectory(prefix="ablation-") as place:
        archives = {}
        for known in relevance.SETS.values():
            if known.corpora not in archives:
                archives[known.corpora] = Archive(Path(place) / "-".join(known.corpora))
                archives[known.corpora].build(relevance.bodies(options.data, known.corpora))
        print(f"{'MRR@10, ' + options.half + ' queries':24}", *(f"{name:>14}" for name in relevance.SETS), "      mean")
        usual = {name: getattr(ranking, name) for _, changed in VARIATIONS for name in changed}
        for label, changed in VARIATIONS:
            for name, value in {**usual, **changed}.items():
                setattr(ranking, name, value)
            figures = []
            for name, known in relevance.SETS.items():
                archives[known.corpora].close()  # forgets what was reckoned with other constants
                figures.append(run(archives[known.corpora], options.data / "relevance" / name, options.half == "odd"))
            print(f"{label:24}", *(f"{f:14.4f}" for f in figures), f"{sum(figures) / len(figures):10.4f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
