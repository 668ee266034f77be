"""What the analysis does with every kind of word that local news prints, and that what people type meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.language import Analyser, Token, fingerprint

ANALYSER = Analyser()


def exacts(text: str) -> list[str]:
    return [token.exact for token in ANALYSER.analyse(text)]


def firsts(text: str) -> list[Token]:
    """The first token of each position: what a query asks for."""
    tokens = ANALYSER.analyse(text)
    return [token for at, token in enumerate(tokens) if at == 0 or tokens[at - 1].position != token.position]


def finds(query: str, text: str) -> bool:
    """Whether each word of the query meets a token of the text, by stem or by exact form."""
    tokens = ANALYSER.analyse(text)
    stems, forms = {token.stem for token in tokens}, {token.exact for token in tokens}
    return all(word.stem in stems or word.exact in forms for word in firsts(query))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bupati Wonosobo, Rabu (11/11).", ["bupati", "wonosobo", "rabu", "11", "11"]),
        ("1.500.000 1500000 1,500,000", ["1500000"] * 3),
        ("1.500,75 1,500.75", ["1500,75"] * 2),
        ("1,5 1.5", ["1,5"] * 2),
        ("77,5 persen", ["77,5", "persen"]),
        ("25%", ["25", "persen"]),
        ("Rp1,5 miliar", ["rp", "1,5", "miliar"]),
        ("Rp 2.000,- Rp.2.000 Rp2000", ["rp", "2000"] * 3),
        ("16.00 WIB", ["16.00", "wib"]),
        ("16:00 09.30 9.30", ["16.00", "9.30", "9.30"]),
        ("19.00WIB 10km 1.500cc", ["19.00", "wib", "10", "km", "1500", "cc"]),
        ("2015/2016", ["2015", "2016"]),
        ("21-18", ["21", "18"]),
        ("6.0.1 0.326", ["6.0.1", "0,326"]),
        ("5G F1 Moto2 RC213V", ["5g", "f1", "moto2", "rc213v"]),
        ("P.T. PT S.H. SH M.Hum. MHum S.Pd.I", ["pt", "pt", "sh", "sh", "mhum", "mhum", "spdi"]),
        ("H.Andi Jl.Garu No.1 terkait.Kalangan", ["h", "andi", "jl", "garu", "no", "1", "terkait", "kalangan"]),
        ("Jum'at Jum’at Jumʼat Jum`at Jumat", ["jumat"] * 5),
        ("kabupaten/kota dan/atau", ["kabupaten", "kota", "dan", "atau"]),
        ("Bupati-Wakil Jakarta-Bandung", ["bupati", "wakil", "jakarta", "bandung"]),
        ("Solo–Banjarmasin kelas—yang", ["solo", "banjarmasin", "kelas", "yang"]),
        ("KPU-nya ASN-lah PNS-kah kpu-nya", ["kpu", "asn", "pns", "kpu"]),
        ("AS-China TNI-Polri", ["as", "china", "tni", "polri"]),
        ("R&D", ["r&d"]),
        ("09.00 WIB-10.00", ["9.00", "wib", "10.00"]),
        ("kelas I-II", ["kelas", "i", "ii"]),
        ("di www.tiket.com,Menampilkan", ["di", "tiket.com", "tiket", "menampilkan"]),
        ("me\u00admenang\u200bkan", ["memenangkan"]),
        ("Atle\u0301tico Atlético", ["atletico", "atletico"]),
        ("“Pilkada” ‘damai’ (red)", ["pilkada", "damai", "red"]),
        ("Rp\u00a02.000", ["rp", "2000"]),
        ("yang tidak dan kasus", ["yang", "tidak", "dan", "kasus"]),
    ],
)
def test_exact_forms(text: str, expected: list[str]) -> None:
    assert exacts(text) == expected


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("pemilihan", "pilih"),
        ("anak-anak", "anak"),
        ("anak–anak", "anak"),
        ("anak2", "anak"),
        ("buku-bukunya", "buku"),
        ("anak-anak-nya", "anak"),
        ("tolong-menolong", "tolong"),
        ("bahu-membahu", "bahu"),
        ("sayur-mayur", "sayur"),
        ("kupu-kupu", "kupu-kupu"),
        ("1990-an", "1990"),
        ("se-Jawa", "jawa"),
        ("rahmat-Nya", "rahmat"),
        ("PERADI", "peradi"),
        ("beri", "beri"),
        ("Al-Falah", "alfalah"),
    ],
)
def test_stems(word: str, stem: str) -> None:
    assert ANALYSER.analyse(word)[0].stem == stem


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("anak", "anak-anak"),
        ("anak-anak", "anak2"),
        ("anak anak", "anak-anak"),
        ("kupu-kupu", "Kupu-kupu"),
        ("kupu", "kupu-kupu"),
        ("mayur", "sayur-mayur"),
        ("quran", "Al-Qur'an"),
        ("alquran", "AL-QURAN"),
        ("al quran", "Al-Qur’an"),
        ("jawa", "se-Jawa Tengah"),
        ("se-jawa", "se-Jawa"),
        ("10", "HUT ke-10"),
        ("ke-10", "ke-10"),
        ("nonaktif", "non-aktif"),
        ("aktif", "non-aktif"),
        ("pilkada", "pasca-pilkada"),
        ("pascapilkada", "pasca-pilkada"),
        ("e-ktp", "eKTP"),
        ("ktp", "e-KTP"),
        ("u16", "Timnas U-16"),
        ("u-16", "Timnas U16"),
        ("peradi", "PERADI"),
        ("PERADI", "Peradi"),
        ("asn", "ASN"),
        ("kpu", "KPU-nya"),
        ("redaksi@suara.com", "hubungi redaksi@suara.com."),
        ("suara.com", "redaksi@suara.com"),
        ("kompas.com", "https://www.kompas.com/read/2019/x?a=1, lalu"),
        ("www.kompas.com/read/2019/x?a=1", "https://www.kompas.com/read/2019/x?a=1"),
        ("kompas", "MEDAN,KOMPAS.com --"),
        ("#indonesiamaju", "#IndonesiaMaju"),
        ("indonesiamaju", "#IndonesiaMaju"),
        ("maju", "#IndonesiaMaju"),
        ("@jokowi", "kata @jokowi"),
        ("jokowi", "kata @jokowi"),
        ("makassar_info", "@makassar_info"),
        ("25 persen", "naik 25%"),
        ("11/11/2015", "Rabu (11/11/2015)"),
        ("1/9/2019", "01-09-2019"),
        ("2015-11-11", "11/11/2015"),
        ("2015", "Rabu (11/11/2015)"),
        ("90-an", "era 1990-an dan 90an"),
    ],
)
def test_what_is_typed_finds_what_is_printed(query: str, text: str) -> None:
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [("1600", "16.00 WIB"), ("11/11/2015", "12/11/2015"), ("adi", "PERADI"), ("ke-10", "ke-11")],
)
def test_what_must_not_meet(query: str, text: str) -> None:
    assert not finds(query, text)


def test_offsets_slice_the_original() -> None:
    text = "“Netra\u00adlitas” ASN, KPU\u2011nya; Jum\u2019at (1.500.000)"
    assert [text[token.start : token.end] for token in ANALYSER.analyse(text)] == [
        "Netra\u00adlitas", "ASN", "KPU\u2011nya", "Jum\u2019at", "1.500.000",
    ]  # fmt: skip


def test_a_headline_in_capitals_is_not_acronyms() -> None:
    shouted = ANALYSER.analyse("BUPATI BERIKAN DANA DESA")
    assert {token.kind for token in shouted} == {"word"}
    spoken = ANALYSER.analyse("Dana dari KPU, BPBD, PERADI dan TNI AU untuk desa")
    assert [token.exact for token in spoken if token.kind == "acronym"] == ["kpu", "bpbd", "peradi", "tni", "au"]


def test_an_acronym_beside_a_line_in_capitals_stays_one() -> None:
    tokens = ANALYSER.analyse("PEMILIHAN KETUA DIBUKA\nPERADI siap")
    assert next(token for token in tokens if token.exact == "peradi").kind == "acronym"


def test_a_whole_and_its_parts_share_a_position() -> None:
    tokens = ANALYSER.analyse("lihat https://www.detik.com/x sekarang")
    assert [(token.position, token.kind) for token in tokens] == [
        (0, "word"), (1, "url"), (1, "host"), (1, "name"), (2, "word"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "a" * 5_000_000,
        "a-" * 200_000,
        "a." * 200_000,
        "1." * 200_000,
        "a'" * 200_000,
        "@" * 200_000,
        "a@" * 200_000,
        "http://" * 100_000,
        "#" + "a_" * 100_000,
        "a\u0301" * 100_000,
        "A " * 100_000,
        "\u00ad" * 200_000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_monstrous_words_take_linear_time(text: str) -> None:
    from time import process_time

    started = process_time()
    tokens = ANALYSER.analyse(text)
    assert process_time() - started < 4
    assert all(len(token.exact) <= 200 for token in tokens)


def test_only_a_word_no_cache_knows_loads_the_stemmer() -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom search.language import Analyser, StemCache\n"
        "stems = StemCache()\nstems.learn('memilih', 'pilih')\n"
        "print(Analyser(stems).analyse('memilih KPU 2015')[0].stem, *[name in sys.modules for name in ('Sastrawi', 'search.language.confix')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pilih", "False", "False"]


def test_trace_names_each_step() -> None:
    steps = ANALYSER.trace("Pemi\u00adlihan")
    assert [step.value for step in steps] == ["Pemi\u00adlihan", "Pemilihan", "Pemi\u00adlihan", "word", "pemilihan",
                                              "pilih", "pilih"]  # fmt: skip
    assert dict(ANALYSER.trace("KPU"))["akar"] == "kpu"


def test_fold_is_the_exact_form_of_a_word() -> None:
    assert ANALYSER.fold("Jum’at") == "jumat"
    assert ANALYSER.fold("ATLÉTICO") == "atletico"
    assert ANALYSER.fold("\ud800") == "\ufffd"


def test_the_fingerprint_changes_with_a_word_list(monkeypatch: pytest.MonkeyPatch) -> None:
    from search.language import wordlists

    before = fingerprint()
    assert set(before) == {"analysis", "word_lists", "stemmer"}
    monkeypatch.setattr(wordlists, "word_list", lambda name: frozenset({"lain"}))
    assert fingerprint()["word_lists"] != before["word_lists"]


def test_many_threads_get_the_same() -> None:
    from concurrent.futures import ThreadPoolExecutor

    texts = [f"pemilihan kepala desa ke-{n} mempertanyakan {n}.000 pendukung-pendukungnya" for n in range(200)]
    expected = [Analyser().analyse(text) for text in texts[:20]]
    shared = Analyser()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(shared.analyse, texts))[:20] == expected


def test_the_wonosobo_article(shared_article: str) -> None:
    tokens = ANALYSER.analyse(shared_article)
    assert {"netralitas", "asn", "pilkada", "pascapilkada", "mhum"} <= {token.exact for token in tokens}
    assert all(shared_article[token.start : token.end] for token in tokens)


@pytest.fixture
def shared_article(shared: Path) -> str:
    return (shared / "data" / "corpus" / "wonosobozone.txt").read_text("utf-8")
