"""How good is a score: weighted figures for one set of leads.

Every figure takes ``(label, log_odds, weight)`` and returns a float:

* ``label``: 1 for a win, 0 for none, shape ``(n,)``. * ``log_odds``: the score, shape ``(n,)``,
finite. Ranking figures need its order only. * ``weight``: how many rows of the reference population
a row stands for, shape ``(n,)``, zero or more. ``None`` counts every row once. A row of weight 2 is
the same as two rows.

A figure that the rows cannot give (no win, no loss, no weight) is NaN. Rows with the same score are
one step: where a cut falls among them, each is on either side in proportion, so no figure depends
on the order of the rows.

Sums are numpy's own, never a matrix product: the bits of a product change with the number of
threads.

All figures raise ``ValueError`` when the shapes differ, a label is not 0 or 1, a score is not
finite, or a weight is negative or not finite.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]] | NDArray[np.bool_]

_DIGITS = 9  # of a score, further than which an order of additions may be all there is
ROUNDING = 1e-12  # a share of the wins below this is what cumulative sums round to, not a win


@dataclass(frozen=True)
class GainsCurve:
    """Wins gained by working down a ranking, best score first: the origin, then one point per
    distinct score.

    Attributes:
        mass: weight of all rows down to each point, shape ``(k + 1,)``, from 0 up.
        gained: what is counted (wins, or expected wins) among them, same shape.
    """

    mass: NDArray[np.float64]
    gained: NDArray[np.float64]

    @property
    def has_both(self) -> bool:
        """Whether there are wins and losses, so that a ranking can be right or wrong."""
        return bool(0 < self.gained[-1] < self.mass[-1])

    def at(self, share: float | NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the best ``share`` of the mass (0 to 1) gained; a tied score is shared in
        proportion.
        """
        return np.asarray(np.interp(self.mass[-1] * share, self.mass, self.gained))


@dataclass(frozen=True)
class Decile:
    """A tenth of the leads, by score.

    Attributes:
        number: 1 for the best scores to 10 for the worst.
        mass: weight of its rows (a tied score at a border is shared, so not always a whole number).
        wins: weight of the wins among them.
        expected_wins: their probabilities summed, weighted.
    """

    number: int
    mass: float
    wins: float
    expected_wins: float

    @property
    def close_rate(self) -> float:
        """Wins per row, 0 to 1; NaN when the decile is empty."""
        return self.wins / self.mass if self.mass > 0 else float("nan")

    @property
    def mean_probability(self) -> float:
        """What the score promised, 0 to 1; NaN when the decile is empty."""
        return self.expected_wins / self.mass if self.mass > 0 else float("nan")


def roc_auc(label: Labels, log_odds: Floats, weight: Floats | None = None) -> float:
    """Chance that a random win has a higher score than a random loss, a tie counting half; 0 to 1.

    The Mann-Whitney statistic with weights (Hanley and McNeil 1982). NaN unless there are wins and
    losses.
    """
    return roc_auc_of(gains_curve(label, log_odds, weight))


def average_precision(label: Labels, log_odds: Floats, weight: Floats | None = None) -> float:
    """Mean, over the wins, of the close rate among all rows scored at least as high; 0 to 1, NaN
    without wins.

    Precision times the gain in recall, summed without interpolation, as scikit-learn does.
    """
    return average_precision_of(gains_curve(label, log_odds, weight))


def ranked_alike(score: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) scores in which what differs by the order of additions alone is equal: a sum of the same
    parts ends in other bits where they are added in another order, and would break ties.
    """
    return np.round(score, _DIGITS)


def captured_in_top(
    label: Labels, log_odds: Floats, weight: Floats | None = None, *, share: float = 0.20
) -> float:
    """Share of all wins that are among the best-scored ``share`` of the rows; 0 to 1, NaN without
    wins.

    The cumulative gains curve read at ``share``. ``ValueError`` unless 0 < ``share`` <= 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"expected a share above 0 and at most 1, got {share}: write 20 % as 0.20")
    return captured_of(gains_curve(label, log_odds, weight), share)


