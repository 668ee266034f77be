"""`confix` against PySastrawi itself: the same root for any word, whatever the dictionary, and never on other rules."""

from __future__ import annotations

import gzip
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search.language import Analyser, StemCache, confix, fold, stemming
from search.language.affixes import prefix_readings
from search.language.confix import ConfixStripper
from search.language.stemcache import sastrawi_folder
from search.language.stemming import PySastrawi, Stemmer

DICTIONARY = confix.read_dictionary(sastrawi_folder())
OURS = ConfixStripper(DICTIONARY)
THEIRS = PySastrawi()

PREFIXES = ["", "di", "ke", "se", "be", "ber", "bel", "te", "ter", "me", "mem", "memp", "men", "meng", "menge", "meny",
            "pe", "pel", "per", "pem", "pen", "peng", "penge", "peny", "ku", "kau", "memper", "diper", "keber", "mempe",
            "perse"]  # fmt: skip
SUFFIXES = ["", "i", "an", "kan", "is", "isme", "isasi", "lah", "kah", "tah", "pun", "ku", "mu", "nya", "annya", "ikah",
            "kanlah", "kannyalah", "kukah", "ikan", "kankan", "-nya", "--lah"]  # fmt: skip
INFIXES = ["", "er", "el", "em", "in"]


def differences(words: Iterable[str], ours: Stemmer = OURS, theirs: Stemmer = THEIRS) -> list[tuple[str, str, str]]:
    """Word, our root, PySastrawi's root, where they differ. A word with a hyphen is also taken as a pair."""
    found = [(word, ours.root(word), theirs.root(word)) for word in words]
    found += [(word, ours.pair_root(word), theirs.pair_root(word)) for word, _, _ in found if "-" in word]
    return [answer for answer in found if answer[1] != answer[2]]


def made_up(chance: random.Random) -> str:
    """A root of the dictionary, or what is left of one, with affixes that need not fit."""
    root, infix, at = chance.choice(DICTIONARY), chance.choice(INFIXES), chance.choice((0, 1, 1, 2))
    root = root[chance.choice((0, 0, 0, 1)) :]
    if chance.random() < 0.2:
        root = root[:at] + infix + root[at:]
    second = chance.choice(PREFIXES) if chance.random() < 0.3 else ""
    return chance.choice(PREFIXES) + second + root + chance.choice(SUFFIXES)


def test_the_dictionary_is_pysastrawis() -> None:
    assert len(set(DICTIONARY) - {""}) > 25_000
    assert all(THEIRS.contains(word) and OURS.contains(word) for word in DICTIONARY if word)
    for nothing in ("", " ", "menulis"):
        assert not OURS.contains(nothing) and not THEIRS.contains(nothing)


def test_affixed_roots() -> None:
    chance = random.Random(1912)
    words = [made_up(chance) for _ in range(4000)]
    assert differences(words) == []
    # Not an empty comparison: a third of them do have a root.
    assert sum(OURS.root(word) != word for word in words) > 1200


def test_every_opening_before_every_kind_of_letter() -> None:
    """Openings of up to six letters meet every branch of every rule. All that the rules could leave is a root in
    one of two dictionaries, so that both which rule fits and which reading comes first show."""
    openings = [a + b + c for a in "aegkmnrly" for b in "aerhy" for c in ("", "r", "ra", "rt", "era", "ert", "-e")]
    words = [prefix + opening for prefix in PREFIXES for opening in openings]
    ends = {word[cut:] for word in words for cut in range(1, 6)}
    left = sorted(ends | {onset + end for onset in ("r", "m", "p", "n", "t", "k", "ng", "ny", "s") for end in ends})
    random.Random(5).shuffle(left)
    for roots in (left[::2], left[1::2]):
        assert differences(words, ConfixStripper(roots), PySastrawi(roots)) == []


def test_short_words() -> None:
    letters = "adeikmnsu"
    assert differences(a + b + c for a in ("", *letters) for b in ("", *letters) for c in letters) == []


