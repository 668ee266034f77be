"""Single pages: text as saved from a blog, HTML, Markdown with front matter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from search.reading import read_articles
from search.reading.paragraphs import rejoin

Reader = Callable[..., Any]
WIB = timezone(timedelta(hours=7))
SAVED = """Gotong royong memperbaiki jembatan desa |
GARUTKINI - Puluhan warga Desa
Sukamaju bergotong royong memperbaiki jembatan gantung yang rusak diterjang
banjir pekan lalu. Kepala desa berharap jembatan segera dapat dilalui, Rabu
(11/11).
Kepada warga
yang hadir, camat menyampaikan terima kasih. “Ini contoh baik,” kata camat itu.
Jembatan sepanjang 30 meter tersebut menghubungkan dua dusun yang dihuni ratusan
keluarga.
0 komentar:
Posting Komentar"""
PAGE = """<!DOCTYPE html><html lang="id"><head><title>Jalan Diperbaiki - Kabar</title>
<meta property="og:title" content="Jalan Diperbaiki"><meta property="og:site_name" content="Kabar Garut">
<meta property="article:published_time" content="2021-03-04T10:15:00+07:00"><meta name="author" content="Sari
Dewi">
<link rel="canonical" href="https://Kabar.example/2021/jalan?utm_source=x#atas"></head><body>
<nav><a href="/">Beranda</a></nav><article><h1>Jalan Diperbaiki</h1>
<p><strong>GARUT</strong> – Pemerintah Kabupaten Garut memperbaiki jalan rusak sepanjang
dua kilometer di Kecamatan Cilawu, Kamis (4/3/2021). Perbaikan itu menelan biaya Rp1,5 miliar dari APBD.</p>
<p>Baca juga: <a href="/x">Jembatan Ambruk Belum Diperbaiki</a></p>
<p>Kepala dinas mengatakan pengerjaan ditargetkan rampung dalam tiga bulan. Warga menyambut baik perbaikan
itu.</p>
<p>ADVERTISEMENT</p><p>SCROLL TO CONTINUE WITH CONTENT</p>
<p>"Kami berharap jalan ini awet," kata seorang warga. Jalan rusak sempat menyebabkan kecelakaan.</p>
<p>Editor: Budi Santoso</p></article><footer>Hak cipta</footer></body></html>"""


def test_a_page_saved_as_text(read: Reader) -> None:
    article = read("a.txt", SAVED).only
    assert article.title == "Gotong royong memperbaiki jembatan desa"
    assert article.dateline == "GARUTKINI"
    first, second = article.body.split("\n")
    assert first.startswith("Puluhan warga Desa Sukamaju bergotong")
    assert first.endswith("Rabu (11/11).")
    assert second.startswith("Kepada warga yang hadir,")
    assert second.endswith("ratusan keluarga.")
    assert article.published is None  # 11/11 has no year


def test_the_real_page_of_its_type(shared: Path) -> None:
    (article,) = read_articles([shared / "data" / "corpus" / "wonosobozone.txt"])
    assert article.title == "Rakor tim penanganan terpadu konflik sosial jelang Pilkada"
    assert (article.dateline, article.published, article.place) == ("WONOSOBOZONE", None, None)
    paragraphs = article.body.split("\n")
    assert len(paragraphs) == 4
    assert [paragraph.split()[0] for paragraph in paragraphs] == ["Sebulan", "Kepada", "Menurut", "Upaya"]
    assert all(paragraph.endswith(".") for paragraph in paragraphs)
    for word in ("tidak netral", "netralitas", "ASN", "Pilkada"):
        assert word in article.body
    assert "komentar" not in article.body.lower()


def test_the_line_of_paper_and_date_above_a_saved_page(read: Reader) -> None:
    line = "Suara Tukad | Selasa, 22 Mei 2018 | 18.05 WITA"
    article = read("a.txt", SAVED.replace("GARUTKINI - ", f"{line}\nGARUT - ")).only
    assert (article.source, article.dateline) == ("Suara Tukad", "GARUT")
    assert article.published == datetime(2018, 5, 22, 18, 5, tzinfo=timezone(timedelta(hours=8)))
    assert article.body.startswith("Puluhan warga")
    kept = read("b.txt", "Rapat |\nPanen Raya | Selasa, 22 Mei 2018\n\nWarga bekerja.").only
    assert (kept.source, kept.body.split("\n")[0]) == (None, "Panen Raya | Selasa, 22 Mei 2018")


def test_the_paper_that_a_line_at_the_end_credits(read: Reader) -> None:
    for line, source in (("Sumber: Kabar Desa", "Kabar Desa"), ("Sumber: kabar.example", "kabar.example"), ("Sumber: BPS", None)):
        article = read("a.txt", SAVED.replace("0 komentar", f"{line}\n0 komentar")).only
        assert (article.source, line in article.body) == (source, False)
    assert read("b.json", '{"isi": "Warga bekerja.\\nSumber: Kabar Desa", "sumber": "Warta"}').only.source == "Warta"


def test_text_without_a_title(read: Reader) -> None:
    article = read("a.txt", "Warga Desa Sukamaju memperbaiki jembatan.\nMereka bekerja sejak pagi.\n").only
    assert article.title == ""
    assert article.body == "Warga Desa Sukamaju memperbaiki jembatan.\nMereka bekerja sejak pagi."


def test_text_with_a_title_that_stands_apart(read: Reader) -> None:
    article = read("a.txt", "\r\nJembatan Diperbaiki\r\n\r\nRabu, 11 November 2015\r\n\r\nWarga bekerja.\r\n").only
    assert (article.title, article.body, article.published) == (
        "Jembatan Diperbaiki", "Warga bekerja.", date(2015, 11, 11)
    )  # fmt: skip


def test_html_in_a_text_file(read: Reader) -> None:
    assert read("a.txt", PAGE).only.title == "Jalan Diperbaiki"
    article = read("b.txt", "Warga <b>bekerja</b> keras.<br>Sejak pagi &amp; siang.").only
    assert article.body == "Warga bekerja keras.\nSejak pagi & siang."


def test_rejoining_parts_only_where_a_line_had_room() -> None:
    lines = [
        "Kalimat pertama berakhir tepat di ujung baris ini.",
        "Kata berikutnya tetap satu alinea dengan kalimat",
        "pertama, karena baris di atas tidak punya ruang",
        "lagi untuknya.",
        "Alinea kedua dimulai setelah baris yang pendek itu",
        "dan berlanjut.",
    ]
    assert rejoin(lines) == [" ".join(lines[:4]), " ".join(lines[4:])]
    assert rejoin(["a b " * 15, "", "c d " * 14, "e"]) == ["a b " * 15, "c d " * 14 + " e"]


def test_lines_broken_at_odd_places_are_rejoined() -> None:
    lines = [
        "Panitia mengaku tidak",
        "bisa berbuat apa-apa. " + "Hingga pendaftaran ditutup, tak ada warga lain yang mau mencalonkan diri, " * 2,
        "calon itu pun",
        "diam saja.",
        "“Awalnya saya",
        "ragu,” katanya.",
    ]
    assert rejoin(lines) == [" ".join(lines[:4]), " ".join(lines[4:])]


def test_lines_that_are_not_wrapped_stay_as_they_are() -> None:
    for lines in (
        ["Satu baris utuh.", "Baris utuh lain."],
        ["a" * 500, "b."],
        ["Persija 2", "Persib 1", "Arema 0"],
        ["Alinea pertama cukup panjang untuk satu baris.", "Alinea kedua juga utuh.", "Alinea ketiga."],
    ):
        assert rejoin(lines) == lines
    assert rejoin([]) == []


def test_an_html_page(read: Reader) -> None:
    article = read("a.html", PAGE).only
    assert (article.title, article.source, article.author) == ("Jalan Diperbaiki", "Kabar Garut", "Sari Dewi")
    assert article.published == datetime(2021, 3, 4, 10, 15, tzinfo=WIB)
    assert article.url == article.id == "https://kabar.example/2021/jalan"
    assert (article.dateline, article.editor) == ("GARUT", "Budi Santoso")
    assert article.body.split("\n") == [
        "Pemerintah Kabupaten Garut memperbaiki jalan rusak sepanjang dua kilometer di Kecamatan Cilawu, Kamis"
        " (4/3/2021). Perbaikan itu menelan biaya Rp1,5 miliar dari APBD.",
        "Kepala dinas mengatakan pengerjaan ditargetkan rampung dalam tiga bulan. Warga menyambut baik perbaikan itu.",
        '"Kami berharap jalan ini awet," kata seorang warga. Jalan rusak sempat menyebabkan kecelakaan.',
    ]


def test_a_short_page_is_read_all_the_same(read: Reader) -> None:
    page = """<html><head><title>Pendek</title></head><body><h3 class="post-title">Pendek</h3>
    <h2 class="date-header">Rabu, 11 November 2015</h2><div>Warga kerja bakti.<br><br>Acara lancar.</div></body>"""
    article = read("a.html", page).only
    assert (article.title, article.body) == ("Pendek", "Warga kerja bakti.\nAcara lancar.")
    assert article.published == date(2015, 11, 11)


def test_a_page_without_a_full_date_has_none(read: Reader) -> None:
    page = PAGE.replace('<meta property="article:published_time" content="2021-03-04T10:15:00+07:00">', "")
    page = page.replace("Kamis (4/3/2021)", "Kamis (4/3)").replace("/2021/jalan", "/2021/03/jalan")
    assert read("a.html", page).only.published is None


def test_dates_of_a_page(read: Reader) -> None:
    bare = PAGE.replace('<meta property="article:published_time" content="2021-03-04T10:15:00+07:00">', "{}")
    linked = '{"@graph":[{"datePublished":"2020-01-02T03:04:05+07:00"}]}'
    linked = f'<script type="application/ld+json">{linked}</script>'
    assert read("a.html", bare.replace("{}", linked)).only.published == datetime(2020, 1, 2, 3, 4, 5, tzinfo=WIB)
    assert read("b.html", bare.replace("/2021/jalan", "/2021/02/01/jalan")).only.published == date(2021, 2, 1)


def test_jekyll(read: Reader) -> None:
    text = """---
