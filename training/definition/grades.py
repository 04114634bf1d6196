"""What grades and quadrants are worth: leads, close rate with its interval, and whether better
closes more often.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from propensity.grading.grading import (
    DIGITS,
    GRADES,
    LETTERS,
    Graded,
    areas_named,
    areas_on,
    grades_on,
)
from training.learn.metrics.wilson import wilson

#: Leads below which no rate is told.
FEWEST = 20


@dataclass(frozen=True)
class GradeCell:
    """Leads of one grade or area.

    Attributes:
        name: A1 … D4, or hot, nurture, keen, leave; of one axis a letter or digit, or high, low.
        leads: Number of leads in the cell.
        share: Share of all leads.
        closed: That closed within the horizon.
        expected: Sum of their chances.
        low: Lower end of the close rate's 95 % interval (Wilson 1927); NaN with fewer than
            ``FEWEST`` leads.
        high: Upper end.
    """

    name: str
    leads: int
    share: float
    closed: int
    expected: float
    low: float
    high: float

    @property
    def rate(self) -> float:
        """Close rate; NaN with fewer than ``FEWEST`` leads: no rate from a handful."""
        return self.closed / self.leads if self.leads >= FEWEST else float("nan")


@dataclass(frozen=True)
class Disorder:
    """A better grade that closed less often than the next worse one on an axis.

    Attributes:
        better: Its name.
        worse: The other's name.
        beyond_noise: Whether the difference is too large for chance (one-sided 95 %, pooled
            two-proportion z-test).
    """

    better: str
    worse: str
    beyond_noise: bool


def by_grade(
    graded: Graded, won: NDArray[np.bool_], probability: NDArray[np.float64]
) -> tuple[GradeCell, ...]:
    """The sixteen cells A1 … D4; of one axis four."""
    places = grades_on(graded.axes)
    names = [GRADES[place] for place in places]
    return _cells(names, graded.grade - places.start, won, probability)


def by_area(
    graded: Graded, won: NDArray[np.bool_], probability: NDArray[np.float64]
) -> tuple[GradeCell, ...]:
    """The four cells hot, nurture, keen, leave; of one axis high and low."""
    start = areas_on(graded.axes).start
    return _cells(areas_named(graded.axes), graded.area - start, won, probability)


def disorders(cells: Sequence[GradeCell]) -> Iterator[Disorder]:
    """Neighbours on an axis whose order is broken; a one-sided two-proportion z-test says whether
    beyond noise.

    Args:
        cells: The cells, as ``by_grade`` returns them.
    """
    of = {cell.name: cell for cell in cells}
    neighbours = [
        *(
            (f"{a}{digit}", f"{b}{digit}")
            for a, b in itertools.pairwise(LETTERS)
            for digit in DIGITS
        ),
        *(
            (f"{letter}{a}", f"{letter}{b}")
            for letter in LETTERS
            for a, b in itertools.pairwise(DIGITS)
        ),
        *itertools.pairwise(LETTERS),
        *itertools.pairwise(DIGITS),
    ]
    for better, worse in neighbours:
        if {better, worse} <= set(of) and of[better].rate < of[worse].rate:
            yield Disorder(better, worse, _less_beyond_noise(of[better], of[worse]))


def _less_beyond_noise(one: GradeCell, other: GradeCell) -> bool:
    pooled = (one.closed + other.closed) / (one.leads + other.leads)
    error = np.sqrt(pooled * (1 - pooled) * (1 / one.leads + 1 / other.leads))
    return bool(other.rate - one.rate > stats.norm.ppf(0.95) * error)


def _cells(
    names: Sequence[str],
    code: NDArray[np.int8],
    won: NDArray[np.bool_],
    probability: NDArray[np.float64],
) -> tuple[GradeCell, ...]:
    leads = np.bincount(code, minlength=len(names))
    closed = np.bincount(code, weights=won, minlength=len(names)).astype(np.int64)
    expected = np.bincount(code, weights=probability, minlength=len(names))
    low, high = np.where(leads >= FEWEST, wilson(closed, leads), np.nan)
    return tuple(
        GradeCell(name, int(n), n / max(len(code), 1), int(k), float(p), float(lower), float(upper))
        for name, n, k, p, lower, upper in zip(
            names, leads, closed, expected, low, high, strict=True
        )
    )