@given(st.text("abdegiklmnprstuy-", max_size=14))
@example("")
@example("-")
@example("didikan")
@example("x-")
@example("mengasi-kan")
def test_any_letters(word: str) -> None:
    assert differences([word]) == []


AFFIXED = st.tuples(
    st.sampled_from(PREFIXES), st.sampled_from(PREFIXES), st.sampled_from(DICTIONARY),
    st.sampled_from(SUFFIXES), st.sampled_from(SUFFIXES),
).map("".join)  # fmt: skip


@given(AFFIXED)
def test_any_affixes(word: str) -> None:
    assert differences([word]) == []


@given(st.one_of(AFFIXED, st.sampled_from(DICTIONARY)), AFFIXED, st.sampled_from(["", "-ku", "-nya", "-lah", "-an"]))
@example("meniru", "nirukan", "")
@example("malaikat", "malaikat", "-nya")
@example("", "", "")
def test_pairs(first: str, second: str, clitic: str) -> None:
    assert differences([f"{first}-{second}{clitic}", f"{first}-{first}{clitic}"]) == []


@given(
    st.lists(st.text("adeiknrs", max_size=4), max_size=12),
    st.lists(st.text("adeiknrs", max_size=5), min_size=1, max_size=4),
    st.sampled_from(PREFIXES),
    st.sampled_from(SUFFIXES),
)
@settings(max_examples=200)
def test_any_dictionary(roots: list[str], middles: list[str], prefix: str, suffix: str) -> None:
    """Roots so short and so alike that every order of trying shows."""
    theirs = PySastrawi(roots)
    words = [prefix + middle + suffix for middle in [*middles, *roots]] + middles + roots
    assert differences(words, ConfixStripper(roots), theirs) == []


def test_dictionaries_made_of_the_words_own_parts() -> None:
    """Whatever could be left of a word may be a root, several at once: then only the order of trying decides."""
    chance = random.Random(77)
    for _ in range(3000):
        stem = "".join(chance.choice("aeiknry") for _ in range(chance.randrange(4)))
        before = chance.choice(PREFIXES) + chance.choice(PREFIXES)
        word = before + stem + chance.choice(SUFFIXES) + chance.choice(SUFFIXES)
        parts = [word[start:end] for start in range(1, len(word)) for end in range(start + 1, len(word) + 1)]
        parts += [onset + part for onset in "rmpntks" for part in parts if part[0] in "aeiou"]
        roots = chance.sample(parts, min(len(parts), chance.choice((1, 2, 4, 8))))
        roots += [word[:end] for end in range(2, len(word)) if chance.random() < 0.1]
        assert differences([word], ConfixStripper(roots), PySastrawi(roots)) == [], roots


@pytest.mark.parametrize(
    ("word", "roots", "root"),
    [("telarai", "tara tarai", "tara"), ("terarai", "ara arai", "arai"), ("berukan", "beruk", "beruk"),
     ("didikan", "didik dik", "dik"), ("disapukannya", "sapukan sapu", "sapu"), ("disapunya", "punya sapunya", "sapunya")],
)  # fmt: skip
def test_the_order_of_affixes(word: str, roots: str, root: str) -> None:
    assert ConfixStripper(roots.split()).root(word) == PySastrawi(roots.split()).root(word) == root


def test_readings_come_in_the_order_of_the_rules() -> None:
    assert prefix_readings("menulis") == ("nulis", "tulis")
    assert prefix_readings("mengecat") == ("ecat", "kecat", "cat", "ngecat")
    assert prefix_readings("gerigi") == ("gigi",)
    assert prefix_readings("pelajar") == ("ajar",)
    assert prefix_readings("netral") == prefix_readings("m") == prefix_readings("") == ()


def test_the_installed_rules_are_those_that_were_proved() -> None:
    assert confix.is_proved(sastrawi_folder()), (
        "PySastrawi's rules have changed: run the tests of this file with --slow; if they pass, add "
        f"{confix.rules_checksum(sastrawi_folder())} to PROVED_RULES"
    )


