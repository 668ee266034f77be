"""The formulas of the ranking and their constants: BM25F over title and body, by root and by exact form.

BM25F as in Robertson, Zaragoza and Taylor 2004, "Simple BM25 extension to multiple weighted fields": frequencies
of the fields are normalised by length, weighted, and added up before saturation. A word is scored twice, once by its
root and once by its exact form, so that the root finds and the form as typed ranks higher.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from search.engines.whoosh.container import Array

# What each was measured against stands in benchmarks/README.md, "Why these constants".

K1 = 0.9
"""Saturation of term frequency: news is short, and a word's second mention says little more than its first."""

TITLE_WEIGHT = 2.5
"""How many times a word in the title counts for one in the body; a customary value (the sets have no titles)."""

TITLE_B = 0.5
BODY_B = 0.75
"""Length normalisation: the customary value for bodies; a weaker one for titles, which differ little in length."""

STEM_SHARE = 0.6
EXACT_SHARE = 0.4
"""Shares of the two kinds of evidence in a word's score."""

PAIR_SHARE = 0.75
"""Weight of query words that stand close together in the article."""

CLOSE_LOOK = 64
"""How many articles, the best by their words alone, are looked at for words that stand close together."""


def idf(document_frequency: int, documents: int) -> float:
    """ln(1 + (N - n + 0.5) / (n + 0.5)): rarity of a term, never negative (Lucene's form of BM25's idf)."""
    return math.log(1.0 + (documents - document_frequency + 0.5) / (document_frequency + 0.5))


def average_length(lengths: Array) -> float:
    """Mean number of tokens of a field over the documents that have it, at least 1."""
    filled = int(np.count_nonzero(lengths))
    return max(int(lengths.sum(dtype=np.int64)) / filled, 1.0) if filled else 1.0


def constants() -> Array:
    """What `saturated` depends on beside lengths and their averages. Maxima that a segment keeps hold for these."""
    return np.array([K1, TITLE_WEIGHT, TITLE_B, BODY_B])


class Norms(NamedTuple):
    """Factors of each document of a segment, by which frequencies in title and body are normalised and weighted. Also
    K1 divided by that of the body, and that of the title divided by that of the body: tf / (tf + K1 / norm) is the same
    and saves operations, above all where the title lacks a word."""

    title: Array
    body: Array
    body_k1: Array
    ratio: Array

    @classmethod
    def of(cls, title: Array, body: Array, averages: Array) -> Norms:
        """From lengths, and their averages over the collection (title, body)."""
        titles = TITLE_WEIGHT / (1.0 - TITLE_B + TITLE_B / averages[0] * title)
        bodies = 1.0 - BODY_B + BODY_B / averages[1] * body
        return cls(*(each.astype(np.float32) for each in (titles, 1.0 / bodies, K1 * bodies, titles * bodies)))


def saturated(title: Array, body: Array, title_norms: Array, body_norms: Array) -> Array:
    """BM25F's saturation, from 0 towards 1, of frequencies in title and body; norms as in `Norms`, one a frequency."""
    frequencies = title * title_norms
    frequencies += body * body_norms
    frequencies /= frequencies + np.float32(K1)
    return frequencies


def unsaturated(worth: float) -> float:
    """The weighted and normalised frequency that `saturated` turned into `worth`: its inverse."""
    return K1 * worth / (1.0 - worth) if worth < 1.0 else math.inf
