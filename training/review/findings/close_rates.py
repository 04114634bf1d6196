"""In one minute: of the leads that are handed over how many close, of all leads, and by today's
score.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.closed_loop.compare import above
from training.learn.metrics.clustered_intervals import rate_interval
from training.learn.metrics.holdout import Holdout
from training.review.findings.material import Material
from training.threshold.promise import FEWEST_FOR_A_RATE


@dataclass(frozen=True)
class CloseRateComparison:
    """Close rates side by side; a rate is None where fewer than 20 leads are behind it.

    Attributes:
        leads: Handed over and judged: first crossings of a replay, or leads of a flat table not
            seen.
        won: Leads among these that reached the goal.
        low: Lower end of the range of their rate: what the line promises for an ordinary quarter;
            of a flat table the 95 % interval over leads or accounts.
        high: Upper end.
        all_leads: Not seen before, each once.
        all_won: Leads among these that reached the goal.
        share: Share of all leads that are over the line at their first as-of.
        present: Close rate of as large a share by the company's present score; None without one.
        present_leads: Leads behind it.
    """

    leads: int
    won: int
    low: float | None
    high: float | None
    all_leads: int
    all_won: int
    share: float
    present: float | None
    present_leads: int

    @property
    def rate(self) -> float | None:
        """Share of those handed over that reached the goal."""
        return self.won / self.leads if self.leads >= FEWEST_FOR_A_RATE else None

    @property
    def all_rate(self) -> float | None:
        """Share of all leads that reached the goal."""
        return self.all_won / self.all_leads if self.all_leads >= FEWEST_FOR_A_RATE else None


def close_rate_comparison(material: Material) -> CloseRateComparison:
    """Count them."""
    judged = material.unseen.judged
    over = over_line(material)
    leads, won, ends = _counted(material, over)
    low, high = ends if leads >= FEWEST_FOR_A_RATE else (None, None)
    share = float(over.mean())
    present, behind = _present(material, share)
    return CloseRateComparison(
        leads, won, low, high, len(judged), int(judged.won.sum()), share, present, behind
    )


def over_line(material: Material) -> NDArray[np.bool_]:
    """(n,) of the leads not seen, whether each is over the line: by the definition, else by the
    chance alone.
    """
    line = material.stops.lines[material.stops.chosen] if material.stops is not None else 1.0
    return material.unseen.over_line(line)


def _counted(
    material: Material, over: NDArray[np.bool_]
) -> tuple[int, int, tuple[float, float] | tuple[None, None]]:
    """Leads handed over and judged, wins among them, and the range of their rate: of a replay what
    the line promises for an ordinary quarter, the one range of this figure everywhere.
    """
    study = material.study
    if study is None:
        judged = material.unseen.judged
        own, cluster = judged.won[over], judged.cluster[over]
        return len(own), int(own.sum()), rate_interval(own, cluster)
    lines, place = (study.rule, 0) if study.rule is not None else (study.lines, 0)
    if study.rule is None:
        line = (
            material.stops.lines[material.stops.chosen]
            if material.stops is not None
            else lines.figures.lines[0]
        )
        place = int(np.searchsorted(lines.figures.lines, line))
    promised = lines.outlook.promise(lines.figures, place).precision
    figures = lines.figures
    return int(figures.judged[place]), int(figures.won[place]), (promised.low, promised.high)


def _present(material: Material, share: float) -> tuple[float | None, int]:
    """Close rate of the best by the present score, as many as are over the line; leads without one
    count as lowest.
    """
    unseen = material.unseen
    if unseen.present is None or not 0 < share < 1:
        return None, 0
    label = unseen.judged.won.astype(np.int8)
    holdout = Holdout(
        label, np.zeros(len(label), np.int32), unseen.judged.cluster, np.ones(len(label))
    )
    score = np.where(
        np.isnan(unseen.present), np.nanmin(unseen.present, initial=0.0) - 1.0, unseen.present
    )
    chosen = above(score, holdout, share)
    behind = round(float(chosen.sum()))
    return (
        (float((chosen * label).sum() / chosen.sum()), behind)
        if behind >= FEWEST_FOR_A_RATE
        else (None, behind)
    )
