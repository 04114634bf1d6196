"""How long wins take, how long leads are silent before, and how often they have to be looked at so
that most wins are seen coming.
"""

from collections.abc import Sequence

from features.intake.values import Reader
from features.settings import MISSING_VALUES
from features.sql import one_of
from features.store import Store
from training.init.links import compared
from training.init.outcome import OutcomeGuess
from training.init.roles import Part, PlacedTables
from training.init.table_profile import ColumnProfile, TableProfile

#: Steps between snapshots that people can plan with, longest first.
_STEPS = (30, 14, 7, 1)
_WANTED_SHARE = 0.9
_READER = Reader(MISSING_VALUES, "UTC")


def fill_wins(
    store: Store,
    found: PlacedTables,
    guess: OutcomeGuess,
    created: ColumnProfile,
    closed: ColumnProfile,
) -> None:
    """Fill the temporary table ``wins`` (id, created, closed): days since 1970, a row per win that
    lies after its lead's creation.
    """
    leads, part = found.leads, found.outcomes
    table = part.table if part else leads
    flag = _READER.text(table.raw_column(guess.column))
    won = "TRUE" if guess.is_date else one_of(flag, [level.value for level in guess.of("won")])
    end, start = _day(table, closed), _day(leads, created)
    key = found.key
    if part is None:
        own = _READER.text(leads.raw_column(key)) if key else "CAST(row AS VARCHAR)"
        rows = (
            f"SELECT {own} AS id, {start} AS created, {end} AS closed FROM {leads.raw.relation}"
            f" WHERE {won}"
        )
    else:
        own = _READER.text(leads.raw_column(key or part.lead_column))
        one = compared(part.link.rule, _READER.text(leads.raw_column(part.lead_column)))
        other = compared(part.link.rule, _READER.text(table.raw_column(part.own)))
        rows = (
            f"SELECT a.id, a.created, b.closed FROM (SELECT {own} AS id, {one} AS tie, {start} AS"
            f" created FROM {leads.raw.relation}) AS a JOIN (SELECT {other} AS tie, {end} AS closed"
            f" FROM {table.raw.relation} WHERE {won}) AS b USING (tie)"
        )
    store.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE wins AS SELECT * FROM ({rows}) WHERE closed >= created"
    )


def days_to_win(store: Store) -> list[int]:
    """Days from a lead's creation to its win, ascending."""
    rows = store.connection.execute("SELECT closed - created AS d FROM wins ORDER BY d").fetchall()
    return [days for (days,) in rows]


def silent_days(
    store: Store, leads: TableProfile, key: ColumnProfile, events: Part, when: ColumnProfile
) -> list[int]:
    """Days between a win and the last event, or the creation, before it, ascending.

    Args:
        store: Holds ``wins`` and the raw tables.
        leads: Table of the leads, which events may know by another column than the key.
        key: Its key.
        events: Table of events.
        when: Its column of times.
    """
    table, rule = events.table, events.link.rule
    own = compared(rule, _READER.text(table.raw_column(events.own)))
    tie = compared(rule, _READER.text(leads.raw_column(events.lead_column)))
    rows = store.connection.execute(
        "SELECT min(w.closed - greatest(w.created, coalesce(e.day, w.created))) AS d FROM (SELECT"
        f" wins.*, l.tie FROM wins JOIN (SELECT {_READER.text(leads.raw_column(key))} AS id, {tie}"
        f" AS tie FROM {leads.raw.relation}) AS l USING (id)) AS w LEFT JOIN (SELECT {own} AS tie,"
        f" {_day(table, when)} AS day FROM {table.raw.relation}) AS e ON e.tie = w.tie AND e.day <"
        " w.closed GROUP BY w.id, w.closed ORDER BY d"
    ).fetchall()
    return [days for (days,) in rows]


def _day(table: TableProfile, column: ColumnProfile) -> str:
    return _READER.day(_READER.moment(table.raw_column(column)))


def at_share(ascending: Sequence[int], share: float) -> int:
    """The number of days within which a share of the wins, 0 to 1, close."""
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))]


def step_that_sees(days: Sequence[int]) -> tuple[int, float]:
    """The longest step between snapshots that most wins live to see, and their share, over all
    starting days.

    A win that takes ``d`` days is seen by snapshots every ``n`` days with the chance ``min(1, d /
    n)``.
    """
    shares = {step: sum(min(1.0, d / step) for d in days) / len(days) for step in _STEPS}
    step = next((step for step, share in shares.items() if share >= _WANTED_SHARE), _STEPS[-1])
    return step, shares[step]
