"""Which rows teach, and which judge: split by time, with an embargo of one horizon before the test."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.days import date_of
from features.errors import RefusedError
from training.snapshots import LabelledRows

#: Share of the older part's rows after which each forward-chained fold validates; the last ends at the end.
_FOLD_CUTS = (0.55, 0.70, 0.85, 1.0)


@dataclass(frozen=True)
class Plan:
    """The as-ofs of the recipe's two parts.

    Attributes:
        older: As-of days that train and calibrate.
        test: As-of days that judge.
        embargo: As-of days between them, used by neither: their labels overlap the test.
    """

    older: tuple[int, ...]
    test: tuple[int, ...]
    embargo: tuple[int, ...]


def plan(as_of_days: list[int], *, first_day: int, observed_day: int, horizon_days: int, test_days: int | None) -> Plan:
    """Split mature as-ofs: the newest ``test_days`` days judge, an embargo of one horizon lies before them.

    The older part has to span two horizons: one whose outcomes teach, and a later one on which the number of trees
    and the calibration are chosen.

    Raises:
        RefusedError: The history is too short; the message shows the sums.
    """
    newest = observed_day - horizon_days
    if test_days is None:
        test_days = max(1, min(2 * horizon_days, (newest - first_day) // 5))
    first_test = newest - test_days + 1
    last_older = first_test - horizon_days
    span = last_older - first_day
    if span < 2 * horizon_days or not as_of_days:
        raise RefusedError(_sums(first_day, observed_day, horizon_days, test_days, span))
    older = tuple(d for d in as_of_days if d <= last_older)
    test = tuple(d for d in as_of_days if d >= first_test)
    if not older or not test:
        part = "older part" if not older else "test"
        raise RefusedError(
            f"No snapshot falls into the {part}: snapshots.every_days is too long for {observed_day - first_day} days "
            "of history. Take more frequent snapshots."
        )
    return Plan(older, test, tuple(d for d in as_of_days if last_older < d < first_test))


def _sums(first_day: int, observed_day: int, horizon: int, test_days: int, span: int) -> str:
    have = observed_day - first_day
    need = 4 * horizon + test_days
    longest = max((have - test_days) // 4, 0)
    return "\n".join(
        [
            f"A horizon of {horizon} days asks for more history than there is:",
            f"  {have:>5} days from the first lead ({date_of(first_day)}) to observed until ({date_of(observed_day)})",
            f"  {-horizon:>5} days at the end, whose outcomes are not known yet (one horizon)",
            f"  {-test_days:>5} days of test",
            f"  {-horizon:>5} days of embargo, so that no training label reaches into the test (one horizon)",
            f"  {span:>5} days are left to learn from; at least {2 * horizon} are needed (two horizons: one to teach, "
            "a later one to choose and calibrate on)",
            f"In all {need} days are needed. With this history the horizon can be {longest} days at most.",
        ]
    )


def flat_parts(rows: LabelledRows, *, test_share: float, seed: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Masks of the older part and of the test of a flat table.

    Where rows have a time, the newest share is the test; else whole clusters are drawn at random.
    """
    if _has_time(rows):
        ranks = np.argsort(np.argsort(rows.time, kind="stable"), kind="stable")
        first_test = rows.time[ranks.argsort()[int(len(rows) * (1 - test_share))]]
        test = rows.time >= first_test
    else:
        test = _group_of(rows.cluster, seed=seed) < test_share
    return ~test, test


def forward_folds(rows: LabelledRows, *, seed: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Folds on which choices are made: train on the past, validate on what came next; random only without time.

    A lead that is validated on is left out of its fold's training rows: its rows share one fate.
    """
    if not _has_time(rows):
        yield from crossfit_folds(rows, n_folds=3, seed=seed)
        return
    cuts = [rows.time[np.argsort(rows.time, kind="stable")[int(share * (len(rows) - 1))]] for share in _FOLD_CUTS]
    for start, end in itertools.pairwise(cuts):
        later = (rows.time > start) & (rows.time <= end)
        earlier = (rows.time <= start) & ~np.isin(rows.lead, rows.lead[later])
        if later.any() and earlier.any():
            yield np.flatnonzero(earlier), np.flatnonzero(later)


def crossfit_folds(
    rows: LabelledRows, *, n_folds: int, seed: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Folds by cluster, each row held out once: for scores that a model gives to leads it has not seen."""
    fold = np.floor(_group_of(rows.cluster, seed=seed) * n_folds)
    for number in range(n_folds):
        held_out = fold == number
        if held_out.any() and not held_out.all():
            yield np.flatnonzero(~held_out), np.flatnonzero(held_out)


def _has_time(rows: LabelledRows) -> bool:
    return bool(rows.time.min() < rows.time.max())


def _group_of(cluster: NDArray[np.int64], *, seed: int) -> NDArray[np.float64]:
    """(n,) where each row's cluster stands in a seeded shuffle of all clusters: 0 <= place < 1."""
    clusters, inverse = np.unique(cluster, return_inverse=True)
    place = np.random.default_rng(seed).permutation(len(clusters)) / len(clusters)
    places: NDArray[np.float64] = place[inverse]
    return places
