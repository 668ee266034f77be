"""Loans of one family find each other."""

from __future__ import annotations

import pytest

from search.language import Analyser


@pytest.mark.parametrize(
    ("word", "root"),
    [("netralitas", "netral"), ("netralitasnya", "netral"), ("beraktivitas", "aktif"), ("popularitas", "populer"),
     ("kapasitas", "kapasitas"), ("mayoritas", "mayoritas"), ("mobilitas", "mobilitas"), ("kualitas", "kualitas")],
)  # fmt: skip
def test_nouns_in_itas_share_the_root_of_their_adjective_only_where_they_mean_one_thing(word: str, root: str) -> None:
    assert Analyser().analyse(word)[0].stem == root
