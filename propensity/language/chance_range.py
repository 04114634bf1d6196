"""A chance in its range, as people read it: 8 % (5–13 %)."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from propensity.language import CATALOGUES
from propensity.language.numerals import chance


def chances_in_range(
    chances: pa.Array, low: pa.Array, high: pa.Array, language: str
) -> list[str | None]:
    """Chances as percentages with the ends of their ranges; alone where no range is known, None
    where no chance is.

    Args:
        chances: (n,) doubles, 0..1; null where unknown.
        low: (n,) lower ends of the ranges; null where unknown.
        high: (n,) upper ends of the ranges; null where unknown.
        language: Language of the texts.
    """
    words = CATALOGUES[language]
    ends = zip(_texts(low), _texts(high), strict=True)
    return [
        None
        if told is None
        else words.say("percent", n=told)
        if least is None or most is None
        else words.say("percent in its range", n=told, low=least, high=most)
        for told, (least, most) in zip(_texts(chances), ends, strict=True)
    ]


def chance_in_range(found: float, low: float | None, high: float | None, language: str) -> str:
    """A chance as a percentage with its range, where that is known.

    >>> chance_in_range(0.08, 0.05, 0.13, "ja")
    '8%（5〜13%）'
    """
    kind = pa.float64()
    (text,) = chances_in_range(
        pa.array([found], kind), pa.array([low], kind), pa.array([high], kind), language
    )
    return str(text)


def _texts(values: pa.Array) -> list[str | None]:
    known = values.is_valid().to_pylist()
    numbers: NDArray[np.float64] = np.asarray(values.fill_null(0.5), dtype=np.float64)
    return [
        text if is_known else None
        for text, is_known in zip(chance(numbers).to_pylist(), known, strict=True)
    ]
