"""The lead active rate: of the open leads, those that did something of their own in the last 30
days.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.build.behaviour import event_types_of
from features.population import open_rows
from features.spec import EventReading
from features.sql import quote_literal
from features.store import Store
from training.closed_loop.actions import reading_of
from training.learn.rows.run import Run
from training.review.funnel.metrics import FunnelShare

#: Days in which an action counts as recent.
RECENT_DAYS = 30
_NOTHING = "false"


def active_shares(run: Run, as_ofs: Sequence[int]) -> list[FunnelShare]:
    """The share at each as-of."""
    return [
        FunnelShare(int(active.sum()), len(active))
        for _, active in (open_leads(run, day) for day in as_ofs)
    ]


def open_leads(run: Run, as_of: int) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Store numbers of the leads that are open at an as-of, and whether each was active before
    it.
    """
    if run.config.population is None or run.config.goal is None:
        # Config's own validation sees to it
        raise ValueError("expected a configuration of three tables")
    reading = reading_of(run.config)
    rows = open_rows(
        run.store, run.config.population, reading, [as_of], goal_stage=run.config.goal.stage
    )
    run.store.connection.register("open_now", rows.select(["lead"]))
    try:
        found = run.store.query(
            f"""
            SELECT lead, lead IN (
                SELECT lead FROM events WHERE known_day < $as_of AND day >= $since
                    AND {_own(run.store, reading)}
            ) AS active
            FROM open_now ORDER BY lead
            """,
            {"as_of": as_of, "since": as_of - RECENT_DAYS},
        )
    finally:
        run.store.connection.unregister("open_now")
    return found["lead"].to_numpy(), found["active"].to_numpy(zero_copy_only=False).astype(np.bool_)


def acts_itself(run: Run) -> bool:
    """Whether the sources tell anything that leads did themselves."""
    return _own(run.store, reading_of(run.config)) != _NOTHING


def _own(store: Store, reading: EventReading) -> str:
    """SQL: whether an event is one of the lead's own."""
    own = event_types_of(store, "lead", reading.actors)
    return f"event_type IN ({', '.join(map(quote_literal, own))})" if own else _NOTHING