title: "Harga Cabai Naik: Rp80.000"
date: 2020-02-03 08:00:00 +0700
categories: [Ekonomi, Pasar]
tags:
  - cabai
author: Rina
---
# Harga Cabai Naik: Rp80.000

**SLEMAN** – Harga cabai *rawit* naik
menjadi Rp80.000.

{% include iklan.html %}

- Pasar Godean
- Pasar [Sleman](http://x.example)
"""
    article = read("2015-11-11-cabai.md", text).only
    assert article.title == "Harga Cabai Naik: Rp80.000"
    assert article.body == "Harga cabai rawit naik menjadi Rp80.000.\nPasar Godean\nPasar Sleman"
    assert article.published == datetime(2020, 2, 3, 8, tzinfo=WIB)
    assert (article.category, article.tags, article.author) == ("Ekonomi", ("Pasar", "cabai"), "Rina")
    assert article.dateline == "SLEMAN"


def test_labels_in_one_string(read: Reader) -> None:
    text = "---\ntitle: A\ncategories: budaya olahraga\ntags: {}\n---\nIsi."
    for name in ("2015-11-11-rapat.md", "_posts/rapat.md"):
        (article,) = read(name, text.format("desa  sawah")).articles
        assert (article.category, article.tags) == ("budaya", ("olahraga", "desa", "sawah"))
    commas = read("2015-11-12-rapat.md", text.format("Desa Wisata, Sawah Lebak")).only
    assert commas.tags == ("olahraga", "Desa Wisata", "Sawah Lebak")
    other = read("rapat.md", text.format("[desa wisata, sawah]")).only
    assert (other.category, other.tags) == ("budaya olahraga", ("desa wisata", "sawah"))
    listed = "---\ncategories: [Seni Budaya]\ncategory: Seni Rupa\n---\nIsi."
    assert read("2015-11-13-rapat.md", listed).only.category == "Seni Rupa"  # the singular is one, in Jekyll too


def test_the_date_in_the_name_of_a_jekyll_post(read: Reader) -> None:
    article = read(
        "2015-11-11-rapat.md", "---\nlayout: post\npublished: true\n---\n# Rapat Desa #\nRapat berlangsung."
    ).only
    assert (article.title, article.body, article.published) == (
        "Rapat Desa",
        "Rapat berlangsung.",
        date(2015, 11, 11),
    )


def test_hugo(read: Reader) -> None:
    text = """+++
title = "Banjir Surut"
date = 2021-05-06T07:08:09+07:00
draft = false
categories = ["Peristiwa"]
+++
Banjir di Demak surut {{< figure src="a.png" >}} hari ini.
"""
    article = read("banjir.md", text).only
    assert (article.title, article.category) == ("Banjir Surut", "Peristiwa")
    assert article.body == "Banjir di Demak surut hari ini."
    assert article.published == datetime(2021, 5, 6, 7, 8, 9, tzinfo=WIB)


def test_drafts_are_no_articles(read: Reader) -> None:
    assert read("a.md", "---\ntitle: A\ndraft: true\n---\nIsi.") == ([], [])
    assert read("b.md", "---\ntitle: A\npublished: false\n---\nIsi.") == ([], [])


def test_front_matter_that_is_broken_or_hostile(read: Reader) -> None:
    broken = read("a.md", "---\ntitle: Rapat: hasil: akhir\ndate: 2015-11-11\n---\nIsi rapat.").only
    assert (broken.title, broken.published, broken.body) == (
        "Rapat: hasil: akhir",
        date(2015, 11, 11),
        "Isi rapat.",
    )
    bomb = "a: &a [x,x]\n" + "".join(
        f"{b}: &{b} [*{a},*{a},*{a}]\n" for a, b in zip("abcdefghijk", "bcdefghijkl", strict=True)
    )
    article = read("b.md", f"---\n{bomb}title: *l\njudul: Aman\n---\nIsi aman.").only
    assert len(article.title) < 100
    object_tag = "---\ntitle: !!python/object/apply:os.system ['false']\n---\nIsi aman."
    assert read("c.md", object_tag).only.body == "Isi aman."
