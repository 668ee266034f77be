"""The command line: flags become options, errors become a sentence and an exit code. The door `cari` opens;
everything that happens behind it is `search.archive`, and every string comes from `search.render`."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run `cari` on the process's arguments. Exits 0 (found), 1 (nothing), 2 (error) or 130 (Ctrl-C)."""
    try:
        from search.cli.door import cari
    except KeyboardInterrupt:
        sys.exit(130)
    cari.main()
