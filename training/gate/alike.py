"""The leads that both models would treat alike: on them a champion in use meets nobody in its own
light.

Outcomes are those under the treatment given then. Sales worked what the champion put on top, so
these leads close more often than others like them, and the champion looks right by its own doing
(Perdomo et al. 2020). Where both models would work a lead, or neither would, what was done to it
says nothing for either. Both are compared within each of these two groups: their ranks, and their
chances on the line that calibrates them best there. For a champion learned on such outcomes takes
part of the work for a part of the lead, and its chances say so. Two equally good models then fare
alike, whatever working a lead does to it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.learn.metrics.holdout import Holdout
from training.learn.metrics.metrics import logit, mean
from training.learn.metrics.recalibration import logistic_line


@dataclass(frozen=True)
class AlikeLeads:
    """Where two models would treat the leads alike.

    Attributes:
        mask: (n,) whether both would work the lead, or neither would.
        worked: (n of these rows,) whether both would work the lead.
        rows: Outcomes of these rows.
    """

    mask: NDArray[np.bool_]
    worked: NDArray[np.bool_]
    rows: Holdout

    @property
    def groups(self) -> Holdout:
        """The rows with every as-of as two: the leads that both would work, and those that neither
        would.
        """
        rows = self.rows
        split = (2 * rows.as_of + self.worked).astype(np.int32)
        return Holdout(rows.label, split, rows.cluster, rows.weight)

    def calibrated(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n of these rows,) log-odds of one model on the line that calibrates them best in each
        group; the close rate of the group where that line would fall or does not exist.

        Args:
            score: (n,) log-odds of all rows.
        """
        found = score[self.mask].copy()
        for group in (self.worked, ~self.worked):
            label, weight = self.rows.label[group].astype(np.float64), self.rows.weight[group]
            slope, intercept = logistic_line(label, found[group], weight, start=(1.0, 0.0))
            if slope > 0:
                found[group] = intercept + slope * found[group]
            elif 0 < (rate := mean(label, weight)) < 1:
                found[group] = logit(rate)
        return found


def alike(
    rows: Holdout,
    challenger: NDArray[np.float64],
    champion: NDArray[np.float64],
    *,
    share: float,
) -> AlikeLeads:
    """The leads on the same side of the line by both models.

    Args:
        rows: The rows.
        challenger: (n,) its scores.
        champion: (n,) the champion's.
        share: Share of the leads of every as-of that sales works, 0..1.
    """
    ours, theirs = (places(rows, score) < share for score in (challenger, champion))
    mask = ours == theirs
    return AlikeLeads(mask, theirs[mask], rows.part(mask))


def places(rows: Holdout, score: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) where each row stands at its as-of, as the share of the weight above it: 0 is best.

    Rows of one score are together, at the middle of their weight.
    """
    order = np.lexsort((-score, rows.as_of))
    as_of, ranked, weight = rows.as_of[order], score[order], rows.weight[order]
    new_day = np.concatenate([[True], as_of[1:] != as_of[:-1]])[: as_of.size]
    step = (
        np.cumsum(new_day | np.concatenate([[True], ranked[1:] != ranked[:-1]])[: as_of.size]) - 1
    )
    day = np.cumsum(new_day) - 1
    mass = np.bincount(step, weights=weight)
    middle = (np.cumsum(mass) - mass / 2)[step]  # halfway through the rows of the same score
    total = np.bincount(day, weights=weight)
    found = np.empty(len(rows), dtype=np.float64)
    found[order] = (middle - (np.cumsum(total) - total)[day]) / np.where(total > 0, total, 1.0)[day]
    return found
