"""How many leads would get another letter from another draw of as many leads, although nothing in
the world had changed.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from statistics import NormalDist

from propensity.definition.schema import Axes, AxisCuts
from propensity.grading.centring import WITHIN, Zero, zero_in
from propensity.language import CATALOGUES
from propensity.model.model_parts import AxisNoise, Reference


@dataclass(frozen=True)
class RedrawShares:
    """Shares of the reference population, 0..1, that two draws of as many leads, each with a model
    of its own, put elsewhere.

    Attributes:
        letters: With another letter; of interest, another digit.
        zero: With another letter through the zero alone.
        halves: High by one and low by the other.
    """

    letters: float
    zero: float
    halves: float


@dataclass(frozen=True)
class Redraw:
    """The zero of an axis, and what chance alone does to the grades around it.

    Attributes:
        zero: Where it stands.
        shares: What another draw changes; None where nothing is known of it.
    """

    zero: Zero
    shares: RedrawShares | None = None


def redraws(axes: Axes, reference: Reference, close_rate: float) -> tuple[Redraw, ...]:
    """What another draw would change, per axis that has cuts.

    Args:
        axes: Zeros and cuts for the model.
        reference: Reference population of the model.
        close_rate: The rate that is average.
    """
    return tuple(
        _redraw(reference, zero_in(reference, name, close_rate, cuts.zero), cuts)
        for name in axes.names
        if (cuts := axes.of(name)) is not None
    )


def _redraw(reference: Reference, zero: Zero, cuts: AxisCuts) -> Redraw:
    noise = reference.noise(zero.axis)
    if noise is None:
        return Redraw(zero)
    alone = noise.model_copy(update={"leads": tuple((at, noise.own_rate) for at, _ in noise.leads)})
    shares = RedrawShares(
        letters=shares_moved(noise, cuts, cuts.cuts),
        zero=shares_moved(alone, cuts, cuts.cuts),
        halves=shares_moved(noise, cuts, cuts.cuts[1:2]),
    )
    return Redraw(zero, shares)


def shares_moved(noise: AxisNoise, axis: AxisCuts, cuts: tuple[float, ...]) -> float:
    """Share of the population that two draws put on different sides of some of the cuts.

    What separates two draws has the variance of both: a lead that one of them puts at v above the
    zero, the other puts at v plus a normal error of sqrt(2) standard errors.

    Args:
        noise: Where the leads stand, and the standard error of the distance from the zero.
        axis: The zero.
        cuts: Boundaries above (or below) the zero, the highest first.
    """
    edges = (math.inf, *cuts, -math.inf)
    total = 0.0
    for at, error in noise.leads:
        above = at - axis.zero
        high, low = next(pair for pair in pairwise(edges) if above >= pair[1])
        if error > 0:
            by = NormalDist(above, math.sqrt(2) * error)
            total += 1 - (by.cdf(high) - by.cdf(low))
    return total / max(len(noise.leads), 1)


def sentences(found: Sequence[Redraw], *, language: str) -> Iterator[str]:
    """Where the zeros stand and why, and what chance alone does to the grades."""
    words = CATALOGUES[language]
    for redraw in found:
        zero = redraw.zero
        by = "" if zero.error is None else words.say("zero: range", by=f"{WITHIN * zero.error:.2f}")
        which = "own" if zero.value == zero.found else "kept" if zero.within_noise else "apart"
        told = {"axis": words[zero.axis], "value": f"{zero.value:+.2f}", "range": by}
        if which != "own":
            told["found"] = f"{zero.found:+.2f}"
        yield words.say(f"zero: {which}", **told)
        if redraw.shares is not None:
            told = {name: _share(share) for name, share in asdict(redraw.shares).items()}
            letter = words[f"zero: letter of {zero.axis}"]
            yield words.say("zero: redraw", axis=words[zero.axis], letter=letter, **told)


def _share(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.095 else f"{100 * share:.1f} %"
