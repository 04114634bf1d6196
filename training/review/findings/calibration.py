"""Can it be believed: of leads not seen, what was promised beside what came, who is found first,
where it is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.definition.held_out import HeldOut
from training.learn.metrics.evaluate import N_BOOTSTRAP, evaluate
from training.learn.metrics.evaluation import Estimate, Evaluation
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.metrics import Floats, gains_of_ranked, ranking
from training.learn.metrics.reliability import Bin, reliability
from training.learn.metrics.resamples import Resamples
from training.learn.metrics.segments import SegmentEvaluation, Values, segments

#: Leads below which no rate is told, and wins below which no share of them is.
FEWEST, FEWEST_WINS = 20, 5
#: Shares of the leads, the best first, at which the gain curve is told.
SHARES = tuple(share / 20 for share in range(21))
_FIFTH = "captured_in_top_20"


@dataclass(frozen=True)
class Gains:
    """How many of the wins are among the best leads.

    Attributes:
        captured: Share of the wins at each of ``SHARES``, by the model.
        low: Lower ends of the 95 % intervals (bootstrap over leads, or accounts).
        high: Upper ends.
        present: The same by the company's present score, where leads without one count as lowest;
            None without one.
    """

    captured: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    present: tuple[float, ...] | None


@dataclass(frozen=True)
class CalibrationGroup:
    """Leads that the recipe had met before, or had not.

    Attributes:
        leads: Rows, a lead (episode) each.
        won: Leads among these that reached the goal.
        promised: Mean chance, 0..1.
        captured: Share of their wins among the best fifth of them; None where too few won.
    """

    leads: int
    won: int
    promised: float
    captured: Estimate | None


@dataclass(frozen=True)
class RecipeCalibration:
    """How the recipe did on leads it had not learned from, each counted once.

    Attributes:
        bins: Bins by chance, the best first.
        gains: Who is found first; None with too few wins.
        segments: Promised and observed by value of the columns that ``audit.segments`` names.
        parts: ``seen`` and ``new`` leads; empty where nobody was seen before, or everybody.
        figures: Figures for the expert.
    """

    bins: tuple[Bin, ...]
    gains: Gains | None
    segments: tuple[SegmentEvaluation, ...]
    parts: Mapping[str, CalibrationGroup]
    figures: Evaluation

    @property
    def broken(self) -> tuple[SegmentEvaluation, ...]:
        """Segments whose promise is wrong beyond noise, the farthest off first."""
        return tuple(
            sorted((s for s in self.segments if s.beyond_noise), key=lambda s: -abs(s.error))
        )


def recipe_calibration(
    judged: HeldOut,
    log_odds: Floats,
    *,
    met: NDArray[np.bool_],
    values: Mapping[str, Values],
    present: Floats | None,
    seed: int,
) -> RecipeCalibration:
    """Hold promises against outcomes.

    Args:
        judged: The leads.
        log_odds: (n,) by the recipe.
        met: (n,) whether the recipe learned from earlier looks at the same lead.
        values: (n,) values of the leads by segment column.
        present: (n,) the company's present score, NaN where unknown; None without one.
        seed: Seed of the resampling.
    """
    n = len(judged)
    holdout = Holdout(
        judged.won.astype(np.int8), np.zeros(n, np.int32), judged.cluster, np.ones(n), met
    )
    parts = {
        name: _part(log_odds[mask], holdout.part(mask), judged.probability[mask], seed)
        for name, mask in (("seen", met), ("new", ~met))
        if mask.sum() >= FEWEST
    }
    return RecipeCalibration(
        bins=tuple(each for each in reliability(log_odds, holdout) if each.leads >= FEWEST),
        gains=_gains(log_odds, holdout, present, seed) if judged.won.sum() >= FEWEST_WINS else None,
        segments=segments(values, log_odds, holdout),
        parts=parts if len(parts) == 2 else {},
        figures=evaluate("recipe", log_odds, holdout, seed=seed),
    )


def _part(log_odds: Floats, rows: Holdout, chance: Floats, seed: int) -> CalibrationGroup:
    won = int(rows.label.sum())
    captured = None
    if won >= FEWEST_WINS:
        captured = evaluate("part", log_odds, rows, figures=(_FIFTH,), seed=seed).figures[_FIFTH]
    return CalibrationGroup(len(rows), won, float(chance.mean()), captured)


def _gains(log_odds: Floats, holdout: Holdout, present: Floats | None, seed: int) -> Gains:
    order, starts = ranking(log_odds)
    label, once = holdout.label[order].astype(np.float64), np.ones(len(order))

    def captured(weight: Floats) -> Floats:
        curve = gains_of_ranked(label * weight, weight, starts)
        found: Floats = (
            curve.at(np.array(SHARES)) / curve.gained[-1]
            if curve.gained[-1]
            else np.full(21, np.nan)
        )
        return found

    draws = Resamples(holdout.cluster[order], N_BOOTSTRAP, seed)
    spread = np.nanquantile(
        [captured(weight) for weight in draws.weights(once)], [0.025, 0.975], axis=0
    )
    return Gains(
        captured=tuple(captured(once).tolist()),
        low=tuple(spread[0].tolist()),
        high=tuple(spread[1].tolist()),
        present=None if present is None else _by_present(holdout, present),
    )


def _by_present(holdout: Holdout, present: Floats) -> tuple[float, ...]:
    score = np.where(np.isnan(present), np.nanmin(present, initial=0.0) - 1.0, present)
    order, starts = ranking(score)
    curve = gains_of_ranked(holdout.label[order].astype(np.float64), np.ones(len(order)), starts)
    return tuple((curve.at(np.array(SHARES)) / curve.gained[-1]).tolist())
