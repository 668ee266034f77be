"""The leaves of a Query tree made ready for one snapshot: what evidence each gives, and how rare what it asks for is.

What a word is worth is resolved once for the whole snapshot (its postings, its rarity), then read segment by segment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from search.engines.whoosh import ranking
from search.engines.whoosh.expansion import MAX_TERMS, fuzzy_terms, wildcard_terms
from search.engines.whoosh.positions import phrase_frequencies
from search.engines.whoosh.ranking import idf, saturated
from search.engines.whoosh.roots import RootLists, RootSource
from search.engines.whoosh.snapshot import FormTerm, RootTerm, Snapshot
from search.engines.whoosh.sources import EMPTY, Scored, Source, VectorSource
from search.engines.whoosh.text_index import Frequencies
from search.errors import UnsupportedQuery
from search.query.tree import Fuzzy, Phrase, Query, Wildcard, Word


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of evidence that a leaf gives; `term` and `evidence` name it in explanations. `most`: what a posting of
    boundless frequency would get."""

    term: str
    field: str
    evidence: str
    idf: float
    most: float
    source: Source


@dataclass(frozen=True, slots=True)
class Leaf:
    """`sources`: what ranks. `parts`: the same told apart, for explanations. `rarities`: as in `Matches.rarities`.
    `known`: whether any article holds it."""

    sources: tuple[Source, ...]
    parts: tuple[Part, ...]
    rarities: Mapping[str, float]
    known: bool = True


def fields_of(field: str | None) -> str:
    """How explanations name the fields that a leaf looks in."""
    return field or "title+body"


def in_field(found: Frequencies, field: str | None) -> Frequencies:
    """The documents that count where only one field is asked for."""
    if field is None:
        return found
    here = found.title if field == "title" else found.body
    rows = np.flatnonzero(here)
    nothing = np.zeros(len(rows), dtype=here.dtype)
    title, body = (here[rows], nothing) if field == "title" else (nothing, here[rows])
    return Frequencies(found.documents[rows], title, body)


def vector(snapshot: Snapshot, found: list[Frequencies], most: float) -> VectorSource:
    """Scores of documents by their frequencies in each segment; `most`: of a boundless frequency."""
    segments = []
    for number, part in enumerate(found):
        norms, documents = snapshot.norms(number), part.documents
        title, body = part.title.astype(np.float32), part.body.astype(np.float32)
        scores = saturated(title, body, norms.title[documents], norms.body[documents])
        segments.append(Scored(documents.astype(np.int64, copy=False), scores * np.float32(most)))
    return VectorSource(segments)


def only_live(snapshot: Snapshot, found: list[Frequencies]) -> list[Frequencies]:
    """Without deleted documents."""
    live = []
    for segment, part in zip(snapshot.segments, found):
        rows = slice(None) if segment.live is None else segment.live[part.documents]
        live.append(Frequencies(*(column[rows] for column in part)))
    return live


def _count(found: list[Frequencies]) -> int:
    return sum(len(part.documents) for part in found)


def _top(share: float, rarity: float) -> float:
    return share * rarity * (ranking.K1 + 1.0)


class Words:
    """Words made into leaves; a root or form that several of them ask for is looked up once. `plain`: by root alone,
    as BM25F over stemmed words ranks."""

    def __init__(self, snapshot: Snapshot, plain: bool) -> None:
        self._snapshot, self._plain = snapshot, plain
        self._roots: dict[str, RootLists] = {}
        self._forms: dict[str, FormTerm] = {}

    def root(self, text: str) -> RootLists:
        """A root, looked up once."""
        found = self._roots.get(text)
        if found is None:
            found = self._roots[text] = RootLists(self._snapshot.root(text))
        return found

    def form(self, text: str) -> FormTerm:
        """An exact form, looked up once."""
        if text not in self._forms:
            self._forms[text] = self._snapshot.form(text)
        return self._forms[text]

    def leaf(self, word: Word, explain: bool = False) -> Leaf:
        """A word by its root and by its exact form."""
        lists = self.root(word.stem)
        root = lists.term
        if word.field is not None or explain:
            return self._told_apart(word, root)
        rarities = {word.stem: root.idf}
        if self._plain:
            return Leaf((RootSource(self._snapshot, lists, root.idf),), (), rarities, bool(root.documents))
        form = self.form(word.exact)
        known = bool(root.documents or form.documents)
        base, bonus = ranking.STEM_SHARE * root.idf, ranking.EXACT_SHARE * form.idf
        ranks = self._ranks(root, form)
        if ranks is not None:
            return Leaf((RootSource(self._snapshot, lists, base, bonus, ranks),), (), rarities, known)
        # The form has other roots in the index, or several: capitals can make it so.
        source = RootSource(self._snapshot, lists, base)
        found = only_live(self._snapshot, self._form_postings(form))
        exact = vector(self._snapshot, found, _top(ranking.EXACT_SHARE, form.idf))
        return Leaf((source, exact), (), rarities, known)

    def _ranks(self, root: RootTerm, form: FormTerm) -> list[int | None] | None:
        """The rank of the form in each segment, where this root is the only one that it has anywhere."""
        ranks: list[int | None] = []
        for postings, pairs in zip(root.lists, form.pairs):
            if len(pairs) > 1 or (pairs and (postings is None or pairs[0].root != postings.root)):
                return None
            ranks.append(pairs[0].rank if pairs else None)
        return ranks

    def _form_postings(self, form: FormTerm) -> list[Frequencies]:
        return [s.text.form_postings(pairs) for s, pairs in zip(self._snapshot.segments, form.pairs)]

    def _told_apart(self, word: Word, root: RootTerm) -> Leaf:
        roots = [
            segment.text.form_postings([]) if postings is None else segment.text.root_postings(postings.root)
            for segment, postings in zip(self._snapshot.segments, root.lists)
        ]
        kinds = [(word.stem, "stem", roots, 1.0 if self._plain else ranking.STEM_SHARE)]
        if not self._plain:
            kinds.append((word.exact, "exact", self._form_postings(self.form(word.exact)), ranking.EXACT_SHARE))
        parts, count = [], 0
        for text, kind, found, share in kinds:
            found = only_live(self._snapshot, [in_field(part, word.field) for part in found])
            count += _count(found)
            rarity = idf(_count(found), self._snapshot.size)
            most = _top(share, rarity)
            parts.append(Part(text, fields_of(word.field), kind, rarity, most, vector(self._snapshot, found, most)))
        return Leaf(tuple(part.source for part in parts), tuple(parts), {word.stem: parts[0].idf}, bool(count))


