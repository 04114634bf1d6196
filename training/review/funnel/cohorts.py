"""Every lead with the day it came and the days it got on: what all figures of the funnel are
counted from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.days import date_of, day_number
from features.intake.monthly import first_of, month_of
from features.population import flat_rows
from propensity.config.funnel_stages import FunnelStep
from training.audit.maturity import maturity
from training.closed_loop.actions import reading_of
from training.learn.rows.run import Run
from training.review.funnel.assigned import Assignment, assign

#: Steps of the funnel that a lead can reach, first to last.
Reached = FunnelStep | Literal["customer"]
#: Days are compared; one that never came is later than all.
NEVER = np.int32(2_000_000)

#: Days in which it is said how long leads take.
_MONTH = 30

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Cohorts:
    """n leads, those created before "observed until".

    Attributes:
        lead: (n,) store numbers, ascending.
        cluster: (n,) number of the account, else of the lead.
        created: (n,) local day.
        reached: Step to the (n,) local days on which it was reached; ``NEVER`` where it was not. A
            step is here only where the sources tell it.
        amount: (n,) won so far; NaN where nothing was, or it is not known.
        channel: How each came.
        persona: What kind of customer each would be.
        until: Day up to which the sources are complete.
        mature_days: Days after which a lead is judged.
    """

    lead: NDArray[np.int32]
    cluster: NDArray[np.int64]
    created: NDArray[np.int32]
    reached: Mapping[Reached, NDArray[np.int32]]
    amount: NDArray[np.float64]
    channel: Assignment
    persona: Assignment
    until: int
    mature_days: int

    def __len__(self) -> int:
        return len(self.lead)

    @cached_property
    def month(self) -> NDArray[np.int32]:
        """(n,) months from January 1970 to that of the creation."""
        return months_of(self.created)

    @cached_property
    def is_mature(self) -> Mask:
        """(n,) whether the days after which a lead is judged are over."""
        return np.asarray(self.created + self.mature_days <= self.until)

    @cached_property
    def running_month(self) -> int:
        """The month that holds "observed until", of which not all days are known."""
        return month_of(date_of(self.until))

    def came_to(self, step: Reached | Literal["lead"], *, mature: bool) -> Mask:
        """(n,) whether a lead got to a step: within the days after which it is judged, else until
        now.

        Leads that are not judged yet have not come anywhere where ``mature`` is asked, not even to
        be a lead.
        """
        if step == "lead":
            return self.is_mature if mature else np.ones(len(self), dtype=np.bool_)
        day = self.reached[step]
        return np.asarray(
            self.is_mature & (day < self.created + self.mature_days) if mature else day < NEVER
        )

    def has(self, step: Reached | Literal["lead"]) -> bool:
        """Whether the sources tell a step."""
        return step == "lead" or step in self.reached

    def newest_months(self, count: int) -> list[int]:
        """The newest whole months, oldest first; none before the first lead."""
        if not len(self):
            return []
        first = int(self.month.min())
        return [
            month
            for month in range(self.running_month - count, self.running_month)
            if month >= first
        ]

    def mature_months(self, count: int) -> list[int]:
        """The newest whole months all of whose leads are judged, oldest first; none before the
        first lead.
        """
        newest = self.running_month - 1
        while day_number(first_of(newest + 1)) - 1 + self.mature_days > self.until:
            newest -= 1
        first = int(self.month.min()) if len(self) else newest + 1
        return [month for month in range(newest - count + 1, newest + 1) if month >= first]

    def created_in(self, months: list[int]) -> Mask:
        """(n,) whether a lead was created in one of the months, which follow each other."""
        if not months:
            return np.zeros(len(self), dtype=np.bool_)
        return np.asarray((self.month >= months[0]) & (self.month <= months[-1]))


def months_of(days: NDArray[np.int32]) -> NDArray[np.int32]:
    """Months from January 1970 to those of local days.

    >>> months_of(np.array([0, 30, 31, 365], dtype=np.int32)).tolist()
    [0, 0, 1, 12]
    """
    found: NDArray[np.int32] = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)
    return found


def stage_names(run: Run) -> dict[Reached, str]:
    """Step of the funnel to the name of the stage that tells it: as configured, else as stages are
    called.
    """
    return dict(run.config.review.stages.named(run.store.stages).items())


def cohorts(run: Run) -> Cohorts:
    """All leads with their steps.

    A step is the first time in any of a lead's episodes. Channel and persona are those at the end
    of the day it came.
    A flat table has no days: all its leads with an outcome are judged, and those that reached it
    are customers.

    Raises:
        DataError: A rule of a channel or persona asks for what the data do not have.
    """
    if run.store.is_flat:
        return _flat(run)
    until, stages = run.store.observed_day, stage_names(run)
    chosen = "".join(
        f", min(e.s{place}_day) FILTER (e.s{place}_day < {until}) AS {step}"
        for step, place in ((step, run.store.stages.index(name)) for step, name in stages.items())
    )
    won = f"e.won AND e.closed_day < {until}"
    found = run.store.query(f"""
        SELECT l.lead, any_value(l.created_day) AS created,
               any_value(coalesce(l.account + (SELECT count(*) FROM leads),
                   l.lead)) AS cluster{chosen},
               min(e.closed_day) FILTER ({won}) AS customer, sum(e.amount) FILTER ({won}) AS amount
        FROM leads l JOIN episodes e USING (lead) WHERE l.created_day < {until} GROUP BY l.lead
            ORDER BY l.lead
    """)
    steps: tuple[Reached, ...] = (*stages, "customer")
    created = found["created"].to_numpy().astype(np.int32)
    rows = pa.table(
        {
            "lead": found["lead"],
            "episode": np.ones(found.num_rows, dtype=np.int32),
            "as_of_day": (created + 1).astype(np.int32),
        }
    )
    channel, persona = _groups(run, rows)
    return Cohorts(
        lead=found["lead"].to_numpy().astype(np.int32),
        cluster=found["cluster"].to_numpy().astype(np.int64),
        created=created,
        reached={
            step: found[step].fill_null(int(NEVER)).to_numpy().astype(np.int32) for step in steps
        },
        amount=found["amount"].cast(pa.float64()).fill_null(float("nan")).to_numpy(),
        channel=channel,
        persona=persona,
        until=until,
        mature_days=run.config.review.mature_after_days or _mature_days(run, created),
    )


def _flat(run: Run) -> Cohorts:
    rows = flat_rows(run.store)
    won = run.store.query(
        "SELECT won, coalesce(account + (SELECT count(*) FROM leads), lead) AS cluster FROM leads"
        " ORDER BY lead"
    )
    decided = np.flatnonzero(won["won"].is_valid().to_numpy())
    is_won = won["won"].fill_null(False).to_numpy(zero_copy_only=False).astype(np.bool_)[decided]
    some = rows.take(pa.array(decided))
    channel, persona = _groups(run, some)
    return Cohorts(
        lead=some["lead"].to_numpy().astype(np.int32),
        cluster=won["cluster"].to_numpy().astype(np.int64)[decided],
        created=np.zeros(len(decided), dtype=np.int32),
        reached={"customer": np.where(is_won, np.int32(0), NEVER)},
        amount=np.full(len(decided), np.nan),
        channel=channel,
        persona=persona,
        until=1,
        mature_days=1,
    )


def _groups(run: Run, rows: pa.Table) -> tuple[Assignment, Assignment]:
    """Channel and persona of rows."""
    reading, review = reading_of(run.config), run.config.review
    return (
        assign(
            run.store, rows, [(channel.name, channel.rule) for channel in review.channels], reading
        ),
        assign(
            run.store, rows, [(persona.name, persona.rule) for persona in review.personas], reading
        ),
    )


def _mature_days(run: Run, created: NDArray[np.int32]) -> int:
    """Days within which four of five wins come, in whole months of 30 days, and at least the goal's
    horizon.

    Young months would look bad, and a value of a lead worked out within too short a time would be
    too low. At most half of the history, so that there is something to judge.
    """
    if run.config.goal is None:
        # Config's own validation sees to it
        raise ValueError("expected a configuration of three tables")
    won = run.config.model_copy(
        update={"goal": run.config.goal.model_copy(update={"stage": "won"})}
    )
    curve = maturity(Run(won, run.store))
    wanted = max(run.config.goal.horizon_days, -(-curve.p80 // _MONTH) * _MONTH if curve else 0)
    history = run.store.observed_day - int(created.min()) if len(created) else 0
    return max(1, min(wanted, history // 2))
