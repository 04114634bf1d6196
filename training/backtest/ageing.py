"""How fast a model ages: each model on the quarters after its own, against the one retrained there.

On the rows of quarter q the model born a quarters earlier and the one born at q meet. What the
older one loses is
taken to grow in proportion to its age: loss = a x (loss per quarter), by least squares through the
origin, weighted with the quarter's wins. The interval holds two sources of chance: which leads
there were (bootstrap over leads, all quarters and ages together), and which quarters (jackknife
over quarters, t distribution); the wider end of the two counts. A model's own luck at birth is in
neither alone, but scatters the quarters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from training.backtest.quarters_replayed import QuarterReplay
from training.learn.metrics.evaluate import drawn_figures
from training.learn.metrics.evaluation import Estimate
from training.learn.metrics.resamples import times_drawn

Loss = Literal["roc_auc", "log_loss", "calibration"]
#: What is lost, and the figure it is read from; above 0 is always worse.
LOSSES: Mapping[Loss, str] = {
    "roc_auc": "roc_auc",
    "log_loss": "log_loss",
    "calibration": "calibration_in_the_large",
}
_FIGURES = tuple(LOSSES.values())
DRAWS = 100
#: Quarters with an older model that a statement about other quarters needs.
_FEWEST_QUARTERS = 3


@dataclass(frozen=True)
class Age:
    """Models of one age.

    Attributes:
        quarters: How long ago they were trained, in quarters; 1 for one quarter after their own.
        pairs: Quarters on which such a model met the retrained one.
        losses: Mean loss against the retrained one, by kind.
    """

    quarters: int
    pairs: int
    losses: dict[Loss, float]


@dataclass(frozen=True)
class Ageing:
    """What a model loses without retraining.

    Attributes:
        ages: The youngest first; empty where no model could be followed.
        per_quarter: Loss per quarter of age with its 95 % interval, by kind: ROC AUC, nats of log
            loss, and distance of the level from right in log-odds.
        quarters: Different quarters with an older model: below three, the interval speaks of leads
            alone.
    """

    ages: tuple[Age, ...]
    per_quarter: dict[Loss, Estimate]
    quarters: int

    @property
    def can_advise(self) -> bool:
        """Whether there are quarters enough to speak of others."""
        return self.quarters >= _FEWEST_QUARTERS


@dataclass(frozen=True)
class _Pair:
    """An older model and the retrained one on the same rows."""

    quarter: int
    age: int
    wins: float
    older: Callable[[NDArray[np.float64]], dict[str, float]]
    retrained: Callable[[NDArray[np.float64]], dict[str, float]]

    def losses(self, times: NDArray[np.float64]) -> dict[Loss, float]:
        older, retrained = self.older(times), self.retrained(times)
        return {
            "roc_auc": retrained["roc_auc"] - older["roc_auc"],
            "log_loss": older["log_loss"] - retrained["log_loss"],
            "calibration": abs(older[LOSSES["calibration"]])
            - abs(retrained[LOSSES["calibration"]]),
        }


def ageing(found: QuarterReplay, *, seed: int = 0, draws: int = DRAWS) -> Ageing:
    """Compare older models with retrained ones.

    Args:
        found: The replayed quarters.
        seed: Seed of the resampling.
        draws: Resamples of the leads.
    """
    pairs = _pairs(found)
    if not pairs:
        return Ageing((), {}, 0)
    clusters = 1 + max(int(holdout.cluster.max()) for holdout in found.judged.values())
    once = [pair.losses(np.ones(clusters)) for pair in pairs]
    known = np.unique(np.concatenate([holdout.cluster for holdout in found.judged.values()]))
    drawn = []
    for counts in times_drawn(len(known), draws, seed=seed):
        times = np.zeros(clusters)
        times[known] = counts
        drawn.append([pair.losses(times) for pair in pairs])
    return Ageing(
        ages=_ages(pairs, once),
        per_quarter={loss: _per_quarter(pairs, loss, once, drawn) for loss in LOSSES},
        quarters=len({pair.quarter for pair in pairs}),
    )


def _pairs(found: QuarterReplay) -> list[_Pair]:
    fresh = {model.number: model for model in found.born}
    pairs = []
    for model in found.born:
        for quarter, scores in model.scores.items():
            if quarter > model.number and quarter in fresh:
                rows = found.judged[quarter]
                wins = float((rows.weight * rows.label).sum())
                retrained = drawn_figures(fresh[quarter].scores[quarter], rows, _FIGURES)
                pairs.append(
                    _Pair(
                        quarter,
                        quarter - model.number,
                        wins,
                        drawn_figures(scores, rows, _FIGURES),
                        retrained,
                    )
                )
    return pairs


def _ages(pairs: list[_Pair], once: list[dict[Loss, float]]) -> tuple[Age, ...]:
    ages = sorted({pair.age for pair in pairs})
    return tuple(
        Age(
            age,
            sum(pair.age == age for pair in pairs),
            {
                loss: float(
                    np.mean(
                        [
                            lost[loss]
                            for pair, lost in zip(pairs, once, strict=True)
                            if pair.age == age
                        ]
                    )
                )
                for loss in LOSSES
            },
        )
        for age in ages
    )


def _per_quarter(
    pairs: list[_Pair],
    loss: Loss,
    once: list[dict[Loss, float]],
    drawn: list[list[dict[Loss, float]]],
) -> Estimate:
    quarter = np.array([pair.quarter for pair in pairs])
    age, wins = (
        np.array([float(pair.age) for pair in pairs]),
        np.array([pair.wins for pair in pairs]),
    )

    def slope(lost: NDArray[np.float64], kept: NDArray[np.bool_]) -> float:
        formed = kept & np.isfinite(lost)
        weight = wins[formed] * age[formed]
        below = float((weight * age[formed]).sum())
        return float((weight * lost[formed]).sum()) / below if below else float("nan")

    everything = np.ones(len(pairs), dtype=np.bool_)
    observed = np.array([lost[loss] for lost in once])
    value = slope(observed, everything)
    resampled = np.array(
        [slope(np.array([lost[loss] for lost in draw]), everything) for draw in drawn]
    )
    low, high = (
        np.nanquantile(resampled, [0.025, 0.975])
        if np.isfinite(resampled).any()
        else (np.nan, np.nan)
    )
    numbers = np.unique(quarter)
    if len(numbers) >= _FEWEST_QUARTERS:
        without = np.array([slope(observed, quarter != number) for number in numbers])
        k = len(numbers)
        deviation = float(np.sqrt((k - 1) / k * np.sum((without - without.mean()) ** 2)))
        half = float(stats.t.ppf(0.975, k - 1)) * deviation
        low, high = min(low, value - half), max(high, value + half)
    return Estimate(value, float(low), float(high))
