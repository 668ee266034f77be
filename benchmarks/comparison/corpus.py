"""A synthetic corpus of any size, and its tokens, from real articles: the same files for every engine.

An article takes title, first paragraph and length from one real article and the other paragraphs from any; sources
and dates are drawn at random. It is analysed once, and every engine gets the tokens of that one analysis.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from search.language import Analyser, StemCache, fingerprint
from search.reading import read_articles

FORMAT = "2"  # raised when the same arguments come to mean other files
FIRST_WORDS = 8  # of a body, where an article has no title: about as long as a headline
SOURCES = 12
FIRST_DAY, DAYS = date(2015, 1, 1), 3650
CHECKED = 100  # articles whose tokens are compared with those of their whole text
PARAGRAPH = "\u2029"  # stands for the newline between paragraphs; texts are free of it, as of all white space but " "


class Record(NamedTuple):
    """One synthetic article. `day`: YYYYMMDD; `roots` and `forms`: what the analysis gave, joined by spaces."""

    number: int
    source: str
    day: int
    title: str
    body: str
    title_roots: str
    body_roots: str
    title_forms: str
    body_forms: str


class Text(NamedTuple):
    """A title or paragraph with its roots and forms, as texts and as numbers of terms."""

    text: str
    roots: str
    forms: str
    root_numbers: bytes
    form_numbers: bytes


class Pool:
    """Titles, each with its article's first paragraph and number of paragraphs, and all paragraphs.

    Left out are texts in which two tokens share a position or a term holds a space: of those a whitespace tokenizer,
    which is what every peer gets, would make other tokens or positions than ours.
    """

    def __init__(self, analyser: Analyser) -> None:
        self.titles: list[tuple[Text, Text, int]] = []
        self.paragraphs: list[Text] = []
        self.vocabulary: dict[str, int] = {}
        self.left_out = 0
        self._analyser = analyser

    def add(self, title: str, body: str) -> None:
        texts = [" ".join(paragraph.split()) for paragraph in body.split("\n")]
        paragraphs = [text for text in map(self._text, filter(None, texts)) if text]
        head = self._text(" ".join((title or " ".join(body.split()[:FIRST_WORDS])).split()))
        self.paragraphs += paragraphs
        if head and paragraphs:
            self.titles.append((head, paragraphs[0], len(paragraphs)))

    def _text(self, text: str) -> Text | None:
        from array import array

        tokens = self._analyser.analyse(text)
        steady = all(token.position == place for place, token in enumerate(tokens))
        if not tokens or not steady or any(len(t.split()) != 1 for token in tokens for t in (token.stem, token.exact)):
            self.left_out += 1
            return None
        number = self.vocabulary.setdefault
        roots, forms = [token.stem for token in tokens], [token.exact for token in tokens]
        numbers = [array("i", [number(t, len(self.vocabulary)) for t in terms]).tobytes() for terms in (roots, forms)]
        return Text(text, " ".join(roots), " ".join(forms), *numbers)


class Corpus:
    """The files of a made corpus. `meta` says how it was made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.meta: dict[str, Any] = json.loads((folder / "corpus.json").read_text(encoding="utf-8"))

    def records(self, most: int | None = None) -> Iterator[Record]:
        """The first `most` articles, or all."""
        with (self.folder / "articles.tsv").open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                number, source, day, title, body, *rest = line[:-1].split("\t")
                if most is not None and int(number) >= most:
                    return
                yield Record(int(number), source, int(day), title, body.replace(PARAGRAPH, "\n"), *rest)


class Reading:
    """The first `most` articles of a corpus, perhaps made into something else, with the time that this took: it is no
    engine's work. `path`: the file, for an engine that must read it in another process."""

    def __init__(
        self, corpus: Corpus, most: int, made: Callable[[Iterable[Record]], Iterable[Any]] = iter
    ) -> None:  # fmt: skip
        self.path, self.most = corpus.folder / "articles.tsv", most
        self._records = iter(made(corpus.records(most)))
        self.seconds = 0.0
        self.count = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        started = time.perf_counter()
        try:
            record = next(self._records)
            self.count += 1
            return record
        finally:
            self.seconds += time.perf_counter() - started


