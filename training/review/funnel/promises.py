"""The promises of both sides, and what was kept of them.

MQLs by marketing, contacts in time by sales.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.days import day_number
from features.intake.monthly import first_of
from features.store import Store
from propensity.concepts.wording import plain
from propensity.definition.schema import Definition
from propensity.definition.schema import Promise as Agreed
from training.learn.rows.run import Run
from training.review.funnel.cohorts import months_of, stage_names
from training.review.funnel.funnel import MONTHS
from training.review.funnel.handed_over import handed_over
from training.review.funnel.promise_judge import PromiseJudge, PromiseRecord, Unknown, record_of

_WEEK = 7
_QUARTER_MONTHS = 3


@dataclass(frozen=True)
class BothSides:
    """Both sides, of a month or a segment.

    Attributes:
        promised: MQLs that marketing promised, or None.
        handed: MQLs that there were.
        contact: First contact in time; None where nothing was promised or can be known.
        attempts: Calls and e-mails in time; None likewise.
    """

    promised: float | None
    handed: int
    contact: PromiseRecord | None
    attempts: PromiseRecord | None


@dataclass(frozen=True)
class Promises:
    """Both sides' promises over the newest months.

    Attributes:
        stage: Stage at which marketing hands over, as the company calls it; None where no stage
            tells.
        months: Months from January 1970 with both sides, oldest first.
        segments: Segment of the definition, with both sides over all the months, in an average
            month for MQLs.
        agreed: The promises of the definition.
        usual: Business time to the first contact of every MQL; a promise may ask for less. None
            without.
        unknown: What cannot be known, and why.
        looked: Hand-overs of these months whose deadlines were worked out.
        all: Hand-overs there were in these months.
    """

    stage: str | None
    months: tuple[tuple[int, BothSides], ...]
    segments: tuple[tuple[str, BothSides], ...]
    agreed: tuple[Agreed, ...]
    unknown: tuple[Unknown, ...]
    usual: str | None = None
    looked: int = 0
    all: int = 0

    @property
    def handed_a_week(self) -> float | None:
        """MQLs a week in the newest quarter of whole months; None where no stage tells."""
        newest = self.newest
        if not newest:
            return None
        days = day_number(first_of(newest[-1] + 1)) - day_number(first_of(newest[0]))
        return _WEEK * sum(both.handed for month, both in self.months if month in newest) / days

    @property
    def newest(self) -> tuple[int, ...]:
        """Months of the newest quarter of whole months."""
        return tuple(month for month, _ in self.months[-_QUARTER_MONTHS:])


def promises(run: Run, definition: Definition | None) -> Promises:
    """See what was kept of a definition's promises; of a flat table, and without a definition,
    nothing can be said.

    Raises:
        DataError: A rule of a promise asks for what the data do not have.
    """
    if definition is None or run.store.is_flat:
        return Promises(
            None, (), (), (), ("no definition",) if definition is None else ("no stage",)
        )
    names, told = stage_names(run), definition.instructions.get("MQL")
    stage, usual = names.get("mql"), told.respond_within if told else None
    if stage is None:
        return Promises(None, (), (), definition.promises, ("no stage",), usual)
    months = _months(run.store)
    if not months:
        return Promises(stage, (), (), definition.promises, (), usual)
    handed = handed_over(
        run.store,
        stage,
        ending=names.get("opportunity"),
        first_day=day_number(first_of(months[0])),
        seed=run.config.learner.seed,
    )
    judge = PromiseJudge(run, definition, handed)
    month = months_of(handed.day)
    in_months = np.isin(month, months)  # none of the month that is running
    share = handed.all / max(len(handed), 1)
    return Promises(
        stage=stage,
        months=tuple(
            (
                one,
                _side(
                    judge,
                    month == one,
                    _promised(definition, definition.promises, one),
                    share,
                ),
            )
            for one in months
        ),
        segments=tuple(
            (
                plain(agreed.segment),
                _side(
                    judge,
                    (judge.segment == place) & in_months,
                    _a_month(agreed),
                    share / len(months),
                ),
            )
            for place, agreed in enumerate(definition.promises)
        ),
        agreed=definition.promises,
        unknown=judge.unknown,
        usual=usual,
        looked=int(in_months.sum()),
        all=round(int(in_months.sum()) * share),
    )


def _months(store: Store) -> list[int]:
    """The newest whole months, from the first in which a lead is known."""
    running = int(months_of(np.array([store.observed_day], dtype=np.int32))[0])
    first = store.value("SELECT min(created_day) FROM leads")
    begun = int(months_of(np.array([first], dtype=np.int32))[0]) if first is not None else running
    return list(range(max(begun, running - MONTHS), running))


def _a_month(agreed: Agreed) -> float | None:
    """MQLs that a promise comes to in an average month."""
    if agreed.mqls_per_quarter is not None:
        return agreed.mqls_per_quarter / _QUARTER_MONTHS
    return agreed.mqls_per_week * 365.25 / 12 / _WEEK if agreed.mqls_per_week is not None else None


def _promised(definition: Definition, agreed: Sequence[Agreed], month: int) -> float | None:
    """MQLs promised for a month: of all segments, else what the line was chosen for."""
    days = day_number(first_of(month + 1)) - day_number(first_of(month))
    each = [
        (
            one.mqls_per_quarter / _QUARTER_MONTHS
            if one.mqls_per_quarter is not None
            else (one.mqls_per_week or 0.0) * days / _WEEK
        )
        for one in agreed
        if one.mqls_per_week is not None or one.mqls_per_quarter is not None
    ]
    if each:
        return sum(each)
    least = definition.mql.policy.minimum_per_week
    return least * days / _WEEK if least is not None else None


def _side(
    judge: PromiseJudge, among: NDArray[np.bool_], promised: float | None, share: float
) -> BothSides:
    """Both sides of some hand-overs; ``share`` is what each of them stands for."""
    return BothSides(
        promised,
        round(int(among.sum()) * share),
        record_of(judge.contact[among]),
        record_of(judge.attempts[among]),
    )
