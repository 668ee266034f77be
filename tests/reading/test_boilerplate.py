"""What pages put into a story is cut, and no word of the story with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.reading.boilerplate import Story, cut_boilerplate

STORY = ["Bupati meninjau jalan rusak di Cilawu.", "Warga berharap jalan segera diperbaiki."]


def cut(*between: str, after: tuple[str, ...] = ()) -> Story:
    return cut_boilerplate([STORY[0], *between, STORY[1], *after])


@pytest.mark.parametrize(
    "line",
    [
        "Baca juga: Jembatan Ambruk Belum Diperbaiki", "Baca Juga :", "BACA JUGA - Jembatan Ambruk",
        "Baca_Juga",
        "[Baca juga: Jembatan Ambruk]", "(Baca: Jembatan Ambruk Diterjang Banjir)", "ADVERTISEMENT",
        "SCROLL TO CONTINUE WITH CONTENT", "ADVERTISEMENT SCROLL TO CONTINUE WITH CONTENT",
        "[Gambas:Video 20detik]",
        "[video.1]", "[Gambar: Jalan]", "Lihat juga: Video Jalan Rusak di Garut",
        "Simak Video 'Jalan Rusak di Garut'",
        "loading...", "Halaman Selanjutnya", "Bagikan artikel ini", "Kirimkan Ini lewat Email",
        "[video]http://v.example/1[/video]", "_x000D_", "Lihat pula laporan sebelumnya: Hujan Dua Hari, Kali Bobot Meluap.",
        "Baca juga berita terkait: Jembatan Ambruk", "Baca selengkapnya di .", "Sumber: Kabar Desa", "Foto: Sari/Kabar Desa",
    ],
)  # fmt: skip
def test_a_line_between_is_cut(line: str) -> None:
    assert cut(line).lines == tuple(STORY)


@pytest.mark.parametrize(
    "line",
    [
        "Baca juga buku-buku di perpustakaan desa, kata Bupati.",
        "Terkait hal itu, Bupati menjawab.",
        'Terkait "perdebatan" keduanya, warganet menentukan pilihan.',
        "Komentar warga beragam.",
        "Label: Musik Nusantara",
        "Iklan rokok dilarang di dekat sekolah.",
        "Ia menunjuk papan bertuliskan (Dilarang Masuk).",
        "Bagikan sembako, Bupati dipuji warga.",
        "Selanjutnya warga kembali ke rumah.",
        "WhatsApp",
        "Editor film itu, Sari Dewi, menerima penghargaan.",
        "Video: itu direkam warga dan beredar luas. Polisi menyelidiki.",
        "Lihat pula laporan sebelumnya yang dimuat koran ini.",
        "Sumber: air sumur warga yang sudah tercemar limbah pabrik.",
        "SARI DEWI",
        "Daftarnya sebagai berikut,",
        "Berikut daftarnya:",
    ],
)
def test_story_text_that_looks_like_it_stays(line: str) -> None:
    assert cut(line).lines == (STORY[0], line, STORY[1])


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("Baca Juga:,Ia menambahkan, perbaikan dimulai.", "Ia menambahkan, perbaikan dimulai."),
        ("Ia pulang,” ucapnya,Baca Juga :", "Ia pulang,” ucapnya"),
        ("Ia pulang. Baca juga:", "Ia pulang."),
        ("Man Baca_Juga tan bupati hadir.", "Man tan bupati hadir."),
        ("Jalan itu rusak. ADVERTISEMENT Warga mengeluh.", "Jalan itu rusak. Warga mengeluh."),
        ("Jalan rusak (Baca juga: Jembatan Ambruk) sejak lama.", "Jalan rusak sejak lama."),
    ],
)
def test_text_that_runs_on_behind_it_stays(line: str, kept: str) -> None:
    assert cut(line).lines[1] == kept


def test_headlines_listed_under_a_heading_go_with_it() -> None:
    story = cut("Baca juga:", "Jembatan Ambruk Diterjang Banjir Bandang", "Dua Desa di Garut Masih Terisolasi")
    assert story.lines == tuple(STORY)
    assert cut("Baca juga:", "Ia lalu pulang ke rumah.").lines[1] == "Ia lalu pulang ke rumah."


def test_a_share_bar_is_two_or_more_of_its_words() -> None:
    assert cut("Facebook", "Twitter", "WhatsApp").lines == tuple(STORY)


@pytest.mark.parametrize(
    "footer",
    [("0 komentar:", "Posting Komentar"),
     ("Diposting oleh Admin di 19.30",), ("Tinggalkan Balasan", "Nama", "Email"),
     ("3 Comments", "Wah bagus sekali beritanya."), ("Langganan: Posting Komentar (Atom)",)],
)  # fmt: skip
def test_comments_and_what_follows_are_cut(footer: tuple[str, ...]) -> None:
    assert cut(after=footer).lines == tuple(STORY)


@pytest.mark.parametrize(
    ("line", "author", "editor"),
    [
        ("Editor: Budi Santoso", None, "Budi Santoso"),
        ("Penulis: Sari Dewi", "Sari Dewi", None),
        ("Pewarta: Sari | Editor: Budi", "Sari", "Budi"),
        ("Reporter: Sari Dewi Editor: M. Budi", "Sari Dewi", "M. Budi"),
        ("(red)", None, "red"),
        ("[ary]", None, "ary"),
        ("(rah / rah)", None, "rah/rah"),
        ("(*)", None, None),
        ("(OSA / MAR / FER)", None, "OSA/MAR/FER"),
        ("SARI DEWI", None, "SARI DEWI"),
        ("SARI DEWI | ANTARA", None, "SARI DEWI | ANTARA"),
        ("Oleh: Sari Dewi", "Sari Dewi", None),
    ],
)
def test_a_sign_off_becomes_metadata(line: str, author: str | None, editor: str | None) -> None:
    assert cut(after=(line,)) == Story(tuple(STORY), author, editor)


def test_initials_behind_the_last_sentence() -> None:
    assert cut_boilerplate(["Warga pulang. (den / asa)"]) == Story(("Warga pulang.",), None, "den/asa")
    for kept in (
        "Hadir pula Dinas Pekerjaan Umum (DPU)",
        "Ia lahir di Garut, Rabu (11/11).",
        "Ia pergi. (tertawa)",
    ):
        assert cut_boilerplate([kept]) == Story((kept,))


def test_capitals_that_are_no_ones_name() -> None:
    for line in ("MERDEKA!", "TAMAT", "PERINGATAN BAGI SELURUH WARGA", "DPT 2024"):
        assert cut(after=(line,)).lines == (*STORY, line)
    assert cut_boilerplate(["Di papan itu tertulis", "DILARANG MASUK"]).lines[-1] == "DILARANG MASUK"
    assert cut_boilerplate(["ANTARA"]).lines == ("ANTARA",)


def test_whom_a_line_credits() -> None:
    assert cut(after=("Editor: Budi Sumber: Kabar Desa",)) == Story(tuple(STORY), None, "Budi", "Kabar Desa")
    assert cut(after=("Kabar.example adalah portal berita desa. Kirim tulisanmu.",)).lines == tuple(STORY)
    assert cut(after=("Desa adalah portal berita bagi warga.",)).lines[-1].startswith("Desa adalah")


def test_a_story_that_is_all_boilerplate_has_no_lines() -> None:
    assert cut_boilerplate(["ADVERTISEMENT", "Baca juga: Jembatan Ambruk"]).lines == ()
    assert cut_boilerplate([]).lines == ()


@given(st.lists(st.text(min_size=1, max_size=120).map(lambda text: " ".join(text.split())).filter(bool), max_size=8))
def test_no_line_is_invented(lines: list[str]) -> None:
    story = cut_boilerplate(lines)
    everything = " ".join(" ".join(lines).split())
    assert all(word in everything for line in story.lines for word in line.split())


@pytest.mark.parametrize("line", ["Jurnaliſ: Sari Dewi", "EDİTOR: Sari Dewi"])
def test_letters_that_only_patterns_take_for_others_stop_nothing(line: str) -> None:
    assert cut(after=(line,)).lines[0] == STORY[0]
