"""The zeros of the axes: where leads close at the average rate of the reference population, and
grades around them.
"""

import math
from itertools import pairwise

from propensity.definition.schema import Axes, AxisCuts, Definition
from propensity.model.model_parts import AxisCurve, Reference

#: Grades where nobody signed any: the best doubles the odds of an average lead, the worst halves
#: them.
UNSIGNED_CUTS = (math.log(2.0), 0.0, -math.log(2.0))


def axes_of(reference: Reference, definition: Definition | None, *, is_agreed_model: bool) -> Axes:
    """The axes that grade a model's sums.

    Cuts stay where they were signed. The zeros were agreed on for one model; those of another are
    where its own reference population closes at the rate that was frozen then.

    Args:
        reference: Reference population of the model.
        definition: What was agreed on; None, or without axes: zeros of this model, cuts at twice
            and half the odds.
        is_agreed_model: Whether the definition was agreed on this model.
    """
    if definition is None or definition.axes is None or definition.agreed_on is None:
        return recentred(reference, reference.close_rate, (UNSIGNED_CUTS, UNSIGNED_CUTS))
    if is_agreed_model:
        return definition.axes
    cuts = (definition.axes.fit.cuts, definition.axes.interest.cuts)
    return recentred(reference, definition.agreed_on.close_rate, cuts)


def recentred(
    reference: Reference,
    close_rate: float,
    cuts: tuple[tuple[float, float, float], tuple[float, float, float]],
) -> Axes:
    """Axes with their zeros where a model's reference population closes at a rate."""
    return Axes(
        fit=AxisCuts(zero=zero_of(reference.fit_curve, close_rate), cuts=cuts[0]),
        interest=AxisCuts(zero=zero_of(reference.interest_curve, close_rate), cuts=cuts[1]),
    )


def zero_of(curve: AxisCurve, close_rate: float) -> float:
    """The log-odds of an axis at which a curve reaches a rate; its nearer end where it never does;
    0 without a curve.

    >>> zero_of(((-1.0, 0.02), (0.0, 0.04), (2.0, 0.12)), 0.06)
    0.5
    """
    if not curve:
        return 0.0
    if close_rate <= curve[0][1]:
        return curve[0][0]
    for (low, rate_low), (high, rate_high) in pairwise(curve):
        if rate_low <= close_rate <= rate_high and rate_high > rate_low:
            return low + (high - low) * (close_rate - rate_low) / (rate_high - rate_low)
    return curve[-1][0]
