"""What became of the leads a replay looked at: when they reached the goal and a stage before it,
and for how much.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.store import Store
from training.learn.rows.snapshots import day_reached

#: The day of what has not happened.
NEVER = int(np.iinfo(np.int32).max)


@dataclass(frozen=True)
class LeadOutcomes:
    """What is known at "observed until" of m episodes, each a lead from its start (or reopening) to
    its close.

    Attributes:
        lead: (m,) number of the lead.
        cluster: (m,) number of the account, else of the lead: episodes that are not independent.
        goal_day: (m,) the day the goal was reached, or ``NEVER``.
        stage_day: (m,) the day the stage before the close was reached, or ``NEVER``; all ``NEVER``
            without a stage.
        close_day: (m,) the day the episode was won, or ``NEVER``.
        amount: (m,) amount of the won deal; NaN where none is known.
        unseen_wins: Days on which episodes reached the goal that began after the replay did and
            were never open at one of its as-ofs: no line could have caught them.
    """

    lead: NDArray[np.int32]
    cluster: NDArray[np.int64]
    goal_day: NDArray[np.int32]
    stage_day: NDArray[np.int32]
    close_day: NDArray[np.int32]
    amount: NDArray[np.float64]
    unseen_wins: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.cluster)


def lead_outcomes(
    store: Store, episodes: pa.Table, *, goal_stage: str, stage: str | None, first_day: int
) -> LeadOutcomes:
    """Look up what became of episodes.

    Args:
        store: The canonical tables.
        episodes: ``lead``, ``episode``, each pair once.
        goal_stage: The goal: ``won`` or a stage.
        stage: The stage whose day is wanted; None for none.
        first_day: The first as-of of the replay.
    """
    store.connection.register(
        "replayed", episodes.append_column("row", pa.array(np.arange(episodes.num_rows)))
    )
    goal, stage_day = day_reached(store, goal_stage), day_reached(store, stage) if stage else "NULL"
    found = store.query(f"""
        SELECT coalesce(l.account + (SELECT count(*) FROM leads), e.lead) AS cluster,
            e.lead AS lead, {goal} AS goal,
               {stage_day} AS stage, {day_reached(store, "won")} AS won, CASE
                   WHEN e.won THEN e.amount END AS amount
        FROM replayed r JOIN episodes e ON e.lead = r.lead AND e.episode = r.episode JOIN leads l
            ON l.lead = r.lead
        ORDER BY r.row
        """)
    unseen = store.query(f"""
        SELECT {goal} AS day FROM episodes e ANTI JOIN replayed r ON e.lead = r.lead
            AND e.episode = r.episode
        WHERE e.started_day >= {int(first_day)} AND {goal} IS NOT NULL ORDER BY day
        """)
    store.connection.unregister("replayed")
    unseen_days = _days(unseen["day"], store.observed_day)
    return LeadOutcomes(
        lead=found["lead"].to_numpy().astype(np.int32),
        cluster=found["cluster"].to_numpy().astype(np.int64),
        goal_day=_days(found["goal"], store.observed_day),
        stage_day=_days(found["stage"], store.observed_day),
        close_day=_days(found["won"], store.observed_day),
        amount=found["amount"].cast(pa.float64()).fill_null(float("nan")).to_numpy(),
        unseen_wins=unseen_days[unseen_days < NEVER],
    )


def _days(column: pa.ChunkedArray, observed_day: int) -> NDArray[np.int32]:
    """Days as numbers; what lies after "observed until" has not happened."""
    days = column.cast(pa.int32()).fill_null(NEVER).to_numpy()
    known: NDArray[np.int32] = np.where(days < observed_day, days, NEVER).astype(np.int32)
    return known
