"""Fit x interest as a density: how many leads stand where, in cells of five or more."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from propensity.grading.grading import Graded

#: Cells along an axis.
CELLS = 20
#: Leads below which a cell is left blank.
FEWEST = 5
#: Ends of the axes: beyond, the outermost cells hold what is left.
_ENDS = (0.01, 0.99)


@dataclass(frozen=True)
class Density:
    """Leads by where they stand, in log-odds from the zero of each axis.

    Attributes:
        fit_edges: (F + 1,) ascending.
        interest_edges: (I + 1,) ascending.
        counts: (F, I) leads; 0 where there are fewer than five.
        blank: Leads in cells that are left blank.
    """

    fit_edges: NDArray[np.float64]
    interest_edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    blank: int


def density(graded: Graded) -> Density:
    """Count leads in even cells; those beyond the ends stand in the outermost cells."""
    fit_edges, interest_edges = _edges(graded.fit), _edges(graded.interest)
    places = [
        np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
        for edges, values in ((fit_edges, graded.fit), (interest_edges, graded.interest))
    ]
    shape = (len(fit_edges) - 1, len(interest_edges) - 1)
    counts = np.bincount(places[0] * shape[1] + places[1], minlength=shape[0] * shape[1]).reshape(
        shape
    )
    shown = np.where(counts >= FEWEST, counts, 0)
    return Density(fit_edges, interest_edges, shown, int((counts - shown).sum()))


def _edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Even edges that hold the zero and nearly all leads; fewer cells where there are few leads."""
    low, high = np.quantile(values, _ENDS).tolist()
    low, high = min(low, -0.1), max(high, 0.1)
    cells = int(np.clip(np.sqrt(len(values) / 10), 4, CELLS))
    return np.linspace(low, high, cells + 1)
