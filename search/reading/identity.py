"""What an article is called: its canonical address, or a hash of its text. The same on every run and
machine."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from search.reading.cleaning import is_clean

_TRACKING = re.compile(r"(?:utm_\w+|fbclid|gclid|igshid|mc_[ce]id|_ga|ref_src|spm)$", re.IGNORECASE)
# Without anything that parsing it could change, as most are.
_PLAIN = re.compile(r"https?://[a-z0-9.-]+/[A-Za-z0-9._~/%+,=@!$&'()*:;-]*")
_PORTS = {"http": ":80", "https": ":443"}


def canonical_url(url: str) -> str | None:
    """An address without fragment, tracking parameters, default port, and case of its host; None where it is
    not http(s). The path and the other parameters stay as they are: on many sites they name the article."""
    if _PLAIN.fullmatch(url):
        return url
    url = "".join(url.split())
    try:
        parts = urlsplit(url)
        host = parts.netloc.lower().removesuffix(_PORTS.get(parts.scheme.lower(), "\0"))
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return None
    if parts.scheme.lower() not in _PORTS or not host:
        return None
    kept = [(name, value) for name, value in query if not _TRACKING.match(name)]
    text = parts.query if len(kept) == len(query) else urlencode(kept)
    return urlunsplit((parts.scheme.lower(), host, parts.path or "/", text, ""))


def has_host(url: str) -> bool:
    """Whether an address names a site. `/2024/05/rapat/` is a place within one, and no address by itself."""
    try:
        return bool(urlsplit(url).netloc) or url.lower().startswith("www.")
    except ValueError:
        return False


def text_id(title: str, body: str) -> str:
    """`text-` and 20 hexadecimal digits (80 bits of SHA-256) of title and body, white space aside."""
    text = f"{_single_spaced(title)}\n{_single_spaced(body)}"
    return "text-" + hashlib.sha256(text.encode("utf-8")).hexdigest()[:20]


def _single_spaced(text: str) -> str:
    line = text.replace("\n", " ")
    return line if is_clean(line) else " ".join(text.split())
