"""The stemmer's benchmark on the sample articles: it compares what it times, and says so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_it_times_and_compares_both(root: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [sys.executable, "benchmarks/stemmer.py", "corpus", "--words", "300", "--all", "--runs", "2"]
    done = subprocess.run([*command, "--json", str(figures)], capture_output=True, text=True, cwd=root, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(figures.read_text(encoding="utf-8"))
    assert found["words_timed"] == 300 and found["words_compared"] > 1000 and found["differences"] == 0
    assert f"{found['words_compared']:,} words compared, 0 differ" in done.stdout
    # Forty to fifty times on a quiet machine; five is what was asked for, and far from what noise can do.
    assert found["times_faster"] > 5


def test_it_refuses_what_is_not_there(root: Path) -> None:
    command = [sys.executable, "benchmarks/stemmer.py", "nowhere"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    assert done.returncode == 2 and "there is no nowhere" in done.stderr
