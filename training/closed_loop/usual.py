"""The count as it is usually made: ever did it, ever won, of the leads that are decided.

It stands beside the fair comparison because everybody knows it, and because it flatters: leads that
live longer do more of everything, and what happens on the way to the contract happens to winners
only.
"""

from dataclasses import dataclass

from features.build.behaviour import make_kind_events
from features.store import Store
from training.closed_loop.actions import Action, ActionHistory, reading_of
from training.learn.rows.run import Run
from training.learn.rows.snapshots import day_reached


@dataclass(frozen=True)
class Usual:
    """One action, as it is usually counted.

    Attributes:
        leads: Decided leads that ever did it.
        wins: Leads among these that ever won.
        lift: Their share of wins over that of all decided leads.
    """

    leads: int
    wins: int
    lift: float


def usual(run: Run, done: ActionHistory) -> dict[Action, Usual]:
    """The usual count of every action; empty for a flat table, where each row is counted once
    anyway.
    """
    if run.store.is_flat or run.config.goal is None:
        return {}
    goal_day = day_reached(run.store, run.config.goal.stage)
    run.store.connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE decided AS
        SELECT lead, bool_or({goal_day} IS NOT NULL) AS won FROM episodes e
        WHERE closed_day IS NOT NULL OR {goal_day} IS NOT NULL GROUP BY lead
    """)
    make_kind_events(run.store, reading_of(run.config), done.kinds)
    run.store.connection.execute("""
        CREATE OR REPLACE TEMP TABLE decided_did AS SELECT lead, kind, won
        FROM (SELECT DISTINCT lead, kind FROM kind_events WHERE kind >= 0) JOIN decided USING (lead)
    """)
    counts = {
        **by_kind(run.store, done, "decided_did"),
        **by_column(run.store, done, "decided"),
    }
    leads, wins = run.store.connection.execute(
        "SELECT count(*), count(*) FILTER (won) FROM decided"
    ).fetchall()[0]
    run.store.connection.execute("DROP TABLE decided; DROP TABLE decided_did")
    if not wins:
        return {}
    return {
        action: Usual(n, won, (won / n) / (wins / leads))
        for action, (n, won) in counts.items()
        if n
    }


def by_kind(store: Store, done: ActionHistory, table: str) -> dict[Action, tuple[int, int]]:
    """Leads that did each kind, and those of them that won.

    Args:
        store: Holds the table.
        done: The actions.
        table: A row for each lead and kind that it did: ``lead``, ``kind`` and ``won``.
    """
    found = store.connection.execute(
        f"SELECT kind, count(*), count(*) FILTER (won) FROM {table} GROUP BY kind"
    ).fetchall()
    counts = {kind: (int(n), int(won)) for kind, n, won in found}
    actions = {action.concept: action for action in done.actions if action.window is not None}
    return {
        actions[concept]: counts[code]
        for code, concept in enumerate(done.kinds)
        if concept in actions and code in counts
    }


def by_column(store: Store, done: ActionHistory, table: str) -> dict[Action, tuple[int, int]]:
    """Leads that came in each way, and those of them that won.

    Args:
        store: Holds the table.
        done: The actions.
        table: A row for each lead that is counted: ``lead`` and ``won``.
    """
    counts: dict[Action, tuple[int, int]] = {}
    numbers = {a.name: i for i, a in enumerate(store.attributes) if a.role == "interest"}
    for column in dict.fromkeys(action.concept for action in done.actions if action.window is None):
        value = f"a{numbers[column]}"
        is_level = any(
            action.concept == column and action.level is not None for action in done.actions
        )
        what = f"{value}::VARCHAR" if is_level else f"CASE WHEN {value} > 0 THEN '+' END"
        found = store.connection.execute(f"""
            SELECT {what} AS value, count(*), count(*) FILTER (won)
            FROM leads JOIN {table} USING (lead) WHERE value IS NOT NULL GROUP BY ALL
        """).fetchall()
        by_value = {value: (int(n), int(won)) for value, n, won in found}
        for action in done.actions:
            if action.concept == column and (action.level or "+") in by_value:
                counts[action] = by_value[action.level or "+"]
    return counts
