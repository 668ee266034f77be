"""How fast the search is beside other engines, in one run, on the same tokens, for the same work.

    benchmarks/compare.py CORPUS… --docs N [--json FILE]

Makes a synthetic corpus of N articles from the paragraphs of the real ones given, lets every engine index it, checks
their answers against an oracle, and only then times them. What each engine does is in benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from comparison import asking, building, corpus, questions, report
from comparison.peer import OURS, OURS_PLAIN, PEERS, STOCK, peer

SMALL = 20_000  # articles that stock Whoosh is given at most
SHELL_RUNS = 9
RESIDENT_QUESTIONS = 100


class Run:
    """One run in a working folder. `figures` grows as it goes."""

    def __init__(self, options: argparse.Namespace, work: Path) -> None:
        self._options, self._work = options, work
        self._corpus_folder = work / "corpus"
        self.figures = report.Figures()
        self.notes: list[str] = []
        self._small = min(options.docs, SMALL)

    def run(self) -> None:
        self._say("making the corpus")
        meta = building.alone(corpus.make, self._options.corpus, self._options.docs, self._options.seed,
                              self._corpus_folder)  # fmt: skip
        self.notes.append(
            f"synthetic: {meta['documents']:,} articles recombined from {meta['real_paragraphs']:,} paragraphs of "
            f"{meta['real_articles']:,} real ones (seed {meta['seed']}), {meta['tokens']:,} tokens, "
            f"{meta['terms']:,} terms; {meta['texts_left_out']:,} texts left out for their tokens"
        )
        for key in ("documents", "real_articles", "tokens", "terms"):
            self.figures.add("corpus", meta["documents"], key, meta[key], "count")
        asked = building.alone(questions.sample, corpus.Corpus(self._corpus_folder), self._options.questions,
                               self._options.seed)  # fmt: skip
        names = self._present()
        large = [name for name in names if name != STOCK]
        self._group(large, self._options.docs, asked)
        if STOCK in names:
            small = [name for name in (OURS, OURS_PLAIN, STOCK) if name in names]
            self._group(small, self._small, asked)
        if OURS in names:
            self._say("the shell")
            index = self._index(OURS, self._options.docs)
            for name, value in asking.shell(index, asked["five words"][0], SHELL_RUNS).items():
                self.figures.add(name, self._options.docs, "shell", value, "ms")

    def _say(self, sentence: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {sentence}", file=sys.stderr, flush=True)

    def _present(self) -> list[str]:
        present = []
        for name in self._options.peers:
            reason = peer(name).missing()
            if reason:
                self.notes.append(f"left out: {name}: {reason}")
            else:
                present.append(name)
                self.notes.append(f"{name}: version {peer(name).version()}")
        return present

    def _index(self, name: str, documents: int) -> Path:
        """Where the index lies; the plain ranking is asked of the index that the default one is."""
        owner = OURS if name == OURS_PLAIN else name
        return self._work / f"{owner.replace(' ', '-')}-{documents}"

    def _group(self, names: Sequence[str], documents: int, asked: dict[str, list[Any]]) -> None:
        for name in names:
            if name != OURS_PLAIN and not self._index(name, documents).exists():
                self._build(name, documents)
        for name in names:
            self._say(f"{name}: opening {documents:,}")
            few = asked["five words"][:RESIDENT_QUESTIONS]
            found = building.alone(asking.open_alone, name, self._index(name, documents), few)
            for key, value in found.items():
                self.figures.add(name, documents, key.rsplit("_", 1)[0], value, key.rsplit("_", 1)[1])
        engines = {name: peer(name) for name in names}
        for name, engine in engines.items():
            engine.open(self._index(name, documents))
        self._say("checking against the oracle")
        made = corpus.Corpus(self._corpus_folder)
        shares = asking.check(engines, made, documents, asked, self._options.checked)
        for name, kinds in shares.items():
            for kind, share in kinds.items():
                self.figures.add(name, documents, "agreement", share, "share", kind)
        self._say("asking")
        # The clock starts on other questions than were checked, so that the first round is the first asking.
        fresh = {kind: each[self._options.checked :] or each for kind, each in asked.items()}
        for (name, kind, what), rounds in asking.ask(engines, fresh, self._options.rounds).items():
            for key, value in asking.figures(rounds).items():
                unit = "count" if key in ("rounds", "asked") else "ms"
                self.figures.add(name, documents, key, value, unit, kind, what)
        for engine in engines.values():
            engine.close()

    def _build(self, name: str, documents: int) -> None:
        self._say(f"{name}: building {documents:,}")
        folder = self._index(name, documents)
        jobs = {name: (building.build, name, self._corpus_folder, folder, documents)}
        if name == OURS and documents == self._options.docs:
            spare = folder.with_name("given-tokens")
            given = (building.build_given_tokens, self._corpus_folder, spare, documents)
            jobs["ours, given tokens, one process"] = given
            jobs["our analysis alone"] = (building.analyse, self._corpus_folder, documents)
        if name == "tantivy":
            spare = folder.with_name("tantivy-fed")
            jobs["tantivy, analysing"] = (building.build_fed, self._corpus_folder, spare, documents)
            spare = folder.with_name("tantivy-roots")
            jobs["tantivy, roots alone"] = (building.build_without_forms, self._corpus_folder, spare, documents)
        for label, (work, *given) in jobs.items():
            found = building.alone(work, *given)
            if found is None:
                self.notes.append(f"left out: {label}: the engine's build has no door for tokens")
                continue
            self.figures.add(label, documents, "build", found["documents"] / found["seconds"], "articles/s")
            for key in ("peak_bytes", "index_bytes"):
                if key in found:
                    self.figures.add(label, documents, key.removesuffix("_bytes"), found[key], "bytes")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/compare.py", description=__doc__.split("\n")[0])
    add = parser.add_argument
    add("corpus", nargs="+", metavar="CORPUS", help="real articles: files or folders, as for `cari build`")
    add("--docs", type=int, required=True, metavar="N", help="articles of the synthetic corpus")
    add("--json", type=Path, metavar="FILE", help="also write every figure here, with its unit")
    add("--peers", default=",".join(PEERS), metavar="NAMES", help="engines, separated by commas (default: %(default)s)")
    add("--questions", type=int, default=220, metavar="N", help="questions of each kind (default: %(default)s)")
    add("--checked", type=int, default=20, metavar="N",
        help="of these, asked for agreement with the oracle and not timed (default: %(default)s)")
    add("--rounds", type=int, default=5, metavar="N", help="times that each question is asked (default: %(default)s)")
    add("--seed", type=int, default=1, help="of the corpus and the questions (default: %(default)s)")
    add("--work", type=Path, metavar="DIR",
        help="keep corpus and indexes here, and use those that are there (their building is then not measured)")
    options = parser.parse_args(argv)
    options.peers = [name.strip() for name in options.peers.split(",")]
    unknown = [name for name in options.peers if name not in PEERS]
    if unknown:
        parser.error(f"there is no engine {unknown[0]!r}; choose from {', '.join(PEERS)}")
    if min(options.docs, options.questions, options.checked, options.rounds) < 1:
        parser.error("--docs, --questions, --checked and --rounds must be at least 1")
    for path in map(Path, options.corpus):
        if not path.exists():
            parser.error(f"there is no {path}")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="compare-") as folder:
        work = options.work or Path(folder)
        run = Run(options, work)
        run.run()
    minutes = (time.perf_counter() - started) / 60
    run.notes.append(f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.platform()}; "
                     f"{minutes:.1f} minutes in all")  # fmt: skip
    print(report.text(run.figures, run.notes))
    if options.json:
        content = {"notes": run.notes, "figures": run.figures.rows}
        options.json.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
