"""Sets the dateline apart."""
from __future__ import annotations
from datetime import date


def split_dateline(text: str) -> tuple[str | None, str, date | None]:
    return None, text, None
