"""The interval of a chance: how far the true chance of leads like this one may lie from the one
that is served.

It is an interval of the chance, not of the outcome: a lead of 8 % (5-13 %) closes or does not. What
training learned of it is a small table: at some log-odds, how far it reaches below and above them.
Here it is looked up; between two entries it is interpolated, beyond the last it stays level.
`training.learn.recipe.learn_interval` has where it comes from.
"""

from pathlib import Path
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, FiniteFloat, model_validator

from features.files.canonical_json import validated
from features.settings import StrictModel
from propensity.model.model import probability
from propensity.model.model_parts import ModelParts

#: Where a model's facts hold it.
FACT = "interval"
#: Share of the true chances that intervals are made to hold.
COVERAGE = 0.9

Floats = NDArray[np.float64]
Reach = Annotated[FiniteFloat, Field(ge=0)]


class ChanceInterval(StrictModel):
    """How far intervals reach.

    Attributes:
        log_odds: Served log-odds of the entries, ascending.
        below: How far the interval reaches below them, in log-odds.
        above: How far it reaches above them, in log-odds.
    """

    log_odds: Annotated[tuple[FiniteFloat, ...], Field(min_length=1)]
    below: tuple[Reach, ...]
    above: tuple[Reach, ...]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not len(self.log_odds) == len(self.below) == len(self.above):
            raise ValueError("expected as many entries of below and above as of log_odds")
        if any(a >= b for a, b in zip(self.log_odds, self.log_odds[1:], strict=False)):
            raise ValueError("expected log_odds to ascend")
        return self

    def moved(self, step: float) -> Self:
        """The same intervals around log-odds that all moved by one step."""
        return self.model_copy(update={"log_odds": tuple(at + step for at in self.log_odds)})

    def around(self, log_odds: Floats) -> tuple[Floats, Floats]:
        """(n,) low and (n,) high chances of served log-odds; each depends on its own alone, to the
        bit.
        """
        below = np.interp(log_odds, self.log_odds, self.below)
        above = np.interp(log_odds, self.log_odds, self.above)
        return probability(log_odds - below), probability(log_odds + above)


def interval_of(model: ModelParts) -> ChanceInterval | None:
    """What a model stores of it; None for a model stored without.

    Raises:
        ArtifactError: What is stored is no such table.
    """
    raw = model.facts.get(FACT)
    return None if raw is None else validated(ChanceInterval, raw, Path("facts.json"))
