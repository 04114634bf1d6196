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

#: Three cuts of an axis.
ThreeCuts = tuple[float, float, float]


def axes_of(reference: Reference, definition: Definition | None, *, is_agreed_model: bool) -> Axes:
    """The axes that grade a model's sums; an axis on which it tells no lead from another has none.

    Cuts stay where they were signed. The zeros were agreed on for one model; those of another are
    where its own reference population closes at the rate that was frozen then.

    Args:
        reference: Reference population of the model.
        definition: What was agreed on; None, or without axes: zeros of this model, cuts at twice
            and half the odds.
        is_agreed_model: Whether the definition was agreed on this model.
    """
    if definition is None or definition.axes is None or definition.agreed_on is None:
        return recentred(reference, reference.close_rate, cuts_of(None))
    if is_agreed_model:
        return _carried(definition.axes, reference)
    return recentred(reference, definition.agreed_on.close_rate, cuts_of(definition.axes))


def cuts_of(axes: Axes | None) -> tuple[ThreeCuts, ThreeCuts]:
    """The cuts of fit and of interest; at twice and half the odds where nobody signed any."""
    fit, interest = (axes.fit, axes.interest) if axes else (None, None)
    return fit.cuts if fit else UNSIGNED_CUTS, interest.cuts if interest else UNSIGNED_CUTS


def recentred(reference: Reference, close_rate: float, cuts: tuple[ThreeCuts, ThreeCuts]) -> Axes:
    """Axes with their zeros where a model's reference population closes at a rate."""
    both = Axes(
        fit=AxisCuts(zero=zero_of(reference.fit_curve, close_rate), cuts=cuts[0]),
        interest=AxisCuts(zero=zero_of(reference.interest_curve, close_rate), cuts=cuts[1]),
    )
    return _carried(both, reference)


def centred_alike(axes: Axes, reference: Reference, close_rate: float) -> Axes:
    """The same axes with the same cuts, around the zeros of another reference population."""
    zeros = {
        "fit": zero_of(reference.fit_curve, close_rate),
        "interest": zero_of(reference.interest_curve, close_rate),
    }
    moved = {
        name: cuts.model_copy(update={"zero": zeros[name]})
        for name in axes.names
        if (cuts := axes.of(name)) is not None
    }
    return Axes(**moved)


def _carried(axes: Axes, reference: Reference) -> Axes:
    """Without the axis on which the model tells no lead from another."""
    kept = {name: axes.of(name) for name in axes.names if name in reference.axes}
    return Axes(**kept) if kept else axes


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