def top_to_bottom_decile_ratio(
    label: Labels, log_odds: Floats, weight: Floats | None = None
) -> float:
    """Close rate of the best tenth over that of the worst tenth; 0 or more.

    Infinite when the worst tenth has no win, NaN when neither has one.
    """
    gains = gains_curve(label, log_odds, weight)
    return decile_ratio(captured_of(gains, 0.1), captured_in_bottom_of(gains, 0.1))


def log_loss(label: Labels, log_odds: Floats, weight: Floats | None = None) -> float:
    """Mean surprise at the outcomes, in nats (natural logarithm); 0 or more, lower is better.

    log(1 + exp(log_odds)) - label * log_odds, which neither overflows nor rounds a probability to 0
    or 1.
    """
    label, log_odds, weight = checked(label, log_odds, weight)
    return mean(log_losses(label, log_odds), weight)


def brier(label: Labels, log_odds: Floats, weight: Floats | None = None) -> float:
    """Mean squared distance between probability and outcome (Brier 1950, one class); 0 to 1, lower
    is better.
    """
    label, log_odds, weight = checked(label, log_odds, weight)
    return mean((sigmoid(log_odds) - label) ** 2, weight)


def expected_calibration_error(
    label: Labels, log_odds: Floats, weight: Floats | None = None
) -> float:
    """Mean distance between promised and observed close rate over ten bins of **equal mass**; 0 to
    1.

    Bins by quantiles of the score, not of equal width (Naeini et al. 2015 with the equal-mass bins
    of Nixon et al. 2019): with a close rate of 2 %, nine of ten bins of equal width would be empty.
    NaN without weight. Chance alone
    makes it larger than 0, the more so the fewer wins a bin holds: compare figures from the same
    rows only.
    """
    label, log_odds, weight = checked(label, log_odds, weight)
    order, starts = ranking(log_odds)
    surplus = (label - sigmoid(log_odds)) * weight
    return calibration_gap(gains_of_ranked(surplus[order], weight[order], starts))


def gains_curve(label: Labels, log_odds: Floats, weight: Floats | None = None) -> GainsCurve:
    """Return the cumulative gains of the ranking by ``log_odds``, from which every ranking figure
    is read.
    """
    label, log_odds, weight = checked(label, log_odds, weight)
    order, starts = ranking(log_odds)
    return gains_of_ranked(label[order] * weight[order], weight[order], starts)


def roc_auc_of(gains: GainsCurve) -> float:
    """Area under the ROC curve of a ranking; NaN unless there are wins and losses."""
    if not gains.has_both:
        return float("nan")
    losses = gains.mass - gains.gained
    return float(np.trapezoid(gains.gained, losses) / (gains.gained[-1] * losses[-1]))


def average_precision_of(gains: GainsCurve) -> float:
    """Average precision of a ranking; NaN without wins."""
    wins = gains.gained[-1]
    if not wins > 0:
        return float("nan")
    precision = gains.gained[1:] / np.where(gains.mass[1:] > 0, gains.mass[1:], 1.0)
    return float(np.sum(np.diff(gains.gained) * precision) / wins)


def captured_of(gains: GainsCurve, share: float) -> float:
    """Share of the wins in the best ``share`` of a ranking; NaN without wins."""
    wins = gains.gained[-1]
    return float(gains.at(share) / wins) if wins > 0 else float("nan")


def captured_in_bottom_of(gains: GainsCurve, share: float) -> float:
    """Share of the wins in the worst ``share`` of a ranking; NaN without wins."""
    wins = gains.gained[-1]
    return float((wins - gains.at(1 - share)) / wins) if wins > 0 else float("nan")


def decile_ratio(top: float, bottom: float) -> float:
    """Wins of the best tenth over those of the worst; infinite when only the worst has none, NaN
    when both have.
    """
    if bottom > ROUNDING:
        return top / bottom
    return float("inf") if top > ROUNDING else float("nan")


