"""The file of roots: found again, never believed when damaged, never left half written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from search.language import Analyser, StemCache
from search.language.stemming import Roots

WORDS = {f"kata{n}": f"akar{n}" for n in range(500)} | {"memilih": "pilih", "a": "a", "zz": "z", "anak-anak": "anak"}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    cache = StemCache()
    for word, root in WORDS.items():
        cache.learn(word, root)
    path = tmp_path / "stems"
    cache.save(path)
    return path


def test_every_word_is_found_again(saved: Path) -> None:
    cache = StemCache.open(saved)
    assert {word: cache.get(word) for word in WORDS} == WORDS
    assert [cache.get(word) for word in ("", "kata", "kata5000", "b", "zzz", "\ud800")] == [None] * 6
    assert len(cache) == len(WORDS) and cache.learned == 0 and cache.check() == ()
    cache.preload()
    assert {word: cache.get(word) for word in WORDS} == WORDS


def test_saving_adds_to_what_is_there(saved: Path) -> None:
    cache = StemCache.open(saved)
    cache.learn("menulis", "tulis")
    assert cache.learned == 1
    cache.save()
    assert cache.learned == 0
    again = StemCache.open(saved)
    assert (again.get("menulis"), again.get("memilih"), len(again)) == ("tulis", "pilih", len(WORDS) + 1)
    assert [path.name for path in saved.parent.iterdir()] == ["stems"]


def test_nothing_learned_writes_nothing(saved: Path) -> None:
    before = saved.stat().st_mtime_ns
    StemCache.open(saved).save()
    assert saved.stat().st_mtime_ns == before


@pytest.mark.parametrize("content", [b"", b"x", b"\n" * 50, b"cari-stems 1 x 1 1 0 0\nmemilih\tpilih\n", os.urandom(500)])
def test_foreign_files_count_as_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "stems"
    path.write_bytes(content)
    cache = StemCache.open(path)
    assert cache.get("memilih") is None and len(cache) == 0
    assert len(cache.check()) == 1
    cache.learn("memilih", "pilih")
    cache.save()
    assert StemCache.open(path).get("memilih") == "pilih"


def test_missing_file_and_folder_in_its_place(tmp_path: Path) -> None:
    assert StemCache.open(tmp_path / "none").get("a") is None
    assert StemCache.open(tmp_path).get("a") is None
    assert StemCache.open(tmp_path / "none").check() == ()


def test_a_cut_file_is_ignored(saved: Path) -> None:
    whole = saved.read_bytes()
    for size in (1, 20, 60, 200, len(whole) // 2, len(whole) - 1):
        saved.write_bytes(whole[:size])
        cache = StemCache.open(saved)
        assert all(cache.get(word) is None for word in WORDS)


def test_a_flipped_byte_never_gives_a_wrong_root(saved: Path) -> None:
    whole = saved.read_bytes()
    for at in range(0, len(whole), 37):
        saved.write_bytes(whole[:at] + bytes([whole[at] ^ 3]) + whole[at + 1 :])
        cache = StemCache.open(saved)
        assert all(cache.get(word) in (None, root) for word, root in WORDS.items())
        assert cache.check()
        cache.preload()
        assert all(cache.get(word) in (None, root) for word, root in WORDS.items())


def test_another_stemmer_is_not_believed(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.language.stemcache._identity", "9.9+00000000")
    assert StemCache.open(saved).get("memilih") is None


def test_a_failed_write_leaves_the_old_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    cache = StemCache.open(saved)
    for word in ["menulis", *MANY]:
        cache.learn(word, "tulis")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError):
        cache.save()
    monkeypatch.undo()
    assert cache.get("menulis") == "tulis"
    assert StemCache.open(saved).get("memilih") == "pilih"
    assert [path.name for path in saved.parent.iterdir()] == ["stems"]


MANY = [f"baru{n}" for n in range(5000)]  # more than a tail takes


def test_a_few_words_are_appended_and_many_rewrite(saved: Path) -> None:
    whole = saved.read_bytes()
    for n in range(40):
        cache = StemCache.open(saved)
        cache.learn(f"kata-{n}", f"a{n}")
        cache.learn("memilih", f"pilih{n}")
        cache.save()
        assert cache.get(f"kata-{n}") == f"a{n}"
    assert saved.read_bytes().startswith(whole)
    cache = StemCache.open(saved)
    assert cache.get("kata-0") == "a0" and cache.get("kata-39") == "a39" and cache.get("kata-40") is None
    assert cache.get("memilih") == "pilih" and cache.check() == ()
    cache.preload()
    assert cache.get("kata-0") == "a0" and cache.get("memilih") == "pilih" and len(cache) == len(WORDS) + 40
    for word in MANY:
        cache.learn(word, "baru")
    cache.save()
    assert not saved.read_bytes().startswith(whole)
    again = StemCache.open(saved)
    assert (again.get("kata-7"), again.get(MANY[-1]), len(again)) == ("a7", "baru", len(WORDS) + 40 + len(MANY))


def test_a_torn_or_flipped_tail_never_gives_a_wrong_root(saved: Path) -> None:
    start = saved.stat().st_size
    cache = StemCache.open(saved)
    cache.learn("menulis", "tulis")
    cache.learn("berlari", "lari")
    cache.save()
    whole = saved.read_bytes()
    news = {"menulis": "tulis", "berlari": "lari"}
    for size in range(start, len(whole)):
        saved.write_bytes(whole[:size])
        torn = StemCache.open(saved)
        assert all(torn.get(word) in (None, root) for word, root in news.items()) and torn.get("kata1") == "akar1"
        torn.learn("membaca", "baca")
        torn.save()
        again = StemCache.open(saved)
        assert again.get("membaca") == "baca" and again.get("kata1") == "akar1"
    for at in range(start + 1, len(whole)):
        saved.write_bytes(whole[:at] + bytes([whole[at] ^ 3]) + whole[at + 1 :])
        flipped = StemCache.open(saved)
        assert all(flipped.get(word) in (None, root) for word, root in news.items())
        assert flipped.get("kata1") == "akar1" and flipped.check()


def test_news_is_what_was_learned_since(saved: Path) -> None:
    cache = StemCache.open(saved)
    cache.preload()
    assert cache.news() == {}
    cache.learn("menulis", "tulis")
    assert cache.news() == {"menulis": "tulis"}
    cache.save()
    assert cache.news() == {}


def test_two_writers_never_break_the_file(saved: Path) -> None:
    first, second = StemCache.open(saved), StemCache.open(saved)
    first.learn("satu", "satu")
    second.learn("dua", "dua")
    first.save()
    second.save()
    last = StemCache.open(saved)
    assert last.check() == () and last.get("dua") == "dua" and last.get("memilih") == "pilih"
    assert first.get("satu") == "satu" and first.get("memilih") == "pilih"


def test_a_word_is_stemmed_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "stems"
    first = StemCache.open(path)
    text = "pemilihan anak-anak Jakarta-Bandung anak2 sayur-mayur"
    tokens = Analyser(first).analyse(text)
    first.save()

    def asked() -> None:
        raise AssertionError("a word was stemmed again")

    monkeypatch.setattr("search.language.stemming.stemmer", asked)
    assert Analyser(StemCache.open(path)).analyse(text) == tokens


def test_what_sastrawi_is_never_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.language.stemming.stemmer", lambda: 1 / 0)
    text = "KPU 1.500 16.00 https://kompas.com/memilih redaksi@menulis.com BPBD PERADI 11/11/2015 P.T. \ud800"
    assert Analyser().analyse(text)
    assert Roots(StemCache()).root("x" * 5_000_000) == "x" * 5_000_000
