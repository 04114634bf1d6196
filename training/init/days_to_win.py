"""How long wins take, and how often leads have to be looked at so that most wins are seen
coming.
"""

from collections.abc import Sequence

from features.intake.values import Reader
from features.settings import MISSING_VALUES
from features.sql import one_of
from features.store import Store
from training.init.guesses import won_values
from training.init.table_profile import ColumnProfile, TableProfile

#: Steps between snapshots that people can plan with, longest first.
_STEPS = (30, 14, 7, 1)
_WANTED_SHARE = 0.9


def days_to_win(
    store: Store,
    leads: TableProfile,
    outcomes: TableProfile,
    lead_id: str,
    created: str,
    closed: str,
    won: ColumnProfile,
) -> list[int]:
    """Days from a lead's creation to its win, ascending; none where a column is missing.

    Args:
        store: Holds the raw tables.
        leads: The leads.
        outcomes: How they ended.
        lead_id: Column of both.
        created: Column of the leads: when they came.
        closed: Column of the outcomes: when they ended.
        won: Column of the outcomes that says how.
    """
    reader = Reader(MISSING_VALUES, "UTC")
    key, start = leads.raw.column(lead_id), leads.raw.column(created)
    other, end, flag = (
        outcomes.raw.column(lead_id),
        outcomes.raw.column(closed),
        outcomes.raw.column(won.name),
    )
    if not (key and start and other and end and flag):
        return []
    rows = store.connection.execute(
        f"SELECT b.day - a.day AS days FROM (SELECT {reader.text(key)} AS id,"
        f" {reader.day(reader.moment(start))} AS day FROM {leads.raw.relation}) AS a JOIN (SELECT"
        f" {reader.text(other)} AS id, {reader.day(reader.moment(end))} AS day FROM"
        f" {outcomes.raw.relation} WHERE {one_of(reader.text(flag), won_values(won))}) AS b USING"
        " (id) WHERE b.day >= a.day ORDER BY days"
    ).fetchall()
    return [days for (days,) in rows]


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
