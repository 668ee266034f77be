"""The command line: flags become options, errors become a sentence and an exit code. The door `cari` opens;
everything that happens behind it is `search.archive`, and every string comes from `search.render`."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

_FIRST_COLLECTION = 100_000
"""Objects made before the collector of cycles looks at them: more than a search makes; nearly all live to its end."""


def main() -> NoReturn:
    """Run `cari` on the process's arguments. Exits 0 (found), 1 (nothing), 2 (error) or 130 (Ctrl-C)."""
    try:
        _travel_light()
        from search.cli.door import cari
    except KeyboardInterrupt:
        sys.exit(130)
    try:
        cari.main()
    finally:
        gc.freeze()  # A process that ends gives back its memory whole; Python would look through it for cycles twice.


def _travel_light() -> None:
    """Spare a process that answers one question what pays only in one that lives long."""
    gc.set_threshold(_FIRST_COLLECTION, 20, 20)
    # NumPy's linear algebra, which nothing here uses, else starts a thread for each processor.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
