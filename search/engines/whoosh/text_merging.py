"""The words of a segment as they were before their inversion: what merging segments needs, and nothing analysed again.
"""

from __future__ import annotations

import numpy as np

from search.engines.whoosh.container import Array
from search.engines.whoosh.text_index import OTHER, RANGE, TextIndex, is_frequent, ragged
from search.engines.whoosh.text_inversion import Occurrences
from search.language.numbering import Numbering


def occurrences(text: TextIndex, numbering: Numbering, mapping: Array) -> Occurrences:
    """All occurrences of the documents that have a new number, root by root. `mapping`: old to new numbers, ascending,
    -1 for none. The words are numbered by `numbering`."""
    array = text.container.array
    roots = np.repeat(np.arange(len(text.roots)), np.diff(text.container.array("root.lists")))
    moved = mapping[_documents(text)]
    codes, forms = array("post.codes"), array("post.forms")
    counts = text.title_code.astype(np.int64)[codes] + text.body_code[codes]
    starts = np.cumsum(counts) - counts
    # The postings that mix forms tell their occurrences elsewhere: behind all others, once both are put together.
    mixed = forms == OTHER
    other_starts = array("other.starts").astype(np.int64)
    starts[mixed] = other_starts[:-1] + len(array("post.places"))
    counts[mixed] = np.diff(other_starts)
    counts[moved < 0] = 0
    picked = ragged(starts, counts)
    places = np.concatenate((array("post.places"), array("other.places")))[picked]
    first = array("root.pairs")[roots].astype(np.int64)
    pairs = np.repeat(np.where(mixed, first, first + forms), counts)
    told = picked >= len(array("post.places"))
    pairs[told] += array("other.ranks")[picked[told] - len(array("post.places"))]
    owners = np.repeat(moved, counts)
    return Occurrences(_words(text, numbering)[pairs], owners.astype(np.uint32), places.astype(np.uint32))


def _documents(text: TextIndex) -> Array:
    """The document of every posting."""
    array = text.container.array
    sizes = np.diff(text.container.array("root.lists"))
    frequent = np.repeat(is_frequent(sizes, text.size), sizes)
    documents = np.empty(len(frequent), dtype=np.int64)
    documents[~frequent] = array("rare.high")
    counts = array("frequent.counts")
    ranges = -(-text.size // RANGE)
    documents[frequent] = np.repeat(np.arange(len(counts)) % max(ranges, 1), counts)
    documents *= RANGE
    documents += array("post.low")
    return documents


def _words(text: TextIndex, numbering: Numbering) -> Array:
    """The number of each pair, in the order of (root, rank)."""
    roots, forms = text.roots.all(), text.forms.all()
    first = np.array(text.container.array("root.pairs"), dtype=np.int64)
    owners = np.repeat(np.arange(len(roots)), np.diff(first)).tolist()
    of_pairs = text.container.array("root.forms").tolist()
    # A step of 1 by convention: the places are known already.
    numbers = [numbering.token(forms[form], roots[root], 1) for form, root in zip(of_pairs, owners)]
    return np.frombuffer(b"".join(numbers), dtype=np.uint32)
