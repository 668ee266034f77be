"""Files made to do harm: entity bombs, external entities, gzip bombs, endless lines, deep nesting, binary data."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from search.errors import ReadingError, UsageError
from search.model import ReadOptions, Skipped
from search.reading import FORMATS, read_articles

Reader = Callable[..., Any]

LAUGHS = "<!DOCTYPE x [<!ENTITY a 'haha'>{}]>".format(
    "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefghij", "bcdefghijk", strict=True))
)
OUTSIDE = (
    "<!DOCTYPE x SYSTEM 'http://localhost:9/x.dtd' [<!ENTITY k SYSTEM 'file:///etc/passwd'>"
    "<!ENTITY % p SYSTEM 'file:///etc/hostname'> %p;]>"
)
SHAPES = {
    "rss": "{}<rss version='2.0'><channel><title>t</title><item><title>Judul &k;</title><link>http://x/1</link>"
    "<description>Isi &k; akhir.</description></item></channel></rss>",
    "atom": "{}<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title>Judul &k;</title>"
    "<content>Isi &k; akhir.</content></entry></feed>",
    "blogger": "{}<feed xmlns='http://www.w3.org/2005/Atom' xmlns:b='http://schemas.google.com/blogger/2008'>"
    "<entry><id>1</id><title>Judul &k;</title><content>Isi &k; akhir.</content></entry></feed>",
    "wxr": "{}<rss xmlns:wp='http://wordpress.org/export/1.2/' xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
    "<channel><item><title>Judul &k;</title><link>http://x/1</link><content:encoded>Isi &k; akhir.</content:encoded>"
    "</item></channel></rss>",
    "html": "{}<html><head><title>Judul &k;</title></head><body><p>Isi &k; akhir.</p></body></html>",
}


@pytest.mark.parametrize("shape", sorted(SHAPES))
@pytest.mark.parametrize("declared", [LAUGHS, OUTSIDE], ids=["laughs", "outside"])
@pytest.mark.parametrize("padding", [0, 100_000], ids=["near", "far"])
def test_entities_do_nothing(read: Reader, shape: str, declared: str, padding: int) -> None:
    start = time.perf_counter()
    prologue = f"<!--{' ' * padding}-->" if padding else ""
    articles, skipped = read("x.xml", SHAPES[shape].format("<?xml version='1.0'?>" + prologue + declared))
    forced, _ = read("y.xml", SHAPES[shape].format(declared), format="html" if shape == "html" else None)
    passwd = Path("/etc/passwd").read_text() if Path("/etc/passwd").exists() else "root:"
    for article in (*articles, *forced):
        everything = f"{article.title} {article.body}"
        assert len(everything) < 2000
        assert "hahahaha" not in everything
        assert passwd[:20] not in everything
        assert "root:" not in everything
    assert articles or skipped
    assert time.perf_counter() - start < 5


def test_a_gzip_bomb_is_given_up(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.jsonl.gz"
    with gzip.open(bomb, "wb", compresslevel=9) as stream:
        for _ in range(300):
            stream.write(b" " * (1 << 20))
    skipped: list[Skipped] = []
    start = time.perf_counter()
    assert list(read_articles([bomb], ReadOptions(format="jsonl"), on_skip=skipped.append)) == []
    assert "times its size" in skipped[-1].reason or "longer than" in skipped[0].reason
    assert time.perf_counter() - start < 5


def test_gzip_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    lines = b"".join(
        json.dumps({"id": str(n), "isi": f"Isi {os.urandom(30).hex()}."}).encode() + b"\n" for n in range(5000)
    )
    packed = gzip.compress(lines)
    (tmp_path / "a.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    skipped: list[Skipped] = []
    articles = list(read_articles([tmp_path], on_skip=skipped.append))
    assert 1000 < len(articles) < 5000
    assert "gzip" in skipped[-1].reason


def test_every_format_may_be_gzipped_whatever_its_name(tmp_path: Path) -> None:
    row = json.dumps({"isi": "Warga bekerja."}).encode()
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(row))
    (tmp_path / "b.jsonl").write_bytes(gzip.compress(row.replace(b"Warga", b"Petani")))
    (tmp_path / "c.txt.gz").write_bytes(b"Nelayan bekerja.")
    assert [article.body.split()[0] for article in read_articles([tmp_path])] == [
        "Warga",
        "Petani",
        "Nelayan",
    ]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measures memory as Linux reports it")
def test_a_long_line_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as stream:
        stream.write(b'{"id": "a", "isi": "Isi."}\n{"id": "b", "isi": "')
        for _ in range(200):
            stream.write(b"x" * (1 << 20))
        stream.write(b'"}\n{"id": "c", "isi": "Isi."}\n')
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from search.reading import read_articles\n"
        "from search.model import ReadOptions\n"
        "skipped = []\n"
        "found = [a.id for a in read_articles([sys.argv[1]], ReadOptions(max_chars=100000), on_skip=skipped.append)]\n"
        "assert found == ['a', 'c'], found\n"
        "assert skipped[0].where.endswith(':2'), skipped\n"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 150_000  # kilobytes, of which the interpreter and its modules are the most


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.json", "a.jsonl", "a.csv", "a.rss", "a.tsv"])
def test_over_long_items_are_left_out(read: Reader, name: str) -> None:
    text = "Isi panjang. " * 2000
    shapes = {
        "a.json": json.dumps([{"isi": text}]), "a.jsonl": json.dumps({"isi": text}), "a.csv": f"judul,isi\na,{text}\n",
        "a.tsv": f"judul\tisi\na\t{text}\n", "a.html": f"<html><body><p>{text}</p></body></html>",
        "a.rss": f"<rss><channel><item><title>a</title><description>{text}</description></item></channel></rss>",
    }  # fmt: skip
    articles, skipped = read(name, shapes.get(name, text), max_chars=1000)
    assert not articles
    assert "long" in skipped[0].reason or "limit" in skipped[0].reason


def test_deep_nesting(read: Reader) -> None:
    start = time.perf_counter()
    read("a.json", "[" * 200_000)
    read("b.json", '{"a":' * 100_000)
    read("c.html", "<div>" * 100_000 + "isi")
    read("d.md", "> " * 20_000 + "isi")
    read("e.md", "[" * 20_000)
    read("f.jsonl", '{"isi": ' + "[" * 500 + '"isi"' + "]" * 500 + "}")
    read("g.xml", "<rss><channel>" + "<item>" * 20_000)
    read("h.md", "---\na: " + "[" * 50_000 + "\n---\nIsi.")
    assert time.perf_counter() - start < 15


@pytest.mark.parametrize(
    "text",
    [
        "{{" * 200_000, "{%" * 200_000, "<!--" * 100_000, "<" * 300_000, "[a" * 200_000, "(baca " * 50_000, "&#" * 200_000,
        "\n" * 300_000, "- " * 200_000, "a-" * 200_000, "[/a]" * 100_000, "|" * 300_000, "Baca juga: " * 50_000,
        "Editor: " * 50_000, "*" * 200_000, "<p>" * 100_000, "a\n" * 150_000,
    ],
)  # fmt: skip
def test_no_pattern_runs_away(read: Reader, text: str) -> None:
    start = time.perf_counter()
    read("a.txt", text)
    read("a.jsonl", json.dumps({"judul": text[:5000], "isi": text}))
    read(
        "a.xml",
        f"<rss xmlns:wp='wordpress.org/export/'><channel><item><encoded>{text}</encoded></item></channel></rss>",
    )
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize("name", ["a.html", "a.txt", "a.xml", "b.xml"])
def test_an_element_with_very_many_attributes(read: Reader, name: str) -> None:
    many = " ".join(f"a{number}='1'" for number in range(30_000))
    item = f'<item q="&lt;" {many}><title>J</title><description>Isi baik.</description></item>'
    texts = {
        "a.html": f'<html><body><p q="<" {many}>Isi baik.</p></body></html>', "a.txt": f"<p {many}>Isi baik.</p>",
        "a.xml": f"<rss><channel>{item}</channel></rss>",
        "b.xml": f"<rss xmlns:wp='wordpress.org/export/'><channel>{item.replace('description', 'encoded')}</channel></rss>",
    }  # fmt: skip
    start = time.perf_counter()
    articles, skipped = read(name, texts[name])
    assert [article.body for article in articles] == ["Isi baik."] or name == "b.xml"
    assert articles or skipped
    assert time.perf_counter() - start < 5


def test_a_page_with_very_many_elements(read: Reader) -> None:
    start = time.perf_counter()
    article = read("a.html", "<html><body>" + "<ul><li>Isi baik.</ul>" * 30_000).only
    assert article.body.startswith("Isi baik.")
    assert time.perf_counter() - start < 5


def test_a_dotted_key_without_end(read: Reader) -> None:
    start = time.perf_counter()
    front = "title = 'Jalan'\n" + ".".join("a" * 20_000) + " = 1\n"
    assert read("a.md", f"+++\n{front}+++\nIsi.").only.title == "Jalan"
    assert time.perf_counter() - start < 2


def test_a_short_gzip_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    lines = b"".join(b'{"id": "%d", "isi": "%s"}\n' % (n, os.urandom(20).hex().encode()) for n in range(200))
    packed = gzip.compress(lines)
    (tmp_path / "a.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    skipped: list[Skipped] = []
    articles = list(read_articles([tmp_path], on_skip=skipped.append))
    assert 20 < len(articles) < 200
    assert "gzip" in skipped[-1].reason


def test_standard_input_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    skipped: list[Skipped] = []
    assert list(read_articles(["-"], on_skip=skipped.append)) == []
    assert skipped == [Skipped("standard input", "closed")]


def test_what_is_no_article_file_is_reported(tmp_path: Path) -> None:
    files = {
        "gambar.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "gaya.css": b"p { color: red }", "kode.js": b"var a",
        "biner.txt": bytes(range(256)) * 50, "kosong.txt": b" \n", "peta.xml": b"<?xml version='1.0'?><urlset/>",
        "arsip.zip": b"PK\x03\x04aaaa", "dokumen.pdf": b"%PDF-1.4", "catatan.log": b"satu", "tanpa.ext": b"satu",
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    skipped: list[Skipped] = []
    assert list(read_articles([tmp_path], on_skip=skipped.append)) == []
    assert sorted(Path(skip.where).name for skip in skipped) == sorted(files)
    assert all(skip.reason for skip in skipped)


def test_pipes_sockets_and_locked_files_do_not_stop_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Warga bekerja.")
    os.mkfifo(tmp_path / "b.txt")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(tmp_path)  # the path of a socket is limited to some 100 bytes
        try:
            server.bind("c.txt")
        finally:
            os.chdir(here)
        (tmp_path / "d.txt").symlink_to(tmp_path / "hilang.txt")
        (tmp_path / "e").mkdir()
        (tmp_path / "e" / "kembali").symlink_to(tmp_path)
        (tmp_path / "f.txt").write_text("rahasia")
        (tmp_path / "f.txt").chmod(0)
        skipped: list[Skipped] = []
        articles = list(read_articles([tmp_path], on_skip=skipped.append))
    reasons = {Path(skip.where).name: skip.reason for skip in skipped}
    assert reasons["b.txt"] == reasons["c.txt"] == "not a regular file"
    assert "No such file" in reasons["d.txt"]
    if os.geteuid():
        assert "Permission" in reasons["f.txt"]
        assert len(articles) == 1
    else:
        assert len(articles) == 2  # root reads what is locked


def test_hidden_files_and_the_readme_at_the_top_are_passed_over(tmp_path: Path) -> None:
    for name in ("README.md", ".tersembunyi.txt", "b/README.md", ".git/a.txt", "b/a.txt", "a.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"Isi berkas {name} ini.")
    counted: list[tuple[int, int]] = []
    articles = list(read_articles([tmp_path], on_file=lambda done, total: counted.append((done, total))))
    assert [article.body.split()[2] for article in articles] == ["a.txt", "b/README.md", "b/a.txt"]
    assert counted == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_reading_is_lazy(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "1", "isi": "Isi."}\n{"id": "2", "isi": "Isi."}\nrusak\n')
    skipped: list[Skipped] = []
    found = read_articles([tmp_path], on_skip=skipped.append)
    assert next(found).id == "1"
    assert next(found).id == "2"
    assert not skipped


def test_strict_reading_stops(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "1", "isi": "Isi."}\nrusak\n')
    found = read_articles([path], ReadOptions(strict=True))
    assert next(found).id == "1"
    with pytest.raises(ReadingError, match=r"a\.jsonl:2"):
        next(found)


def test_what_cannot_be_meant_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match="hilang"):
        read_articles([tmp_path / "hilang"])
    with pytest.raises(UsageError) as caught:
        read_articles([tmp_path], ReadOptions(format="docx"))
    assert all(name in str(caught.value.hint) for name in FORMATS)
    with pytest.raises(UsageError):
        read_articles([tmp_path], ReadOptions(max_chars=0))
    with pytest.raises(ReadingError):
        read_articles(["a\0b"])


def test_standard_input(tmp_path: Path) -> None:
    code = (
        "from search.reading import read_articles\n"
        "for article in read_articles(['-'], on_skip=print):\n    print(article.id, article.body)\n"
    )
    for content in (
        b'{"id": "1", "isi": "Isi."}\n{"id": "2", "isi": "Isi."}\n',
        gzip.compress(b'[{"id":"1","isi":"Isi."}]'),
    ):
        done = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, check=True)
        assert done.stdout.decode().startswith("1 Isi.\n")
    done = subprocess.run([sys.executable, "-c", code], input=b"", capture_output=True, check=True)
    assert b"standard input" in done.stdout
