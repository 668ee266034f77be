"""The questions, drawn from the corpus with a seed: the same for every engine, analysed beforehand."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from comparison.corpus import Corpus, Record

KINDS = ("one word", "five words", "phrase", "filtered", "common")
MOST_COMMON = 50
PHRASE_WORDS = (2, 3)
RANGE_DAYS = 10_000  # a year, as days are numbered (YYYYMMDD)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `roots`/`forms`: the words; a phrase asks for its forms in a row, everything else for any of its
    roots. `source`, `since`, `until` (YYYYMMDD, both included): only articles like this, None: all."""

    kind: str
    roots: tuple[str, ...]
    forms: tuple[str, ...]
    source: str | None = None
    since: int | None = None
    until: int | None = None


def sample(corpus: Corpus, count: int, seed: int) -> dict[str, list[Question]]:
    """`count` different questions of each kind (fewer where a small corpus does not hold as many)."""
    chance = random.Random(seed)
    documents = corpus.meta["documents"]
    wanted = set(chance.sample(range(documents), min(documents, 3 * count)))
    records = [record for record in corpus.records(max(wanted) + 1) if record.number in wanted]
    chance.shuffle(records)
    common = _common(corpus)
    makers: dict[str, Callable[[Record], Question | None]] = {
        "one word": lambda record: _words(record, 1, chance, "one word"),
        "five words": lambda record: _words(record, 5, chance, "five words"),
        "phrase": lambda record: _phrase(record, chance),
        "filtered": lambda record: _filtered(record, chance),
        "common": lambda record: _any_two(common, chance),
    }
    found = {}
    for kind in KINDS:
        made = dict.fromkeys(question for record in records if (question := makers[kind](record)))
        found[kind] = list(made)[:count]
    return found


def _words(record: Record, count: int, chance: random.Random, kind: str) -> Question | None:
    """So many words in a row of the title, or of the body where the title is too short; all of different roots."""
    for roots, forms in ((record.title_roots, record.title_forms), (record.body_roots, record.body_forms)):
        pairs = list(zip(roots.split(" "), forms.split(" ")))
        starts = [at for at in range(len(pairs) - count + 1) if len({r for r, _ in pairs[at : at + count]}) == count]
        if starts:
            at = chance.choice(starts)
            chosen_roots, chosen_forms = zip(*pairs[at : at + count])
            return Question(kind, chosen_roots, chosen_forms)
    return None


def _phrase(record: Record, chance: random.Random) -> Question | None:
    roots, forms = record.body_roots.split(" "), record.body_forms.split(" ")
    count = chance.choice(PHRASE_WORDS)
    if len(forms) < count:
        return None
    at = chance.randrange(len(forms) - count + 1)
    return Question("phrase", tuple(roots[at : at + count]), tuple(forms[at : at + count]))


def _filtered(record: Record, chance: random.Random) -> Question | None:
    asked = _words(record, 5, chance, "filtered")
    if asked is None:
        return None
    day = record.day - (record.day % 10_000 == 229)  # 29 February is in one year of four
    since = day - chance.randrange(2) * RANGE_DAYS  # a year that ends, or begins, with the article's day
    return Question("filtered", asked.roots, asked.forms, record.source, since, since + RANGE_DAYS)


def _common(corpus: Corpus) -> list[str]:
    """The roots that stand in most bodies (by occurrences, which comes to the same words)."""
    import numpy as np

    numbers = np.memmap(corpus.folder / "body_roots.i4", dtype=np.int32, mode="r")
    terms = (corpus.folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    counts = np.bincount(numbers[: 20_000_000])
    return [terms[number] for number in np.argsort(-counts, kind="stable")[:MOST_COMMON].tolist()]


def _any_two(common: list[str], chance: random.Random) -> Question:
    # The root also stands for the form: a form that nobody wrote would spare our default ranking its work.
    first, second = chance.sample(common, 2)
    return Question("common", (first, second), (first, second))
