"""Is a score as good on every day: held-out rows by phase of the cadence and by weekday.

Scores are made every night, and companies have days of their own: meetings, ends of months,
campaigns. Of every phase and weekday, the error of the promised level and the ROC AUC stand beside
those of all rows. Which differ beyond noise is judged by the largest of all standardised
differences at once (max-t; see ``clustered_intervals``), so that many days do not make one of them
special by chance.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from training.learn.metrics.clustered_intervals import spread
from training.learn.metrics.holdout import Holdout
from training.learn.metrics.metrics import Floats, sigmoid

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: Bands of phases, at most: a longer cadence has several days in each.
_MOST_PHASES = 28
#: Wins and losses that an AUC needs: with 10, one in three AUCs of right scores looks wrong.
_FEWEST_TO_RANK = 30
#: Expected wins that a level needs.
_FEWEST = 10
#: Days told, at most: one that differs by much moves the mean, and others away from it.
_MOST_TOLD = 3
#: Local day 0, 1970-01-01, was a Thursday.
_THURSDAY = 3


@dataclass(frozen=True)
class DayGroup:
    """Rows of some days.

    Attributes:
        kind: Whether the days are of one phase or of one weekday.
        first: First phase, days before the end of a round; or the weekday, 0 for Monday.
        last: Last phase; the weekday again.
        leads: Different leads (accounts).
        promised: Mean chance, 0..1.
        observed: Close rate, 0..1.
        roc_auc: Over the group's rows, all rounds together; NaN with too few wins or losses.
        level_differs: Whether observed less promised differs from that of all rows beyond noise.
        auc_differs: Whether the ROC AUC does.
        distance: The larger of the two differences, in standard errors.
    """

    kind: Literal["phase", "weekday"]
    first: int
    last: int
    leads: int
    promised: float
    observed: float
    roc_auc: float
    level_differs: bool
    auc_differs: bool
    distance: float

    @property
    def name(self) -> str:
        """What a person calls these days."""
        if self.kind == "weekday":
            return WEEKDAYS[self.first]
        days = str(self.first) if self.first == self.last else f"{self.first} to {self.last}"
        return f"phase {days}"


@dataclass(frozen=True)
class DayCheck:
    """All phases and weekdays with enough leads that close.

    Attributes:
        groups: Phases, then weekdays.
        roc_auc: Over all rows, all rounds together; NaN with too few wins or losses.
    """

    groups: tuple[DayGroup, ...]
    roc_auc: float

    @property
    def differing(self) -> tuple[DayGroup, ...]:
        """Days whose level or ranking differs beyond noise, the most different first."""
        found = [g for g in self.groups if g.level_differs or g.auc_differs]
        return tuple(sorted(found, key=lambda group: -group.distance))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; aggregates only."""
        return {
            "groups": [
                asdict(group) | {"roc_auc": _number(group.roc_auc)} for group in self.groups
            ],
            "roc_auc": _number(self.roc_auc),
        }


def check_days(
    log_odds: Floats, holdout: Holdout, day: NDArray[np.int64], *, every_days: int
) -> DayCheck:
    """Compare phases and weekdays on held-out rows.

    Args:
        log_odds: (n,) served log-odds.
        holdout: The rows; ``as_of`` holds the last day of each one's round.
        day: (n,) the day on which each was looked at.
        every_days: Days of a round.
    """
    chance = sigmoid(log_odds)
    groups = [
        (kind, first, last, inside)
        for kind, first, last, inside in _groups(holdout.as_of - day, day, every_days)
        if float((holdout.weight * chance)[inside].sum()) >= _FEWEST
    ]
    everybody = np.ones(len(holdout), np.bool_)
    whole = _Auc(log_odds, holdout, everybody)
    if not groups:
        return DayCheck((), whole.value)
    aucs = [_Auc(log_odds, holdout, inside) for *_, inside in groups]
    levels = [_Level(chance, holdout, inside) for *_, inside in groups]
    total = _Level(chance, holdout, everybody)
    compared: list[tuple[float, Callable[[NDArray[np.intp]], Floats]]] = [
        *((each.value - total.value, _less(each.adds, total.adds)) for each in levels),
        *(
            (each.value - whole.value, _less(each.adds, whole.adds))
            for each in aucs
            if each.is_known
        ),
    ]
    cluster = np.unique(holdout.cluster, return_inverse=True)[1].astype(np.int64)
    noise = spread(
        cluster, lambda at: np.column_stack([adds(at) for _, adds in compared]), len(compared)
    )
    deviation = np.sqrt(noise.variance)
    deviation[: len(levels)] = np.maximum(
        deviation[: len(levels)], [level.implied(total) for level in levels]
    )
    distance = np.abs([value for value, _ in compared]) / deviation
    of_level = distance[: len(levels)].tolist()
    ranked = iter(distance[len(levels) :].tolist())
    of_auc = [next(ranked) if auc.is_known else 0.0 for auc in aucs]
    return DayCheck(
        tuple(
            DayGroup(
                kind,
                first,
                last,
                leads=len(np.unique(cluster[inside])),
                promised=level.promised,
                observed=level.promised + level.value,
                roc_auc=auc.value,
                level_differs=by_level > noise.critical,
                auc_differs=by_auc > noise.critical,
                distance=max(by_level, by_auc),
            )
            for (kind, first, last, inside), level, auc, by_level, by_auc in zip(
                groups, levels, aucs, of_level, of_auc, strict=True
            )
        ),
        whole.value,
    )


