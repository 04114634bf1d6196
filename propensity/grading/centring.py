"""The zeros of the axes: where the reference population, were all its leads to stand there, closes
at the average rate; and grades around them.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

from features.settings import Axis
from propensity.definition.schema import Axes, AxisCuts, Definition
from propensity.model.model_parts import AxisCurve, Reference

#: Grades where nobody signed any: the best doubles the odds of an average lead, the worst halves
#: them.
UNSIGNED_CUTS = (math.log(2.0), 0.0, -math.log(2.0))
#: Standard errors from the zero of a new model within which the zero in use is kept (95 %).
WITHIN = 1.96

#: Three cuts of an axis.
ThreeCuts = tuple[float, float, float]


@dataclass(frozen=True)
class Zero:
    """The zero of an axis for a model.

    Attributes:
        axis: fit or interest.
        value: The zero that grades, in log-odds of the axis.
        found: Where the model's own reference population closes at the average rate.
        error: Standard error of ``found``; None where nothing is known of it.
    """

    axis: Axis
    value: float
    found: float
    error: float | None = None

    @property
    def within_noise(self) -> bool:
        """Whether the zero that grades may as well be the model's own."""
        apart = abs(self.value - self.found)
        return apart == 0 or (self.error is not None and apart <= WITHIN * self.error)


def axes_of(reference: Reference, definition: Definition | None, *, is_agreed_model: bool) -> Axes:
    """The axes that grade a model's sums; an axis on which it tells no lead from another has none.

    Cuts stay where they were signed. The zeros were agreed on for one model; those of another are
    where its own reference population closes at the rate that was frozen then, or stay where that
    is not beyond noise.

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
    return recentred(
        reference,
        definition.agreed_on.close_rate,
        cuts_of(definition.axes),
        before=definition.axes,
    )


def average_rate(reference: Reference, definition: Definition | None) -> float:
    """The close rate that is average: as it was frozen, else the reference population's own."""
    agreed_on = definition.agreed_on if definition else None
    return agreed_on.close_rate if agreed_on else reference.close_rate


def cuts_of(axes: Axes | None) -> tuple[ThreeCuts, ThreeCuts]:
    """The cuts of fit and of interest; at twice and half the odds where nobody signed any."""
    fit, interest = (axes.fit, axes.interest) if axes else (None, None)
    return fit.cuts if fit else UNSIGNED_CUTS, interest.cuts if interest else UNSIGNED_CUTS


def zero_in(reference: Reference, axis: Axis, close_rate: float, value: float | None) -> Zero:
    """The zero of an axis beside the one that a model finds.

    Args:
        reference: Reference population of the model.
        axis: fit or interest.
        close_rate: The rate that is average.
        value: The zero that grades; None for the one that the model finds.
    """
    found, noise = zero_of(reference.curve(axis), close_rate), reference.noise(axis)
    is_own = close_rate == reference.close_rate
    error = None if noise is None else noise.own_rate if is_own else noise.fixed_rate
    return Zero(axis, found if value is None else value, found, error)


def recentred(
    reference: Reference,
    close_rate: float,
    cuts: tuple[ThreeCuts, ThreeCuts],
    *,
    before: Axes | None = None,
) -> Axes:
    """Axes with their zeros where a model's reference population closes at a rate; a zero in use
    stays where that is not beyond noise.

    Args:
        reference: Reference population of the model.
        close_rate: The rate that is average.
        cuts: Cuts of fit and of interest.
        before: Axes in use, for another model, around the same rate.
    """
    both = Axes(
        fit=AxisCuts(zero=_zero(reference, "fit", close_rate, before), cuts=cuts[0]),
        interest=AxisCuts(zero=_zero(reference, "interest", close_rate, before), cuts=cuts[1]),
    )
    return _carried(both, reference)


def centred_alike(axes: Axes, reference: Reference, close_rate: float) -> Axes:
    """The same axes with the same cuts, around the zeros of another reference population."""
    moved = {
        name: cuts.model_copy(update={"zero": zero_of(reference.curve(name), close_rate)})
        for name in axes.names
        if (cuts := axes.of(name)) is not None
    }
    return Axes(**moved)


def _zero(reference: Reference, axis: Axis, close_rate: float, before: Axes | None) -> float:
    """The zero that grades: the one in use, where the model's own is not beyond noise of it."""
    cuts = before.of(axis) if before else None
    zero = zero_in(reference, axis, close_rate, cuts.zero if cuts else None)
    return zero.value if zero.within_noise else zero.found


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
