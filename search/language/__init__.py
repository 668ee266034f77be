"""Indonesian: one analysis for articles and queries, with exact offsets into the original text.

    >>> from search.language import Analyser
    >>> [token.stem for token in Analyser().analyse("netralitas ASN jelang Pilkada")]
    ['netralitas', 'asn', 'jelang', 'pilkada']
"""

from __future__ import annotations

from search.language.analyser import Analyser, Step, Token, fingerprint
from search.language.distance import edit_distance, within
from search.language.normalise import fold
from search.language.stemcache import StemCache

__all__ = ["Analyser", "StemCache", "Step", "Token", "edit_distance", "fingerprint", "fold", "within"]
