"""Which code a text has: levels are compared as rules compare texts, the same way in training and
in scoring.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from features.folding import fold
from features.spec import FIRST_LEVEL, MISSING, OTHER, Feature, Texts


def folded(text: str, texts: Texts) -> str:
    """The text that stands for all spellings of a level.

    >>> [folded("ＩＴ ", how) for how in ("folded", "folded, case matters", "as written")]
    ['it', 'IT', 'ＩＴ ']
    """
    if texts == "as written":
        return text
    return fold(text, case_matters=texts == "folded, case matters")


def codes_of(
    feature: Feature, values: Iterable[str | None], texts: Texts = "as written"
) -> NDArray[np.float64]:
    """The codes of values: 0 other, 1 missing, 2… the listed levels.

    A value that is spelled as a level has that level's code; any other one has the code of the
    first level that is the same when compared.

    Args:
        feature: A category.
        values: Texts; None where missing.
        texts: How they are compared.
    """
    written = {level: code for code, level in enumerate(feature.levels, start=FIRST_LEVEL)}
    same: dict[str, int] = {}
    for level, code in written.items():
        same.setdefault(folded(level, texts), code)

    def code_of(value: str | None) -> float:
        if value is None:
            return MISSING
        return written.get(value) or same.get(folded(value, texts), OTHER)

    return np.array([code_of(value) for value in values], dtype=np.float64)
