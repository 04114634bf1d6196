"""Grades and quadrants: where a lead stands on the axes, by cuts that stay where they were signed.

Where leads differ on one axis only there are no quadrants: the grade is the letter or the digit
alone, and its coarse form the upper or the lower half.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.settings import Axis
from propensity.definition.schema import Axes, AxisCuts

Quadrant = Literal["hot", "nurture", "keen", "leave"]
Half = Literal["high", "low"]
#: Where a lead stands, coarsely.
Area = Quadrant | Half

LETTERS, DIGITS = "ABCD", "1234"
#: By code: the first two are high.
QUADRANTS: tuple[Quadrant, ...] = ("hot", "nurture", "keen", "leave")
#: The halves of the only axis.
HALVES: tuple[Half, ...] = ("high", "low")
#: By code: the quadrants of two axes, then the halves of one.
AREAS: tuple[Area, ...] = (*QUADRANTS, *HALVES)
#: By code: A1 … D4 of two axes, then A … D of fit alone and 1 … 4 of interest alone.
GRADES = (*(letter + digit for letter in LETTERS for digit in DIGITS), *LETTERS, *DIGITS)

_OF_FIT, _OF_INTEREST = 16, 20  # codes of A and of 1 in GRADES
_HIGH = AREAS.index("high")


@dataclass(frozen=True)
class Graded:
    """n rows on the axes.

    Attributes:
        fit: (n,) log-odds above the axis's zero.
        interest: (n,) log-odds above the axis's zero.
        letter: (n,) 0 for A … 3 for D; None where nothing is known of any lead's fit.
        digit: (n,) 0 for 1 … 3 for 4; None where nothing is known of any lead's interest.
    """

    fit: NDArray[np.float64]
    interest: NDArray[np.float64]
    letter: NDArray[np.int8] | None
    digit: NDArray[np.int8] | None

    def take(self, inside: NDArray[np.bool_]) -> "Graded":
        """Some of the rows."""
        return Graded(
            self.fit[inside],
            self.interest[inside],
            None if self.letter is None else self.letter[inside],
            None if self.digit is None else self.digit[inside],
        )

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes that leads differ by."""
        found: dict[Axis, NDArray[np.int8] | None] = {"fit": self.letter, "interest": self.digit}
        return tuple(axis for axis, place in found.items() if place is not None)

    @property
    def grade(self) -> NDArray[np.int8]:
        """(n,) place in ``GRADES``."""
        if self.letter is not None and self.digit is not None:
            return self.letter * np.int8(4) + self.digit
        return self._only + np.int8(_OF_FIT if self.letter is not None else _OF_INTEREST)

    @property
    def area(self) -> NDArray[np.int8]:
        """(n,) place in ``AREAS``: the grade's coarse form."""
        if self.letter is not None and self.digit is not None:
            return 2 * (self.letter >= 2).astype(np.int8) + (self.digit >= 2).astype(np.int8)
        return np.int8(_HIGH) + (self._only >= 2).astype(np.int8)

    @property
    def grades(self) -> pa.StringArray:
        """(n,) A1 … D4; of one axis A … D, or 1 … 4."""
        return pa.array(GRADES, pa.string()).take(pa.array(self.grade))

    @property
    def quadrants(self) -> pa.StringArray:
        """(n,) hot, nurture, keen or leave; null where leads differ on one axis only."""
        is_none = np.full(len(self.fit), len(self.axes) < 2)
        return pa.array(AREAS, pa.string()).take(pa.array(self.area, mask=is_none))

    @property
    def _only(self) -> NDArray[np.int8]:
        found = self.letter if self.letter is not None else self.digit
        if found is None:
            raise ValueError("expected leads on an axis at least, got none")
        return found


def graded(axes: Axes, fit: NDArray[np.float64], interest: NDArray[np.float64]) -> Graded:
    """Grade rows.

    Args:
        axes: Zeros and cuts.
        fit: (n,) as the model sums it up.
        interest: (n,) as the model sums it up.
    """
    letter = digit = None
    if axes.fit is not None:
        fit = fit - axes.fit.zero
        letter = letters_of(axes.fit, fit)
    if axes.interest is not None:
        interest = interest - axes.interest.zero
        digit = letters_of(axes.interest, interest)
    return Graded(fit, interest, letter, digit)


def grades_on(axes: tuple[Axis, ...]) -> range:
    """Places in ``GRADES`` of the grades that leads on these axes can have."""
    if len(axes) > 1:
        return range(_OF_FIT)
    start = _OF_FIT if axes == ("fit",) else _OF_INTEREST
    return range(start, start + 4)


def areas_on(axes: tuple[Axis, ...]) -> range:
    """Places in ``AREAS`` of the areas that leads on these axes can stand in."""
    return range(_HIGH) if len(axes) > 1 else range(_HIGH, len(AREAS))


def areas_named(axes: tuple[Axis, ...]) -> tuple[Area, ...]:
    """Names of the areas that leads on these axes can stand in."""
    return tuple(AREAS[place] for place in areas_on(axes))


def fits(area: NDArray[np.int8], axes: tuple[Axis, ...]) -> NDArray[np.bool_] | None:
    """(n,) whether the fit is high, read off the area; None where nothing is known of fit."""
    if "fit" not in axes:
        return None
    high: NDArray[np.bool_] = area < 2 if len(axes) > 1 else area == _HIGH
    return high


def letters_of(axis: AxisCuts, above_zero: NDArray[np.float64]) -> NDArray[np.int8]:
    """(n,) 0 for the best grade of an axis … 3 for the worst."""
    place: NDArray[np.int8] = sum((above_zero < cut).astype(np.int8) for cut in axis.cuts)  # type: ignore[assignment]
    return place
