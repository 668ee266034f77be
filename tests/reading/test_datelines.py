"""Datelines of every shape are set apart; what only looks like one stays in the text."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.reading.dateline import is_date_line, split_dateline


@pytest.mark.parametrize(
    ("text", "dateline", "rest"),
    [
        ("GARUT – Bupati Garut hadir.", "GARUT", "Bupati Garut hadir."),
        ("GARUT–Bupati Garut hadir.", "GARUT", "Bupati Garut hadir."),
        ("WONOSOBO(SUARABARU.ID)-Pemerintah daerah", "WONOSOBO(SUARABARU.ID)", "Pemerintah daerah"),
        ("MEDAN,KOMPAS.com -- Polisi menahan", "MEDAN,KOMPAS.com", "Polisi menahan"),
        ("Jakarta, CNN Indonesia -- Pelatih itu", "Jakarta, CNN Indonesia", "Pelatih itu"),
        ("Pacitan, beritalima.com | Bupati hadir", "Pacitan, beritalima.com", "Bupati hadir"),
        ("WONOSOBOZONE - Sebulan menjelang", "WONOSOBOZONE", "Sebulan menjelang"),
        ("Liputan6.com, Jakarta - Presiden", "Liputan6.com, Jakarta", "Presiden"),
        ("Jakarta (ANTARA News) - Jika Anda", "Jakarta (ANTARA News)", "Jika Anda"),
        ("TEMPO.CO, Jakarta - Presiden", "TEMPO.CO, Jakarta", "Presiden"),
        ("SLEMAN, (PRLM).- Warga", "SLEMAN, (PRLM)", "Warga"),
        ("Jakarta - Presiden hadir", "Jakarta", "Presiden hadir"),
        ("Beijing, Selasa - Pemerintah China", "Beijing, Selasa", "Pemerintah China"),
        ("Bau-Bau, Kompas - Dua kapal", "Bau-Bau, Kompas", "Dua kapal"),
        ("Samarinda, Kalimantan Timur (ANTARA) - Polisi", "Samarinda, Kalimantan Timur (ANTARA)", "Polisi"),
        ("BREBES – “Kami siap,” kata dia.", "BREBES", "“Kami siap,” kata dia."),
        ("GARUT –", "GARUT", ""),
        ("TOBELO | KABAR.EXAMPLE | Bau asap", "TOBELO | KABAR.EXAMPLE", "Bau asap"),
        ("MEDAN - KOMPAS.com - Selasa (5/6/2018) - Polisi", "MEDAN - KOMPAS.com - Selasa (5/6/2018)", "Polisi"),
        ("BARABAI, kabarsungai.example - Tempurung", "BARABAI, kabarsungai.example", "Tempurung"),
        ("MERAUKE. Tiga noken digantung.", "MERAUKE", "Tiga noken digantung."),
        ("MERAUKE. KOMPAS.com — Tiga noken", "MERAUKE. KOMPAS.com", "Tiga noken"),
    ],
)
def test_a_dateline_is_kept_as_printed(text: str, dateline: str, rest: str) -> None:
    assert split_dateline(text)[:2] == (dateline, rest)


@pytest.mark.parametrize(
    "text",
    [
        "Bupati - Wakil Bupati terpilih dilantik.",
        "KPK - Polri sepakat bekerja sama.",
        "ASEAN-China sepakat.",
        "Jakarta - Bandung macet parah.",
        "Jakarta-Bandung kini ditempuh kereta cepat.",
        "GO-JEK memperluas layanan.",
        "OPINI - Kita perlu belajar.",
        "Traveloka.com - Perusahaan rintisan itu tumbuh.",
        "Setelah itu – kata Bupati – warga pulang.",
        "Ia berkata - Tidak akan mundur.",
        "Kevin - Marcus juara.",
        "Rabu - Kamis hujan.",
        "- Poin pertama",
        "MENANG. Itu kata mereka.",
        "Merauke. Kota itu indah.",
        "Dari Merauke. KOMPAS.com | Kota itu indah.",
        "",
        "–",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert split_dateline(text) == (None, text, None)


def test_a_site_alone_is_a_dateline_of_its_own_articles_only() -> None:
    text = "Kabarnusa.com - Perusahaan itu tumbuh."
    assert split_dateline(text)[0] is None
    assert split_dateline(text, "https://www.kabarnusa.com/2020/a")[0] == "Kabarnusa.com"


def test_the_own_name_of_a_source_goes_on_a_dateline() -> None:
    for text in ("TANJUNG BALAI | Layar Segantang — Ikan", "TANJUNG BALAI, LAYARSEGANTANG — Ikan", "Moro | Layar Segantang | Ikan"):
        assert split_dateline(text, "Layar Segantang", None)[1] == "Ikan"
    text = "TANJUNG BALAI | Layar Segantang — Ikan"
    assert split_dateline(text)[:2] == ("TANJUNG BALAI", "Layar Segantang — Ikan")
    assert split_dateline("GARUT - Bupati Garut - Wakilnya", "Kabar")[1] == "Bupati Garut - Wakilnya"


def test_a_dateline_states_a_day_only_with_its_year() -> None:
    assert split_dateline("Jakarta, 11 November 2015 - Menteri")[2] == date(2015, 11, 11)
    assert split_dateline("Padang Lawas, (11/11/2015) – Warga")[2] == date(2015, 11, 11)
    assert split_dateline("Padang Lawas, (11/11) – Warga")[::2] == ("Padang Lawas, (11/11)", None)


def test_date_lines() -> None:
    assert is_date_line("Rabu, 11 November 2015 19:30 WIB")
    assert is_date_line("Jum'at, 13/11/2015")
    assert not is_date_line("Rabu, 11 November 2015 warga bekerja bakti.")
    assert is_date_line("Kabar.example | Rabu, 11 November 2015 • 19.30 WIB")
    assert not is_date_line("Kabar Desa | Kabar Kota | 11 November 2015")
    assert not is_date_line("Warga Desa | 11 November 2015")
    assert not is_date_line("Rabu (11/11)")


@given(st.text(max_size=200), st.none() | st.text(max_size=30))
def test_nothing_is_lost_or_added(text: str, outlet: str | None) -> None:
    dateline, rest, _ = split_dateline(text, outlet)
    assert text.endswith(rest)
    assert dateline is None or text.startswith(dateline)
