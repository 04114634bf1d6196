"""When wins come, by age and by month of creation: what the pictures of the labels are drawn from.

Rates of wins by age come from the cumulative incidence of the goal (Aalen and Johansen 1978):
losses compete with wins, and leads that are still open count as long as they were watched, so young
leads are not counted as lost.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.store import Store
from propensity.config.config import Config
from training.learn.rows.run import Run
from training.learn.rows.snapshots import day_reached

#: Leads that have to be watched at an age for the incidence to be read there.
FEWEST_WATCHED = 20
#: Sums of shares are off by no more.
_ROUNDING = 1e-9

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Maturity:
    """When wins come, by age in days since the lead (or its new episode) began.

    Attributes:
        age: (k,) days, from 0.
        incidence: (k,) share of the leads won up to and including that age.
        median: Age until which half of the wins are in; likewise the others. Wins that no lead was
            watched long enough for are not in the whole.
        p80: 80 %.
        p95: 95 %.
        watched_days: Age up to which at least 20 leads were watched.
    """

    age: NDArray[np.int64]
    incidence: Floats
    median: int
    p80: int
    p95: int
    watched_days: int

    def caught_by(self, days: int) -> float:
        """Share of the eventual wins that come within so many days."""
        return float(self.incidence[min(days, len(self.incidence) - 1)] / self.incidence[-1])


@dataclass(frozen=True)
class MaturityMonth:
    """Leads created in a month, those of them that were watched for a whole horizon.

    Attributes:
        month: ``2024-03``.
        leads: Number.
        wins: Leads among these that were won within the horizon from their creation; in a flat
            table, at any time.
        design: How many times more their share varies than if every lead were an account of its
            own; see ``training.learn.metrics.clustered_intervals.design_effect``.
    """

    month: str
    leads: int
    wins: int
    design: float


def label_curves(run: Run) -> dict[str, Any]:
    """What the pictures are drawn from.

    ``maturity`` (three tables) and ``close_rate_by_month``, aggregates only.
    """
    curves: dict[str, Any] = {
        "close_rate_by_month": [asdict(month) for month in close_rate_by_month(run)]
    }
    found = None if run.store.is_flat else maturity(run)
    if found is not None:
        curves["maturity"] = {
            "age": found.age.tolist(),
            "incidence": found.incidence.tolist(),
            "median": found.median,
            "p80": found.p80,
            "p95": found.p95,
        }
    return curves


def maturity(run: Run) -> Maturity | None:
    """When wins come; None where nobody was won."""
    goal, until = day_reached(run.store, goal_stage(run.config)), run.store.observed_day
    found = run.store.query(f"""
        SELECT greatest(0, least(coalesce({goal}, {until}), coalesce(e.closed_day, {until}),
            {until}) - e.started_day)
                   AS age,
               coalesce({goal} < {until} AND {goal} <= coalesce(e.closed_day, {until}),
                   false) AS won
        FROM episodes e WHERE e.started_day < {until}
    """)
    age = found["age"].to_numpy().astype(np.int64)
    won = found["won"].to_numpy(zero_copy_only=False).astype(bool)
    if not won.any():
        return None
    ended = np.bincount(age)
    watched = ended[::-1].cumsum()[::-1]
    wins = np.bincount(age[won], minlength=len(ended))
    closes = _closes_by_age(run.store, goal, until, len(ended))
    last = max(
        int(np.flatnonzero(watched >= min(FEWEST_WATCHED, watched[0]))[-1]), int(age[won].min())
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.cumprod(1 - closes / watched)
        incidence = np.cumsum(np.append(1.0, left[:-1]) * wins / watched)[: last + 1]
    median, p80, p95 = (
        int(np.argmax(incidence >= share * incidence[-1] - _ROUNDING)) for share in (0.5, 0.8, 0.95)
    )
    return Maturity(np.arange(last + 1), incidence, median, p80, p95, watched_days=last)


def _closes_by_age(store: Store, goal: str, until: int, ages: int) -> NDArray[np.int64]:
    """(ages,) episodes that ended at each age, won or lost."""
    found = store.query(f"""
        SELECT greatest(0, least(coalesce({goal}, {until}),
            coalesce(e.closed_day, {until})) - e.started_day) AS age
        FROM episodes e WHERE e.started_day < {until}
            AND ({goal} < {until} OR e.closed_day < {until})
    """)
    return np.bincount(found["age"].to_numpy().astype(np.int64), minlength=ages)


def close_rate_by_month(run: Run) -> list[MaturityMonth]:
    """Close rates by month of creation, of leads that were watched for a whole horizon, oldest
    first.
    """
    if run.store.is_flat:
        looked = """
            SELECT strftime(DATE '1970-01-01' + day, '%Y-%m') AS month, won,
                   coalesce(account, -1 - row_number) AS cluster
            FROM leads WHERE won IS NOT NULL AND day IS NOT NULL
        """
    else:
        goal, horizon = (
            day_reached(run.store, goal_stage(run.config)),
            run.config.goal.horizon_days if run.config.goal else 0,
        )
        looked = f"""
            SELECT strftime(DATE '1970-01-01' + e.started_day, '%Y-%m') AS month,
                   coalesce({goal} < e.started_day + {horizon}, false) AS won,
                   coalesce(l.account + (SELECT count(*) FROM leads), l.lead) AS cluster
            FROM episodes e JOIN leads l USING (lead)
            WHERE e.started_day + {horizon} <= {run.store.observed_day}
        """
    query = f"""
        WITH looked AS ({looked}), shared AS (
            SELECT month, cluster, count(*) AS n, count(*) FILTER (won) AS k FROM looked
            GROUP BY ALL
        ), monthly AS (SELECT month, sum(n) AS n, sum(k) AS k FROM shared GROUP BY month)
        SELECT m.month, m.n, m.k, sum((s.k - s.n * m.k / m.n) ** 2) AS surplus
        FROM monthly m JOIN shared s USING (month) GROUP BY ALL ORDER BY month
    """
    return [
        MaturityMonth(str(month), int(n), int(k), _design(float(surplus), n, k))
        for month, n, k, surplus in run.store.connection.execute(query).fetchall()
    ]


def _design(surplus: float, leads: int, wins: int) -> float:
    """The variance over accounts as a multiple of the binomial one; at least 1."""
    alone = wins * (leads - wins) / leads
    return max(1.0, surplus / alone) if alone > 0 else 1.0


def goal_stage(config: Config) -> str:
    """The stage to learn; of a flat table, ``won``."""
    return config.goal.stage if config.goal else "won"
