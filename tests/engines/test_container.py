"""The segment file: what goes in comes out, and every damaged byte is an error that names the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines.whoosh.container import Container, ContainerWriter
from search.errors import IndexCorrupt


def write(path: Path, sections: dict[str, bytes]) -> None:
    out = ContainerWriter(path)
    for name, data in sections.items():
        out.add(name, data)
    out.add("numbers", np.arange(50_000, dtype="<u4"))
    out.close()


@given(st.dictionaries(st.text(min_size=1, max_size=5).filter(lambda n: n != "numbers"), st.binary(max_size=300)))
@settings(max_examples=30, deadline=None)
def test_sections_come_back(tmp_path_factory: pytest.TempPathFactory, sections: dict[str, bytes]) -> None:
    path = tmp_path_factory.mktemp("container") / "a.cari"
    write(path, sections)
    container = Container(path)
    assert {name: container.array(name).tobytes() for name in sections} == sections
    assert container.array("numbers", 40_000, 40_003).tolist() == [40_000, 40_001, 40_002]
    assert container.count("numbers") == 50_000


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.cari"
    write(path, {"text": b"halo" * 1000})
    whole = path.read_bytes()
    random = np.random.default_rng(3)
    places = {0, 7, 8, len(whole) - 1, len(whole) - 20, *random.integers(0, len(whole), 200).tolist()}
    for place in places:
        broken = bytearray(whole)
        broken[place] ^= 0x10
        path.write_bytes(broken)
        with pytest.raises(IndexCorrupt, match=r"a\.cari"):
            Container(path).verify()


@pytest.mark.parametrize("length", [0, 1, 8, 40, 1000, -1, -33])
def test_truncated_files_are_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.cari"
    write(path, {"text": b"halo" * 1000})
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(IndexCorrupt, match=r"a\.cari"):
        Container(path).verify()


def test_a_damaged_block_is_found_when_it_is_read_and_no_earlier(tmp_path: Path) -> None:
    path = tmp_path / "a.cari"
    write(path, {"first": bytes(100_000)})
    broken = bytearray(path.read_bytes())
    broken[90_000] ^= 1
    path.write_bytes(broken)
    container = Container(path)
    assert container.array("first", 0, 10).tobytes() == bytes(10)
    with pytest.raises(IndexCorrupt):
        container.array("first", 80_000, 99_000)


def test_a_range_outside_a_section_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.cari"
    write(path, {"text": b"halo"})
    container = Container(path)
    for low, high in ((0, 5), (-1, 2), (3, 2)):
        with pytest.raises(IndexCorrupt):
            container.array("text", low, high)
    with pytest.raises(IndexCorrupt):
        container.array("absent")
