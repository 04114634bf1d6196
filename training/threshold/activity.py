"""How much a company's weeks change by themselves: seasons, campaigns and growth, read off what its
leads do.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.store import Store

#: Weeks of history that the swing is read off, at most.
_RECENT = 104
#: Without enough history to see any swing, this one is assumed: a quarter of the level, up or down.
ASSUMED = 0.25
_FEWEST_FREE = 4.0


@dataclass(frozen=True)
class Swing:
    """How the level of activity changes from one stretch of weeks to the next.

    Attributes:
        size: Root mean square of the changes around the trend, in logarithms: 0.1 is 10 % up or
            down.
        freedom: Degrees of freedom: about how many such changes the history holds apart from one
            another.
        trend: Change that the trend alone would bring next, in logarithms; positive where activity
            grows.
        is_assumed: Whether the history is too short to tell, and the size is a guess.
    """

    size: float
    freedom: float
    trend: float
    is_assumed: bool = False


#: Of a history that is too short to tell.
ASSUMED_SWING = Swing(ASSUMED, _FEWEST_FREE, 0.0, is_assumed=True)


def weekly_activity(store: Store) -> NDArray[np.float64]:
    """Leads that did something, by week before "observed until", the oldest first.

    Without events, leads that came. The weeks in which the history begins are left out as long as
    they are below half
    of the usual: a company that starts to record is no season.
    """
    table = "kind_events WHERE kind >= 0 AND" if "kind_events" in store.made else "events WHERE"
    found = store.query(f"""
        SELECT (({store.observed_day} - 1 - day) // 7)::INTEGER AS ago, count(DISTINCT lead) AS n
        FROM {table} day < {store.observed_day} GROUP BY ago
        """)
    if not found.num_rows:
        found = store.query(f"""
            SELECT (({store.observed_day} - 1 - created_day) // 7)::INTEGER AS ago, count(*) AS n
            FROM leads WHERE created_day < {store.observed_day} GROUP BY ago
            """)
    ago, counts = found["ago"].to_numpy(), found["n"].to_numpy()
    series = np.bincount(ago, counts, minlength=1)[: _RECENT + 1][::-1].astype(np.float64)
    whole = series[1:]  # the oldest week may have begun before the history did
    grown = (
        np.flatnonzero(whole >= 0.5 * np.median(whole))
        if len(whole)
        else np.zeros(0, dtype=np.intp)
    )
    return whole[grown[0] :] if len(grown) else whole


def swing(weekly: NDArray[np.float64], past_weeks: int, later_weeks: int) -> Swing:
    """How much the mean of ``later_weeks`` weeks differs from that of the ``past_weeks`` before,
    over the history.

    The trend is a parabola through the logarithms of the weeks, and what it brings next is its
    slope at the end. Around it, every stretch of the history is compared with the one before.

    Args:
        weekly: (weeks,) the oldest first.
        past_weeks: That a forecast is read off.
        later_weeks: That it is for.

    >>> round(swing(100 * 1.01 ** np.arange(60), 8, 13).trend, 3)  # 1 % a week, over 10.5 weeks
    0.104
    """
    n, span = len(weekly), past_weeks + later_weeks
    if past_weeks < 1 or n < 2 * span or not (weekly > 0).all():
        return ASSUMED_SWING
    # the newest is 0, where the slope of the parabola is its second coefficient
    weeks = np.arange(n) - (n - 1)
    level = np.log(weekly)
    curve = np.polynomial.polynomial.polyfit(weeks, level, 2)
    around = np.exp(level - np.polynomial.polynomial.polyval(weeks, curve))
    total = np.concatenate([[0.0], np.cumsum(around)])
    origin = np.arange(past_weeks, n - later_weeks + 1)
    before = (total[origin] - total[origin - past_weeks]) / past_weeks
    after = (total[origin + later_weeks] - total[origin]) / later_weeks
    change = np.log(after / before)
    freedom = max(_FEWEST_FREE, 2 * n / span - 2)
    return Swing(float(np.sqrt((change**2).mean())), freedom, float(curve[1] * span / 2))