def copy(folder: Path) -> Path:
    return Path(shutil.copytree(sastrawi_folder(), folder / "Sastrawi"))


def test_other_rules_are_not_proved(tmp_path: Path) -> None:
    folder = copy(tmp_path)
    assert confix.is_proved(folder)
    rule = folder / "Morphology" / "Disambiguator" / "DisambiguatorPrefixRule14.py"
    kept = rule.read_bytes()
    rule.write_bytes(kept.replace(b"\n", b"\r\n"))  # as a checkout on Windows may have it
    assert confix.is_proved(folder)
    rule.write_bytes(kept.replace(b"cdjstz", b"cdjsz"))
    assert not confix.is_proved(folder)
    rule.unlink()
    assert not confix.is_proved(folder)
    assert not confix.is_proved(tmp_path / "nowhere")


def test_other_rules_are_asked_themselves(tmp_path: Path) -> None:
    """A PySastrawi that has another rule: its own answer counts."""
    rule = copy(tmp_path) / "Morphology" / "Disambiguator" / "DisambiguatorPrefixRule14.py"
    rule.write_bytes(rule.read_bytes().replace(b"cdjstz", b"cdjsz"))
    code = (
        "from search.language.stemming import stemmer\n"
        "print(type(stemmer()).__name__, stemmer().root('mentaati'), stemmer().root('membaca'))"
    )
    for path, answer in (([], "ConfixStripper taat baca"), ([str(tmp_path)], "PySastrawi mentaati baca")):
        done = subprocess.run([sys.executable, "-c", f"import sys\nsys.path[:0] = {path!r}\n{code}"],
                              capture_output=True, text=True, check=True)  # fmt: skip
        assert done.stdout.strip() == answer


def test_the_room_uses_what_is_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stemming, "_stemmer", None)
    assert isinstance(stemming.stemmer(), ConfixStripper)
    assert stemming.stemmer() is stemming.stemmer()
    monkeypatch.setattr(stemming, "_stemmer", None)
    monkeypatch.setattr(confix, "PROVED_RULES", frozenset())
    assert isinstance(stemming.stemmer(), PySastrawi)
    text = "pemilihan anak-anak Jakarta-Bandung anak2 sayur-mayur"
    assert [token.stem for token in Analyser().analyse(text)][:2] == ["pilih", "anak"]


def test_an_unseen_word_loads_neither_pysastrawi_nor_a_pattern_of_it() -> None:
    code = (
        "import sys\nfrom search.language import Analyser\n"
        "print(Analyser().analyse('memilih')[0].stem, 'Sastrawi' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pilih", "False"]


class Asked(StemCache):
    """Keeps what the room has stemmed."""

    def __init__(self) -> None:
        super().__init__()
        self.words: set[str] = set()

    def learn(self, word: str, root: str) -> None:
        self.words.add(word)
        super().learn(word, root)


def texts(corpora: Path) -> Iterator[str]:
    for path in sorted(corpora.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                article = json.loads(line)
                yield "\n".join(article.get(field) or "" for field in ("title", "summary", "body"))


@pytest.mark.slow
def test_every_word_of_real_articles(shared: Path) -> None:
    """What the room stems of them (pairs too), and every run of letters and digits, acronyms and short
    words included."""
    asked, seen = Asked(), set[str]()
    analyser, words = Analyser(asked), re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")
    for text in texts(shared / "data" / "corpus"):
        analyser.analyse(text)
        seen.update(words.findall(fold(text)))
    seen |= asked.words
    print(f"{len(seen):,} words, {sum('-' in word for word in seen):,} of them with hyphens")
    assert len(seen) > 100_000
    assert differences(sorted(seen)) == []


@pytest.mark.slow
def test_very_many_affixed_roots() -> None:
    chance = random.Random(28)
    assert differences({made_up(chance) for _ in range(60_000)}) == []
