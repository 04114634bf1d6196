"""How much the share of leads that closes differs between ordinary quarters by itself.

Quarters differ by more than the luck of their leads: campaigns, holidays, a new price. What a line
may promise for a later quarter has to allow for it (Higgins, Thompson and Spiegelhalter 2009, "A
re-evaluation of random-effects meta-analysis": a new study, here a quarter, is predicted with the
spread between studies).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.learn.metrics.metrics import sigmoid
from training.learn.metrics.recalibration import shift_to
from training.learn.rows.quarters import Quarter
from training.learn.rows.snapshots import LabelledRows

#: Scale of the half-normal prior of the standard deviation between quarters, in log-odds: .17 is as
#: likely exceeded as not, and .49 in 5 of 100 companies. A judgement;
#: `python -m benchmarks.ordinary_quarters --config CONFIG` measures a company.
PRIOR_SCALE = 0.25
#: Standard deviations that are thought of.
_GRID = np.linspace(0.0, 0.92, 24)
#: Wins that a quarter needs to say anything.
_LEAST_WINS = 5


@dataclass(frozen=True)
class QuarterLevels:
    """What past quarters say about the next ones.

    Attributes:
        levels: How far each past quarter closed from what the model expected of just its leads, in
            log-odds; the oldest first, empty where none can tell.
        errors: Standard errors of the same, over leads (accounts).
    """

    levels: tuple[float, ...] = ()
    errors: tuple[float, ...] = ()

    @cached_property
    def posterior(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(k,) standard deviations between quarters, in log-odds, and how likely each is.

        A half-normal prior, times the restricted likelihood of normal levels around a mean nobody
        knows.
        """
        prior = np.exp(-0.5 * (_GRID / PRIOR_SCALE) ** 2)
        prior[0] /= 2  # the grid's first cell is half as wide
        level, error = np.array(self.levels), np.array(self.errors)
        if len(level) < 2:
            return _GRID, prior / prior.sum()
        variance = error**2 + _GRID[:, None] ** 2
        weight = 1 / variance
        total = weight.sum(axis=1)
        middle = (weight * level).sum(axis=1) / total
        misfit = (weight * (level - middle[:, None]) ** 2).sum(axis=1)
        fits = -0.5 * (np.log(variance).sum(axis=1) + np.log(total) + misfit)
        likely = prior * np.exp(fits - fits.max())
        return _GRID, likely / likely.sum()

    @property
    def deviation(self) -> float:
        """Standard deviation between quarters, in log-odds: the root of its expected square."""
        size, likely = self.posterior
        return float(np.sqrt(likely @ size**2))


#: Of a history without quarters that can tell.
NO_QUARTERS = QuarterLevels()


def quarter_levels(
    log_odds: NDArray[np.float64], rows: LabelledRows, quarters: Sequence[Quarter]
) -> QuarterLevels:
    """Compare what closed in past quarters with what a model expects of their leads.

    The model may have learned from the rows: it knows nothing of quarters, so that a quarter's own
    level stays in the difference.

    Args:
        log_odds: (n,) log-odds of the rows.
        rows: Mature rows.
        quarters: The oldest first.
    """
    found = list(_levels(log_odds, rows, quarters))
    return QuarterLevels(tuple(level for level, _ in found), tuple(error for _, error in found))


def _levels(
    log_odds: NDArray[np.float64], rows: LabelledRows, quarters: Sequence[Quarter]
) -> Iterator[tuple[float, float]]:
    for quarter in quarters:
        part = quarter.of(rows)
        inside = rows.take(part)
        if not len(inside) or min(inside.wins, len(inside) - int(inside.label.sum())) < _LEAST_WINS:
            continue
        level = shift_to(inside.close_rate, log_odds[part], inside.weight)
        if not np.isfinite(level):
            continue
        chance = sigmoid(log_odds[part] + level)
        cluster = np.unique(inside.cluster, return_inverse=True)[1]
        pull = np.bincount(cluster, inside.weight * (inside.label - chance))
        information = float((inside.weight * chance * (1 - chance)).sum())
        few = len(pull) / max(len(pull) - 1, 1)
        yield level, float(np.sqrt(few * (pull**2).sum()) / information)
