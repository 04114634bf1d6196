"""Small replays for tests: chances of leads by as-of, and what became of them."""

from collections.abc import Mapping, Sequence

import numpy as np

from training.threshold.frame import Frame, Rules
from training.threshold.nightly_replay import NOTHING, NightlyReplay
from training.threshold.outcomes import NEVER, LeadOutcomes

FIRST = 100


def replay_of(
    chances: Sequence[Sequence[float | None]],
    *,
    goals: Mapping[int, int] | None = None,
    stages: Mapping[int, int] | None = None,
    amounts: Mapping[int, float] | None = None,
    accounts: Sequence[int] | None = None,
    unseen: Sequence[int] = (),
    horizon: int = 3,
    observed: int | None = None,
    run_in: int = 0,
    rules: Rules | None = None,
    **codes: Mapping[tuple[int, int], int],
) -> NightlyReplay:
    """A replay whose rows are the chances that are not None: one list per lead, one place per day
    from 100 on.

    Args:
        chances: By lead and as-of.
        goals: Day the goal was reached, by lead.
        stages: Day the stage was reached, by lead.
        amounts: Of won deals, by lead.
        accounts: By lead; else each lead is its own.
        unseen: Days of wins of leads that were never open.
        horizon: In days.
        observed: Day; by default the newest as-of.
        run_in: As-ofs before counting begins.
        rules: Names for codes.
        **codes: ``obstacle``, ``raised``, ``in_line``, ``area`` or ``segment`` of rows, by lead
            and as-of.
    """
    rows = [
        (lead, at, chance)
        for lead, days in enumerate(chances)
        for at, chance in enumerate(days)
        if chance is not None
    ]
    lead, at = (np.array([row[column] for row in rows], dtype=np.int32) for column in (0, 1))
    days = tuple(range(FIRST, FIRST + max(map(len, chances))))
    n = len(chances)

    def code(name, default, kind):
        given = codes.get(name, {})
        return np.array([given.get((a, b), default) for a, b, _ in rows], dtype=kind)

    def day(given):
        return np.array([(given or {}).get(number, NEVER) for number in range(n)], dtype=np.int32)

    return NightlyReplay(
        frame=Frame(days, days[-1] if observed is None else observed, horizon, 1, run_in),
        episode=lead,
        at=at.astype(np.int16),
        chance=np.array([row[2] for row in rows]),
        obstacle=code("obstacle", NOTHING, np.int16),
        raised=code("raised", 0, np.bool_),
        in_line=code("in_line", 0, np.bool_),
        area=code("area", 0, np.int8),
        segment=code("segment", -1, np.int16),
        fates=LeadOutcomes(
            lead=np.arange(n, dtype=np.int32),
            cluster=np.array(accounts if accounts is not None else range(n), dtype=np.int64),
            goal_day=day(goals),
            stage_day=day(stages),
            close_day=day(goals),
            amount=np.array([(amounts or {}).get(number, np.nan) for number in range(n)]),
            unseen_wins=np.array(unseen, dtype=np.int32),
        ),
        open_leads=np.bincount(at, minlength=len(days)),
        new_leads=np.bincount(
            [int(at[lead == number].min()) for number in np.unique(lead)], minlength=len(days)
        ),
        rules=rules or Rules(),
    )
