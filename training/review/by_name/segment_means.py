"""Segments side by side: how many leads, how many of them close, and what the concepts add on
average.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.definition.held_out import HeldOut
from training.learn.metrics.clustered_intervals import rate_interval
from training.learn.metrics.segments import LEAST_LEADS, Values


@dataclass(frozen=True)
class SegmentMeans:
    """The leads not seen with one value of a column.

    Attributes:
        column: Name of the column; empty for all leads.
        value: Its value; empty for all leads.
        leads: How many, each once.
        won: How many of them reached the goal.
        low: Lower end of the 95 % range of their rate; None where it cannot be told.
        high: Upper end of the same.
        chance: Their mean chance.
        means: (concepts,) mean contributions, in log-odds.
    """

    column: str
    value: str
    leads: int
    won: int
    low: float | None
    high: float | None
    chance: float
    means: NDArray[np.float64]


def segment_means(
    values: Mapping[str, Values], judged: HeldOut, contributions: NDArray[np.float64]
) -> tuple[SegmentMeans, ...]:
    """All leads, then every value that ``LEAST_LEADS`` leads have, column by column, the most
    frequent first.

    Args:
        values: (n,) values of the leads by column.
        judged: The leads, with outcomes.
        contributions: (n, concepts) log-odds.
    """
    return tuple(
        _means(column, value, inside, judged, contributions)
        for column, value, inside in _segments(values, len(judged))
        if inside.sum() >= LEAST_LEADS
    )


def _segments(values: Mapping[str, Values], n: int) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    yield "", "", np.ones(n, dtype=np.bool_)
    for column, of_leads in values.items():
        levels, counts = np.unique(of_leads.astype(str), return_counts=True)
        for place in np.lexsort((levels, -counts)):
            yield column, str(levels[place]), of_leads == levels[place]


def _means(
    column: str,
    value: str,
    inside: NDArray[np.bool_],
    judged: HeldOut,
    contributions: NDArray[np.float64],
) -> SegmentMeans:
    won = judged.won[inside]
    low, high = rate_interval(won, judged.cluster[inside])
    return SegmentMeans(
        column=column,
        value=value,
        leads=len(won),
        won=int(won.sum()),
        low=low,
        high=high,
        chance=float(judged.probability[inside].mean()),
        means=contributions[inside].mean(axis=0),
    )
