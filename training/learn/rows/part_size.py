"""How large the test part has to be, where the configured one cannot judge."""

from collections.abc import Iterable, Iterator

import numpy as np

from features.errors import RefusedError
from training.learn.rows.cadence import Cadence
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.split import flat_parts, plan

#: Wins that judge well, tried first; then what is needed at the very least.
_WELL = 40
#: Shares of a flat table that are tried as its test.
_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)


def days_that_hold(rows: LabelledRows, cadence: Cadence, *, horizon_days: int, least: int) -> str:
    """Which `snapshots.test_days` would give both parts enough wins and losses; empty where none
    would.

    Args:
        rows: All mature rows.
        cadence: Their days.
        horizon_days: The horizon.
        least: Wins, and rows that are none, that each part needs.
    """

    def tried() -> Iterator[tuple[str, LabelledRows, LabelledRows]]:
        for rounds in range(1, len(cadence.rounds)):
            days = rounds * cadence.every
            try:
                parts = plan(cadence, horizon_days=horizon_days, test_days=days)
            except RefusedError:
                continue
            older, test = (np.isin(rows.time, part) for part in (parts.older, parts.test))
            yield f"snapshots.test_days: {days}", rows.take(older), rows.take(test)

    return _first_that_holds(tried(), least)


def share_that_holds(rows: LabelledRows, *, seed: int, least: int) -> str:
    """Which `split.test_share` would give both parts of a flat table enough wins and losses; empty
    where none would.
    """

    def tried() -> Iterator[tuple[str, LabelledRows, LabelledRows]]:
        for share in _SHARES:
            older, test = flat_parts(rows, test_share=share, seed=seed)
            yield f"split.test_share: {share:g}", rows.take(older), rows.take(test)

    return _first_that_holds(tried(), least)


def _first_that_holds(tried: Iterable[tuple[str, LabelledRows, LabelledRows]], least: int) -> str:
    """The first split whose parts hold many wins, else the one whose test holds the most of those
    that hold enough.
    """
    enough: list[tuple[int, str]] = []
    for key, older, test in tried:
        wins = (older.wins, test.wins)
        others = min(older.others, test.others)
        if min(*wins, others) < least:
            continue
        if min(wins) >= _WELL:
            return f"`{key}` would hold {test.wins:,}"
        enough.append((min(wins), f"`{key}` would hold {test.wins:,}"))
    return max(enough, default=(0, ""))[1]
