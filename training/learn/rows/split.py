"""Which rows teach, and which judge: split by time, with an embargo of one horizon before the
test.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.days import date_of
from features.errors import RefusedError
from training.learn.rows.cadence import Cadence
from training.learn.rows.snapshots import LabelledRows


@dataclass(frozen=True)
class SplitPlan:
    """The days of the recipe's two parts; a row belongs to the part of its own as-of.

    Attributes:
        older: Days that train and calibrate.
        test: Days that judge.
        embargo: Days between them, used by neither: their labels overlap the test.
    """

    older: range
    test: range
    embargo: range


def plan(cadence: Cadence, *, horizon_days: int, test_days: int | None) -> SplitPlan:
    """Split mature days: the newest ``test_days`` judge, an embargo of one horizon lies before
    them.

    The test is lengthened to whole rounds, which hold every open lead, where that leaves enough to
    learn from.

    The older part has to span two horizons: one whose outcomes teach, and a later one on which the
    number of trees and the calibration are chosen.

    Raises:
        RefusedError: The history is too short; the message shows the sums.
    """
    first_day, observed_day = cadence.after, cadence.newest + horizon_days
    if observed_day <= first_day:
        raise RefusedError(
            f"There is no history: observed until {date_of(observed_day)} does not lie after the"
            f" first lead ({date_of(first_day)}). Correct input.observed_until, or the times of the"
            " leads."
        )
    history = observed_day - first_day
    days = _test_days(history, horizon_days, test_days)
    if _left_to_learn(history, horizon_days, days) < 2 * horizon_days:
        raise RefusedError(_sums(first_day, observed_day, horizon_days, test_days))
    whole_rounds = -(-days // cadence.every) * cadence.every
    if _left_to_learn(history, horizon_days, whole_rounds) >= 2 * horizon_days:
        days = whole_rounds
    first_test = cadence.newest - days + 1
    last_older = first_test - horizon_days
    if cadence.every > last_older - first_day:
        raise RefusedError(
            "No round of snapshots fits into the older part: snapshots.every_days is too long for"
            f" {history} days of history. Take more frequent snapshots."
        )
    return SplitPlan(
        older=range(first_day + 1, last_older + 1),
        test=range(first_test, cadence.newest + 1),
        embargo=range(last_older + 1, first_test),
    )


def longest_horizon(history: int, test_days: int | None) -> int:
    """The longest horizon, in days, that so many days of history carry; 0 where they carry none."""
    lengths = range(1, history // 4 + 1)
    fitting = [
        h for h in lengths if _left_to_learn(history, h, _test_days(history, h, test_days)) >= 2 * h
    ]
    return fitting[-1] if fitting else 0


def _test_days(history: int, horizon: int, configured: int | None) -> int:
    return configured or max(1, min(2 * horizon, (history - horizon) // 5))


def _left_to_learn(history: int, horizon: int, test_days: int) -> int:
    """Days left after the horizon at the end, the test and the embargo."""
    return history - 2 * horizon - test_days


def _sums(first_day: int, observed_day: int, horizon: int, configured: int | None) -> str:
    first, observed, history = date_of(first_day), date_of(observed_day), observed_day - first_day
    test_days = _test_days(history, horizon, configured)
    left = _left_to_learn(history, horizon, test_days)
    longest = longest_horizon(history, configured)
    advice = f"a horizon of at most {longest} days" if longest else "no horizon at all"
    return "\n".join(
        [
            f"A horizon of {horizon} days asks for more history than there is:",
            f"  {history:>5} days from the first lead ({first}) to observed until ({observed})",
            f"  {-horizon:>5} days at the end, whose outcomes are not known yet (one horizon)",
            f"  {-test_days:>5} days of test",
            (
                f"  {-horizon:>5} days of embargo, so that no training label reaches into the test"
                " (one horizon)"
            ),
            (
                f"  {left:>5} days are left to learn from; at least {2 * horizon} are needed (two"
                " horizons: one to teach, a later one to choose and calibrate on)"
            ),
            f"In all {4 * horizon + test_days} days are needed. This history carries {advice}.",
        ]
    )


def flat_parts(
    rows: LabelledRows, *, test_share: float, seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Masks of the older part and of the test of a flat table.

    Where rows have a time, the newest share is the test; else whole clusters are drawn at random.
    """
    if _has_time(rows):
        ranks = np.argsort(np.argsort(rows.time, kind="stable"), kind="stable")
        first_test = rows.time[ranks.argsort()[int(len(rows) * (1 - test_share))]]
        test = rows.time >= first_test
    else:
        test = place_of(rows.cluster, seed=seed) < test_share
    return ~test, test


def crossfit_folds(
    rows: LabelledRows, *, n_folds: int, seed: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Folds by cluster, each row held out once: for scores that a model gives to leads it has not
    seen.
    """
    fold = np.floor(place_of(rows.cluster, seed=seed) * n_folds)
    for number in range(n_folds):
        held_out = fold == number
        if held_out.any() and not held_out.all():
            yield np.flatnonzero(~held_out), np.flatnonzero(held_out)


def _has_time(rows: LabelledRows) -> bool:
    return bool(rows.time.min() < rows.time.max())


def place_of(cluster: NDArray[np.int64], *, seed: int) -> NDArray[np.float64]:
    """(n,) where each row's cluster stands in a seeded shuffle of all clusters: 0 <= place < 1."""
    clusters, inverse = np.unique(cluster, return_inverse=True)
    place = np.random.default_rng(seed).permutation(len(clusters)) / len(clusters)
    places: NDArray[np.float64] = place[inverse]
    return places