def ranking(log_odds: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the order of the rows, best score first, and where in it each distinct score
    starts.
    """
    order = np.argsort(-log_odds, kind="stable")
    ranked = log_odds[order]
    starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]])[: ranked.size])
    return order, starts


def gains_of_ranked(value: Floats, mass: Floats, starts: NDArray[np.intp]) -> GainsCurve:
    """Cumulative sums over rows already in the order of ``ranking``; for resampling without sorting
    again.

    Args:
        value: what each row gains times its weight, shape ``(n,)``.
        mass: weight of each row, shape ``(n,)``.
        starts: first row of each distinct score, as ``ranking`` returns it.
    """
    if starts.size < mass.size:  # some scores are tied
        mass, value = np.add.reduceat(mass, starts), np.add.reduceat(value, starts)
    return GainsCurve(_from_zero(mass), _from_zero(value))


def calibration_gap(surplus: GainsCurve) -> float:
    """Expected calibration error over ten bins of equal mass; NaN without weight.

    Args:
        surplus: curve of wins above expectation, (label - probability) * weight, by falling score.
    """
    mass = surplus.mass[-1]
    return (
        float(np.abs(np.diff(surplus.at(np.arange(11) / 10))).sum() / mass)
        if mass > 0
        else float("nan")
    )


def log_losses(target: Labels | Floats, log_odds: Floats) -> NDArray[np.float64]:
    """Log loss of each row against its label (or a target between 0 and 1), in nats, shape
    ``(n,)``.
    """
    return np.asarray(np.logaddexp(0.0, log_odds) - target * log_odds)


def sigmoid(log_odds: Floats) -> NDArray[np.float64]:
    """Probability of each log-odds, 0 to 1; written with tanh, which does not overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * log_odds)))


def logit(probability: float | Floats) -> NDArray[np.float64]:
    """Log-odds of each probability, above 0 and below 1."""
    return np.asarray(np.log(probability) - np.log1p(-np.asarray(probability)))


def mean(value: Labels | Floats, weight: Floats) -> float:
    """Weighted mean; NaN without weight."""
    total = weight.sum()
    return float(np.sum(weight * value) / total) if total > 0 else float("nan")


def _from_zero(steps: Floats) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(steps, dtype=np.float64)])


def checked(
    label: Labels, log_odds: Floats, weight: Floats | None
) -> tuple[Labels, NDArray[np.float64], NDArray[np.float64]]:
    """Labels, scores and weights of one shape, a weight of 1 where there is none.

    ``ValueError`` as the module says.
    """
    scores = np.asarray(log_odds, dtype=np.float64)
    weights = np.ones(label.shape) if weight is None else np.asarray(weight, dtype=np.float64)
    if label.ndim != 1 or not label.shape == scores.shape == weights.shape:
        raise ValueError(
            "expected label, log_odds and weight as arrays of one shape (n,), got "
            f"{label.shape}, {scores.shape} and {weights.shape}: pass one value per row"
        )
    check_labels(label)
    check_scores(scores)
    check_weights(weights)
    return label, scores, weights


def check_labels(label: Labels) -> None:
    """Raise ``ValueError`` unless every label is 0 or 1."""
    bad = label[(label != 0) & (label != 1)]
    if bad.size:
        raise ValueError(
            f"expected labels 0 or 1, got {bad[0]} (and {bad.size - 1} more): code wins as 1,"
            " others as 0"
        )


def check_scores(log_odds: Floats) -> None:
    """Raise ``ValueError`` unless every score is finite."""
    bad = np.count_nonzero(~np.isfinite(log_odds))
    if bad:
        raise ValueError(
            f"expected finite log-odds, got {bad} that are not: score every row, and never with 0 %"
            " or 100 %"
        )


def check_weights(weight: Floats) -> None:
    """Raise ``ValueError`` unless every weight is finite and zero or more."""
    bad = np.count_nonzero(~(np.isfinite(weight) & (weight >= 0)))
    if bad:
        raise ValueError(
            f"expected weights of zero or more, got {bad} negative or not finite: pass 1 for a"
            " plain row"
        )
