"""ROC AUC of leads looked at on the same day, again and again under other weights: what a bootstrap
asks for.
"""

import numpy as np
from numpy.typing import NDArray

from training.learn.metrics.holdout import Holdout

Floats = NDArray[np.float64]


class Ranking:
    """One model's scores on a holdout, sorted once.

    The figure is that of ``training.learn.metrics.evaluate``: the chance that a random win outranks
    a random loss of its own round, ties counting half; rounds without both are left out.
    """

    def __init__(self, score: Floats, holdout: Holdout) -> None:
        order = np.lexsort((score, holdout.as_of))
        self._order, self._won = order, holdout.label[order] == 1
        score, as_of = score[order], holdout.as_of[order]
        new_day = np.append(True, as_of[1:] != as_of[:-1]) if len(order) else np.empty(0, bool)
        new_score = new_day | np.append(True, score[1:] != score[:-1]) if len(order) else new_day
        self._ties = np.flatnonzero(new_score)
        self._days = np.flatnonzero(new_day[self._ties])
        self._day = np.cumsum(new_day[self._ties]) - 1

    def auc(self, weight: Floats) -> float:
        """ROC AUC under the weights of the rows, in the holdout's order.

        NaN without an as-of with both outcomes.
        """
        if not len(self._ties):
            return float("nan")
        weight = weight[self._order]
        wins = np.add.reduceat(np.where(self._won, weight, 0.0), self._ties)
        losses = np.add.reduceat(np.where(self._won, 0.0, weight), self._ties)
        of_day = np.add.reduceat(losses, self._days)
        before = np.cumsum(of_day) - of_day
        below = np.cumsum(losses) - losses / 2 - before[self._day]
        counts = wins * (of_day[self._day] > 0)
        total = counts.sum()
        if not total > 0:
            return float("nan")
        with np.errstate(invalid="ignore", divide="ignore"):
            beaten = np.where(counts > 0, below / of_day[self._day], 0.0)
        return float((counts * beaten).sum() / total)
