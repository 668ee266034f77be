"""What spares reading its patterns never changes what is read: each shortcut beside what it stands for."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search.model import ReadOptions, Skipped
from search.reading import boilerplate, read_articles
from search.reading.boilerplate import cut_boilerplate
from search.reading.cleaning import clean_lines, is_clean
from search.reading.fields import draft_of
from search.reading.identity import canonical_url, text_id
from search.reading.openings import FOOTER, LINK, LISTED, opening
from search.reading.paragraphs import _ends
from search.reading.wordlists import sections

LISTS = sections("boilerplate.txt")
PHRASES = st.sampled_from([phrase for name in LISTS for phrase in LISTS[name]])
# Characters that folding or the patterns' indifference to case take for a plain letter, and spaces of other kinds.
ODDITIES = {"s": "sſ", "k": "k\u212a", "i": "iıİ", " ": " _\xa0", "#": "#123", "f": "fF", "b": "bB"}
AROUND = st.text(st.sampled_from("\"“'([{*#_•-–—:.!?, |>0aéﬁ "), max_size=6)


@st.composite
def disguised(draw: st.DrawFn) -> str:
    """A phrase of the lists as a page might print it, with marks around it and text behind it."""
    letters = [draw(st.sampled_from(ODDITIES.get(letter, letter))) for letter in draw(PHRASES)]
    line = draw(AROUND) + "".join(letters) + draw(AROUND) + draw(st.sampled_from(["", "Jalan Rusak di Garut", "nya warga"]))
    return " ".join(line.split())


def everything(line: str) -> int:
    return LISTED | LINK | FOOTER


@settings(max_examples=1000)
@given(line=disguised())
def test_no_line_that_a_list_knows_is_passed_over(line: str) -> None:
    rules, found = boilerplate._rules(), opening(line)
    key = boilerplate._key(line)
    assert found & LISTED or key not in rules.whole | rules.share | rules.links
    assert found & FOOTER or not (key in rules.footer or rules.footer_start.match(line))
    assert found & LINK or not rules.start.match(line)


@settings(max_examples=500)
@given(lines=st.lists(disguised() | st.sampled_from(["Warga bekerja.", "(Dilarang Masuk)", "Editor: Sari"]), max_size=8))
@example(lines=["Warga bekerja.", "Baca juga", "Jalan Rusak di Garut"])
def test_a_story_is_cut_as_without_shortcuts(lines: list[str]) -> None:
    lines = [line for line in lines if line]
    quick = cut_boilerplate(lines)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(boilerplate, "opening", everything)
        patched.setattr(boilerplate, "_may_be_bracketed", everything)
        assert cut_boilerplate(lines) == quick
        assert [boilerplate.stands_alone(line) for line in lines] == [
            bool(boilerplate._key(line) in rules_alone() or known_start(line) or boilerplate._named(line))
            for line in lines
        ]


def rules_alone() -> frozenset[str]:
    rules = boilerplate._rules()
    return rules.whole | rules.footer | rules.links


def known_start(line: str) -> bool:
    rules = boilerplate._rules()
    if rules.footer_start.match(line):
        return True
    return rules.start.match(line) is not None and not boilerplate._without_link(line, rules)


TEXTS = st.text(st.sampled_from("ab .\n\t\r\x0b\x85\u2028\xa0\u202e\x00é"), max_size=20)


@settings(max_examples=500)
@given(text=TEXTS)
def test_lines_are_cleaned_whatever_they_hold(text: str) -> None:
    unwanted = re.sub("[\x00-\x08\x0e-\x1f\u202a-\u202e]", "", re.sub("\r\n?|[\x0b\x0c\x85\u2028]", "\n", text))
    expected = [" ".join(line.split()) for line in unwanted.split("\n") if line.split()]
    assert clean_lines(text) == expected
    assert is_clean(text) == (text == "" or clean_lines(text) == [text])


@given(title=TEXTS, body=TEXTS)
def test_ids_are_hashes_of_the_words(title: str, body: str) -> None:
    words = "\n".join(" ".join(part.split()) for part in (title, body))
    assert text_id(title, body) == "text-" + hashlib.sha256(words.encode()).hexdigest()[:20]


@settings(max_examples=500)
@given(st.text(st.sampled_from("htps:/.-_%aB9?&=#;@ \t"), max_size=30).map("http://kabar.example".__add__))
def test_a_plain_address_is_canonical_already(url: str) -> None:
    canonical = canonical_url(url)
    assert canonical is None or canonical == canonical_url(canonical)
    if "#" not in url:  # a fragment is cut, and leads past the shortcut
        assert canonical == canonical_url(url + "#x")


@given(st.text(st.sampled_from("a.!?…\"'”’»)] "), max_size=8))
def test_the_end_of_a_sentence_is_told_without_a_pattern(line: str) -> None:
    assert _ends(line) == bool(re.search(r"""[.!?…]["'”’»)\]]*$""", line))


NAMES = st.sampled_from(["judul", "Judul", "title", "TITLE", "isi", "teks", "id", "_id", "x" * 99, 7])


@given(st.lists(st.tuples(NAMES, st.sampled_from(["", None, "a", "b", 3, False])), max_size=8))
def test_a_field_is_the_first_filled_one_in_order_of_preference(pairs: list[tuple[object, object]]) -> None:
    record = dict(pairs)
    draft = draft_of(record, "x", {})
    by_key: dict[str, object] = {}
    for name, value in record.items():
        if isinstance(name, str):
            by_key.setdefault(name.casefold().replace("_", ""), value)
    for field, names in {"title": ["judul", "title"], "id": ["id"], "body": ["isi", "teks"]}.items():
        filled = [by_key[name] for name in names if by_key.get(name) not in ("", None, False)]
        assert (getattr(draft, field) or "") == (str(filled[0]) if filled else "")


def test_a_folder_is_read_under_the_name_it_was_given(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "b").mkdir()
    for name in ("b/2.txt", "b/.tersembunyi.txt", "a.txt", "c.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "hilang.txt").symlink_to(tmp_path / "nowhere")
    monkeypatch.chdir(tmp_path)
    for source in (".", "./", str(tmp_path), f"{tmp_path}/", "b/../b"):
        skipped: list[Skipped] = []
        assert list(read_articles([source], ReadOptions(), on_skip=skipped.append)) == []
        above = {".": "", "./": "", "b/../b": "b/../b/"}.get(source, f"{tmp_path}/")
        names = ["2.txt"] if source == "b/../b" else ["a.txt", "c.txt", "hilang.txt", "b/2.txt"]
        assert [skip.where for skip in skipped] == [above + name for name in names]
