"""Asking: agreement with the oracle first, then the clock, question by question on each engine in turn."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from comparison.corpus import Corpus
from comparison.peer import OURS, TOP, Peer, peer
from comparison.questions import KINDS, Question

WHAT = ("ids", "total", "titles", "snippets")
AGREEMENT = 0.99
"""Share of questions on which a peer's top ten must be the oracle's; ours must be right on every one."""

PATIENCE = 6.0
"""Seconds that an engine gets for one kind of question and one thing asked. A slow one is asked fewer rounds, and in
the first fewer questions (the first of the same list, at least `LEAST`), than the others."""

LEAST = 30

COUNTED = ("five words", "common")
"""Kinds of questions for which the total is asked too; for others it tells nothing more."""

Times = dict[tuple[str, str, str], list[list[float]]]


def check(engines: Mapping[str, Peer], corpus: Corpus, documents: int, questions: Mapping[str, Sequence[Question]],
          most: int) -> dict[str, dict[str, float]]:  # fmt: skip
    """For each engine and kind of question the share of questions answered as the oracle does: the top ten by score,
    for phrases the whole set (they are ranked in too many ways), for filtered questions both. Raises SystemExit where
    an engine falls short."""
    from comparison.oracle import Oracle, same_top

    oracle = Oracle(corpus, documents)
    shares: dict[str, dict[str, float]] = {}
    for name, engine in engines.items():
        formula = engine.formula()
        for kind in KINDS:
            asked = [q for q in questions[kind][:most] if engine.does("ids", q)]
            right = 0
            for question in asked:
                if kind in ("phrase", "filtered"):
                    # The whole set, and room for articles that should not be in it.
                    due = set(oracle.matching(question).nonzero()[0].tolist())
                    _, found = engine.ids(engine.ready(question), max(len(due) + TOP, TOP))
                    if set(found) != due or len(found) != len(due):
                        continue
                    if kind == "phrase":
                        right += 1
                        continue
                _, found = engine.ids(engine.ready(question), TOP)
                right += same_top(oracle.scores(question, formula), found, TOP, engine.tolerance)
            if asked:
                shares.setdefault(name, {})[kind] = right / len(asked)
    for name, kinds in shares.items():
        least = 1.0 if name.startswith(OURS) else AGREEMENT
        for kind, share in kinds.items():
            # Sets know no rounding, so they must be the same for everyone.
            if share < (1.0 if kind == "phrase" else least):
                raise SystemExit(f"{name} answers {share:.1%} of the questions ({kind}) as its own formula does")
    return shares


def ask(engines: Mapping[str, Peer], questions: Mapping[str, Sequence[Question]], rounds: int) -> Times:
    """Milliseconds of every question: (engine, kind, what) -> a list for each round."""
    times: Times = {}
    for kind in KINDS:
        asked = questions[kind]
        able = [name for name, engine in engines.items() if asked and engine.does("ids", asked[0])]
        ready = [{name: engines[name].ready(question) for name in able} for question in asked]
        for what in WHAT:
            if what != "total" or kind in COUNTED:
                doing = {name: engines[name] for name in able if engines[name].does(what, asked[0])}
                for name, measured in _in_turn(doing, what, ready, rounds).items():
                    times[name, kind, what] = measured
    return times


def _in_turn(
    engines: Mapping[str, Peer], what: str, ready: Sequence[Mapping[str, Any]], rounds: int
) -> dict[str, list[list[float]]]:
    """Every question on each engine in turn; the order turns too, so that none always follows the same other."""
    times: dict[str, list[list[float]]] = {name: [] for name in engines}
    spent = dict.fromkeys(engines, 0.0)
    for _ in range(rounds):
        # Whole rounds only, or the later questions would be asked less often than the first.
        able = [name for name, done in times.items() if not done or spent[name] + sum(done[-1]) <= 1000 * PATIENCE]
        for name in able:
            times[name].append([])
        for place, asked in enumerate(ready):
            turn = place % max(len(able), 1)
            for name in able[turn:] + able[:turn]:
                first, now = times[name][0], times[name][-1]
                if (now is not first and place >= len(first)) or (place >= LEAST and spent[name] > 1000 * PATIENCE):
                    continue
                now.append(_once(engines[name], what, asked[name]) / 1e6)
                spent[name] += now[-1]
    return {name: [each for each in done if len(each) == len(done[0])] for name, done in times.items()}


def _once(engine: Peer, what: str, asked: Any) -> int:
    if what == "ids":
        return engine.ids(asked, TOP)[0]
    return int(getattr(engine, what)(asked)[0])


def percentile(values: Sequence[float], share: int) -> float:
    """The smallest value that at least `share` percent of the values do not exceed (nearest rank)."""
    return sorted(values)[-(-share * len(values) // 100) - 1]


def figures(rounds: Sequence[Sequence[float]]) -> dict[str, float]:
    """Of each question the median of its rounds, and of these the median, 95th and 99th percentile; `first`: the
    median of the first round alone, when nothing about these questions could have been remembered."""
    each = [statistics.median(times) for times in zip(*rounds)]
    return {
        "median": statistics.median(each), "p95": percentile(each, 95), "p99": percentile(each, 99),
        "first": statistics.median(rounds[0]), "first_p95": percentile(rounds[0], 95),
        "rounds": len(rounds), "asked": len(each),
    }  # fmt: skip


def open_alone(name: str, index: Path, questions: Sequence[Question]) -> dict[str, Any]:
    """In a process of its own: seconds from an imported library to the first answer, and most memory resident after
    the questions have been asked with their titles."""
    from comparison.building import own_peak

    engine = peer(name)
    engine.missing()  # imports the library
    bare = own_peak()
    started = time.perf_counter()
    said = engine.open(index)
    opened = time.perf_counter() - started if said is None else said
    asked = [engine.ready(question) for question in questions]
    first = engine.ids(asked[0], TOP)[0] / 1e9
    for one in asked:
        engine.titles(one)
    resident = engine.resident() or own_peak()
    engine.close()
    return {"open_ms": 1000 * opened, "first_answer_ms": 1000 * (opened + first), "resident_bytes": resident,
            "resident_before_bytes": bare}  # fmt: skip


def shell(index: Path, question: Question, runs: int) -> dict[str, float]:
    """Process start to exit in turn: `cari search`, importing click and NumPy, and Python alone. Medians in ms."""
    beside = Path(sys.executable).with_name("cari")
    program = [str(beside)] if beside.is_file() else [sys.executable, "-m", "search"]
    commands = {
        "cari search": [*program, "search", "--index", str(index), "--", *question.forms],
        "import click, numpy": [sys.executable, "-c", "import click, numpy"],
        "python alone": [sys.executable, "-c", "pass"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            started = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            times[name].append(1000 * (time.perf_counter() - started))
            if done.returncode not in (0, 1):
                raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
    return {name: statistics.median(each) for name, each in times.items()}
