"""Fit x interest as a density: how many leads stand where, in cells of five or more."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from propensity.grading.grading import Graded
from training.threshold.promise import FEWEST_FOR_A_RATE

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
        rate_fit_edges: (G + 1,) borders of the cells of the rates: two by two of the others.
        rate_interest_edges: (J + 1,) the same.
        rates: (G, J) share of leads that reached the goal; NaN where there are fewer than twenty.
    """

    fit_edges: NDArray[np.float64]
    interest_edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    blank: int
    rate_fit_edges: NDArray[np.float64]
    rate_interest_edges: NDArray[np.float64]
    rates: NDArray[np.float64]


def density(graded: Graded, won: NDArray[np.bool_]) -> Density:
    """Count leads in even cells; those beyond the ends stand in the outermost cells.

    Args:
        graded: (n,) leads.
        won: (n,) whether each reached the goal.
    """
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
    # a rate needs more leads than a count: cells of two by two
    halves = [np.append(edges[:-1:2], edges[-1]) for edges in (fit_edges, interest_edges)]
    coarse = (len(halves[0]) - 1, len(halves[1]) - 1)
    cell = (places[0] // 2) * coarse[1] + places[1] // 2
    leads, wins = (
        np.bincount(cell, weights=weight, minlength=coarse[0] * coarse[1]).reshape(coarse)
        for weight in (np.ones(len(won)), won.astype(np.float64))
    )
    rates = np.divide(wins, leads, out=np.full(coarse, np.nan), where=leads >= FEWEST_FOR_A_RATE)
    return Density(
        fit_edges=fit_edges,
        interest_edges=interest_edges,
        counts=shown,
        blank=int((counts - shown).sum()),
        rate_fit_edges=halves[0],
        rate_interest_edges=halves[1],
        rates=rates,
    )


def _edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Even edges that hold the zero and nearly all leads; fewer cells where there are few leads."""
    low, high = np.quantile(values, _ENDS).tolist()
    low, high = min(low, -0.1), max(high, 0.1)
    cells = int(np.clip(np.sqrt(len(values) / 10), 4, CELLS))
    return np.linspace(low, high, cells + 1)
