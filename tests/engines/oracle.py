"""A plain, slow reading of what a Query tree means and how it is scored, to hold engines against.

Written from the definitions (docstrings of `search.query.tree` and of the ranking module) over tokens of the
articles, with loops and dictionaries only, and nothing of the index.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from search.engines.whoosh import ranking
from search.engines.whoosh.records import day
from search.language import Analyser, Token
from search.language.distance import edit_distance
from search.model import Article
from search.query.tree import (
    Boolean,
    DateRange,
    Everything,
    Filter,
    Fuzzy,
    Nothing,
    Phrase,
    Query,
    Wildcard,
    Word,
)

Forms = dict[str, list[Token]]


class Oracle:
    """Scores of all articles for a tree: id -> score, only for those that match."""

    def __init__(self, articles: Sequence[Article]) -> None:
        analyser = Analyser()
        self.fold = analyser.fold
        self.articles = {article.id: article for article in articles}
        self.tokens: dict[str, Forms] = {
            article.id: {"title": analyser.analyse(article.title), "body": _body(analyser, article)}
            for article in articles
        }
        self.average = {}
        for field in ("title", "body"):
            lengths = [len(forms[field]) for forms in self.tokens.values() if forms[field]]
            self.average[field] = max(sum(lengths) / len(lengths), 1.0) if lengths else 1.0

    def search(self, query: Query, look: int = ranking.CLOSE_LOOK) -> dict[str, float]:
        """Scores by the words of the query, those of the best `look` lifted where its words stand close together."""
        scores = self._find(query)
        best = [name for name, _ in self._ordered(scores)[:look]]
        pairs = list(dict.fromkeys(_pairs(query)))
        known = {token.stem for forms in self.tokens.values() for tokens in forms.values() for token in tokens}
        lifts = [self._lift(pair, best, look) for pair in pairs if known.issuperset(pair[:2])]
        return {name: score + sum(lift.get(name, 0.0) for lift in lifts) for name, score in scores.items()}

    def border_is_blurred(self, query: Query, look: int) -> bool:
        """Whether scores about the last of the best `look` are so near each other that rounding may decide."""
        ordered = [score for _, score in self._ordered(self._find(query))]
        return len(ordered) > look and ordered[look - 1] - ordered[look] <= 1e-5 * ordered[look - 1]

    def _ordered(self, scores: dict[str, float]) -> list[tuple[str, float]]:
        def order(item: tuple[str, float]) -> tuple[float, int, str]:
            published = self.articles[item[0]].published
            return -item[1], -published.toordinal() if published else 0, item[0]

        return sorted(scores.items(), key=order)

    def _lift(self, pair: tuple[str, str, str | None], best: list[str], look: int) -> dict[str, float]:
        first, second, field = pair
        near: dict[str, dict[str, float]] = {}
        for name in best:
            for part in self._fields(field):
                tokens = self.tokens[name][part]
                here = [token.position for token in tokens if token.stem == first]
                there = [token.position for token in tokens if token.stem == second]
                distances = [abs(a - b) for a in here for b in there if a != b]
                if distances and min(distances) <= 5:
                    near.setdefault(name, {})[part] = 1.0 / min(distances)
        rarity = math.log((look + 1) / (sum(max(parts.values()) for parts in near.values()) + 1))
        return self._score(near, rarity, ranking.PAIR_SHARE)

    def _find(self, query: Query) -> dict[str, float]:
        if isinstance(query, Boolean):
            return self._boolean(query)
        if isinstance(query, Nothing):
            return {}
        if isinstance(query, (Everything, DateRange, Filter)):
            return {name: 0.0 for name, article in self.articles.items() if self._passes(query, article)}
        if isinstance(query, Word):
            by_stem = self._group(query.field, {query.stem: 1.0}, "stem", ranking.STEM_SHARE)
            by_form = self._group(query.field, {query.exact: 1.0}, "exact", ranking.EXACT_SHARE)
            return {name: by_stem.get(name, 0.0) + by_form.get(name, 0.0) for name in {*by_stem, *by_form}}
        if isinstance(query, Phrase):
            rarity = sum(self._idf(self._holding(query.field, {word}, "exact")) for word in set(query.words))
            return self._score(self._phrase_counts(query.field, query.words, query.slop, "exact"), rarity, 1.0)
        return self._group(query.field, self._expand(query), "exact", 1.0)

    def _boolean(self, query: Boolean) -> dict[str, float]:
        must = [self._find(child) for child in query.must]
        should = [self._find(child) for child in query.should]
        must_not = [self._find(child) for child in query.must_not]
        matching = set(self.articles)
        for found in must:
            matching &= set(found)
        if not must and should:
            matching = set().union(*should)
        for found in must_not:
            matching -= set(found)
        return {name: sum(found.get(name, 0.0) for found in (*must, *should)) for name in matching}

    def _passes(self, query: Everything | DateRange | Filter, article: Article) -> bool:
        if isinstance(query, Everything):
            return True
        if isinstance(query, DateRange):
            printed = day(article.published)
            low = int(query.since.strftime("%Y%m%d")) if query.since else 1
            return bool(printed) and low <= printed <= (
                int(query.until.strftime("%Y%m%d")) if query.until else 99999999
            )
        labels = [getattr(article, query.field), *(article.tags if query.field == "category" else ())]
        wanted = re.findall(r"\w+", query.value)
        return any(_in_a_row(re.findall(r"\w+", self.fold(label)), wanted) for label in labels if label)

    def _fields(self, field: str | None) -> tuple[str, ...]:
        return (field,) if field else ("title", "body")

    def _holding(self, field: str | None, terms: set[str], form: str) -> int:
        return sum(
            any(getattr(token, form) in terms for name in self._fields(field) for token in forms[name])
            for forms in self.tokens.values()
        )

    def _idf(self, holding: int) -> float:
        return math.log(1 + (len(self.articles) - holding + 0.5) / (holding + 0.5))

    def _group(self, field: str | None, weights: dict[str, float], form: str, share: float) -> dict[str, float]:
        counts: dict[str, dict[str, float]] = {}
        for name, forms in self.tokens.items():
            for part in self._fields(field):
                occurrences = {(token.position, getattr(token, form)) for token in forms[part]}
                count = sum(weights.get(term, 0.0) for _, term in occurrences)
                if count:
                    counts.setdefault(name, {})[part] = count
        return self._score(counts, self._idf(self._holding(field, set(weights), form)), share)

    def _score(self, counts: dict[str, dict[str, float]], rarity: float, share: float) -> dict[str, float]:
        weights = {"title": (ranking.TITLE_WEIGHT, ranking.TITLE_B), "body": (1.0, ranking.BODY_B)}
        scores = {}
        for name, by_field in counts.items():
            total = 0.0
            for field, count in by_field.items():
                weight, b = weights[field]
                length = len(self.tokens[name][field])
                total += weight * count / (1 - b + b * length / self.average[field])
            scores[name] = share * rarity * (ranking.K1 + 1) * total / (ranking.K1 + total)
        return scores

    def _phrase_counts(
        self, field: str | None, words: Sequence[str], slop: int, form: str
    ) -> dict[str, dict[str, float]]:
        counts: dict[str, dict[str, float]] = {}
        for name, forms in self.tokens.items():
            for part in self._fields(field):
                at = [(token.position, getattr(token, form)) for token in forms[part]]
                times = _near(at, words, len(words) + slop) if slop else _adjacent(at, words)
                if times:
                    counts.setdefault(name, {})[part] = times
        return counts

    def _expand(self, query: Wildcard | Fuzzy) -> dict[str, float]:
        known = {
            token.exact for forms in self.tokens.values() for name in self._fields(query.field) for token in forms[name]
        }
        if isinstance(query, Wildcard):
            pattern = re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in query.pattern), re.S)
            return {term: 1.0 for term in known if pattern.fullmatch(term)}
        edits = {term: edit_distance(query.exact, term, query.distance) for term in known}
        return {term: 1.0 / (1 + n) for term, n in edits.items() if n <= query.distance}


def _pairs(query: Query) -> list[tuple[str, str, str | None]]:
    """Roots of words typed next to each other or with one between them, anywhere in what ranks."""
    if not isinstance(query, Boolean):
        return []
    found = [pair for child in (*query.must, *query.should) for pair in _pairs(child)]
    for side in (query.must, query.should):
        for a, b in (*zip(side, side[1:]), *zip(side, side[2:])):
            if isinstance(a, Word) and isinstance(b, Word) and a.field == b.field:
                found.append((a.stem, b.stem, a.field))
    return found


def _body(analyser: Analyser, article: Article) -> list[Token]:
    """The body's tokens, and those of the dateline far behind them."""
    tokens = analyser.analyse(article.body)
    far = tokens[-1].position + 100 if tokens else 100
    line = analyser.analyse(article.dateline or "")
    return tokens + [token._replace(position=far + token.position) for token in line]


def _in_a_row(words: list[str], wanted: list[str]) -> bool:
    return bool(wanted) and any(words[i : i + len(wanted)] == wanted for i in range(len(words)))


def _adjacent(at: list[tuple[int, str]], words: Sequence[str]) -> int:
    there = set(at)
    starts = {position for position, _ in at}
    return sum(all((start + i, word) in there for i, word in enumerate(words)) for start in starts)


def _near(at: list[tuple[int, str]], words: Sequence[str], window: int) -> int:
    """The earliest-ending window that holds all the words counts, and the search goes on after its end."""
    needed, found, first = Counter(words), 0, 0
    ordered = sorted(at)
    for end in range(len(ordered)):
        inside = [term for position, term in ordered[first : end + 1] if ordered[end][0] - position < window]
        if not needed - Counter(inside):
            found += 1
            first = end + 1
    return found
