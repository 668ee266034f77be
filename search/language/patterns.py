"""Patterns compiled at first use: most searches need two of the dozen that this room has, and they cost
milliseconds. (`re` has a cache of its own, but PySastrawi, which makes patterns out of words, washes it
out.)"""

from __future__ import annotations

import re
from functools import cache

compiled = cache(re.compile)
"""`re.compile`, each pattern once in the life of the process."""
