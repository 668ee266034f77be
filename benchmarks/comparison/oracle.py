"""What each engine must answer: its own published formula in float64, over every article, by the plainest code.

It reads the token arrays that the corpus was made with and no index. Formulas differ between engines (fields summed
before or after saturation, rarity, how exactly lengths are kept); the tokens and constants k1 = 1.2, b = 0.75 do not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from comparison.corpus import Corpus, source_name
from comparison.questions import Question

Array = Any
K1, B = 1.2, 0.75
FIELDS = ("title", "body")


class Oracle:
    """Scores of every article of a corpus, of which only the first `documents` count."""

    def __init__(self, corpus: Corpus, documents: int) -> None:
        self.documents = documents
        terms = (corpus.folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
        self._numbers = {term: number for number, term in enumerate(terms)}
        self.lengths = {f: np.load(corpus.folder / f"{f}_lengths.npy")[:documents] for f in FIELDS}
        self._flat, self._owner = {}, {}
        for field in FIELDS:
            total = int(self.lengths[field].sum())
            self._owner[field] = np.repeat(np.arange(documents, dtype=np.int32), self.lengths[field])
            for kind in ("roots", "forms"):
                path = corpus.folder / f"{field}_{kind}.i4"
                self._flat[field, kind] = np.memmap(path, dtype=np.int32, mode="r", shape=(total,))
        self._starts = {f: np.concatenate(([0], np.cumsum(self.lengths[f]))) for f in FIELDS}
        self._days = np.load(corpus.folder / "days.npy")[:documents]
        self._sources = np.load(corpus.folder / "sources.npy")[:documents]
        self.frequencies = lru_cache(maxsize=512)(self._frequencies)

    def _frequencies(self, field: str, kind: str, *words: str) -> Array:
        """How often the words stand in a row in the field, in each article."""
        flat, owner = self._flat[field, kind], self._owner[field]
        numbers = [self._numbers.get(word, -1) for word in words]
        starts = np.flatnonzero(flat[: len(flat) - len(words) + 1] == numbers[0])
        for step, number in enumerate(numbers[1:], 1):
            starts = starts[(flat[starts + step] == number) & (owner[starts + step] == owner[starts])]
        return np.bincount(owner[starts], minlength=self.documents)

    def positions(self, field: str, root: str, article: int) -> Array:
        """Where a root stands in a field of one article."""
        low, high = self._starts[field][article : article + 2]
        return np.flatnonzero(self._flat[field, "roots"][low:high] == self._numbers.get(root, -1))

    def best(self, scores: Array, count: int) -> list[int]:
        """The first articles by score, then the latest, then by name."""
        likely = np.argsort(-scores, kind="stable")[: 4 * count + 1000].tolist()
        likely.sort(key=lambda article: (-scores[article], -int(self._days[article]), str(article)))
        return [article for article in likely[:count] if scores[article] > 0]

    def allowed(self, question: Question) -> Array:
        """Which articles the question's source and days let through."""
        mask = np.ones(self.documents, dtype=bool)
        if question.source is not None:
            names = np.array([source_name(place) for place in range(int(self._sources.max()) + 1)])
            mask &= names[self._sources] == question.source
        if question.since is not None and question.until is not None:
            mask &= (self._days >= question.since) & (self._days <= question.until)
        return mask

    def matching(self, question: Question) -> Array:
        """The articles that match, as a mask."""
        found = np.zeros(self.documents, dtype=bool)
        for field in FIELDS:
            if question.kind == "phrase":
                found |= self.frequencies(field, "forms", *question.forms) > 0
            else:
                for root in question.roots:
                    found |= self.frequencies(field, "roots", root) > 0
        return found & self.allowed(question)

    def scores(self, question: Question, formula: Formula) -> Array:
        """The score of every article; nought where it does not match."""
        return np.where(self.matching(question), formula(self, question), 0.0)


Formula = Callable[[Oracle, Question], Array]


def rarity(having: int, documents: int) -> float:
    """ln(1 + (N - n + 0.5) / (n + 0.5)), as Lucene has it."""
    return float(np.log1p((documents - having + 0.5) / (having + 0.5)))


def saturated(frequency: Array, norm: Array) -> Array:
    return (K1 + 1) * frequency / (frequency + K1 * norm)


def length_norm(lengths: Array, average: float) -> Array:
    return 1 - B + B * lengths / average


def by_field(kept: Callable[[Array], Array], idf: Callable[[int, int], float] = rarity) -> Formula:
    """BM25 of each field, added up. `kept`: lengths as the engine keeps them. The average is that of true lengths."""

    def formula(oracle: Oracle, question: Question) -> Array:
        total = np.zeros(oracle.documents)
        for field in FIELDS:
            lengths = oracle.lengths[field]
            norm = length_norm(kept(lengths), lengths.mean())
            for root in question.roots:
                frequency = oracle.frequencies(field, "roots", root)
                having = int(np.count_nonzero(frequency))
                if having:
                    total += idf(having, oracle.documents) * saturated(frequency, norm)
        return total

    return formula


