"""What a random slice of the leads below the line can show: how many are worked, how many of them
close, and which difference that would tell from chance.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from training.definition.held_out import HeldOut

#: Share of the qualified leads below the line that a proposed definition has worked.
PROPOSED_SHARE = 0.02
#: Chance of an error where nothing differs (two-sided), and of seeing a difference that is there.
_ERROR, _POWER = 0.05, 0.8


@dataclass(frozen=True)
class SlicePower:
    """What working a random slice can show.

    Attributes:
        leads: Leads of the slice, of those that the test part saw.
        closes: Closes expected of them, by the model.
        times: Their close rate has to be so many times the expected one to be told from it in 80 of
            100 such slices; infinity where not even a slice in which all close would do.
    """

    leads: float
    closes: float
    times: float

    @property
    def sentence(self) -> str:
        """For the definition file."""
        told = (
            f"shows a close rate {self.times:.1f} times the expected one"
            if np.isfinite(self.times)
            else "too few to show anything soon"
        )
        return f"about {self.leads:.0f} leads of the test's days, {self.closes:.1f} closes: {told}"


def slice_power(judged: HeldOut, enter: float, share: float = PROPOSED_SHARE) -> SlicePower:
    """The power of a slice below a line, on leads that the recipe had not learned from.

    Args:
        judged: A row per lead.
        enter: The line, as a chance.
        share: Share of the leads below it that is worked.
    """
    below = judged.probability < enter
    leads = share * float(below.sum())
    if leads == 0:
        return SlicePower(0.0, 0.0, float("inf"))
    rate = float(judged.probability[below].mean())
    return SlicePower(leads, leads * rate, detectable(leads, rate))


def detectable(leads: float, rate: float) -> float:
    """How many times a close rate has to be, to be told from it by so many leads: the normal
    approximation to one proportion (Fleiss 1981), two-sided 5 %, power 80 %.

    >>> round(detectable(1000, 0.05), 2)
    1.41
    """

    def short(higher: float) -> float:
        needed = norm.isf(_ERROR / 2) * np.sqrt(rate * (1 - rate) / leads)
        missed = norm.ppf(_POWER) * np.sqrt(higher * (1 - higher) / leads)
        return higher - rate - float(needed + missed)

    if not 0 < rate < 1 or short(1 - 1e-12) < 0:
        return float("inf")
    return float(brentq(short, rate, 1 - 1e-12)) / rate
