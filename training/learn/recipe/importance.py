"""What matters: how far each concept moves the log-odds of the reference population."""

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from features.settings import Axis, StrictModel
from propensity.model.model import PropensityModel

#: Rows beyond which a regular part of them is enough to average over.
_ENOUGH_ROWS = 100_000
#: Quantiles of a contribution that are told.
SPREAD = (0.05, 0.25, 0.5, 0.75, 0.95)


class Importance(StrictModel):
    """What a concept contributes over the reference population.

    Attributes:
        concept: What a salesperson would name.
        axis: fit or interest.
        mean_effect: Mean absolute contribution, in log-odds.
        share: Share of the sum over all concepts; 0..1.
        spread: Quantiles of the contribution at ``SPREAD``, in log-odds; in no stored model.
    """

    concept: str
    axis: Axis
    mean_effect: float
    share: float
    spread: tuple[float, ...] = Field(default=(), exclude=True)


def importance(
    model: PropensityModel, matrix: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[Importance, ...]:
    """Mean absolute contribution per concept, the largest first.

    Args:
        model: The model whose contributions are averaged.
        matrix: (n, features) rows of the reference population.
        weight: (n,) rows of the population each row stands for.
    """
    every = max(1, len(weight) // _ENOUGH_ROWS)
    weight, contributions = weight[::every], model.sums(matrix[::every]).contributions
    effects: dict[tuple[str, Axis], NDArray[np.float64]] = {}
    for i, feature in enumerate(model.spec.features):
        key = (feature.concept, feature.axis)
        effects[key] = effects.get(key, np.zeros(len(weight))) + contributions[:, i]
    means = {key: float(weight @ np.abs(effect) / weight.sum()) for key, effect in effects.items()}
    total = sum(means.values()) or 1.0
    ranked = sorted(means.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        Importance(
            concept=concept,
            axis=axis,
            mean_effect=mean,
            share=mean / total,
            spread=tuple(_quantiles(effects[concept, axis], weight).tolist()),
        )
        for (concept, axis), mean in ranked
    )


def _quantiles(values: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """The smallest values below which lie ``SPREAD`` of the weight."""
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order])
    place = np.searchsorted(below, np.array(SPREAD) * below[-1])
    found: NDArray[np.float64] = values[order][np.minimum(place, len(values) - 1)]
    return found