def as_one_text(idf: Callable[[int, int], float] = rarity) -> Formula:
    """BM25 of title and body taken as one text."""

    def formula(oracle: Oracle, question: Question) -> Array:
        lengths = sum(oracle.lengths[field] for field in FIELDS)
        norm = length_norm(lengths, lengths.mean())
        total = np.zeros(oracle.documents)
        for root in question.roots:
            frequency = sum(oracle.frequencies(field, "roots", root) for field in FIELDS)
            total += idf(int(np.count_nonzero(frequency)), oracle.documents) * saturated(frequency, norm)
        return total

    return formula


def one_byte_lengths(lengths: Array) -> Array:
    """Lengths as Lucene's SmallFloat.intToByte4 keeps them, and tantivy after it: to 39 as they are, above it the four
    leading bits of what is beyond 24."""
    lengths = np.asarray(lengths, dtype=np.int64)
    beyond = np.maximum(lengths - 24, 1)
    shift = np.maximum(np.floor(np.log2(beyond)).astype(np.int64) - 3, 0)
    return np.where(lengths < 40, lengths, 24 + ((beyond >> shift) << shift))


def whoosh_lengths(lengths: Array) -> Array:
    """Lengths as Whoosh's own codec keeps them, by its own tables."""
    from whoosh.util.numeric import byte_to_length, length_to_byte

    values, places = np.unique(lengths, return_inverse=True)
    return np.array([byte_to_length(length_to_byte(int(value))) for value in values])[places]


def whoosh_rarity(having: int, documents: int) -> float:
    return float(np.log(documents / (having + 1)) + 1)


def fts5_rarity(having: int, documents: int) -> float:
    """ln((N - n + 0.5) / (n + 0.5)), and a millionth where that is not above nought."""
    value = float(np.log((documents - having + 0.5) / (having + 0.5)))
    return value if value > 0 else 1e-6


def ours(default: bool) -> Formula:
    """BM25F as `search.engines.whoosh.ranking` describes it. `default` False: over roots alone; True: roots and forms
    in their shares, and the best by these lifted where words of the question stand close together (`closeness.py`).
    The constants are read from there; nothing else is."""
    from search.engines.whoosh import ranking

    weights = {"title": (ranking.TITLE_WEIGHT, ranking.TITLE_B), "body": (1.0, ranking.BODY_B)}

    def norm(oracle: Oracle, field: str) -> Array:
        weight, b = weights[field]
        lengths = oracle.lengths[field]
        return weight / (1 - b + b * lengths / lengths[lengths > 0].mean())

    def weighed(oracle: Oracle, kind: str, word: str) -> tuple[Array, int]:
        total, having = np.zeros(oracle.documents), np.zeros(oracle.documents, dtype=bool)
        for field in weights:
            frequency = oracle.frequencies(field, kind, word)
            total += frequency * norm(oracle, field)
            having |= frequency > 0
        return total, int(np.count_nonzero(having))

    def saturate(frequency: Array, idf: float) -> Array:
        return idf * (ranking.K1 + 1) * frequency / (ranking.K1 + frequency)

    def formula(oracle: Oracle, question: Question) -> Array:
        total = np.zeros(oracle.documents)
        kinds = (("roots", question.roots, ranking.STEM_SHARE), ("forms", question.forms, ranking.EXACT_SHARE))
        for kind, words, share in kinds if default else (("roots", question.roots, 1.0),):
            for word in words:
                frequency, having = weighed(oracle, kind, word)
                total += share * saturate(frequency, rarity(having, oracle.documents))
        return lifted(oracle, question, total) if default else total

    def lifted(oracle: Oracle, question: Question, total: Array) -> Array:
        # Filters choose before the best are looked at.
        best = oracle.best(np.where(oracle.matching(question), total, 0.0), ranking.CLOSE_LOOK)
        norms = {field: norm(oracle, field) for field in weights}
        roots = question.roots
        for first, second in dict.fromkeys((*zip(roots, roots[1:]), *zip(roots, roots[2:]))):
            near = {article: {f: _nearness(oracle, f, first, second, article) for f in weights} for article in best}
            held = sum(max(each.values()) for each in near.values())
            idf = np.log((ranking.CLOSE_LOOK + 1) / (held + 1))
            for article, each in near.items():
                frequency = sum(each[field] * norms[field][article] for field in weights)
                total[article] += ranking.PAIR_SHARE * saturate(frequency, idf)
        return total

    return formula


def _nearness(oracle: Oracle, field: str, first: str, second: str, article: int) -> float:
    """1 / the least distance of two roots, nought beyond the reach."""
    from search.engines.whoosh.closeness import REACH

    distances = abs(oracle.positions(field, first, article)[:, None] - oracle.positions(field, second, article))
    near = distances[(distances > 0) & (distances <= REACH)]
    return 1.0 / int(near.min()) if near.size else 0.0


def same_top(scores: Array, found: Sequence[int], count: int, tolerance: float) -> bool:
    """Whether `found` is a top `count` by these scores: as many as there are, no article twice, and place by place the
    score that stands there, within a share of `tolerance` (so ties may come in any order, and float32 may round)."""
    due = np.sort(scores[scores > 0])[::-1][:count]
    if len(found) != len(due) or len(set(found)) != len(found):
        return False
    return bool(np.allclose(scores[list(found)], due, rtol=tolerance, atol=0.0))
