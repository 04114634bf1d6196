"""What the rules of a definition take away from the leads over a line, and which wins that
costs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.threshold.crossings import crossings
from training.threshold.figures import CrossingGroup
from training.threshold.nightly_replay import NOTHING, NightlyReplay
from training.threshold.waiting_leads import WaitingLeads


@dataclass(frozen=True)
class Removal:
    """What one rule takes away; where several hold a lead back, the first in the order of the
    definition.

    Attributes:
        name: Name of the rule, or of the column that has to be known.
        kind: ``disqualifier``, ``missing information`` or ``qualifier``.
        open_leads: Open leads at the newest as-of that it holds back.
        over_line: Leads whose chance newly reached the line and that it held back throughout the
            replay.
        judged: Leads among these whose horizon is over.
        won: Leads among these that reached the goal within it: the wins that the rule costs.
    """

    name: str
    kind: str
    open_leads: int
    over_line: int
    judged: int
    won: int


@dataclass(frozen=True)
class HouseList:
    """The open leads at the newest as-of.

    Attributes:
        leads: All of them.
        fit: Leads among these that fit the customers: the quadrants hot and nurture; None where
            nothing is known of fit.
        followed: Leads among these to be followed: over the line, or handed over because they asked
            to be contacted.
    """

    leads: int
    fit: int | None
    followed: int


@dataclass(frozen=True)
class SliceCost:
    """What it costs to work a random slice of the leads below the line.

    Attributes:
        share: Share of them that is worked.
        backlog: Contacts on day one.
        per_week: Contacts per week after that, for leads that newly come into the population.
        wins: Expected wins of the contacts on day one, by the model.
    """

    share: float
    backlog: float
    per_week: float
    wins: float


@dataclass(frozen=True)
class HoldOutCost:
    """What it costs to hold leads back that cross the line.

    Attributes:
        share: Share of them that is not handed over.
        per_week: Leads among the new ones of a week.
        wins: Leads among these that would reach the goal, were they handed over like the others.
    """

    share: float
    per_week: float
    wins: float


def removals(replay: NightlyReplay, line: float) -> tuple[Removal, ...]:
    """What each rule takes away from the leads over a line, in the order of the definition."""
    rows = _kept_back(replay, line)
    obstacle, judged = replay.obstacle[rows], replay.is_judged[rows]
    won, newest = judged & replay.won[rows], replay.obstacle[_newest(replay)]
    return tuple(
        Removal(
            name,
            kind,
            *(
                int((codes == place).sum())
                for codes in (newest, obstacle, obstacle[judged], obstacle[won])
            ),
        )
        for place, (name, kind) in enumerate(
            zip(replay.rules.names, replay.rules.kinds, strict=True)
        )
    )


def house_list(found: WaitingLeads, is_over: NDArray[np.bool_]) -> HouseList:
    """How many of the open leads fit, and how many are to be followed.

    Args:
        found: The open leads.
        is_over: (n,) whether a lead is over the line and nothing keeps it back.
    """
    return HouseList(len(found), found.fit, int((is_over | found.raised).sum()))


def slice_cost(
    replay: NightlyReplay, found: WaitingLeads, is_over: NDArray[np.bool_], share: float
) -> SliceCost:
    """What a random slice below the line costs.

    Args:
        replay: The rows.
        found: The open leads.
        is_over: (n,) whether an open lead is over the line and nothing keeps it back.
        share: Share of those below the line that is worked.
    """
    below = found.eligible & ~is_over & ~found.raised
    part = share * int(below.sum()) / max(len(found), 1)
    arriving = (
        7 * int(replay.new_leads[replay.frame.run_in + 1 :].sum()) / max(replay.frame.days, 1)
    )
    leads, wins = found.in_slice(is_over, share)
    return SliceCost(share, leads, part * arriving, wins)


def hold_out_cost(share: float, per_week: float, precision: float) -> HoldOutCost:
    """What a hold-out over the line costs.

    Args:
        share: Share of the leads that cross the line.
        per_week: Leads that newly cross it per week.
        precision: Share of these that reach the goal.
    """
    return HoldOutCost(share, share * per_week, share * per_week * precision)


def hand_raisers(replay: NightlyReplay) -> CrossingGroup:
    """Leads that asked to be contacted while the replay ran, each at the first as-of that knew of
    it.
    """
    raised = np.flatnonzero(replay.raised)
    first = raised[np.diff(replay.episode[raised], prepend=-1) != 0]
    first = first[replay.at[first] > replay.frame.run_in]
    judged = replay.is_judged[first]
    return CrossingGroup(
        "hand-raisers", len(first), int(judged.sum()), int((judged & replay.won[first]).sum())
    )


def _newest(replay: NightlyReplay) -> NDArray[np.bool_]:
    newest: NDArray[np.bool_] = replay.at == len(replay.frame.as_of_days) - 1
    return newest


def _kept_back(replay: NightlyReplay, line: float) -> NDArray[np.intp]:
    """Rows at which a lead's chance newly reached a line that it never crossed, because a rule held
    it back.
    """
    lines = np.array([line])
    reached = crossings(replay, replay.chance, lines).at(0)
    crossed = crossings(replay, replay.eligible_chance, lines)
    free = np.zeros(len(replay.fates), dtype=np.bool_)
    free[replay.episode[crossed.row]] = True
    free[replay.episode[replay.raised]] = True
    kept_back: NDArray[np.intp] = reached[
        ~free[replay.episode[reached]] & (replay.obstacle[reached] != NOTHING)
    ]
    return kept_back
