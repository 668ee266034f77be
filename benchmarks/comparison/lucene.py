"""Lucene in a Java process of its own, which `LucenePeer.java` runs; the clock is in there.

The jars come from Maven Central by `mvn`, once, into the user's cache folder; the program is compiled beside them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from comparison.corpus import Reading, Record
from comparison.peer import TOP, Base
from comparison.questions import Question

VERSION = "10.3.1"
NEEDED_JAVA = 21
ARTIFACTS = ("lucene-analysis-common", "lucene-highlighter")  # with what these need
FLAGS = ("-Xmx2g", "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED")
PROGRAM = Path(__file__).with_name("LucenePeer.java")
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"


class Lucene(Base):
    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def missing(self) -> str | None:
        if _java() is None:
            return f"no JDK of version {NEEDED_JAVA} or newer in JAVA_HOME, /usr/lib/jvm or on the PATH"
        return _prepare()

    def version(self) -> str:
        return VERSION

    def build(self, folder: Path, records: Iterable[Record]) -> dict[str, float]:
        assert isinstance(records, Reading)
        folder.mkdir(parents=True)
        command = [*_command(), "build", str(records.path), str(folder), str(records.most)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"Lucene could not build: {done.stderr[-2000:]}")
        documents, nanos, memory = map(int, done.stdout.split())
        return {"documents": documents, "seconds": nanos / 1e9, "peak_bytes": memory}

    def open(self, folder: Path) -> float:
        self._process = subprocess.Popen(
            [*_command(), "search", str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, encoding="utf-8", bufsize=1,
        )  # fmt: skip
        return int(self._line()) / 1e9

    def _line(self) -> str:
        assert self._process and self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("Lucene's process has ended")
        return line.rstrip("\n")

    def _answer(self, *words: Any) -> list[str]:
        assert self._process and self._process.stdin
        self._process.stdin.write("\t".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        return self._line().split("\t")

    def ready(self, question: Question) -> int:
        words = question.forms if question.kind == "phrase" else question.roots
        filters = (question.source or "", question.since or 0, question.until or 0)
        return int(self._answer("query", question.kind, *filters, *words)[0])

    def does(self, what: str, question: Question) -> bool:
        return not (what == "snippets" and question.kind == "phrase")  # only the roots' text is stored

    def ids(self, asked: int, count: int) -> tuple[int, Sequence[int]]:
        took, *found = self._answer("ids", asked, count)
        return int(took), [int(number) for number in found]

    def total(self, asked: int) -> tuple[int, int]:
        took, total = self._answer("total", asked, TOP)
        return int(took), int(total)

    def titles(self, asked: int) -> tuple[int, Sequence[str]]:
        took, *found = self._answer("titles", asked, TOP)
        return int(took), found

    def snippets(self, asked: int) -> tuple[int, Sequence[str]]:
        took, *found = self._answer("snippets", asked, TOP)
        return int(took), found

    def formula(self) -> Any:
        from comparison.oracle import by_field, one_byte_lengths

        return by_field(one_byte_lengths)

    def resident(self) -> int | None:
        return int(self._answer("memory")[0])

    def close(self) -> None:
        if self._process:
            self._process.communicate()  # closes its input, which ends it
            self._process = None


@lru_cache(maxsize=1)
def _java() -> Path | None:
    """The folder of programs of the newest JDK that is new enough."""
    homes = [Path(os.environ[name]) for name in ("JAVA_HOME",) if os.environ.get(name)]
    homes += sorted(Path("/usr/lib/jvm").glob("*"))
    on_path = shutil.which("javac")
    homes += [Path(on_path).resolve().parent.parent] if on_path else []
    found = [(_release(home), home / "bin") for home in homes if (home / "bin" / "javac").is_file()]
    version, best = max(found, default=(0, None), key=lambda pair: pair[0])
    return best if version >= NEEDED_JAVA else None


def _release(home: Path) -> int:
    try:
        said = re.search(r'JAVA_VERSION="(\d+)', (home / "release").read_text(encoding="utf-8"))
    except OSError:
        return 0
    return int(said[1]) if said else 0


def _folder() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "cari-berita-benchmarks" / f"lucene-{VERSION}"


def _command() -> list[str]:
    java, folder = _java(), _folder()
    assert java is not None
    return [str(java / "java"), *FLAGS, "-cp", f"{folder / 'jars' / '*'}{os.pathsep}{folder / 'classes'}", "LucenePeer"]


@lru_cache(maxsize=1)
def _prepare() -> str | None:
    """Fetch the jars and compile the program, where that is not done; why it cannot be, or None."""
    folder = _folder()
    jars, classes = folder / "jars", folder / "classes"
    if len(list(jars.glob("*.jar"))) <= len(ARTIFACTS):
        maven = shutil.which("mvn")
        if maven is None:
            return f"mvn is not on the PATH, and Lucene's jars are not in {jars}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pom.xml").write_text(_pom(), encoding="utf-8")
        command = [maven, "-q", "-B", "-f", str(folder / "pom.xml"), COPY, f"-DoutputDirectory={jars}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"mvn could not fetch Lucene {VERSION}: {done.stdout.strip()[-200:]}"
    compiled = classes / "LucenePeer.class"
    if not compiled.is_file() or compiled.stat().st_mtime < PROGRAM.stat().st_mtime:
        java = _java()
        command = [f"{java}/javac", "-cp", str(jars / "*"), "-d", str(classes), str(PROGRAM)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"LucenePeer.java does not compile: {done.stderr.strip()[-500:]}"
    return None


def _pom() -> str:
    group = "<groupId>org.apache.lucene</groupId>"
    needed = "".join(f"<dependency>{group}<artifactId>{a}</artifactId><version>{VERSION}</version></dependency>"
                     for a in ARTIFACTS)  # fmt: skip
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>benchmark</groupId><artifactId>compare</artifactId><version>1</version>"
        f"<dependencies>{needed}</dependencies></project>\n"
    )
