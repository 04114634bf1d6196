"""By which actions leads are handed over: one that grows beyond chance may be made, not found."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.monitor.channels import burstiness
from training.monitor.counts import CountCheck, check_count, tail_of_a_look

#: Newest weeks that are held against all before, and weeks that come before, at least.
RECENT, FEWEST_WEEKS = 8, 13
#: Hand-overs below which no share is spoken of.
FEWEST_LEADS = 20
#: Weeks taken together that say how actions come by fits and starts.
_BLOCK = 4


@dataclass(frozen=True)
class DeclaredAction:
    """An action, and how many hand-overs rest on it.

    Attributes:
        action: Event type.
        before: Hand-overs that rested on it in the weeks before; all of them.
        recent: Hand-overs of the newest weeks; all of them.
        check: Newest hand-overs that rest on it, and what the share before lets expect.
    """

    action: str
    before: tuple[int, int]
    recent: int
    check: CountCheck


def declared_actions(
    weekly: NDArray[np.int64],
    actions: tuple[str, ...],
    spreads: NDArray[np.float64],
) -> tuple[DeclaredAction, ...]:
    """Hold each action's share of the newest hand-overs against the share before.

    Args:
        weekly: (actions, W) hand-overs that rest on each action, by week, the oldest first.
        actions: Their event types.
        spreads: (actions,) how far each action's share moves by itself.

    Returns:
        An entry per action, the one that surpasses its expectation most first; none where there are
        too few weeks or hand-overs.
    """
    if not weekly.size or weekly.shape[1] < RECENT + FEWEST_WEEKS:
        return ()
    before, recent = weekly[:, :-RECENT].sum(axis=1), weekly[:, -RECENT:].sum(axis=1)
    total_before, total = int(before.sum()), int(recent.sum())
    if min(total_before, total) < FEWEST_LEADS:
        return ()
    tail = tail_of_a_look(len(actions), window=RECENT)
    # an action never seen before is expected as rarely as half a lead would have shown it
    share = (before + 0.5) / (total_before + 0.5 * len(actions))
    found = [
        DeclaredAction(
            action,
            (int(before[i]), total_before),
            total,
            check_count(
                float(recent[i]),
                float(share[i] * total),
                before=float(before[i]),
                spread=float(spreads[i]),
                dispersion=burstiness(
                    weekly[i, :-RECENT].astype(np.float64),
                    weekly[:, :-RECENT].sum(axis=0).astype(np.float64),
                    _BLOCK,
                ),
                tail=tail,
            ),
        )
        for i, action in enumerate(actions)
    ]
    return tuple(sorted(found, key=lambda each: each.check.expected - each.check.observed))
