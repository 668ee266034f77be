"""Edit distance on words people mistype."""

from __future__ import annotations

import pytest

from search.language import edit_distance, within


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("pilkada", "pilkada", 0),
        ("pilkada", "pilkda", 1),
        ("pilkada", "pilakda", 1),
        ("bupati", "bupatii", 1),
        ("bupati", "vupati", 1),
        ("wonosobo", "wonsoob", 2),
        ("ca", "abc", 3),
        ("", "abc", 3),
    ],
)
def test_distances(a: str, b: str, distance: int) -> None:
    assert edit_distance(a, b, 5) == edit_distance(b, a, 5) == distance
    assert within(a, b, distance) and not within(a, b, distance - 1)


def test_the_bound_stops_early() -> None:
    assert edit_distance("a" * 1_000_000, "b" * 1_000_000, 2) == 3
