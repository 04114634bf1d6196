"""Segments that earn more than expected: what came of them against what the model expected of just
these leads.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.learn.metrics.clustered_intervals import spread
from training.review.funnel.metrics import FEWEST_FOR_A_COUNT, FEWEST_FOR_A_RATE


@dataclass(frozen=True)
class EarningSegment:
    """A segment that did better than expected, beyond noise.

    Attributes:
        by: What leads are parted by: a column, or ``channel`` or ``persona``.
        segment: Its value.
        leads: Different leads (accounts).
        won: Leads among these that reached the goal.
        expected: Wins that their chances add up to.
        amount: That came in; None where no amounts are known.
        expected_amount: Expected wins times the average amount of all wins.
        more_wins: Whether the wins lie beyond noise.
        more_amount: Whether the amount does.
    """

    by: str
    segment: str
    leads: int
    won: int
    expected: float
    amount: float | None
    expected_amount: float | None
    more_wins: bool
    more_amount: bool


def earning(
    values: Mapping[str, NDArray[np.object_]],
    chance: NDArray[np.float64],
    won: NDArray[np.bool_],
    amount: NDArray[np.float64],
    cluster: NDArray[np.int64],
) -> tuple[EarningSegment, ...]:
    """Compare segments of leads that the model had not seen.

    The standard error of a surplus is cluster-robust, and at least what the chances themselves
    imply; whether one is beyond noise is judged by the largest of all at once (max-t; see
    ``closed_loop.intervals``).

    Args:
        values: (n,) values by which leads are parted, by name; None belongs to no segment.
        chance: (n,) that was expected.
        won: (n,) whether the goal was reached.
        amount: (n,) won; NaN where nothing was, or it is not known.
        cluster: (n,) number of the account, else of the lead.
    """
    parts = [
        (by, name, inside)
        for by, of_leads in values.items()
        for name, inside in _parts(of_leads, cluster)
    ]
    if not parts:
        return ()
    known = won & np.isfinite(amount)
    average = float(amount[known].mean()) if known.sum() >= FEWEST_FOR_A_COUNT else None
    price = average or 0.0
    earned = np.where(known, np.nan_to_num(amount), np.where(won, price, 0.0))
    surplus, more = won - chance, earned - chance * price
    numbers = np.unique(cluster, return_inverse=True)[1].astype(np.int64)

    def influence(at: NDArray[np.intp]) -> NDArray[np.float64]:
        return np.column_stack(
            [np.where(inside[at], of[at], 0.0) for of in (surplus, more) for _, _, inside in parts]
        )

    noise = spread(numbers, influence, 2 * len(parts))
    spent = float((amount[known] ** 2).mean()) if average else 0.0
    by_wins = [float((chance * (1 - chance))[inside].sum()) for _, _, inside in parts]
    by_amount = [
        float((chance * spent - (chance * price) ** 2)[inside].sum()) for _, _, inside in parts
    ]
    reach = noise.critical * np.sqrt(np.maximum(noise.variance, [*by_wins, *by_amount]))
    found = [
        EarningSegment(
            by=by,
            segment=name,
            leads=len(np.unique(numbers[inside])),
            won=int(won[inside].sum()),
            expected=float(chance[inside].sum()),
            amount=float(earned[inside].sum()) if average else None,
            expected_amount=float(chance[inside].sum() * price) if average else None,
            more_wins=bool(surplus[inside].sum() > reach[k]),
            more_amount=bool(average and more[inside].sum() > reach[k + len(parts)]),
        )
        for k, (by, name, inside) in enumerate(parts)
    ]
    better = [segment for segment in found if segment.more_wins or segment.more_amount]
    return tuple(sorted(better, key=lambda s: (-(s.won - s.expected), s.by, s.segment)))


def _parts(
    values: NDArray[np.object_], cluster: NDArray[np.int64]
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Values that enough different leads have, with the mask of their rows."""
    named = np.array([value is not None for value in values], dtype=np.bool_)
    levels, code = np.unique(values[named].astype(str), return_inverse=True)
    found = []
    for place, level in enumerate(levels):
        inside = np.zeros(len(values), dtype=np.bool_)
        inside[np.flatnonzero(named)[code == place]] = True
        if len(np.unique(cluster[inside])) >= FEWEST_FOR_A_RATE:
            found.append((str(level), inside))
    return found
