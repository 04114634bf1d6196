"""What approaching lost leads again brings, beside those that were due and left alone."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.days import day_number
from features.store import Store
from training.learn.rows.snapshots import day_reached
from training.monitor.looks import NEVER
from training.monitor.two_arms import TwoArms, compare
from training.monitor.watched import Watched


@dataclass(frozen=True)
class RecycledLeads:
    """Lost leads that were due to be approached again.

    Attributes:
        due: Leads that were listed, or drawn to be left alone.
        waiting: Leads among these whose horizon is not over.
        has_control: Whether some were left alone.
        arms: Leads listed beside leads left alone, of those whose horizon is over.
        least_wins: Closes from which on a model of their own can be judged (`audit.least_wins`).
    """

    due: int
    waiting: int
    has_control: bool
    arms: TwoArms
    least_wins: int

    @property
    def carry_a_model(self) -> bool:
        """Whether enough of the leads that were approached closed to learn a model from them."""
        return self.arms.handed_won >= self.least_wins


def judged_recycled(
    is_listed: NDArray[np.bool_],
    due_day: NDArray[np.int64],
    won_day: NDArray[np.int64],
    cluster: NDArray[np.int64],
    *,
    horizon: int,
    until: int,
    least_wins: int,
) -> RecycledLeads:
    """Compare lost leads that were listed with those that a draw left alone.

    All that were listed count, approached or not: who is approached is no draw.

    Args:
        is_listed: (n,) whether the lead was listed; each loss once.
        due_day: (n,) day number of the night in which it was first due.
        won_day: (n,) day on which it was won after the loss, or ``NEVER``.
        cluster: (n,) number of the account, else of the lead.
        horizon: Days from being due within which a close counts.
        until: Number of the day before which everything is known.
        least_wins: Closes from which on a model can be judged.
    """
    is_over = due_day + horizon <= until
    won = (won_day >= due_day) & (won_day < due_day + horizon)
    return RecycledLeads(
        due=len(due_day),
        waiting=int((~is_over).sum()),
        has_control=bool((~is_listed).any()),
        arms=compare(is_listed[is_over], won[is_over], cluster[is_over]),
        least_wins=least_wins,
    )


def recycled(watched: Watched) -> RecycledLeads | None:
    """The lost leads that were due up to the look; None without any."""
    kinds = ("recycled", "recycle control")
    facts = [fact for fact in watched.facts if fact.kind in kinds]
    if not facts:
        return None
    keys = pa.table(
        {
            "lead_id": pa.array([fact.lead_id for fact in facts], pa.string()),
            "episode": pa.array([fact.episode for fact in facts], pa.int32()),
        }
    )
    goal = watched.config.goal
    won_day, cluster = won_after(
        watched.store, keys, goal.stage if goal else "won", until=watched.until
    )
    return judged_recycled(
        np.array([fact.kind == "recycled" for fact in facts], dtype=np.bool_),
        np.array([day_number(fact.as_of) for fact in facts], dtype=np.int64),
        won_day,
        cluster,
        horizon=watched.horizon,
        until=watched.until,
        least_wins=watched.config.audit.least_wins,
    )


def won_after(
    store: Store, losses: pa.Table, stage: str, *, until: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """When lost leads reached the goal in a later episode, and what they count together with.

    Args:
        store: The canonical tables.
        losses: ``lead_id``, ``episode`` of the losses.
        stage: The goal.
        until: Number of the day before which everything is known.

    Returns:
        (n,) the first day, ``NEVER`` where there is none; (n,) number of the account, else of the
        lead, -1 where the lead is not in the sources any more.
    """
    day = day_reached(store, stage)
    known = "e.close_known_day" if stage == "won" else day
    numbered = losses.append_column("row", pa.array(np.arange(losses.num_rows), pa.int64()))
    store.connection.register("losses_asked", numbered)
    try:
        found = store.query(
            f"""
            SELECT min(CASE WHEN {day} < $until AND {known} < $until THEN {day} END) AS goal,
                any_value(coalesce(l.account + (SELECT count(*) FROM leads), l.lead)) AS cluster
            FROM losses_asked a LEFT JOIN leads l ON l.lead_id = a.lead_id
            LEFT JOIN episodes e ON e.lead = l.lead AND e.episode > a.episode
            GROUP BY a.row ORDER BY a.row
            """,
            {"until": until},
        )
    finally:
        store.connection.unregister("losses_asked")
    return (
        found["goal"].fill_null(NEVER).to_numpy().astype(np.int64),
        found["cluster"].fill_null(-1).to_numpy().astype(np.int64),
    )
