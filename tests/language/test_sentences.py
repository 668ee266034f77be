"""Sentence borders in the way local news prints them."""

from __future__ import annotations

import pytest

from search.language.sentences import sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Ia datang. Ia pergi.", 2),
        ("Bupati Drs. H. Kholiq Arif, M.Si. hadir di Jl. Merdeka No. 5.", 1),
        ("PT. Sumber Jaya dan CV. Maju milik K.H. Anwar.", 1),
        ("Kompol Pranandya SH M.Hum. Menurutnya aman.", 1),
        ("Naik 1.500 persen. Harga Rp 2.000,- turun.", 2),
        ("Pukul 16.00 WIB. Warga pulang.", 2),
        ("“Jangan sampai terjadi konflik.” Didiek berharap.", 2),
        ("“Pasti,” tegas Didiek. Camat setuju!", 2),
        ("Benarkah? Ya! Tentu… Begitulah.", 4),
        ("satu paragraf\nparagraf lain", 2),
        ("warga.\n\n\nDesa", 2),
        ("isu terkait.Kalangan lain diam", 2),
        ("di Tempo.Co dan Suara.com hari ini", 1),
        ("Tahun 2015. Ia terpilih.", 2),
        ("1. Pertama, syarat.", 1),
        ("   ", 0),
        ("", 0),
    ],
)
def test_count(text: str, count: int) -> None:
    assert len(split(text)) == count, split(text)


def test_closing_quotes_stay_with_their_sentence() -> None:
    assert split("“Aman.” Ia lega.") == ["“Aman.”", "Ia lega."]


def test_linear_time() -> None:
    from time import process_time

    started = process_time()
    for text in ("." * 1_000_000, "a. " * 300_000, '"' * 1_000_000, "! " * 300_000, "A." * 300_000, "." + '"' * 500_000):
        sentences(text)
    assert process_time() - started < 20
