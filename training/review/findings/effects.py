"""What each concept does to the chances of leads: how far it moves them, and which way."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.settings import Axis
from propensity.model.model import PropensityModel, Sums, probability

#: A concept on an axis.
Key = tuple[str, Axis]


@dataclass(frozen=True)
class Effect:
    """What a concept does to the chances of n leads.

    Attributes:
        concept: Name as the data call it.
        axis: fit or interest.
        points: Mean absolute change of the chance, 0..1: as it is against the chance of the same
            lead, were it average in the concept.
    """

    concept: str
    axis: Axis
    points: float

    @property
    def key(self) -> Key:
        """A concept on an axis."""
        return self.concept, self.axis


def effects(model: PropensityModel, sums: Sums) -> tuple[Effect, ...]:
    """How far each concept of a model moves the chances of rows, the farthest first.

    The chance of a lead, were it average in a concept, is ``sigmoid(log-odds - contribution)``:
    contributions are centred on the reference population.

    Args:
        model: The model whose concepts are measured.
        sums: Sums of the rows, by concept.
    """
    chance = sums.probability
    found = [
        Effect(concept.name, concept.axis, float(np.abs(chance - _if_average(sums, number)).mean()))
        for number, concept in enumerate(model.concepts)
    ]
    return tuple(sorted(found, key=lambda effect: (-effect.points, effect.key)))


def changes(sums: Sums, concept: int) -> NDArray[np.float64]:
    """(n,) what a concept adds to the chance of each row, -1..1."""
    added: NDArray[np.float64] = sums.probability - _if_average(sums, concept)
    return added


def _if_average(sums: Sums, concept: int) -> NDArray[np.float64]:
    return probability(sums.log_odds - sums.contributions[:, concept])
