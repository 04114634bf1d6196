"""How far concepts push leads apart, for the expert: quantiles of contributions, and what small and
large values do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from propensity.concepts.concepts import Concept
from propensity.concepts.value_columns import value_columns
from training.review.findings.material import Material

#: Quantiles that are told, and leads below which there are none.
QUANTILES, FEWEST = (0.05, 0.25, 0.5, 0.75, 0.95), 20
_THIRD = 1 / 3


@dataclass(frozen=True)
class ContributionSpread:
    """The contributions of one concept.

    Attributes:
        concept: Which.
        size: Mean absolute contribution, in log-odds.
        quantiles: Quantiles at ``QUANTILES``, in log-odds.
        low: The median of the third of the leads with the smallest values; None of categories and
            of flat ones.
        high: The same for the third with the largest.
    """

    concept: Concept
    size: float
    quantiles: tuple[float, ...]
    low: float | None
    high: float | None


def contribution_spreads(material: Material) -> tuple[ContributionSpread, ...]:
    """The spread of every concept that moves anything, the widest first."""
    unseen = material.unseen
    if len(unseen) < FEWEST:
        return ()
    found = []
    for number, concept in enumerate(unseen.model.concepts):
        own = unseen.sums.contributions[:, number]
        size = float(np.abs(own).mean())
        if size > 0:
            column = value_columns(unseen.model.spec, concept).main
            is_category = unseen.model.spec.features[column].is_category
            low, high = (None, None) if is_category else _ends(unseen.judged.matrix[:, column], own)
            found.append(
                ContributionSpread(
                    concept, size, tuple(np.quantile(own, QUANTILES).tolist()), low, high
                )
            )
    return tuple(sorted(found, key=lambda swarm: (-swarm.size, swarm.concept.name)))


def _ends(
    values: NDArray[np.float64], own: NDArray[np.float64]
) -> tuple[float | None, float | None]:
    """Median contributions of the smallest and the largest known values."""
    known = ~np.isnan(values)
    if not known.any():
        return None, None
    low, high = np.quantile(values[known], [_THIRD, 1 - _THIRD], method="inverted_cdf")
    if low == high == values[known].min() == values[known].max():
        return None, None
    ends = [known & (values <= low), known & (values >= high if high > low else values > low)]
    first, last = (float(np.median(own[mask])) if mask.sum() >= FEWEST else None for mask in ends)
    return first, last
