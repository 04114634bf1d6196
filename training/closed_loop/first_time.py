"""What anybody can count in the raw files: of the leads that did something, those that were won
within the horizon of the first time.
"""

from dataclasses import dataclass

from features.build.behaviour import make_kind_events
from training.closed_loop.actions import Action, ActionHistory, reading_of
from training.closed_loop.usual import by_column, by_kind
from training.learn.rows.run import Run
from training.learn.rows.snapshots import day_reached


@dataclass(frozen=True)
class FirstTime:
    """One action.

    Attributes:
        leads: Leads that did it for the first time so early that the horizon is over; of how a lead
            came, the first time is its creation.
        won: Leads among these that were won on that day or within the horizon from it.
        until: The last day of a first time that counts.
    """

    leads: int
    won: int
    until: int

    @property
    def share(self) -> float:
        """Leads won of the leads, 0..1."""
        return self.won / self.leads


def first_times(run: Run, done: ActionHistory) -> dict[Action, FirstTime]:
    """The count of every action; empty for a flat table, which has no time."""
    goal = run.config.goal
    if run.store.is_flat or goal is None:
        return {}
    make_kind_events(run.store, reading_of(run.config), done.kinds)
    until = run.store.observed_day - goal.horizon_days
    won = f"""
        EXISTS (SELECT 1 FROM episodes e WHERE e.lead = f.lead
            AND {day_reached(run.store, goal.stage)} >= f.day
            AND {day_reached(run.store, goal.stage)} < f.day + {goal.horizon_days})
    """
    run.store.connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE first_did AS
        SELECT f.lead, f.kind, {won} AS won FROM (
            SELECT lead, kind, min(day) AS day FROM kind_events WHERE kind >= 0 GROUP BY lead, kind
        ) f WHERE f.day <= {until}
    """)
    run.store.connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE first_came AS
        SELECT f.lead, {won} AS won FROM (SELECT lead, created_day AS day FROM leads) f
        WHERE f.day <= {until}
    """)
    counts = {
        **by_kind(run.store, done, "first_did"),
        **by_column(run.store, done, "first_came"),
    }
    run.store.connection.execute("DROP TABLE first_did; DROP TABLE first_came")
    return {action: FirstTime(n, won, until) for action, (n, won) in counts.items() if n}
