"""A cache bounded by bytes: what common words cost once, later queries get for nothing."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

_OVERHEAD = 512
"""Bytes that an entry costs beside its arrays, roughly."""


class Memo(Generic[Value]):
    """Values by key, the least recently used ones forgotten first. Safe from many threads; two that ask for the same
    missing value at once may both compute it."""

    def __init__(self, limit: int, size: Callable[[Value], int]) -> None:
        self._limit, self._size = limit, size
        self._used = 0
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """The value of `key`, computed if it is not there."""
        with self._lock:
            found = self._values.get(key)
            if found is not None:
                self._values.move_to_end(key)
                return found[0]
        value = compute()
        size = self._size(value) + _OVERHEAD
        with self._lock:
            if size <= self._limit // 4 and key not in self._values:
                self._values[key] = (value, size)
                self._used += size
                while self._used > self._limit:
                    self._used -= self._values.popitem(last=False)[1][1]
        return value
