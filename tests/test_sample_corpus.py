"""The bundled articles: what the first command searches is all readable, and is what its README says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from search.model import Article, Skipped
from search.reading import read_articles

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
README = (CORPUS / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `([^`]+)` \|.*?\| (\d+) \|$", README, re.M)
COUNTS = [(folder, int(count)) for folder, count in ROWS]


def read(place: Path) -> tuple[list[Article], list[Skipped]]:
    skipped: list[Skipped] = []
    return list(read_articles([place], on_skip=skipped.append)), skipped


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    found, skipped = read(CORPUS)
    assert skipped == []
    return found


def test_there_are_enough_of_them_each_with_its_own_id(articles: list[Article]) -> None:
    assert len(articles) >= 120
    assert len({article.id for article in articles}) == len(articles)
    assert len({article.body for article in articles}) == len(articles)


def test_each_has_a_headline_and_a_story(articles: list[Article]) -> None:
    thin = [article.id for article in articles if not article.title or len(article.body.split()) < 60]
    assert thin == []


def test_they_span_years(articles: list[Article]) -> None:
    years = {article.published.year for article in articles if article.published}
    assert len(years) >= 8


def test_the_readme_names_every_folder() -> None:
    folders = {path.name for path in CORPUS.iterdir() if path.is_dir() and any(path.iterdir())}
    assert {folder.strip("/") for folder, _ in COUNTS} == folders


@pytest.mark.parametrize(("folder", "count"), COUNTS)
def test_the_readme_counts_right(folder: str, count: int) -> None:
    assert len(read(CORPUS / folder)[0]) == count


def test_the_readme_names_regencies_that_are_written_about(articles: list[Article]) -> None:
    listed = re.findall(r"^- \w[^:]*: (.+?)\.$", README, re.M | re.S)
    regencies = [name.strip() for line in listed for name in " ".join(line.split()).split(",")]
    assert len(set(regencies)) >= 25
    everything = "\n".join(
        " ".join([article.title, article.body, article.place or "", *article.tags]) for article in articles
    )
    assert [name for name in regencies if name not in everything] == []


def test_addresses_belong_to_nobody(articles: list[Article]) -> None:
    addresses = [article.url for article in articles if article.url and "//" in article.url]
    hosts = {re.split(r"[/:?#]+", address)[1] for address in addresses}
    assert hosts
    assert [host for host in hosts if not host.endswith(".example")] == []
