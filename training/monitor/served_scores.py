"""Whether the scores themselves have moved: the chances served in a night beside those of the night
with which the pair in use began.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from propensity.input_check.values import Shares

#: Classes of about equal share in the first night.
_CLASSES = 10


@dataclass(frozen=True)
class ScoreEdges:
    """The classes of the first night.

    Attributes:
        edges: (k - 1,) log-odds between the classes, ascending.
        shares: (k,) shares of the first night.
        leads: Leads of the first night.
    """

    edges: NDArray[np.float64]
    shares: NDArray[np.float64]
    leads: int


def score_edges(log_odds: NDArray[np.float64]) -> ScoreEdges:
    """Tenths of the leads of a night.

    Args:
        log_odds: (n,) log-odds of one or more leads.
    """
    cuts = np.quantile(log_odds, np.arange(1, _CLASSES) / _CLASSES, method="inverted_cdf")
    edges = np.unique(cuts)
    return ScoreEdges(edges, _shares(edges, log_odds), len(log_odds))


def score_index(first: ScoreEdges, log_odds: NDArray[np.float64]) -> tuple[float, float]:
    """How far the scores of a night are from those of the first: the stability index, and what it
    reaches by sampling alone; see ``propensity.input_check.values``.

    Args:
        first: The first night.
        log_odds: (n,) log-odds of a later night, of one or more leads.
    """
    names = ("",) * len(first.shares)
    shares = Shares(names, first.shares, _shares(first.edges, log_odds))
    noise = shares.noise(len(log_odds)) + shares.noise(first.leads)  # both are samples
    return shares.stability(len(log_odds)), noise


def have_moved(index: NDArray[np.float64], limit: NDArray[np.float64]) -> bool:
    """Whether the scores of both newest weeks are beyond the limit: a single night may be odd.

    Args:
        index: (W,) stability index of the first night of each week, the oldest first.
        limit: (W,) beyond which a week has moved.
    """
    return len(index) > 1 and bool((index[-2:] > limit[-2:]).all())


def _shares(edges: NDArray[np.float64], log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    place = np.searchsorted(edges, log_odds, side="left")
    counts = np.bincount(place, minlength=len(edges) + 1)
    return counts.astype(np.float64) / len(log_odds)