def day_lines(check: DayCheck, *, every_days: int) -> Iterator[str]:
    """What differs on which days, the most different first; nothing where none does."""
    for group in check.differing[:_MOST_TOLD]:
        of = f" of {every_days} days" if group.kind == "phase" else ""
        if group.level_differs:
            yield (
                f"{group.name}{of}: {group.promised:.1%} promised, {group.observed:.1%} closed"
                f" ({group.leads:,} leads), unlike the other days beyond noise"
            )
        if group.auc_differs:
            yield (
                f"{group.name}{of}: AUC {group.roc_auc:.3f}, {check.roc_auc:.3f} on all days"
                f" ({group.leads:,} leads), a difference beyond noise"
            )


def _groups(
    phase: NDArray[np.int64], day: NDArray[np.int64], every_days: int
) -> Iterator[tuple[Literal["phase", "weekday"], int, int, NDArray[np.bool_]]]:
    """Days that are compared; where a round is a week, its phases are the weekdays."""
    if every_days not in (1, 7):
        width = -(-every_days // _MOST_PHASES)
        for first in range(0, every_days, width):
            last = min(first + width, every_days) - 1
            yield "phase", first, last, (phase >= first) & (phase <= last)
    weekday = (day + _THURSDAY) % 7
    for number in range(7):
        yield "weekday", number, number, weekday == number


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


def _less(one: Floats, other: Floats) -> Callable[[NDArray[np.intp]], Floats]:
    return lambda at: np.asarray(one[at] - other[at])


class _Level:
    """Observed less promised, and what each row adds to its error."""

    def __init__(self, chance: Floats, holdout: Holdout, inside: NDArray[np.bool_]) -> None:
        weight = np.where(inside, holdout.weight, 0.0)
        self.share = weight / weight.sum()
        surplus = holdout.label - chance
        self.promised = float(self.share @ chance)
        self.value = float(self.share @ surplus)
        self.adds = self.share * surplus
        self.noise = chance * (1 - chance)

    def implied(self, total: "_Level") -> float:
        """Standard error of the difference from the total, if chances are right and leads
        independent: few wins may agree by luck.
        """
        return float(np.sqrt(np.sum((self.share - total.share) ** 2 * self.noise)))


class _Auc:
    """ROC AUC of some rows, and what each row adds to its error (DeLong et al. 1988)."""

    def __init__(self, scores: Floats, holdout: Holdout, inside: NDArray[np.bool_]) -> None:
        self.adds = np.zeros(len(holdout))
        at = np.flatnonzero(inside)
        won = holdout.label[at] == 1
        self.is_known = min(int(won.sum()), int((~won).sum())) >= _FEWEST_TO_RANK
        self.value = float("nan")
        if not self.is_known:
            return
        score, weight = scores[at], holdout.weight[at]
        above = np.where(
            won,
            _outranked(score, score[~won], weight[~won]),
            1 - _outranked(score, score[won], weight[won]),
        )
        self.value = float(weight[won] @ above[won] / weight[won].sum())
        side = np.where(won, weight[won].sum(), weight[~won].sum())
        self.adds[at] = weight * (above - self.value) / side


def _outranked(score: Floats, others: Floats, weight: Floats) -> Floats:
    """(n,) share of the weight of others that each score outranks, ties counting half."""
    order = np.argsort(others, kind="stable")
    ranked, mass = others[order], np.append(0.0, np.cumsum(weight[order]))
    below = mass[np.searchsorted(ranked, score, side="left")]
    not_above = mass[np.searchsorted(ranked, score, side="right")]
    return np.asarray((below + not_above) / 2 / mass[-1])
