"""JSON lines, JSON documents and tables: names of fields, nesting, and what is broken among what is sound."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from search.errors import UsageError
from search.model import ReadOptions
from search.reading import read_articles
from search.reading.fields import FIELDS
from search.reading.wordlists import sections

Reader = Callable[..., Any]
BODY = "Warga bergotong royong memperbaiki jembatan."
INDONESIAN = {
    "Judul Berita": "Jembatan", "ISI": BODY, "tanggal_terbit": "Rabu, 11 November 2015 19:30 WIB",
    "Sumber": "Kabar",
    "kategori": "Peristiwa", "tautan": "https://kabar.example/1", "Penulis": "Sari", "daerah": "Garut",
    "kata kunci": "jembatan, warga", "editor": "Budi",
}  # fmt: skip


def test_indonesian_names_of_fields(read: Reader) -> None:
    article = read("a.jsonl", json.dumps(INDONESIAN)).only
    assert (article.title, article.body, article.source, article.category) == (
        "Jembatan",
        BODY,
        "Kabar",
        "Peristiwa",
    )
    assert article.published == datetime(2015, 11, 11, 19, 30, tzinfo=timezone(timedelta(hours=7)))
    assert (article.url, article.id) == ("https://kabar.example/1", "https://kabar.example/1")
    assert (article.author, article.place, article.editor) == ("Sari", "Garut", "Budi")
    assert article.tags == ("jembatan", "warga")


def test_every_format_of_records_gives_the_same_article(read: Reader) -> None:
    row = {"id": "a-1", "title": "Jembatan", "body": BODY, "date": "2015-11-11", "source": "Kabar"}
    comma = ",".join(row) + "\n" + ",".join(f'"{value}"' for value in row.values()) + "\n"
    texts = {
        "a.jsonl": json.dumps(row), "a.json": json.dumps([row]), "b.json": json.dumps(row, indent=1),
        "c.json": json.dumps({"status": "ok", "data": {"articles": [row]}}), "a.csv": comma,
        "b.csv": comma.replace(",", ";"),
        "a.tsv": "\t".join(row) + "\n" + "\t".join(row.values()),
    }  # fmt: skip
    found = {name: read(name, text).only for name, text in texts.items()}
    assert len(set(found.values())) == 1, found
    assert found["a.csv"].published == date(2015, 11, 11)


def test_wordpress_rest_api(read: Reader) -> None:
    post = {
        "id": 7, "date": "2015-11-11T19:30:00", "link": "https://kabar.example/jembatan/",
        "title": {"rendered": "Jembatan &#8220;Baru&#8221;"},
        "content": {"rendered": "<p>Warga &amp; tentara.</p>\n<p>Selesai.</p>", "protected": False},
        "categories": [3, 9], "_embedded": {},
    }  # fmt: skip
    article = read("posts.json", json.dumps([post])).only
    assert article.title == "Jembatan “Baru”"
    assert article.body == "Warga & tentara.\nSelesai."
    assert article.id == "https://kabar.example/jembatan/"
    assert article.category is None


def test_nested_values(read: Reader) -> None:
    row = {
        "headline": "Jembatan", "articleBody": ["Satu.", {"text": "Dua."}],
        "author": [{"name": "Sari"}, {"name": "Budi"}],
        "datePublished": {"$date": 1447245000000}, "publisher": {"@type": "Organization", "name": "Kabar"},
        "category": ["Peristiwa", "Desa"], "_id": {"$oid": "5f"},
    }  # fmt: skip
    article = read("a.jsonl", json.dumps(row)).only
    assert (article.body, article.author, article.source) == ("Satu.\nDua.", "Sari, Budi", "Kabar")
    assert (article.category, article.tags, article.id) == ("Peristiwa", ("Desa",), "5f")
    assert article.published == datetime(2015, 11, 11, 12, 30, tzinfo=timezone.utc)


def test_search_engine_exports(read: Reader) -> None:
    hits = {"took": 1, "hits": {"total": 1, "hits": [{"_id": "x", "_source": {"judul": "J", "isi": BODY}}]}}
    article = read("hits.json", json.dumps(hits)).only
    assert (article.id, article.body) == ("x", BODY)


def test_html_in_a_field_becomes_text_and_entities_are_resolved_once(read: Reader) -> None:
    row = {
        "judul": "Tom &amp; Jerry",
        "isi": "<p>a &lt; b</p><script>x()</script>c&amp;amp;d<br>3 < 4 dan 5 > 2",
    }
    article = read("a.jsonl", json.dumps(row)).only
    assert article.title == "Tom & Jerry"
    assert article.body == "a < b\nc&amp;d\n3 < 4 dan 5 > 2"
    assert read("b.jsonl", json.dumps({"isi": "R&D, 3 < 4 & 5 > 2 AT&T;"})).only.body == "R&D, 3 < 4 & 5 > 2 AT&T;"


def test_the_map_names_other_fields(read: Reader) -> None:
    row = {"tajuk": "Jembatan", "meta": {"teks_penuh": BODY}, "isi": "bukan ini"}
    field_map = {"title": "tajuk", "body": "meta.teks_penuh"}
    for name, text in (("a.jsonl", json.dumps(row)), ("a.json", json.dumps([row]))):
        article = read(name, text, field_map=field_map).only
        assert (article.title, article.body) == ("Jembatan", BODY)
    table = "tajuk,naskah_akhir\nJembatan,Warga bekerja\n"
    assert read("a.csv", table, field_map={"title": "tajuk", "body": "naskah_akhir"}).only.body == "Warga bekerja"


def test_an_unknown_field_in_the_map_is_an_error() -> None:
    with pytest.raises(UsageError, match="tubuh") as caught:
        read_articles([], ReadOptions(field_map={"tubuh": "teks"}))
    assert "body" in str(caught.value.hint)


def test_the_list_of_fields_and_the_code_agree() -> None:
    assert (*FIELDS, "summary", "slug") == tuple(sections("fields.txt"))


def test_a_table_that_tells_excel_its_delimiter(read: Reader) -> None:
    table = f'sep=;\njudul;isi\n"Jembatan, baru";{BODY}\n'
    for name, content in (("a.csv", table), ("b.csv", "\ufeff" + table), ("c.txt", table), ("d.csv", table.encode("utf-16"))):
        article = read(name, content).only
        assert (article.title, article.body) == ("Jembatan, baru", BODY)


def test_a_quotation_mark_that_is_never_closed_takes_in_no_other_row(read: Reader) -> None:
    table = "id\tjudul\tisi\n1\tA\tIsi a.\n2\tB\t\"Isi b.\n3\tC\tIsi c.\n4\tD\tIsi d.\n"
    articles, skipped = read("a.tsv", table)
    assert [(article.id, article.body) for article in articles][0::3] == [("1", "Isi a."), ("4", "Isi d.")]
    assert [article.id for article in articles] == ["1", "2", "3", "4"]
    assert [(skip.where[-2:], "quotation" in skip.reason) for skip in skipped] == [(":3", True)]
    closed = read("b.tsv", table.replace('"Isi b.', '"Isi\nb."'))
    assert (len(closed.articles), closed.skipped) == (4, [])
    assert read("c.csv", 'isi,judul\n"Isi,\ndua","J"').only.body == "Isi,\ndua"


def test_an_address_without_a_host_is_none(read: Reader) -> None:
    row = {"judul": "Jembatan", "isi": BODY, "url": "/2024/05/11/jembatan/", "slug": "jembatan"}
    bare = read("a.json", json.dumps(row)).only
    assert (bare.url, bare.published) == (None, date(2024, 5, 11))  # the path tells the day all the same
    assert bare.id.startswith("text-")  # another site may have the same slug
    named = read("b.json", json.dumps({**row, "sumber": "Kabar Desa"})).only
    edited = read("b.json", json.dumps({**row, "sumber": "Kabar Desa", "isi": BODY + " Lalu pulang."})).only
    assert named.id == edited.id == "Kabar Desa/jembatan"
    assert read("c.json", json.dumps({**row, "id": 17})).only.id == "17"
    assert read("d.json", json.dumps({**row, "url": "www.k.example/a"})).only.url == "www.k.example/a"
    assert read("e.json", json.dumps({**row, "url": "http://[k"})).only.url is None


def test_broken_lines_are_reported_and_the_rest_goes_on(read: Reader) -> None:
    good = [json.dumps({"id": str(n), "isi": BODY}) for n in range(3)]
    lines = [
        good[0],
        '{"isi": "putus',
        "",
        "[1, 2]",
        good[1],
        '{"isi": "\x00"}',
        "1" * 5000,
        "[" * 100_000,
        good[2],
    ]
    articles, skipped = read("a.jsonl", "\n".join(lines))
    assert [article.id for article in articles] == ["0", "1", "2"]
    assert [int(skip.where.rpartition(":")[2]) for skip in skipped] == [2, 4, 6, 7, 8]
    assert "not valid JSON" in skipped[0].reason


def test_a_broken_array_keeps_what_came_before(read: Reader) -> None:
    rows = [{"id": str(n), "isi": BODY} for n in range(3)]
    articles, skipped = read("a.json", json.dumps(rows)[:-20])
    assert [article.id for article in articles] == ["0", "1"]
    assert skipped[0].where.endswith("#3")
    assert "rest" in skipped[0].reason


def test_an_array_is_streamed_across_the_borders_of_its_pieces(read: Reader) -> None:
    rows = [{"id": str(n), "isi": f"“Artikel” ke-{n} " + "é" * (n * 37 % 5000)} for n in range(300)]
    articles, skipped = read("a.json", json.dumps(rows, ensure_ascii=False))
    assert not skipped
    assert [(article.id, article.body) for article in articles] == [(row["id"], row["isi"].strip()) for row in rows]


def test_rows_with_line_ends_in_quotation_marks(read: Reader) -> None:
    articles, skipped = read("a.csv", 'judul,isi\r\nA,"Satu.\r\nDua."\r\n,\r\nB,"tiga ""kutip"" \0x"\r\nC,\r\n')
    assert [article.body for article in articles] == ["Satu.\nDua.", 'tiga "kutip" x']
    assert [(skip.where.rpartition(":")[2], skip.reason) for skip in skipped] == [("6", "no text, only a title")]


def test_a_table_without_a_known_column_says_so(read: Reader) -> None:
    articles, skipped = read("a.csv", "no,nama\n1,Sari\n")
    assert not articles
    assert "no column" in skipped[0].reason


def test_objects_that_are_no_articles_are_reported(read: Reader) -> None:
    articles, skipped = read("a.json", '{"name": "paket", "versi": 3}')
    assert not articles
    assert "not an article" in skipped[0].reason


def test_lone_surrogates_and_controls_do_not_reach_an_article(read: Reader) -> None:
    article = read("a.jsonl", '{"judul": "a\\ud800b\\u0007", "isi": "c\\u0000d\\u202ee\\u2028f", "id": "x\\ny"}').only
    assert (article.title, article.body, article.id) == ("ab", "cde\nf", "x y")
