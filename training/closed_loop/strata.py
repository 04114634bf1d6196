"""Like with like: leads looked at in the same round and of the same age."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.store import Store
from training.learn.rows.snapshots import LabelledRows

#: Bands of equally many rows that ages are cut into.
AGE_BANDS = 10
#: Parts of equally many rows that the order of a flat table is cut into.
_TIMES = 10


@dataclass(frozen=True)
class Strata:
    """Rows that are compared with each other.

    Attributes:
        number: (n,) number of each row's stratum, from 0 without gaps.
        age_band: (n,) number of each row's age band, from 0; all 0 where no age is known.
    """

    number: NDArray[np.intp]
    age_band: NDArray[np.intp]

    @property
    def count(self) -> int:
        """How many strata there are."""
        return int(self.number.max(initial=-1)) + 1


def strata_of(store: Store, rows: LabelledRows) -> Strata:
    """Round by age band; in a flat table, where no age is known, tenths of the order in time."""
    if store.is_flat:
        times = _bands(rows.time, _TIMES)
        return Strata(_numbered(times), np.zeros(len(rows), dtype=np.intp))
    bands = _bands(ages(store, rows), AGE_BANDS)
    return Strata(_numbered(rows.round * AGE_BANDS + bands), bands)


def ages(store: Store, rows: LabelledRows) -> NDArray[np.int64]:
    """(n,) whole days since the row's episode began; an episode begins with the lead, or with its
    reopening.
    """
    numbered = rows.rows.append_column("row", [np.arange(len(rows), dtype=np.int64)])
    store.connection.register("aged_rows", numbered)
    found = store.query("""
        SELECT r.as_of_day - e.started_day AS age
        FROM aged_rows r JOIN episodes e ON e.lead = r.lead AND e.episode = r.episode ORDER BY r.row
    """)
    store.connection.unregister("aged_rows")
    days: NDArray[np.int64] = found["age"].to_numpy().astype(np.int64)
    return days


def _bands(values: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Number of each value's band; equal values share one, so that there may be fewer."""
    if not len(values):
        return np.empty(0, dtype=np.int64)
    edges = np.unique(np.quantile(values, np.arange(1, count) / count, method="inverted_cdf"))
    bands: NDArray[np.int64] = np.searchsorted(
        edges[edges < values.max()], values, side="left"
    ).astype(np.int64)
    return bands


def _numbered(keys: NDArray[np.int64]) -> NDArray[np.intp]:
    return np.unique(keys, return_inverse=True)[1].astype(np.intp)
