"""Who has to be scored together: the people of one account, where the model looks at colleagues."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.spec import COLLEAGUES, BehaviourSource, FeatureSpec
from features.store import ACCOUNT_CHANGE, Store


def teams_of(store: Store, rows: pa.Table, *, together: bool) -> pa.Table:
    """The leads that rows need, and which of them stay together.

    Args:
        store: The canonical tables.
        rows: Who is looked at: ``lead``.
        together: Whether colleagues are looked at; see ``sees_colleagues``.

    Returns:
        ``lead`` and ``team``: of everybody in the rows, and together of everybody who ever was of
        an account of theirs. Apart, each lead is a team.
    """
    looked_at = np.unique(rows["lead"].to_numpy())
    if store.is_flat or not together:
        return _table(looked_at, looked_at)
    lead, account = _memberships(store)
    team = joined(store.rows("leads"), lead, account)
    is_needed = np.zeros(len(team), dtype=np.bool_)
    is_needed[team[looked_at]] = True
    everybody = np.flatnonzero(is_needed[team])
    return _table(everybody, team[everybody])


def joined(leads: int, lead: NDArray[np.int64], account: NDArray[np.int64]) -> NDArray[np.int64]:
    """(leads,) the smallest number of a lead with which each is connected, by accounts in common.

    Args:
        leads: Number of leads.
        lead: (k,) leads, each with
        account: (k,) an account that it belonged to.

    >>> joined(5, np.array([0, 2, 2, 4]), np.array([7, 7, 1, 1])).tolist()
    [0, 1, 0, 3, 0]
    """
    team = np.arange(leads)
    if not len(lead):
        return team
    order = np.argsort(account, kind="stable")
    lead, account = lead[order], account[order]
    starts = np.flatnonzero(np.diff(account, prepend=account[0] - 1))
    sizes = np.diff(starts, append=len(account))
    while True:
        least = np.repeat(np.minimum.reduceat(team[lead], starts), sizes)
        found = team.copy()
        np.minimum.at(found, lead, least)
        found = found[found]
        if np.array_equal(found, team):
            return team
        team = found


def sees_colleagues(spec: FeatureSpec) -> bool:
    """Whether features are counted over the other people of a lead's account."""
    return any(
        isinstance(feature.source, BehaviourSource) and feature.source.kind == COLLEAGUES
        for feature in spec.features
    )


def _memberships(store: Store) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every lead with every account that it ever belonged to."""
    found = store.query(f"""
        SELECT lead, account FROM leads WHERE account IS NOT NULL
        UNION
        SELECT lead, CAST(value AS INTEGER) FROM changes
        WHERE attribute = {ACCOUNT_CHANGE} AND value IS NOT NULL
    """)
    lead, account = (found[name].to_numpy().astype(np.int64) for name in ("lead", "account"))
    return lead, account


def _table(lead: NDArray[np.int64], team: NDArray[np.int64]) -> pa.Table:
    return pa.table({"lead": pa.array(lead, pa.int32()), "team": pa.array(team, pa.int32())})
