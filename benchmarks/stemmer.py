"""How fast unseen words are stemmed: `search.language.confix` and PySastrawi, side by side on the same words.

Stands outside the package. The words are the distinct ones of articles given to it, as the analysis hands them to
the stemmer; both are timed in turns, block by block, so that what else the machine does falls on both alike.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from search.language import Analyser
from search.language.confix import SHORTEST_STEMMED
from search.language.stemming import LONGEST_STEMMED, PySastrawi, Stemmer, stemmer
from search.reading import read_articles

BLOCK = 250  # words between turns: tens of milliseconds of the slower one

LOAD = (
    "import time, search.language.stemming as stemming\n"
    "started = time.perf_counter()\nstemming.{0}()\nprint(time.perf_counter() - started)"
)


def distinct_words(sources: Sequence[str]) -> list[str]:
    """Every word of the articles that is stemmed, once, in alphabetical order."""
    analyser, words = Analyser(), set[str]()
    for article in read_articles(sources):
        for text in (article.title, article.body):
            words.update(token.exact for token in analyser.analyse(text or "") if token.kind == "word")
    kept = (word for word in words if word.isascii() and word.isalpha())
    return sorted(word for word in kept if SHORTEST_STEMMED <= len(word) <= LONGEST_STEMMED)


def seconds(root: Callable[[str], str], words: Sequence[str]) -> float:
    started = time.perf_counter()
    for word in words:
        root(word)
    return time.perf_counter() - started


def rates(stemmers: dict[str, Stemmer], words: Sequence[str], runs: int) -> dict[str, list[float]]:
    """Words per second of each stemmer in each run, first and second changing places from block to block."""
    found: dict[str, list[float]] = {name: [] for name in stemmers}
    for _ in range(runs):
        spent = dict.fromkeys(stemmers, 0.0)
        order = list(stemmers)
        for start in range(0, len(words), BLOCK):
            for name in order:
                spent[name] += seconds(stemmers[name].root, words[start : start + BLOCK])
            order.reverse()
        for name in stemmers:
            found[name].append(len(words) / spent[name])
    return found


def load_seconds(maker: str, runs: int) -> float:
    """Median time until a fresh process could stem its first word, the interpreter's own start left out."""
    command = [sys.executable, "-c", LOAD.format(maker)]
    return statistics.median(
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(runs)
    )


def measure(words: Sequence[str], compared: Sequence[str], runs: int) -> dict[str, Any]:
    """Every figure: `words` are timed, `compared` are held against each other."""
    ours, theirs = stemmer(), PySastrawi()
    if isinstance(ours, PySastrawi):
        raise SystemExit("the installed PySastrawi has other rules, so it does the stemming itself: nothing to compare")
    differ = [word for word in compared if ours.root(word) != theirs.root(word)]
    found = rates({"pysastrawi": theirs, "ours": ours}, words, runs)
    figures: dict[str, Any] = {
        "python": platform.python_version(), "runs": runs, "words_timed": len(words),
        "words_compared": len(compared), "differences": len(differ), "differing": differ[:20],
    }  # fmt: skip
    for name, rate in found.items():
        figures[f"{name}_words_per_second"] = statistics.median(rate)
        figures[f"{name}_slowest_run"], figures[f"{name}_fastest_run"] = min(rate), max(rate)
    pairs = zip(found["ours"], found["pysastrawi"], strict=True)
    figures["times_faster"] = statistics.median(mine / other for mine, other in pairs)
    figures["pysastrawi_load_seconds"] = load_seconds("PySastrawi", runs)
    figures["ours_load_seconds"] = load_seconds("stemmer", runs)
    return figures


def table(figures: dict[str, Any]) -> str:
    """For reading: one line a stemmer, then what was compared."""
    lines = [f"{'':<12}{'words/s (median)':>18}{'slowest run':>14}{'fastest run':>14}{'loading, ms':>14}"]
    for name in ("pysastrawi", "ours"):
        shown = [figures[f"{name}_{what}"] for what in ("words_per_second", "slowest_run", "fastest_run")]
        lines.append(f"{name:<12}{shown[0]:>18,.0f}{shown[1]:>14,.0f}{shown[2]:>14,.0f}"
                     f"{1000 * figures[f'{name}_load_seconds']:>14.1f}")  # fmt: skip
    lines.append(f"{figures['times_faster']:.1f} times faster (median of {figures['runs']} runs over "
                 f"{figures['words_timed']:,} words)")  # fmt: skip
    lines.append(f"{figures['words_compared']:,} words compared, {figures['differences']} differ")
    return "\n".join([*lines, *figures["differing"]])


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks/stemmer.py", description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("corpus", nargs="+", metavar="CORPUS", help="files or folders, as for `cari build`")
    add("--words", type=int, default=10_000, metavar="N", help="how many to time, sampled (default: 10000)")
    add("--all", action="store_true", help="compare every word, not only those that are timed")
    add("--runs", type=int, default=5, metavar="N", help="default: 5")
    add("--seed", type=int, default=1, help="of the sampling (default: 1)")
    add("--json", type=Path, metavar="FILE", help="also write the figures here")
    options = parser.parse_args(argv)
    if min(options.words, options.runs) < 1:
        parser.error("--words and --runs must be at least 1")
    for path in map(Path, options.corpus):
        if not path.exists():
            parser.error(f"there is no {path}")
    words = distinct_words(options.corpus)
    if not words:
        raise SystemExit(f"there is no word to stem in {', '.join(options.corpus)}")
    sample = random.Random(options.seed).sample(words, min(options.words, len(words)))
    figures = measure(sample, words if options.all else sample, options.runs)
    print(table(figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 1 if figures["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
