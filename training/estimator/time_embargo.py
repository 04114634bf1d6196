"""Folds by time for one's own models: learn from older rows, try on newer rows of other leads."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.model_selection import BaseCrossValidator

from training.learn.rows.split import place_of

_MICROSECONDS = 86_400_000_000


class TimeEmbargoSplit(BaseCrossValidator):  # type: ignore[misc]
    """Folds of which each is tried on rows newer than those it learned from.

    Between the newest row that teaches and the oldest that judges lies an embargo of so many days:
    with the horizon of the label, no label was open when the fold would have been learned. A group
    (an account, or a lead) never stands on both sides: groups are dealt out by half, and a fold
    learns from one half and is tried on the other.

    Args:
        time: (n,) when each row was looked at: days, moments or numbers.
        n_splits: Number of folds; the newest rows are parted into so many equal pieces, each
            tried once.
        embargo_days: In days for times that are dates, else in their unit.
        first: Share of the rows, oldest first, that only teach.
        random_state: Seed by which groups are dealt out.
    """

    def __init__(
        self,
        time: ArrayLike,
        *,
        n_splits: int = 3,
        embargo_days: float = 0.0,
        first: float = 0.4,
        random_state: int = 0,
    ) -> None:
        self.time = time
        self.n_splits = n_splits
        self.embargo_days = embargo_days
        self.first = first
        self.random_state = random_state

    def split(
        self,
        X: Any,  # noqa: ANN401 — anything with a length
        y: object = None,  # noqa: ARG002 — as scikit-learn calls it
        groups: ArrayLike | None = None,
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """Positions of the rows that teach, and of those that judge, of each fold.

        Raises:
            ValueError: There are not as many times, or groups, as rows; a time is missing; or a
                fold would have nobody to learn from or to judge.
        """
        time = _numbers(self.time)
        if len(time) != len(X):
            raise ValueError(f"expected {len(X)} times, one for each row, got {len(time)}")
        if groups is not None and len(np.asarray(groups)) != len(time):
            raise ValueError(f"expected {len(time)} groups, got {len(np.asarray(groups))}")
        if not (self.n_splits >= 1 and 0 < self.first < 1 and self.embargo_days >= 0):
            raise ValueError(
                "expected n_splits of at least 1, 0 < first < 1 and embargo_days of at least 0, got"
                f" {self.n_splits}, {self.first} and {self.embargo_days}"
            )
        side = _side(groups, len(time), self.random_state)
        ordered = np.sort(time)
        shares = np.linspace(self.first, 1.0, self.n_splits + 1)
        ends = ordered[np.ceil(shares * len(time)).astype(int) - 1]
        for number, (start, end) in enumerate(itertools.pairwise(ends), start=1):
            judged = (time > start) & (time <= end)
            newest = time[judged].min() - self.embargo_days if judged.any() else -np.inf
            taught = (time <= start) & (time <= newest)
            for own in np.unique(side):
                learn = taught & (side != own) if groups is not None else taught
                test = judged & (side == own)
                if not learn.any() or not test.any():
                    raise ValueError(
                        f"fold {number}: expected rows on both sides of the embargo, got"
                        f" {int(learn.sum())} that teach and {int(test.sum())} that judge; ask for"
                        " fewer folds or a shorter embargo"
                    )
                yield np.flatnonzero(learn), np.flatnonzero(test)

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:  # noqa: ARG002 — as scikit-learn calls it
        """Number of folds: twice as many with groups."""
        return self.n_splits * (1 if groups is None else 2)


def _numbers(time: ArrayLike) -> NDArray[np.float64]:
    """(n,) days, or the numbers as they are."""
    values = pd.Series(np.asarray(time))
    if not pd.api.types.is_numeric_dtype(values):
        moments = pd.to_datetime(values, utc=True).dt.as_unit("us")
        values = moments.astype("int64").where(moments.notna(), np.nan) / _MICROSECONDS
    found: NDArray[np.float64] = values.to_numpy(np.float64)
    absent = int((~np.isfinite(found)).sum())
    if absent:
        raise ValueError(f"expected a time for every row, got none for {absent}")
    return found


def _side(groups: ArrayLike | None, rows: int, seed: int) -> NDArray[np.int64]:
    """(n,) which half of the groups each row is of; all of one without groups."""
    if groups is None:
        return np.zeros(rows, dtype=np.int64)
    _, cluster = np.unique(np.asarray(groups), return_inverse=True)
    return (place_of(cluster, seed=seed) >= 0.5).astype(np.int64)
