"""Where the funnel loses most: steps that a segment takes more seldom than leads on average, beyond
noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.learn.metrics.clustered_intervals import spread
from training.review.funnel.cohorts import Cohorts, Mask
from training.review.funnel.metrics import FEWEST_FOR_A_COUNT, FEWEST_FOR_A_RATE, STEPS, Metric

#: Leads that tell how uncertain rates are well enough.
_ENOUGH = 100_000
#: Steps that follow each other; the whole way is no step.
_STEPS: tuple[Metric, ...] = (
    "lead to MQL",
    "SAL",
    "MQL to opportunity",
    "opportunity to customer",
    "lead to customer",
)


@dataclass(frozen=True)
class FunnelGroup:
    """A segment of the leads.

    Attributes:
        by: What they are parted by: a column, or ``channel`` or ``persona``.
        name: Name of the segment.
        leads: (n,) mask.
    """

    by: str
    name: str
    leads: Mask


@dataclass(frozen=True)
class Leak:
    """A step that a segment takes more seldom than leads on average.

    Attributes:
        by: As in ``FunnelGroup``.
        segment: Its name.
        step: Which.
        whole: Leads of the segment that could take it.
        rate: Share that did, 0..1.
        average: Share of all leads, 0..1.
        lost: Leads that would have taken it besides, at the average.
        lost_customers: How many of these would have become customers, at the average of all leads.
    """

    by: str
    segment: str
    step: Metric
    whole: int
    rate: float
    average: float
    lost: float
    lost_customers: float


@dataclass(frozen=True)
class _Compared:
    part: FunnelGroup
    step: Metric
    whole: Mask
    of_part: Mask
    took: Mask


def leaks(leads: Cohorts, among: Mask, parts: Sequence[FunnelGroup]) -> tuple[Leak, ...]:
    """The steps at which segments lose leads, those that cost most customers first.

    Only judged leads count. A difference is told where it lies outside of an interval wide enough
    for all segments and steps at once (max-t over accounts; see ``closed_loop.intervals``), at
    least as wide as the average itself implies.

    Args:
        leads: All.
        among: (n,) those looked at.
        parts: Segments of them.
    """
    compared = list(_comparisons(leads, among, parts))
    if not compared:
        return ()
    rates = [float(c.took[c.of_part].mean()) for c in compared]
    averages = [float(c.took[c.whole].mean()) for c in compared]
    masses = [(float(c.of_part.sum()), float(c.whole.sum())) for c in compared]
    asked, share = _drawn(leads.cluster, np.flatnonzero(among & leads.is_mature))

    def influence(places: NDArray[np.intp]) -> NDArray[np.float64]:
        at, columns = asked[places], []
        for c, rate, average, (part, whole) in zip(compared, rates, averages, masses, strict=True):
            took = c.took[at].astype(np.float64)
            own = np.where(c.of_part[at], took - rate, 0.0) / part
            columns.append(own - np.where(c.whole[at], took - average, 0.0) / whole)
        scaled: NDArray[np.float64] = np.column_stack(columns) / np.sqrt(share)
        return scaled

    noise = spread(
        np.unique(leads.cluster[asked], return_inverse=True)[1].astype(np.int64),
        influence,
        len(compared),
    )
    implied = [
        average * (1 - average) * (1 / c.of_part.sum() - 1 / c.whole.sum())
        for c, average in zip(compared, averages, strict=True)
    ]
    deviation = np.sqrt(np.maximum(noise.variance, implied))
    found = [
        _leak(leads, among, c, rate, average)
        for c, rate, average, sd in zip(compared, rates, averages, deviation.tolist(), strict=True)
        if average - rate > noise.critical * sd
    ]
    return tuple(sorted(found, key=lambda leak: (-leak.lost_customers, leak.by, leak.segment)))


def _drawn(cluster: NDArray[np.int64], at: NDArray[np.intp]) -> tuple[NDArray[np.intp], float]:
    """Leads that tell how uncertain rates are: all, or of many some accounts, and the share of the
    accounts drawn.
    """
    if len(at) <= _ENOUGH:
        return at, 1.0
    _, number = np.unique(cluster[at], return_inverse=True)
    accounts = int(number.max()) + 1
    some = max(1, round(accounts * _ENOUGH / len(at)))
    chosen = np.random.default_rng(0).permutation(accounts) < some
    return at[chosen[number]], some / accounts


def _comparisons(leads: Cohorts, among: Mask, parts: Sequence[FunnelGroup]) -> list[_Compared]:
    """Segments and steps that enough leads could take, and enough on average would have taken."""
    found = []
    for step in _STEPS:
        start, end = STEPS[step]
        if not (leads.has(start) and leads.has(end)) or (
            step == "lead to customer" and len(leads.reached) > 1
        ):
            continue
        whole = among & leads.came_to(start, mature=True)
        if not whole.any():
            continue
        took = whole & leads.came_to(end, mature=True)
        average = took.sum() / whole.sum()
        for part in parts:
            inside = whole & part.leads
            count = int(inside.sum())
            if (
                count >= FEWEST_FOR_A_RATE
                and count * average >= FEWEST_FOR_A_COUNT
                and count < whole.sum()
            ):
                found.append(_Compared(part, step, whole, inside, took))
    return found


def _leak(leads: Cohorts, among: Mask, compared: _Compared, rate: float, average: float) -> Leak:
    whole = int(compared.of_part.sum())
    end = STEPS[compared.step][1]
    there = among & leads.came_to(end, mature=True)
    further = float(
        (there & leads.came_to("customer", mature=True)).sum() / max(int(there.sum()), 1)
    )
    lost = whole * (average - rate)
    return Leak(
        compared.part.by,
        compared.part.name,
        compared.step,
        whole,
        rate,
        average,
        lost,
        lost * further,
    )
