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
from training.learn.metrics.clustered_intervals import cluster_covariance, rate_interval

#: Leads below which no rate is told.
FEWEST = 20
#: Of all comparisons of neighbours together.
_LEVEL = 0.05


@dataclass(frozen=True)
class GradeCell:
    """Leads of one grade or area.

    Attributes:
        name: A1 … D4, or hot, nurture, keen, leave; of one axis a letter or digit, or high, low.
        leads: Number of leads in the cell.
        share: Share of all leads.
        closed: That closed within the horizon.
        expected: Sum of their chances.
        low: Lower end of the close rate's 95 % interval over leads (accounts); NaN with fewer than
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
        beyond_noise: Whether the difference is too large for chance, of all neighbours that are
            compared: of grades that close alike, any is called so at most 5 times in 100.
    """

    better: str
    worse: str
    beyond_noise: bool


def by_grade(
    graded: Graded,
    won: NDArray[np.bool_],
    probability: NDArray[np.float64],
    cluster: NDArray[np.int64],
) -> tuple[GradeCell, ...]:
    """The sixteen cells A1 … D4; of one axis four.

    Args:
        graded: (n,) leads.
        won: (n,) whether each reached the goal.
        probability: (n,) chances.
        cluster: (n,) number of the account, else of the lead.
    """
    places = grades_on(graded.axes)
    names = [GRADES[place] for place in places]
    return _cells(names, graded.grade - places.start, won, probability, cluster)


def by_area(
    graded: Graded,
    won: NDArray[np.bool_],
    probability: NDArray[np.float64],
    cluster: NDArray[np.int64],
) -> tuple[GradeCell, ...]:
    """The four cells hot, nurture, keen, leave; of one axis high and low. See ``by_grade``."""
    start = areas_on(graded.axes).start
    return _cells(areas_named(graded.axes), graded.area - start, won, probability, cluster)


def disorders(
    graded: Graded, won: NDArray[np.bool_], cluster: NDArray[np.int64]
) -> Iterator[Disorder]:
    """Neighbours on an axis whose order is broken, and whether beyond noise.

    One-sided t-tests of the difference of two rates, cluster-robust and at least as uncertain as
    leads without accounts are (pooled); over all neighbours by Holm's (1979) method at 5 %.

    Args:
        graded: (n,) leads.
        won: (n,) whether each reached the goal.
        cluster: (n,) number of the account, else of the lead.
    """
    places = grades_on(graded.axes)
    names, code = [GRADES[place] for place in places], graded.grade - places.start
    leads = np.bincount(code, minlength=len(names))
    closed = np.bincount(code, weights=won, minlength=len(names))
    rate = closed / np.maximum(leads, 1)

    def influence(at: NDArray[np.intp]) -> NDArray[np.float64]:
        found = np.zeros((len(at), len(names)))
        found[np.arange(len(at)), code[at]] = (won[at] - rate[code[at]]) / leads[code[at]]
        return found

    covariance = cluster_covariance(cluster, influence, len(names))
    pairs = [
        (better, worse)
        for better, worse in (
            (names.index(one), names.index(other))
            for one, other in _neighbours()
            if {one, other} <= set(names)
        )
        if min(leads[better], leads[worse]) >= FEWEST
    ]
    surprise = []
    for better, worse in pairs:
        pooled = (closed[better] + closed[worse]) / (leads[better] + leads[worse])
        alone = pooled * (1 - pooled) * (1 / leads[better] + 1 / leads[worse])
        robust = (
            covariance[better, better] + covariance[worse, worse] - 2 * covariance[better, worse]
        )
        freedom = max(len(np.unique(cluster[(code == better) | (code == worse)])) - 2, 1)
        error = np.sqrt(max(robust, alone))
        z = (rate[worse] - rate[better]) / error if error > 0 else 0.0
        surprise.append(float(stats.t.sf(z, freedom)))
    beyond = _holm(surprise)
    for (better, worse), is_beyond in zip(pairs, beyond, strict=True):
        if rate[better] < rate[worse]:
            yield Disorder(names[better], names[worse], is_beyond)


def _neighbours() -> list[tuple[str, str]]:
    """Names of grades that lie side by side on an axis, the better one first."""
    return [
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


def _holm(surprise: Sequence[float]) -> list[bool]:
    """Which p-values are beyond chance, all together at 5 %."""
    order = sorted(range(len(surprise)), key=surprise.__getitem__)
    found = [False] * len(surprise)
    for done, place in enumerate(order):
        if surprise[place] > _LEVEL / (len(surprise) - done):
            break
        found[place] = True
    return found


def _cells(
    names: Sequence[str],
    code: NDArray[np.int8],
    won: NDArray[np.bool_],
    probability: NDArray[np.float64],
    cluster: NDArray[np.int64],
) -> tuple[GradeCell, ...]:
    found = []
    for place, name in enumerate(names):
        inside = code == place
        n = int(inside.sum())
        low, high = rate_interval(won[inside], cluster[inside]) if n >= FEWEST else (None, None)
        found.append(
            GradeCell(
                name,
                n,
                n / max(len(code), 1),
                int(won[inside].sum()),
                float(probability[inside].sum()),
                float("nan") if low is None else low,
                float("nan") if high is None else high,
            )
        )
    return tuple(found)
