"""The lead active rate: of the open leads, those that did something of their own in the last 30
days.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.build.behaviour import actor_of, event_types
from features.population import open_rows
from features.spec import EventReading
from features.sql import quote_literal
from features.store import Store
from propensity.config.config import Config
from training.closed_loop.actions import reading_of
from training.review.funnel.metrics import FunnelShare

#: Days in which an action counts as recent.
RECENT_DAYS = 30
_NOTHING = "false"


def active_shares(config: Config, store: Store, as_ofs: Sequence[int]) -> list[FunnelShare]:
    """The share at each as-of."""
    return [
        FunnelShare(int(active.sum()), len(active))
        for _, active in (open_leads(config, store, day) for day in as_ofs)
    ]


def open_leads(
    config: Config, store: Store, as_of: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Store numbers of the leads that are open at an as-of, and whether each was active before
    it.
    """
    if config.population is None or config.goal is None:
        # Config's own validation sees to it
        raise ValueError("expected a configuration of three tables")
    reading = reading_of(config)
    rows = open_rows(store, config.population, reading, [as_of], goal_stage=config.goal.stage)
    store.connection.register("open_now", rows.select(["lead"]))
    try:
        found = store.query(
            f"""
            SELECT lead, lead IN (
                SELECT lead FROM events WHERE known_day < $as_of AND day >= $since
                    AND {_own(store, reading)}
            ) AS active
            FROM open_now ORDER BY lead
            """,
            {"as_of": as_of, "since": as_of - RECENT_DAYS},
        )
    finally:
        store.connection.unregister("open_now")
    return found["lead"].to_numpy(), found["active"].to_numpy(zero_copy_only=False).astype(np.bool_)


def acts_itself(config: Config, store: Store) -> bool:
    """Whether the sources tell anything that leads did themselves."""
    return _own(store, reading_of(config)) != _NOTHING


def _own(store: Store, reading: EventReading) -> str:
    """SQL: whether an event is one of the lead's own."""
    own = [kind for kind in event_types(store) if actor_of(kind, reading.actors) == "lead"]
    return f"event_type IN ({', '.join(map(quote_literal, own))})" if own else _NOTHING
