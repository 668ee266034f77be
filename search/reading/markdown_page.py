"""Markdown with front matter, as Jekyll and Hugo keep it: YAML between `---`, TOML between `+++`, then the
story."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from search.model import ReadOptions, Skipped
from search.reading.draft import Draft
from search.reading.encoding import Decoder
from search.reading.fields import draft_of
from search.reading.markup import to_text
from search.reading.source import Source

_FRONT = re.compile(r"\s{0,20}(?P<mark>---|\+{3})[ \t]*\n(?P<front>.*?\n)?(?P=mark)[ \t]*(?:\n|$)", re.DOTALL)
_DATED_NAME = re.compile(r"(?:^|[/\\])(\d{4}-\d{1,2}-\d{1,2})-[^/\\]*$")
_JEKYLL_NAME = re.compile(r"(?:^|[/\\])(?:\d{4}-\d{1,2}-\d{1,2}-|_(?:posts|drafts)[/\\](?:.*[/\\])?)[^/\\]*$")
_HEADING = re.compile(r"\s{0,50}#[ \t]+(?P<text>[^\n]{1,500})(?:\n|$)")
_TEMPLATE = re.compile(r"\{\{[^{}]{0,1000}\}\}|\{%[^%]{0,1000}%\}|\{:[^{}\n]{0,200}\}")
_LONGEST_FRONT = 100_000
_MOST_BRACKETS = 1000
_MOST_DOTS = 100


def read(source: Source, options: ReadOptions) -> Iterator[Draft | Skipped]:
    """One draft a file, none of a draft (`draft: true`, or Jekyll's `published: false`)."""
    text = Decoder(source.head).decode(source.read(options.max_chars * 4))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    front, story = _split(text)
    if str(front.get("draft", "")).lower() == "true" or str(front.get("published", "")).lower() == "false":
        return
    if str(front.get("published", "")).lower() == "true":
        del front["published"]
    if _JEKYLL_NAME.search(source.name):
        front = {name: _words(name, value) for name, value in front.items()}
    draft = draft_of(front, source.name, options.field_map)
    heading = _HEADING.match(story)
    if not draft.title and heading:
        draft.title, story = heading["text"].strip(" #\t"), story[heading.end() :]
    draft.body = _rendered(story) or draft.body
    dated = _DATED_NAME.search(source.name)
    if dated and draft.published is None:
        draft.published = dated[1]
    yield draft


def _words(name: object, value: object) -> object:
    """What Jekyll makes of a string of `categories` or `tags`: its words are one each (Jekyll, "Front Matter").
    Told by its way of naming posts; Hugo takes a string as one, and so is one with commas here, which its
    writer meant as parted by them."""
    plural = name in ("categories", "tags") and isinstance(value, str) and "," not in value
    return str(value).split() if plural else value


def _split(text: str) -> tuple[dict[object, object], str]:
    """Front matter and what follows; no front matter where it is not closed or is too long to be one."""
    match = _FRONT.match(text)
    if not match or len(match["front"] or "") > _LONGEST_FRONT:
        return {}, text
    fields = (_toml if match["mark"] == "+++" else _yaml)(match["front"] or "")
    return dict(fields), text[match.end() :]


def _yaml(text: str) -> Mapping[object, object]:
    """Strings, lists and mappings only: no object is built, and an alias (which can be a bomb) is not
    followed."""
    import yaml

    if text.count("[") + text.count("{") > _MOST_BRACKETS:
        return _plain(text, ":")  # PyYAML's time grows with the square of nesting
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.BaseLoader)):
            return _plain(text, ":")
        fields: Any = yaml.load(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return _plain(text, ":")
    return fields if isinstance(fields, dict) else {}


def _toml(text: str) -> Mapping[object, object]:
    """By the standard library where it has a parser (from Python 3.11), else the simple lines of it."""
    if any(line.partition("=")[0].count(".") > _MOST_DOTS for line in text.split("\n")):
        return _plain(text, "=")  # tomllib's time grows with the square of a dotted key
    try:
        tomllib = import_module("tomllib")
    except ModuleNotFoundError:
        return _plain(text, "=")
    try:
        return dict(tomllib.loads(text).items())
    except (ValueError, RecursionError):
        return _plain(text, "=")


def _plain(text: str, mark: str) -> Mapping[object, object]:
    """`key: value` lines at the margin, with quotation marks and one-line lists; what is more is left out."""
    fields: dict[object, object] = {}
    for line in text.split("\n"):
        key, found, value = line.partition(mark)
        if not found or not re.fullmatch(r"[\w -]{1,60}", key) or key[0] in " -":
            continue
        value = value.strip()
        if value[:1] == "[" and value[-1:] == "]":
            fields[key.strip()] = [part.strip().strip("\"'") for part in value[1:-1].split(",")]
        else:
            fields[key.strip()] = value.strip("\"'")
    return fields


def _rendered(story: str) -> str:
    """The text of Markdown, template tags removed."""
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark").enable("table").enable("strikethrough").render(_TEMPLATE.sub(" ", story))
    return to_text(html)