def phrase_leaf(snapshot: Snapshot, phrase: Phrase) -> Leaf:
    """A phrase: its rarity is the sum of its words' (as if they stood by chance), its frequency its own."""
    forms = {word: snapshot.form(word) for word in phrase.words}
    if phrase.field is None:
        rarities = {word: form.idf for word, form in forms.items()}
    else:
        rarities = {word: _rarity_in(snapshot, form, phrase.field) for word, form in forms.items()}
    found = []
    for number, segment in enumerate(snapshot.segments):
        pairs = [forms[word].pairs[number] for word in phrase.words]
        found.append(phrase_frequencies(segment.text, pairs, phrase.field, phrase.slop))
    rarity = sum(rarities.values())
    source = vector(snapshot, only_live(snapshot, found), _top(1.0, rarity))
    label = '"' + " ".join(phrase.words) + '"'
    part = Part(label, fields_of(phrase.field), "phrase", rarity, _top(1.0, rarity), source)
    return Leaf((source,), (part,), rarities)


def _rarity_in(snapshot: Snapshot, form: FormTerm, field: str) -> float:
    found = [in_field(s.text.form_postings(p), field) for s, p in zip(snapshot.segments, form.pairs)]
    return idf(_count(only_live(snapshot, found)), snapshot.size)


def pattern_leaf(snapshot: Snapshot, query: Wildcard | Fuzzy, warnings: list[str]) -> Leaf:
    """A pattern or near spellings: the terms that it stands for, scored as if they were one word."""
    if isinstance(query, Wildcard):
        counted = wildcard_terms(snapshot, query.field, query.pattern)
        if len(counted) > MAX_TERMS:
            warnings.append(
                f"Pola {query.pattern} cocok dengan terlalu banyak kata; dipakai {MAX_TERMS} kata yang paling umum."
            )
        weights = {term: 1.0 for term, _ in counted.most_common(MAX_TERMS)}
        label = key = query.pattern
    else:
        near = fuzzy_terms(snapshot, query.field, query.exact, query.distance)
        best = sorted(near, key=lambda term: (near[term][0], -near[term][1], term))[:MAX_TERMS]
        # A form with an edit counts half of the form as typed, with two edits a third.
        weights = {term: 1.0 / (1 + near[term][0]) for term in best}
        label, key = f"{query.exact}~{query.distance}", query.exact
    forms = [(snapshot.form(term), weight) for term, weight in weights.items()]
    found = []
    for number, segment in enumerate(snapshot.segments):
        parts = []
        for form, weight in forms:
            each = in_field(segment.text.form_postings(form.pairs[number]), query.field)
            parts.append(Frequencies(each.documents, each.title * weight, each.body * weight))
        found.append(_added(parts, segment.size))
    found = only_live(snapshot, found)
    rarity = idf(_count(found), snapshot.size)
    source = vector(snapshot, found, _top(1.0, rarity))
    part = Part(label, fields_of(query.field), "pattern", rarity, _top(1.0, rarity), source)
    return Leaf((source,), (part,), {key: rarity})


def _added(parts: list[Frequencies], size: int) -> Frequencies:
    """The frequencies of several terms taken as one."""
    parts = [part for part in parts if len(part.documents)]
    if not parts:
        return Frequencies(EMPTY.documents, EMPTY.scores, EMPTY.scores)
    title, body = np.zeros((2, size))
    for part in parts:
        title[part.documents] += part.title
        body[part.documents] += part.body
    documents = np.flatnonzero((title > 0) | (body > 0))
    return Frequencies(documents, title[documents], body[documents])


def leaf_of(words: Words, snapshot: Snapshot, query: Query, warnings: list[str], explain: bool = False) -> Leaf:
    """The leaf of a Query that looks for text. Raises UnsupportedQuery."""
    if isinstance(query, Word):
        return words.leaf(query, explain)
    if isinstance(query, Phrase):
        return phrase_leaf(snapshot, query)
    if isinstance(query, (Wildcard, Fuzzy)):
        return pattern_leaf(snapshot, query, warnings)
    raise UnsupportedQuery(f"This engine cannot evaluate {type(query).__name__}.")


