"""Leads (accounts) drawn again with replacement, as every bootstrap over leads draws them.

Rows of one lead stay together: a resample says how often each lead counts. Leads are drawn in the
order of their number, so the same seed gives the same resamples whatever the order of the rows.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: How often each of so many clusters is drawn, by a generator's next numbers.
Draw = Callable[[np.random.Generator, int], NDArray[np.int64]]
#: Counts of draws that are kept for the next figure, two bytes each.
_MOST_KEPT = 50_000_000


def one_by_one(random: np.random.Generator, clusters: int) -> NDArray[np.int64]:
    """As many clusters as there are, drawn one after another and counted."""
    return np.bincount(random.integers(0, clusters, clusters), minlength=clusters)


def all_at_once(random: np.random.Generator, clusters: int) -> NDArray[np.int64]:
    """All counts in one multinomial draw: the same distribution, by other random numbers."""
    return random.multinomial(clusters, np.full(clusters, 1 / clusters))


def times_drawn(
    clusters: int, n: int, *, seed: int, draw: Draw = one_by_one
) -> Iterator[NDArray[np.int64]]:
    """How often each cluster is drawn, one resample after another: (clusters,) each.

    Args:
        clusters: How many there are.
        n: Resamples.
        seed: The same seed gives the same resamples.
        draw: ``one_by_one`` or ``all_at_once``.
    """
    random = np.random.default_rng(seed)
    return (draw(random, clusters) for _ in range(n))


class Resamples:
    """Resamples of the leads (accounts) of some rows, the same for every figure and every model.

    Args:
        cluster: (n,) number of each row's lead (account).
        n: Resamples.
        seed: The same seed gives the same resamples.
        draw: ``one_by_one`` or ``all_at_once``.

    Attributes:
        of_row: (n,) place of each row's number among the different numbers, ascending.
        n_clusters: How many different numbers there are.
    """

    def __init__(
        self, cluster: NDArray[np.int64], n: int, seed: int, *, draw: Draw = one_by_one
    ) -> None:
        clusters, self.of_row = np.unique(cluster, return_inverse=True)
        self.n_clusters, self.n, self.seed, self.draw = clusters.size, n, seed, draw
        self._kept: list[NDArray[np.uint16]] = []

    def times(self) -> Iterator[Floats]:
        """How often each cluster is drawn, one resample after another: (clusters,) each."""
        if self._kept:
            yield from (counts.astype(np.float64) for counts in self._kept)
            return
        keep = []
        for counts in times_drawn(self.n_clusters, self.n, seed=self.seed, draw=self.draw):
            if self.n * self.n_clusters <= _MOST_KEPT:
                keep.append(counts.astype(np.uint16))
            yield counts.astype(np.float64)
        self._kept = keep

    def weights(self, weight: Floats) -> Iterator[Floats]:
        """The rows' weights, (n,), times how often their leads are drawn, one resample after
        another.
        """
        return (weight * times[self.of_row] for times in self.times())
