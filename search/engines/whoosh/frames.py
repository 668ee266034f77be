"""Messages between a build and its worker processes: a kind, a length, and that many bytes, through a pipe."""

from __future__ import annotations

import struct
from typing import BinaryIO

HELLO = b"h"
"""From a worker: JSON of what it is, once it is ready."""
BATCH = b"b"
"""To a worker: records, one a line."""
ANALYSED = b"a"
"""From a worker, for each batch in turn: what `worker.BatchAnalyser` made of it."""
FINISH = b"f"
"""To a worker: no more batches."""
ROOTS = b"r"
"""From a worker, as its last: JSON of words and the roots that it found for them."""
ERROR = b"e"
"""From a worker, as its last: JSON of what went wrong."""

_HEAD = struct.Struct("<cQ")


def write_frame(pipe: BinaryIO, kind: bytes, body: bytes = b"") -> None:
    """Send one message. Raises OSError where nobody listens."""
    pipe.write(_HEAD.pack(kind, len(body)))
    pipe.write(body)
    pipe.flush()


def read_frame(pipe: BinaryIO) -> tuple[bytes, bytes] | None:
    """The next message, or None where the other side has gone away, also in the middle of one."""
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    kind, length = _HEAD.unpack(head)
    body = pipe.read(length)
    return (kind, body) if len(body) == length else None
