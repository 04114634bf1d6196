"""Whether the number is made or found: how many pass the line and close, on which actions
hand-overs rest, and what the random slice below the line closes.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.days import day_number
from propensity.ledger.ledger import LedgerFact
from training.learn.metrics.evaluation import Estimate
from training.learn.metrics.wilson import wilson
from training.monitor.answer import LEAST_LEADS
from training.monitor.below_line import BelowLine, below_line
from training.monitor.counts import level_spread, share_spreads
from training.monitor.declared import RECENT as RECENT_ACTIONS
from training.monitor.declared import DeclaredAction, declared_actions
from training.monitor.first_crossings import newly_entered
from training.monitor.inflation import NEVER, Inflation, inflation
from training.monitor.looks import outcomes_of
from training.monitor.ordinary import ordinary_shift
from training.monitor.triggers import triggers
from training.monitor.watched import Watched
from training.threshold.activity import weekly_activity
from training.threshold.promise import dispersion
from training.threshold.quarter_levels import NO_QUARTERS
from training.threshold.ranges import QUARTER

#: Weeks that are shown together.
PERIOD = 4


@dataclass(frozen=True)
class Passed:
    """Leads that first passed the line, and what became of them.

    Attributes:
        open_leads: (W,) open leads, by whole week since the pair took over.
        entered: (n,) week in which each lead passed.
        won: (n,) week in which it was won within the horizon, or ``NEVER``.
        is_mature: (n,) whether its horizon is over.
        horizon: Weeks after the line in which a win counts.
    """

    open_leads: NDArray[np.float64]
    entered: NDArray[np.int64]
    won: NDArray[np.int64]
    is_mature: NDArray[np.bool_]
    horizon: int

    @property
    def weekly(self) -> NDArray[np.int64]:
        """(W,) leads that passed."""
        return np.bincount(self.entered, minlength=len(self.open_leads))

    def closing(self) -> tuple[int, int]:
        """Mature leads, and wins among them."""
        return int(self.is_mature.sum()), int((self.is_mature & (self.won != NEVER)).sum())


@dataclass(frozen=True)
class PassedPeriod:
    """Some weeks together.

    Attributes:
        first: Their first day.
        open_leads: Mean number of open leads.
        passed: Leads that passed the line.
        share: Share of the open leads that passed per week.
        judged: Leads among these whose horizon is over.
        closed: Wins among these.
        closing: Share of the judged ones that was won; None of fewer than 20.
    """

    first: date
    open_leads: float
    passed: int
    share: float
    judged: int
    closed: int
    closing: Estimate | None


@dataclass(frozen=True)
class MadeFigures:
    """What the answer is read off.

    Attributes:
        periods: Four weeks each, the oldest first.
        inflation: The newest weeks beside those before; None where there are too few.
        actions: On which actions hand-overs rest; empty where there are too few.
        below: The random slice; None where none of it has matured.
        has_slice: Whether the definition draws one.
        above: Mature leads that passed the line, and wins among them.
    """

    periods: tuple[PassedPeriod, ...]
    inflation: Inflation | None
    actions: tuple[DeclaredAction, ...]
    below: BelowLine | None
    has_slice: bool
    above: tuple[int, int]


def made_figures(watched: Watched) -> MadeFigures:
    """Read how the number came about since the pair in use took over."""
    weeks = whole_weeks(watched)
    known = passed(watched, weeks)
    level = _level_spread(watched)
    moves = level_spread(weekly_activity(watched.store), weeks - QUARTER, QUARTER)
    found = triggers(watched, weeks)
    spreads = share_spreads(found.activity, weeks - RECENT_ACTIONS, RECENT_ACTIONS)
    return MadeFigures(
        periods=tuple(_periods(watched.since, known)),
        inflation=inflation(
            known.open_leads,
            known.entered,
            known.won,
            now=max((watched.until - day_number(watched.since)) // 7, weeks),
            horizon=known.horizon,
            volume_spread=moves,
            level_spread=level * np.sqrt(2.0),  # both the weeks before and the newest ones move
            dispersion=dispersion(known.weekly[None, :].astype(np.float64)),
        ),
        actions=declared_actions(found.weekly, found.actions, spreads),
        below=_below(watched, level),
        has_slice=watched.definition.mql.random_slice is not None,
        above=known.closing(),
    )


def whole_weeks(watched: Watched) -> int:
    """Weeks since the pair took over whose nights were run to the end.

    A night that is run once a week stands for the week that begins with it.
    """
    nights = [day_number(night.as_of) for night in watched.of_pair]
    usual = int(np.median(np.diff(nights))) if len(nights) > 1 else 1
    return (nights[-1] - nights[0] + min(max(usual, 1), 7)) // 7


def passed(watched: Watched, weeks: int) -> Passed:
    """The leads that first passed the line in the whole weeks since the pair took over; those that
    were over it then are not among them.
    """
    since = day_number(watched.since)
    own = {night.as_of for night in watched.of_pair}
    facts = [
        fact
        for fact in newly_entered(watched.facts, watched.nights)
        if fact.as_of in own and (day_number(fact.as_of) - since) // 7 < weeks
    ]
    night = np.array([day_number(fact.as_of) for fact in facts], dtype=np.int64)
    goal = _goals(watched, [(fact.lead_id, fact.episode) for fact in facts])
    is_won = (goal >= night) & (goal < night + watched.horizon)
    open_leads = np.zeros(weeks)
    for ran in watched.of_pair:
        week = (day_number(ran.as_of) - since) // 7
        open_leads[week:] = ran.leads  # a week without a night is as the one before
    return Passed(
        open_leads,
        (night - since) // 7,
        np.where(is_won, (goal - since) // 7, NEVER),
        night + watched.horizon <= watched.until,
        -(-watched.horizon // 7),
    )


def _goals(watched: Watched, keys: list[tuple[str, int]]) -> NDArray[np.int64]:
    """(n,) day on which each episode reached the goal, -1 where it did not."""
    asked = pa.table(
        {
            "lead_id": pa.array([lead for lead, _ in keys], pa.string()),
            "episode": pa.array([episode for _, episode in keys], pa.int32()),
        }
    )
    days: NDArray[np.int64] = outcomes_of(watched, asked)["goal"].fill_null(-1).to_numpy()
    return days.astype(np.int64)


def _level_spread(watched: Watched) -> float:
    """How far the share that closes moves from quarter to quarter by itself."""
    known = ordinary_shift(watched).quarters
    return NO_QUARTERS.deviation if known is None else known


def _below(watched: Watched, level: float) -> BelowLine | None:
    """The random slice, each lead once, with its chance as it was served."""
    first: dict[tuple[str, int], LedgerFact] = {}
    for fact in watched.facts:
        if fact.kind == "handed over" and fact.handed_over_as == "random slice":
            first.setdefault((fact.lead_id, fact.episode), fact)
    mature = {
        key: fact
        for key, fact in first.items()
        if fact.probability is not None
        and day_number(fact.as_of) + watched.horizon <= watched.until
    }
    night = np.array([day_number(fact.as_of) for fact in mature.values()], dtype=np.int64)
    goal = _goals(watched, list(mature))
    chance = np.array([fact.probability for fact in mature.values()], dtype=np.float64)
    is_won = (goal >= night) & (goal < night + watched.horizon)
    return below_line(chance, is_won, level_spread=level)


def _periods(since: date, known: Passed) -> list[PassedPeriod]:
    found = []
    for start in range(0, len(known.open_leads), PERIOD):
        mine = (known.entered >= start) & (known.entered < start + PERIOD)
        judged = int((mine & known.is_mature).sum())
        closed = int((mine & known.is_mature & (known.won != NEVER)).sum())
        low, high = wilson(float(closed), float(max(judged, 1)))
        lead_weeks = float(known.open_leads[start : start + PERIOD].sum())
        found.append(
            PassedPeriod(
                since + timedelta(days=7 * start),
                float(known.open_leads[start : start + PERIOD].mean()),
                int(mine.sum()),
                float(mine.sum()) / max(lead_weeks, 1.0),
                judged,
                closed,
                Estimate(closed / judged, float(low), float(high))
                if judged >= LEAST_LEADS
                else None,
            )
        )
    return found
