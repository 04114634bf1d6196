"""How far the level and the slope of a score are off, and the line or the shift that puts them
right.

``label``, ``log_odds`` and ``weight`` are as in ``training.learn.metrics.metrics``, and so are the
errors.
"""

import numpy as np

from training.learn.metrics.metrics import (
    ROUNDING,
    Floats,
    Labels,
    checked,
    log_losses,
    logit,
    mean,
    sigmoid,
)

_NEWTON_STEPS = 100
_HALVINGS = 30


def calibration_slope_intercept(
    label: Labels,
    log_odds: Floats,
    weight: Floats | None = None,
    *,
    start: tuple[float, float] = (1.0, 0.0),
) -> tuple[float, float]:
    """Logistic recalibration: logit P(win) = intercept + slope * log_odds; perfect is (1, 0).

    Cox's (1958) regression of the outcomes on the score, by maximum likelihood. A slope below 1
    says that the score is too extreme, above 1 that it is too timid. The intercept belongs to this
    slope: for "too high or too low on the whole" read ``calibration_in_the_large``.

    Args:
        label: 1 for a win, 0 for none.
        log_odds: the score.
        weight: rows each row stands for.
        start: first guess at (slope, intercept), to save time; the result is the same.

    Returns:
        (slope, intercept); both NaN where no finite answer exists: one class only, all scores
        equal, or a score that separates wins from losses without fault.
    """
    label, log_odds, weight = checked(label, log_odds, weight)
    return logistic_line(label.astype(np.float64), log_odds, weight, start=start)


def calibration_in_the_large(
    label: Labels, log_odds: Floats, weight: Floats | None = None, *, start: float = 0.0
) -> float:
    """Shift that all log-odds need so that expected wins equal observed wins; perfect is 0, above
    0: too low a score.

    The intercept of the recalibration with the slope held at 1 (Cox 1958; Steyerberg 2009, section
    15.3). NaN unless there are wins and losses. ``start`` is a first guess, to save time.
    """
    label, log_odds, weight = checked(label, log_odds, weight)
    rate = mean(label, weight)
    return shift_to(rate, log_odds, weight, start=start) if 0 < rate < 1 else float("nan")


def logistic_line(
    target: Floats, score: Floats, weight: Floats, *, start: tuple[float, float] | None = None
) -> tuple[float, float]:
    """Maximum-likelihood line logit(target) = intercept + slope * score, by Newton's method (IRLS).

    Args:
        target: what to reach, 0 to 1 (fractions too, as Platt 1999 uses them), shape ``(n,)``.
        score: one number per row, finite, shape ``(n,)``.
        weight: rows each row stands for, zero or more, shape ``(n,)``.
        start: first guess at (slope, intercept).

    Returns:
        (slope, intercept); both NaN where no finite answer exists (see
        ``calibration_slope_intercept``).
    """
    if not _overlap(target, score, weight):
        return float("nan"), float("nan")
    centre = mean(score, weight)
    scale = float(np.sqrt(mean((score - centre) ** 2, weight)))
    if not scale > 0:  # scores so close that their distance is no number any more
        return float("nan"), float("nan")
    standard = (score - centre) / scale
    rate = mean(target, weight)
    guesses = [(0.0, float(logit(rate)))]
    if start is not None:
        guesses.insert(0, (start[0] * scale, start[1] + start[0] * centre))
    for guess in guesses:
        steepness, level = _newton(target, standard, weight, guess)
        if np.isfinite(steepness):
            return steepness / scale, level - steepness / scale * centre
    return float("nan"), float("nan")


def _overlap(target: Floats, score: Floats, weight: Floats) -> bool:
    """Whether a finite logistic line exists: no cut of the score parts wins from losses (Albert and
    Anderson 1984).
    """
    winning, losing = score[(target > 0) & (weight > 0)], score[(target < 1) & (weight > 0)]
    if not (winning.size and losing.size):
        return False
    return bool(winning.min() < losing.max() and losing.min() < winning.max())


def _newton(
    target: Floats, score: Floats, weight: Floats, start: tuple[float, float]
) -> tuple[float, float]:
    """Slope and intercept of greatest likelihood, NaN if Newton's method does not get there from
    this start.

    A step that moves some row's log-odds by more than a half is halved until it helps; shorter ones
    always do.
    """
    (slope, intercept), total = start, float(weight.sum())
    for _ in range(_NEWTON_STEPS):
        probability = sigmoid(intercept + slope * score)
        surplus, information = (
            weight * (target - probability),
            weight * probability * (1.0 - probability),
        )
        pull, twist = float(surplus.sum()), float(np.sum(surplus * score))
        flat, cross, steep = (
            float(np.sum(information * power)) for power in (1.0, score, score**2)
        )
        determinant = flat * steep - cross**2
        # probabilities so near 0 or 1 that no row tells anything
        if not determinant > ROUNDING * flat * steep:
            break
        step = (
            (flat * twist - cross * pull) / determinant,
            (steep * pull - cross * twist) / determinant,
        )
        gain = (step[0] * twist + step[1] * pull) / total
        fraction = _helpful_fraction(target, score, weight, (slope, intercept), step)
        slope, intercept = slope + fraction * step[0], intercept + fraction * step[1]
        if gain < 1e-20:  # what is left is its square
            return slope, intercept
    return float("nan"), float("nan")


def _helpful_fraction(
    target: Floats,
    score: Floats,
    weight: Floats,
    line: tuple[float, float],
    step: tuple[float, float],
) -> float:
    """Return the largest of 1, 1/2, 1/4 ... of the step that does not raise the loss; 0 if none."""
    if np.abs(step[1] + step[0] * score).max() <= 0.5:
        return 1.0

    def loss(fraction: float) -> float:
        at = line[1] + fraction * step[1] + (line[0] + fraction * step[0]) * score
        return float(np.sum(weight * log_losses(target, at)))

    before = loss(0.0)
    return next(
        (fraction for fraction in (0.5**k for k in range(_HALVINGS)) if loss(fraction) <= before),
        0.0,
    )


def shift_to(rate: float, log_odds: Floats, weight: Floats, *, start: float = 0.0) -> float:
    """Shift of all log-odds at which the mean probability is ``rate``, above 0 and below 1.

    Newton's method, halving the bracket where it is slow; NaN where it does not get there.
    ``start`` is a first guess.
    """
    low, high = (
        float(logit(rate)) - float(log_odds.max()),
        float(logit(rate)) - float(log_odds.min()),
    )
    at, step = min(max(start, low), high), high - low
    for _ in range(_NEWTON_STEPS):
        probability = sigmoid(log_odds + at)
        surplus = rate - mean(probability, weight)
        low, high = (at, high) if surplus > 0 else (low, at)
        slope = mean(probability * (1.0 - probability), weight)
        newton = surplus / slope if slope > 0 else float("inf")
        helps = low <= at + newton <= high and abs(newton) <= 0.5 * abs(step)
        step = newton if helps else 0.5 * (low + high) - at
        at += step
        if abs(step) <= 1e-10 * max(1.0, abs(at)):
            return at
    return float("nan")