def make(sources: Sequence[str], documents: int, seed: int, folder: Path) -> dict[str, Any]:
    """Make the corpus in `folder`, unless the one there was made of the same. Runs in a process of its own, whose
    memory no engine inherits."""
    marks = [(str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in map(Path, sources)]
    key = json.dumps([FORMAT, marks, documents, seed, fingerprint()], sort_keys=True)
    digest = hashlib.sha256(key.encode()).hexdigest()
    done = folder / "corpus.json"
    if done.is_file() and json.loads(done.read_text(encoding="utf-8"))["key"] == digest:
        return Corpus(folder).meta
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    analyser = Analyser(StemCache.open(folder / "stems"))
    pool = _pool(sources, documents, chance, analyser)
    tokens = _write(folder, pool, documents, chance)
    (folder / "vocabulary.txt").write_text("\n".join(pool.vocabulary) + "\n", encoding="utf-8")
    _check(folder, analyser, documents)
    analyser.stems.save()
    meta = {
        "key": digest, "documents": documents, "seed": seed, "real_articles": len(pool.titles), "tokens": tokens,
        "terms": len(pool.vocabulary), "texts_left_out": pool.left_out, "real_paragraphs": len(pool.paragraphs),
    }  # fmt: skip
    done.write_text(json.dumps(meta), encoding="utf-8")
    return meta


def _pool(sources: Sequence[str], most: int, chance: random.Random, analyser: Analyser) -> Pool:
    """At most as many real articles as synthetic ones are wanted, each as likely as the next (reservoir)."""
    chosen: list[tuple[str, str]] = []
    for number, article in enumerate(read_articles(sources)):
        place = number if number < most else chance.randrange(number + 1)
        if place < most:
            chosen[place : place + 1] = [(article.title, article.body)]
    pool = Pool(analyser)
    for title, body in chosen:
        pool.add(title, body)
    if not pool.titles:
        raise SystemExit(f"no article that can be used was found in {', '.join(sources)}")
    return pool


def _write(folder: Path, pool: Pool, documents: int, chance: random.Random) -> int:
    """Articles as lines of tab-separated columns; terms, as numbers, and lengths as flat arrays for the oracle."""
    import numpy as np

    names = ("title", "body")
    lengths: dict[str, list[int]] = {name: [] for name in names}
    days, places = [], []
    flat = {f"{n}_{k}": (folder / f"{n}_{k}.i4").open("wb") for n in names for k in ("roots", "forms")}
    with (folder / "articles.tsv").open("w", encoding="utf-8", newline="\n") as out:
        for number in range(documents):
            head, lead, count = chance.choice(pool.titles)
            body = [lead, *chance.choices(pool.paragraphs, k=count - 1)]
            place = min(int(SOURCES * chance.random() ** 2), SOURCES - 1)  # some sources write much more than others
            day = FIRST_DAY + timedelta(days=chance.randrange(DAYS))
            days.append(day.year * 10_000 + day.month * 100 + day.day)
            places.append(place)
            for name, texts in (("title", [head]), ("body", body)):
                roots = b"".join(text.root_numbers for text in texts)
                lengths[name].append(len(roots) // 4)
                flat[f"{name}_roots"].write(roots)
                flat[f"{name}_forms"].write(b"".join(text.form_numbers for text in texts))
            columns = (
                str(number), source_name(place), str(days[-1]), head.text, PARAGRAPH.join(t.text for t in body),
                head.roots, " ".join(t.roots for t in body), head.forms, " ".join(t.forms for t in body),
            )  # fmt: skip
            out.write("\t".join(columns) + "\n")
    for file in flat.values():
        file.close()
    for name in names:
        np.save(folder / f"{name}_lengths.npy", np.array(lengths[name], dtype=np.int64))
    np.save(folder / "days.npy", np.array(days, dtype=np.int64))
    np.save(folder / "sources.npy", np.array(places, dtype=np.int64))
    return sum(map(sum, lengths.values()))


def source_name(place: int) -> str:
    return f"media{place:02d}"


def _check(folder: Path, analyser: Analyser, documents: int) -> None:
    """The tokens joined from paragraphs are those of the whole text, or nothing here could be compared."""
    (folder / "corpus.json").write_text("{}", encoding="utf-8")
    for record in Corpus(folder).records(min(documents, CHECKED)):
        for text, roots, forms in ((record.title, record.title_roots, record.title_forms),
                                   (record.body, record.body_roots, record.body_forms)):  # fmt: skip
            tokens = analyser.analyse(text)
            whole = ([t.stem for t in tokens], [t.exact for t in tokens], [t.position for t in tokens])
            if whole != (roots.split(" "), forms.split(" "), list(range(len(tokens)))):
                raise SystemExit(f"article {record.number}: the tokens of the paragraphs are not those of the text")
    (folder / "corpus.json").unlink()
