"""Feeds and exports: RSS, Atom, Blogger's two export forms, WordPress."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from search.reading.wxr import story_text

Reader = Callable[..., Any]
WIB = timezone(timedelta(hours=7))

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Kabar Desa</title><link>http://k.example</link>
<item><title>Panen &amp; Raya</title><link>http://k.example/panen?utm_medium=rss</link><guid>17</guid>
<pubDate>Thu, 01 Aug 2019 09:00:00 +0700</pubDate><dc:creator>Tono</dc:creator>
<category>Tani</category><category>Desa</category><description>Ringkas saja</description>
<content:encoded><![CDATA[<p>Petani panen raya &amp; gembira.</p><p>Hasilnya melimpah.</p>]]></content:encoded></item>
<item><title>Dua</title><guid>urn:2</guid><description>&lt;b&gt;Isi&lt;/b&gt; dua.</description></item>
<item><title>Tanpa isi</title><link>http://k.example/3</link></item></channel></rss>"""

ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Atom Desa</title>
<entry><title type="html">Judul &amp;amp; satu</title><link href="http://a.example/1"/><id>urn:1</id>
<updated>2018-01-02T03:04:05Z</updated><summary>Ringkas.</summary>
<content type="html">&lt;p&gt;Isi satu.&lt;/p&gt;</content></entry></feed>"""


def test_rss(read: Reader) -> None:
    articles, skipped = read("kabar.xml", RSS)
    first, second = articles
    assert (first.title, first.body) == ("Panen & Raya", "Petani panen raya & gembira.\nHasilnya melimpah.")
    assert first.id == first.url == "http://k.example/panen"
    assert (first.source, first.author, first.category, first.tags) == (
        "Kabar Desa",
        "Tono",
        "Tani",
        ("Desa",),
    )
    assert first.published == datetime(2019, 8, 1, 9, tzinfo=WIB)
    assert (second.id, second.body) == ("urn:2", "Isi dua.")
    assert [(skip.where[-2:], skip.reason) for skip in skipped] == [("#3", "no text, only a title")]


def test_atom(read: Reader) -> None:
    article = read("a.xml", ATOM).only
    assert (article.title, article.body, article.source) == ("Judul & satu", "Isi satu.", "Atom Desa")
    assert article.published == datetime(2018, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


def test_a_feed_that_is_cut_off_keeps_its_whole_items(read: Reader) -> None:
    articles, skipped = read("kabar.rss", RSS[: RSS.index("Isi&lt;/b")])
    assert [article.title for article in articles] == ["Panen & Raya"]
    assert "cut off" in skipped[0].reason


def test_a_feed_that_is_not_quite_xml(read: Reader) -> None:
    articles, _ = read("kabar.rss", RSS.replace("Panen &amp; Raya", "Panen & Raya&nbsp;"))
    assert articles[0].title == "Panen & Raya"
    assert len(articles) == 2


def entry(kind: str, title: str, body: str = "&lt;p&gt;Isi.&lt;/p&gt;", more: str = "") -> str:
    return f"""<entry><id>tag:blogger.com,1999:blog-1.post-{title}</id><published>2015-11-11T19:30:00.001+07:00</published>
    <category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind#{kind}'/>
    <category scheme='http://www.blogger.com/atom/ns#' term='Peristiwa'/>
    <title type='text'>{title}</title><content type='html'>{body}</content>{more}
    <author><name>Sari</name></author></entry>"""


LINK = "<link rel='alternate' href='http://blog.example/2015/11/rapat.html'/>"
DRAFT = "<app:control xmlns:app='http://purl.org/atom/app#'><app:draft>yes</app:draft></app:control>"


def blogger(*entries: str) -> str:
    head = "<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom'><title>Blog Desa</title>"
    return head + "".join(entries) + "</feed>"


def test_blogger_posts_only(read: Reader) -> None:
    export = blogger(
        entry("template", "templat"), entry("settings", "setelan"), entry("post", "Rapat", more=LINK),
        entry("post", "Konsep", more=DRAFT), entry("comment", "Komentar"), entry("page", "Halaman"),
    )  # fmt: skip
    article = read("blog.xml", export).only
    assert (article.title, article.body, article.source, article.author) == (
        "Rapat",
        "Isi.",
        "Blog Desa",
        "Sari",
    )
    assert article.id == "http://blog.example/2015/11/rapat.html"
    assert (article.category, article.published.date().isoformat()) == ("Peristiwa", "2015-11-11")


def test_blogger_takeout(read: Reader) -> None:
    def live(title: str, form: str, status: str) -> str:
        return (
            f"<entry><id>{title}</id><blogger:type>{form}</blogger:type><blogger:status>{status}</blogger:status>"
            f"<title>{title}</title><content type='html'>Isi.</content></entry>"
        )

    export = blogger(live("a", "POST", "LIVE"), live("b", "POST", "DRAFT"), live("c", "COMMENT", "LIVE"))
    export = export.replace("<feed ", "<feed xmlns:blogger='http://schemas.google.com/blogger/2018' ")
    assert [article.id for article in read("feed.atom", export).articles] == ["a"]


def item(title: str, content: str, *, kind: str = "post", status: str = "publish", more: str = "") -> str:
    return f"""<item><title>{title}</title><link>https://w.example/{title}/</link><dc:creator>sari</dc:creator>
    <pubDate>Wed, 11 Nov 2015 12:30:00 +0000</pubDate><guid>https://w.example/?p=1</guid>
    <content:encoded><![CDATA[{content}]]></content:encoded><excerpt:encoded><![CDATA[Ringkas]]></excerpt:encoded>
    <wp:post_date>2015-11-11 19:30:00</wp:post_date><wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type>
    <category domain="post_tag" nicename="desa"><![CDATA[Desa & Kota]]></category>
    <category domain="category" nicename="p"><![CDATA[Peristiwa]]></category>{more}
    <wp:comment><wp:comment_content>Komentar!</wp:comment_content></wp:comment></item>"""


def wxr(*items: str) -> str:
    return (
        """<?xml version="1.0" encoding="UTF-8" ?><rss version="2.0"
        xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wp="http://wordpress.org/export/1.2/">
        <channel><title>Kabar WP</title><wp:author><wp:author_login>sari</wp:author_login>
        <wp:author_display_name><![CDATA[Sari Dewi]]></wp:author_display_name></wp:author>"""
        + "".join(items)
        + "</channel></rss>"
    )


BLOCKS = """<!-- wp:paragraph {"align":"left"} -->
<p>Alinea satu.</p>
<!-- /wp:paragraph -->
[caption id="a" width="3"]<img src="x.jpg"/> Foto warga[/caption]
<!-- wp:paragraph --><p>Alinea [su_highlight color="red"]dua[/su_highlight]. [gallery ids="1,2"]</p><!-- /wp:paragraph -->"""


def test_wordpress_published_posts_only(read: Reader) -> None:
    export = wxr(
        item("rapat", BLOCKS), item("konsep", "Isi.", status="draft"), item("laman", "Isi.", kind="page"),
        item("gambar", "Isi.", kind="attachment", status="inherit"),
        item("sandi", "Isi.", more="<wp:post_password>x</wp:post_password>"),
    )  # fmt: skip
    article = read("export.xml", export).only
    assert (article.title, article.body) == ("rapat", "Alinea satu.\nAlinea dua.")
    assert (article.source, article.author) == ("Kabar WP", "Sari Dewi")
    assert (article.category, article.tags) == ("Peristiwa", ("Desa & Kota",))
    assert article.published == datetime(2015, 11, 11, 19, 30)
    assert article.published.tzinfo is None
    assert article.id == "https://w.example/rapat/"


@pytest.mark.parametrize(
    ("gmt", "hours"),
    [("2015-11-11 12:30:00", 7), ("2015-11-11 11:30:00", 8), ("2015-11-11 14:00:00", 5.5), ("2015-11-11 19:30:00", 0),
     ("2015-11-12 01:30:00", -6), ("0000-00-00 00:00:00", None), ("2015-11-11 12:31:00", None),
     ("2015-11-11 05:00:00", None), ("2015-11-12 08:30:00", None), ("kemarin", None), ("", None)],
)  # fmt: skip
def test_the_zone_of_a_wordpress_site(read: Reader, gmt: str, hours: float | None) -> None:
    published = read("a.xml", wxr(item("a", "Isi.", more=f"<wp:post_date_gmt>{gmt}</wp:post_date_gmt>"))).only.published
    assert published.replace(tzinfo=None) == datetime(2015, 11, 11, 19, 30)
    assert published.utcoffset() == (None if hours is None else timedelta(hours=hours))


@pytest.mark.parametrize(
    "caption",
    [
        "<figure class='wp-block-image'><img src='a.jpg'/><figcaption>Foto: Sari <b>Dewi</b></figcaption></figure>",
        "<div class='wp-caption'><p class='wp-caption-text'>Foto: Sari</p></div>",
        "<table class='tr-caption-container'><tr><td class='tr-caption' style='x'>Foto: Sari</td></tr></table>",
        '[caption id="a"]<img src="x.jpg"/> Foto: Sari[/caption]',
    ],
)
def test_captions_of_pictures_are_no_part_of_the_story(caption: str) -> None:
    text = story_text(f"<p>Satu.</p>{caption}<p>Dua.</p><figure><table><tr><td>Beras</td></tr></table></figure>")
    assert text.split() == ["Satu.", "Dua.", "Beras"]


def test_the_older_way_of_paragraphs_and_brackets_that_are_no_shortcodes() -> None:
    text = story_text("Satu [Antara] baris.\n\nDua <b>tebal</b>\nTiga [1] [sic].")
    assert text.split() == ["Satu", "[Antara]", "baris.", "Dua", "tebal", "Tiga", "[1]", "[sic]."]
    assert [line.strip() for line in text.split("\n") if line.strip()] == [
        "Satu [Antara] baris.",
        "Dua tebal",
        "Tiga [1] [sic].",
    ]


def test_a_broken_export_keeps_what_came_before(read: Reader) -> None:
    whole = wxr(*(item(f"t{n}", "Isi " * 3000) for n in range(20)))
    articles, skipped = read("export.xml", whole[: whole.index("<title>t13<") + 200])
    assert [article.title for article in articles] == [f"t{n}" for n in range(13)]
    assert skipped[0].where.endswith("#14")
    assert "broken XML" in skipped[0].reason
    wrong = whole.replace("<title>t5</title>", "<title>t5</judul>")
    articles, skipped = read("export2.xml", wrong)
    assert [article.title for article in articles] == [f"t{n}" for n in range(5)]
    assert len(skipped) == 1


def test_controls_and_a_wrong_declaration_do_no_harm(read: Reader) -> None:
    export = wxr(item("rapat", "Isi \x0b“baik”."))
    assert read("a.xml", export).only.body == "Isi “baik”."
    assert read("b.xml", export.replace("UTF-8", "ISO-8859-1")).only.body == "Isi “baik”."
    assert read("c.xml", export.encode("utf-16")).only.body == "Isi “baik”."
    latin = export.replace("UTF-8", "ISO-8859-1").encode("cp1252")
    assert read("d.xml", latin).only.body == "Isi “baik”."


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measures memory as Linux reports it")
def test_a_large_export_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    one = item("t", "Isi panjang sekali. " * 2000)
    head, tail = wxr("|").split("|")
    path.write_text(head + one * 1000 + tail)
    assert path.stat().st_size > 40_000_000
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from search.reading import read_articles\n"
        "assert sum(1 for _ in read_articles([sys.argv[1]])) == 1000\n"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 120_000  # kilobytes, of which the interpreter and its modules are the most
