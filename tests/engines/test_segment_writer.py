"""What goes into a segment is the same, whichever process analysed it; dates are terms as Whoosh makes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.engines.whoosh import records
from search.engines.whoosh.codec import ArraySegment
from search.engines.whoosh.inversion import date_terms
from search.engines.whoosh.schema import SCHEMA
from search.engines.whoosh.segment_writer import SegmentWriter
from search.engines.whoosh.worker import Absorber, BatchAnalyser
from search.language import Analyser
from search.language.numbering import Numbering
from search.model import Article


@given(st.lists(st.datetimes()))
def test_dates_are_the_terms_that_whoosh_makes(moments: list[datetime]) -> None:
    numbers = np.array([records.microseconds(moment.replace(tzinfo=timezone.utc)) for moment in moments], dtype=np.int64)
    scales = date_terms(numbers)
    for place, moment in enumerate(moments):
        made = [texts[which[place]] for texts, which in scales]
        assert made == [term for term, _, _, _ in SCHEMA["published"].index(moment)]
    for texts, which in scales:
        assert texts == sorted(set(texts)) and len(texts) == len(set(which.tolist()))


ZONES = st.sampled_from([None, timezone.utc, records.WIB, timezone(timedelta(hours=-11)), ZoneInfo("Asia/Jayapura")])


@given(st.dates() | st.datetimes(timezones=ZONES))
def test_microseconds_are_those_of_the_moment_in_utc(published: date) -> None:
    moment = records.instant(published)
    assert moment is not None
    assert records.microseconds(published) == (moment - datetime(1, 1, 1)) // timedelta(microseconds=1)


def written(writer: SegmentWriter, folder: Path) -> bytes:
    segment = ArraySegment("MAIN")
    writer.write(folder, segment)
    assert segment.size == writer.size
    return segment.path(folder).read_bytes()


def test_articles_analysed_elsewhere_make_the_same_segment(tmp_path: Path) -> None:
    articles = [
        Article(
            f"id{n}", f"Judul {n} se-Jawa", f"Bupati ke{n % 7} memilih anak-anak\npasar {n}, " * (n % 5),
            published=date(2015, 1, 1) + timedelta(days=n) if n % 3 else None, source=f"media{n % 4}",
            url=f"https://contoh.id/{n}" if n % 2 else None, category="Kota", tags=("Pasar", f"tanda {n % 3}"),
            dateline="MEDAN" if n % 4 == 1 else None,
        )
        for n in range(90)
    ]  # fmt: skip
    analyser = Analyser()
    here = SegmentWriter(analyser)
    for article in articles:
        here.add(article, records.encode(article))
    numbering = Numbering(analyser)
    there = SegmentWriter(analyser, numbering)
    workers = [(BatchAnalyser(tmp_path), Absorber(numbering)) for _ in range(2)]
    for number, start in enumerate(range(0, 90, 15)):
        batches, absorber = workers[number % 2]
        batch = b"\n".join(map(records.encode, articles[start : start + 15]))
        absorber.absorb(batches.analyse(batch), there)
    assert there.size == 90
    assert written(there, tmp_path) == written(here, tmp_path)
