"""Grades and quadrants: where a lead stands on the two axes, by cuts that stay where they were
signed.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from propensity.definition.schema import Axes, AxisCuts

Quadrant = Literal["hot", "nurture", "keen", "leave"]

LETTERS, DIGITS = "ABCD", "1234"
#: By code: the first two are high.
QUADRANTS: tuple[Quadrant, ...] = ("hot", "nurture", "keen", "leave")
GRADES = tuple(letter + digit for letter in LETTERS for digit in DIGITS)


@dataclass(frozen=True)
class Graded:
    """n rows on the two axes.

    Attributes:
        fit: (n,) log-odds above the axis's zero.
        interest: (n,) log-odds above the axis's zero.
        letter: (n,) 0 for A … 3 for D.
        digit: (n,) 0 for 1 … 3 for 4.
    """

    fit: NDArray[np.float64]
    interest: NDArray[np.float64]
    letter: NDArray[np.int8]
    digit: NDArray[np.int8]

    @property
    def grade(self) -> NDArray[np.int8]:
        """(n,) place in ``GRADES``."""
        return self.letter * np.int8(4) + self.digit

    @property
    def quadrant(self) -> NDArray[np.int8]:
        """(n,) place in ``QUADRANTS``: the grade's coarse form."""
        return 2 * (self.letter >= 2).astype(np.int8) + (self.digit >= 2).astype(np.int8)

    @property
    def grades(self) -> pa.StringArray:
        """(n,) A1 … D4."""
        return pa.array(GRADES, pa.string()).take(pa.array(self.grade))

    @property
    def quadrants(self) -> pa.StringArray:
        """(n,) hot, nurture, keen or leave."""
        return pa.array(QUADRANTS, pa.string()).take(pa.array(self.quadrant))


def graded(axes: Axes, fit: NDArray[np.float64], interest: NDArray[np.float64]) -> Graded:
    """Grade rows.

    Args:
        axes: Zeros and cuts.
        fit: (n,) as the model sums it up.
        interest: (n,) as the model sums it up.
    """
    fit, interest = fit - axes.fit.zero, interest - axes.interest.zero
    return Graded(fit, interest, _place(axes.fit, fit), _place(axes.interest, interest))


def _place(axis: AxisCuts, above_zero: NDArray[np.float64]) -> NDArray[np.int8]:
    place: NDArray[np.int8] = sum((above_zero < cut).astype(np.int8) for cut in axis.cuts)  # type: ignore[assignment]
    return place
