"""Bytes become the text they were: marks, UTF-8 with damage, windows-1252, UTF-16, wrong declarations."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.reading.encoding import Decoder, declared, mostly_utf8

Reader = Callable[..., Any]
TEXT = "“Kami siap,” kata Bupati – di Café Sarinah, Rp1.500 per liter… suhu 30°C."


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.json", "a.csv", "a.md", "a.html"])
def test_the_same_text_in_every_encoding_and_format(read: Reader, name: str, codec: str) -> None:
    row = json.dumps({"isi": TEXT}, ensure_ascii=False)
    shapes = {"a.json": f"[{row}]", "a.jsonl": f"{row}\n", "a.csv": f'judul,isi\n,"{TEXT}"\n'.replace("\\\n", "\n"),
              "a.html": f"<!DOCTYPE html><html><body><p>{TEXT}</p></body></html>"}  # fmt: skip
    assert read(name, shapes.get(name, TEXT).encode(codec)).only.body == TEXT


def test_a_few_broken_bytes_leave_the_rest_as_it_was(read: Reader) -> None:
    content = (TEXT * 5).encode().replace(b"Caf\xc3\xa9", b"Caf\xff", 1)
    assert read("a.txt", content).only.body == (TEXT * 5).replace("é", "\ufffd", 1)


def test_each_line_of_a_mixed_file_is_decoded_for_itself(read: Reader) -> None:
    rows = [json.dumps({"id": str(n), "isi": TEXT}, ensure_ascii=False) for n in range(3)]
    content = rows[0].encode() + b"\n" + rows[1].encode("cp1252") + b"\n" + rows[2].encode()
    assert [article.body for article in read("a.jsonl", content).articles] == [TEXT] * 3


def test_a_declared_charset_is_taken_when_it_is_not_utf8(read: Reader) -> None:
    page = "<html><head><meta charset='{}'></head><body><p>" + TEXT + "</p></body></html>"
    assert read("a.html", page.format("iso-8859-1").encode("cp1252")).only.body == TEXT
    assert read("b.html", page.format("iso-8859-1").encode("utf-8")).only.body == TEXT
    assert read("c.html", page.format("utf-8").encode("cp1252")).only.body == TEXT
    assert declared(b"<?xml version='1.0' encoding='windows-1251'?>") == "cp1251"
    assert declared(b"<meta charset=no-such>") is None
    assert declared(b"charset=cp1251") is None


def test_short_old_texts_are_windows_1252(read: Reader) -> None:
    for text in ("Harga “cabai” naik.", "Café Sarinah ramai.", "Suhu 30° C – panas.", "Kabupaten – kota…"):
        assert read("a.txt", text.encode("cp1252")).only.body == text


def test_mostly_utf8() -> None:
    assert mostly_utf8("“”".encode() * 3 + b"\xff")
    assert not mostly_utf8("“Café”".encode("cp1252"))
    assert not mostly_utf8(b"ascii")


@given(st.binary(max_size=500), st.binary(max_size=500))
def test_no_bytes_fail(sample: bytes, content: bytes) -> None:
    decoder = Decoder(sample)
    assert isinstance(decoder.decode(content), str)
    assert isinstance(decoder.encoding(), str)


@given(st.text(max_size=200))
def test_utf8_is_never_taken_for_something_else(text: str) -> None:
    content = ("é" + text.replace("\0", "")).encode("utf-8", "replace")
    decoder = Decoder(content)
    if decoder.wide is None:
        assert decoder.decode(content) == content.decode("utf-8")
