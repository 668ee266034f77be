"""What each chunk of a text means: its exact form, its root and its kind, or the pieces that it falls into.

Between `tokenise`, which finds chunks, and the analyser, which remembers the answer for each distinct chunk.
A whole and its parts (an address and its host, `se-Jawa` and `Jawa`) share one position, the whole first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from search.language import numbers
from search.language.normalise import fold
from search.language.patterns import compiled
from search.language.stemming import Roots
from search.language.tokenise import DASHES, LONG_CHUNK, WORD, Atom, atoms
from search.language.wordlists import word_list

WORD_KIND, ACRONYM, NUMBER, TIME, DATE = "word", "acronym", "number", "time", "date"
URL, HOST, EMAIL, HASHTAG, MENTION, NAME = "url", "host", "email", "hashtag", "mention", "name"

LONGEST_WORD = 64
"""Characters kept of a word's exact form; a longer run of letters is noise, and must not fill an index."""
LONGEST_ADDRESS = 200
LONGEST_ACRONYM = 6
"""Letters. Longer words in capitals are headlines or emphasis; the acronyms among them have no other root
anyway."""

CLITICS = frozenset({"nya", "ku", "mu", "lah", "kah", "tah", "pun"})
"""What hangs on a word and may be set off by a hyphen: possessives and particles (EYD V, on hyphens)."""
PROCLITICS = frozenset({"se", "ke"})
"""Set off by a hyphen before capitals and digits: se-Jawa, ke-10 (EYD V, on hyphens)."""
UNITS = word_list("units")
"""Written onto a number with or without a space; always a word of its own here."""

# The article of Arabic names takes the sound of a following "sun letter": an-Nur, ar-Rahman, asy-Syafi'i.
_ARTICLE = r"(?:al|el)-.|ar-r|an-n|at-t|ad-d|az-z|as-s|ash-s|asy-s|ath-t|ats-t|adz-[dz]|adh-d"
_DASH = f"[{DASHES}]"
_EMAIL = r"[\w.+-]{1,64}@[^\W_]+(?:[.-][^\W_]+)*\.[^\W\d_]{2,}"
_HOST = r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+){1,6}"
_NAME = r"[^\W_]+(?:_[^\W_]+)+"
_CAMEL = r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+"
_OLD_PLURAL = r"([a-z]{3,})2(?:nya|an|kan)?"


class Piece(NamedTuple):
    """A token of a chunk: offsets from the chunk's start; `step` 1 opens a new position, 0 shares the
    last."""

    start: int
    end: int
    step: int
    exact: str
    stem: str
    kind: str


