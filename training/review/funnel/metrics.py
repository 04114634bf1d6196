"""The metrics of the funnel, of any group of leads, judged (mature) and as they stand
(raw).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.review.funnel.cohorts import NEVER, Cohorts, Mask, Reached
from training.review.funnel.spending import Spent

#: The metrics by name, in the order of the funnel.
Metric = Literal[
    "visitor to lead",
    "lead to MQL",
    "SAL",
    "active",
    "toss-up",
    "MQL to opportunity",
    "effective",
    "opportunity to customer",
    "lead to customer",
    "cycle",
    "cost per contract",
]
METRICS: tuple[Metric, ...] = (
    "visitor to lead",
    "lead to MQL",
    "SAL",
    "active",
    "toss-up",
    "MQL to opportunity",
    "effective",
    "opportunity to customer",
    "lead to customer",
    "cycle",
    "cost per contract",
)
#: Of the shares of leads: whom they are counted of, and whom they count.
STEPS: Mapping[Metric, tuple[Reached | Literal["lead"], Reached]] = {
    "lead to MQL": ("lead", "mql"),
    "SAL": ("mql", "sal"),
    "toss-up": ("mql", "toss_up"),
    "MQL to opportunity": ("mql", "opportunity"),
    "effective": ("opportunity", "effective"),
    "opportunity to customer": ("opportunity", "customer"),
    "lead to customer": ("lead", "customer"),
}
#: Metrics of steps that only some companies have: the others miss nothing.
OF_SOME: tuple[Metric, ...] = ("toss-up", "effective")
#: Leads behind a rate, and behind a count, an average or a median: fewer say nothing, or too much
#: about one.
FEWEST_FOR_A_RATE, FEWEST_FOR_A_COUNT = 20, 5


@dataclass(frozen=True)
class FunnelShare:
    """So many of so many.

    Attributes:
        part: Number of leads counted.
        whole: Of.
    """

    part: float
    whole: float

    @property
    def value(self) -> float | None:
        """0..1; None from fewer than 20."""
        return self.part / self.whole if self.whole >= FEWEST_FOR_A_RATE else None


@dataclass(frozen=True)
class FunnelFigures:
    """The metrics of a group of leads.

    Attributes:
        leads: Number that is judged (mature) or that there is (raw).
        customers: Leads among these that became customers.
        shares: Metric to share, for the steps that the sources tell.
        cycle: Median days from creation to the win; None with fewer than five customers.
        amount: Average won amount; None with fewer than five known ones.
        visits: Leads created, judged or not, per visit of the website; only of months and channels
            whose visits are known. None where nothing is.
        cost: What visits cost, as far as it is known, or None.
        paid: Customers among the leads of the months and channels whose cost is known.
        past: Customers that had never been an MQL; None where no stage tells.
    """

    leads: int
    customers: int
    shares: Mapping[Metric, FunnelShare]
    cycle: float | None
    amount: float | None
    visits: FunnelShare | None = None
    cost: float | None = None
    paid: int = 0
    past: int | None = None

    def value(self, metric: Metric) -> float | None:
        """A metric; None where too few leads are behind it, or the sources do not tell it."""
        match metric:
            case "cycle":
                return self.cycle
            case "visitor to lead":
                return self.visits.value if self.visits else None
            case "cost per contract":
                enough = self.paid >= FEWEST_FOR_A_COUNT
                return self.cost / self.paid if self.cost is not None and enough else None
            case _:
                return self.shares[metric].value if metric in self.shares else None


def figures(
    leads: Cohorts,
    among: Mask,
    *,
    mature: bool,
    visits: Spent | None = None,
    cost: Spent | None = None,
) -> FunnelFigures:
    """Count a group of leads.

    Args:
        leads: All.
        among: (n,) those of the group.
        mature: Only leads whose days are over, and only what came within these days; else
            everything until now.
        visits: What is known of the months in which these leads came.
        cost: The same; of the months of leads that are judged, where ``mature``.
    """
    base = among & leads.came_to("lead", mature=mature)
    steps: tuple[Reached | Literal["lead"], ...] = ("lead", *leads.reached)
    at = {step: base & leads.came_to(step, mature=mature) for step in steps}
    shares = step_shares(at)
    won = at["customer"]
    amounts = leads.amount[won]
    return FunnelFigures(
        leads=int(base.sum()),
        customers=int(won.sum()),
        shares=shares,
        cycle=_median(leads.reached["customer"][won] - leads.created[won]),
        amount=average(amounts),
        visits=FunnelShare(int((among & visits.brought(leads)).sum()), visits.total)
        if visits is not None
        else None,
        cost=cost.total if cost is not None else None,
        paid=int((won & cost.brought(leads)).sum()) if cost is not None else 0,
        past=int((won & ~at["mql"]).sum()) if "mql" in at else None,
    )


def step_shares(at: Mapping[Reached | Literal["lead"], Mask]) -> dict[Metric, FunnelShare]:
    """Of the leads that came to a step, those that came to the next: all rates of steps are counted
    here.

    Args:
        at: Step to the (n,) leads that came to it; steps that nobody tells are absent.
    """
    return {
        metric: FunnelShare(int((at[start] & at[end]).sum()), int(at[start].sum()))
        for metric, (start, end) in STEPS.items()
        if start in at and end in at
    }


def average(amounts: NDArray[np.float64]) -> float | None:
    """The mean of the known amounts; None of fewer than five."""
    known = amounts[np.isfinite(amounts)]
    return float(known.mean()) if len(known) >= FEWEST_FOR_A_COUNT else None


def tellable_count(count: float | None) -> float | None:
    """A count of leads that can be told: none, or at least five."""
    return None if count is None or 0 < count < FEWEST_FOR_A_COUNT else count


def _median(days: NDArray[np.int32]) -> float | None:
    return (
        float(np.median(days))
        if len(days) >= FEWEST_FOR_A_COUNT and int(days.max()) < NEVER // 2
        else None
    )