class Forms:
    """Reads chunks. Safe for use by several threads."""

    def __init__(self, roots: Roots) -> None:
        self.roots = roots
        self._titles = word_list("titles")
        self._bound = word_list("bound_forms")
        self._endings = word_list("domains")

    def pieces(self, chunk: str) -> list[Piece]:
        """All tokens of a chunk, in order."""
        if chunk.isalpha() and chunk.isascii():
            return [Piece(0, len(chunk), 1, *self.plain(chunk))]
        if chunk == "%":
            return [Piece(0, 1, 1, "persen", "persen", WORD_KIND)]
        found: Iterable[Piece] | None = self._address(chunk)
        if found is None:
            found = self._long(chunk) if len(chunk) > LONG_CHUNK else self._plain(chunk)
        return [piece for piece in found if piece.exact]

    def lower_stem(self, exact: str) -> str:
        """The root of an exact form when it stands for a word and not for an acronym."""
        old = None if exact.isalpha() else compiled(_OLD_PLURAL).fullmatch(exact)
        return self.roots.doubled(old[1], exact) if old else self.roots.root(exact)

    def _form(self, word: str) -> tuple[str, str, str]:
        """Exact form, stem and kind of one word without hyphens."""
        exact = exact_form(word)
        if is_acronym(word):
            return exact, exact, ACRONYM
        return exact, self.lower_stem(exact), WORD_KIND

    def plain(self, word: str) -> tuple[str, str, str]:
        """Exact form, stem and kind of a word of ASCII letters: what `pieces` says of most chunks, in less time."""
        exact = word[:LONGEST_WORD].lower()
        if len(word) <= LONGEST_ACRONYM and is_acronym(word):
            return exact, exact, ACRONYM
        return exact, self.roots.root(exact), WORD_KIND

    def _piece(self, word: str, start: int, step: int = 1) -> Piece:
        return Piece(start, start + len(word), step, *self._form(word))

    def _parts(self, text: str, at: int, pattern: str, whole: str) -> list[Piece]:
        """The words in `text` as parts that share the position of `whole`, each exact form once."""
        seen, parts = {whole}, []
        for match in compiled(pattern).finditer(text):
            piece = self._piece(match[0], at + match.start(), 0)
            if len(piece.exact) > 1 and piece.exact not in seen:
                seen.add(piece.exact)
                parts.append(piece)
        return parts

    # Addresses: what is kept whole because someone may paste it into the search box.

    def _address(self, chunk: str) -> list[Piece] | None:
        if chunk[0] in "#@":
            return self._tag(chunk)
        if "://" in chunk or chunk[:4].lower() == "www.":
            return self._url(chunk)
        if len(chunk) > LONG_CHUNK:
            return None
        if "@" in chunk and compiled(_EMAIL).fullmatch(chunk):
            at = chunk.index("@") + 1
            whole = _whole(chunk, fold(chunk), EMAIL)
            return [whole, *self._host(chunk[at:], at, 0)]
        if "." in chunk and self._is_host(chunk):
            return self._host(chunk, 0, 1)
        if "_" in chunk and compiled(_NAME).fullmatch(chunk):
            whole = _whole(chunk, fold(chunk), NAME)
            return [whole, *self._parts(chunk, 0, WORD, whole.exact)]
        return None

    def _tag(self, chunk: str) -> list[Piece]:
        """`#IndonesiaMaju`: as typed, without its sign, and the words that capitals mark off."""
        bare = fold(chunk[1:])
        whole = _whole(chunk, f"{chunk[0]}{bare}"[:LONGEST_WORD], HASHTAG if chunk[0] == "#" else MENTION)
        exact = bare[:LONGEST_WORD]
        name = Piece(1, len(chunk), 0, exact, self.roots.root(exact), NAME)
        if len(chunk) > LONGEST_WORD:
            return [whole, name]
        pattern = WORD if "_" in chunk else _CAMEL
        return [whole, name, *self._parts(chunk[1:], 1, pattern, exact)]

    def _url(self, chunk: str) -> list[Piece]:
        start = chunk.find("://") + 3 if "://" in chunk else 0
        if chunk[start : start + 4].lower() == "www.":
            start += 4
        bare = fold(chunk[start : start + LONGEST_ADDRESS]).rstrip("/")
        if not bare:
            return []
        host = re.split("[/?#:]", chunk[start:], maxsplit=1)[0]
        found = self._host(host, start, 0) if compiled(_HOST).fullmatch(host) else []
        if found and found[0].exact == bare:
            return [_whole(chunk, bare, HOST), *found[1:]]
        return [_whole(chunk, bare, URL), *found]

    def _is_host(self, text: str) -> bool:
        labels = text.split(".")
        return labels[-1].lower() in self._endings and len(labels[0]) > 1 and bool(compiled(_HOST).fullmatch(text))

    def _host(self, host: str, at: int, step: int) -> list[Piece]:
        """`www.Kompas.com` as `kompas.com`, and `kompas` beside it: the name by which a site is called."""
        skip = 4 if host[:4].lower() == "www." else 0
        whole = Piece(at + skip, at + len(host), step, host[skip:].lower()[:LONGEST_ADDRESS], "", HOST)
        whole = whole._replace(stem=whole.exact)
        labels = list(re.finditer(r"[^.]+", host[skip:]))[:-1]
        names = [m for m in labels if len(m[0]) > 3 or (m is labels[0] and len(m[0]) > 1)]
        parts = []
        for match in names:
            exact = exact_form(match[0])
            parts.append(Piece(at + skip + match.start(), at + skip + match.end(), 0, exact, exact, NAME))
        return [whole, *parts]

    # Everything else.

    def _long(self, chunk: str) -> Iterator[Piece]:
        for match in compiled(WORD).finditer(chunk):
            exact = exact_form(match[0][:LONGEST_WORD])
            yield Piece(match.start(), match.end(), 1, exact, self.roots.root(exact), WORD_KIND)

    def _plain(self, chunk: str) -> Iterator[Piece]:
        for part in re.finditer(r"[^_@]+", chunk):
            for atom in atoms(part[0]):
                for piece in self._atom(atom):
                    at = part.start() + atom.start
                    yield piece._replace(start=piece.start + at, end=piece.end + at)

    def _atom(self, atom: Atom) -> list[Piece]:
        text, kind = atom.text, atom.kind
        if kind == "words":
            return self._words(text)
        if kind in ("currency", "initials"):
            exact = fold(text)
            return [Piece(0, len(text), 1, exact, exact, WORD_KIND if kind == "currency" else ACRONYM)]
        if kind == "code":
            return self._code(text)
        if kind == "dotted":
            return self._dotted(text)
        return self._numeric(numbers.plain_digits(text), kind)

    def _numeric(self, text: str, kind: str) -> list[Piece]:
        size = len(text)
        if kind == "time":
            form = numbers.time_form(text)
            return [Piece(0, size, 1, form, form, TIME)]
        if kind == "date":
            day = numbers.date_form(text)
            runs = list(re.finditer(r"\d+", text))
            if day is None:
                return [Piece(*m.span(), 1, m[0], m[0], NUMBER) for m in runs]
            parts = {str(int(m[0])): m for m in runs}
            whole = Piece(0, size, 1, day, day, DATE)
            return [whole, *(Piece(*m.span(), 0, form, form, NUMBER) for form, m in parts.items())]
        if kind == "decade":
            digits = re.match(r"\d+", text)
            base = digits[0] if digits else text
            return [Piece(0, size, 1, f"{base}-an", base, NUMBER)]
        if kind == "measure":
            return self._measure(text)
        form = numbers.number_form(text)
        return [Piece(0, size, 1, form, form, NUMBER)]

    def _measure(self, text: str) -> list[Piece]:
        """`10km` is a number and a unit, as `10 km` is; `5G` and `1080p` are names."""
        cut = len(text) - len(text.lstrip("0123456789"))
        unit = exact_form(text[cut:])
        if unit in UNITS:
            return [
                Piece(0, cut, 1, text[:cut], text[:cut], NUMBER),
                Piece(cut, len(text), 1, unit, unit, WORD_KIND),
            ]
        exact = exact_form(text)
        return [Piece(0, len(text), 1, exact, exact, WORD_KIND)]

    def _code(self, text: str) -> list[Piece]:
        """`U-16` meets `U16`, and its parts meet `U 16`; `ke-10` keeps its hyphen."""
        first, _, second = compiled(_DASH).sub("-", text).partition("-")
        exact = exact_form(first) + exact_form(second)
        if fold(first) in PROCLITICS:
            number = exact_form(second)
            whole = Piece(0, len(text), 1, f"{fold(first)}-{number}", number, NUMBER)
            return [whole, Piece(len(first) + 1, len(text), 0, number, number, NUMBER)]
        if fold(first) in UNITS:  # "pukul 09.00 WIB-10.00"
            cut = len(first) + 1
            return [self._piece(first, 0), Piece(cut, len(text), 1, fold(second), fold(second), NUMBER)]
        whole = Piece(0, len(text), 1, exact, exact, ACRONYM)
        return [whole, *self._parts(text, 0, WORD, exact)]

    def _dotted(self, text: str) -> list[Piece]:
        """`P.T.` = `PT`, `M.Hum.` = `MHum`; `H.Andi` only lacks a space."""
        head, *rest = text.split(".")
        single = all(len(part) == 1 for part in (head, *rest))
        if single or all(len(part) == 1 or fold(part) in self._titles for part in rest):
            exact = exact_form(text.replace(".", ""))
            return [Piece(0, len(text), 1, exact, exact, ACRONYM)]
        return [self._piece(match[0], match.start()) for match in compiled(WORD).finditer(text)]

    def _words(self, text: str) -> list[Piece]:
        """Words that hyphens (or en dashes) join, from left to right."""
        if not compiled(_DASH).search(text):
            return [self._piece(text, 0)]
        words = [Atom("", m[0], m.start(), m.end()) for m in re.finditer(f"[^{DASHES}]+", text)]
        found: list[Piece] = []
        at = 0
        while at < len(words):
            tight = at + 1 < len(words) and text[words[at].end] != "\u2013"
            unit = self._joined(words[at], words[at + 1], tight) if at + 1 < len(words) else None
            at += 2 if unit else 1
            unit = unit or [self._piece(words[at - 1].text, words[at - 1].start)]
            if at < len(words) and text[words[at].start - 1] != "\u2013" and fold(words[at].text) in CLITICS:
                unit[0] = unit[0]._replace(end=words[at].end)
                at += 1
            found += unit
        return found

    def _joined(self, first: Atom, second: Atom, tight: bool) -> list[Piece] | None:
        """The unit that two words make, with its parts; None where they are words apart."""
        one, two = exact_form(first.text), exact_form(second.text)
        start, end = first.start, second.end
        if tight and two in CLITICS:
            return None
        root = self.roots.pair(one, two)
        if root is not None:
            whole = Piece(start, end, 1, f"{one}-{two}", root, WORD_KIND)
            return [whole, *self._halves(first, second, root, whole.exact)]
        if not tight:
            return None
        part = self._piece(second.text, second.start, 0)
        if one in PROCLITICS:
            return [Piece(start, end, 1, f"{one}-{two}", part.stem, part.kind), part]
        article = _is_article(first.text, one, two)
        if article or one in self._bound or (len(one) == 1 and not compiled("[ivx]-[ivx]+").fullmatch(f"{one}-{two}")):
            exact = (one + two)[:LONGEST_WORD]
            # Names with an article are no words to take apart: al-Falah does not end in the particle -lah.
            whole = Piece(start, end, 1, exact, exact if article else self.roots.root(exact), WORD_KIND)
            halves = [self._piece(first.text, start, 0), part]
            return [whole, *(half for half in halves if len(half.exact) > 1)]
        if len(two) == 1 and is_acronym(first.text) and len(one) <= 3:
            whole = Piece(start, end, 1, one + two, one + two, ACRONYM)
            return [whole, self._piece(first.text, start, 0)]
        return None

    def _halves(self, first: Atom, second: Atom, root: str, whole: str) -> list[Piece]:
        """The halves of a reduplication that its root does not find: `kupu` of `kupu-kupu`."""
        halves = [self._piece(first.text, first.start, 0), self._piece(second.text, second.start, 0)]
        if halves[0].exact == halves[1].exact:
            halves.pop()
        return [half for half in halves if root not in (half.stem, half.exact)]


def exact_form(word: str) -> str:
    """The exact form of a word: folded, without apostrophes, at most `LONGEST_WORD` characters."""
    exact = fold(word[: 2 * LONGEST_WORD])
    if not exact.isalnum():
        exact = "".join(char for char in exact if char.isalnum() or compiled(WORD).fullmatch("a" + char))
    return exact[:LONGEST_WORD]


def is_acronym(word: str) -> bool:
    """Capitals alone, two to six of them: KPU, BPBD, PERADI. Whether a headline shouts is for the analyser to
    see."""
    return 2 <= len(word) <= LONGEST_ACRONYM and word.isalpha() and word.isupper()


def _whole(chunk: str, exact: str, kind: str) -> Piece:
    return Piece(0, len(chunk), 1, exact[:LONGEST_ADDRESS], exact[:LONGEST_ADDRESS], kind)


def _is_article(first: str, one: str, two: str) -> bool:
    # AS-Saudi is a relation of two countries, not a name with an article.
    return first != "AS" and bool(compiled(_ARTICLE).match(f"{one}-{two}"))

