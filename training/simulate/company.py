"""The company to simulate: its size and habits, and the calendar its decisions follow."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.zone import zone
from training.simulate.faults import Faults
from training.simulate.sales_team import SalesTeam

Ints = NDArray[np.integer]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Moments = NDArray[np.int64]
"""Milliseconds since 1970-01-01 UTC."""

NEVER = int(np.iinfo(np.int64).max)
"""The moment of what does not happen; later than every other."""

MONTH_PATTERN = np.array([0.9, 1.0, 1.35, 0.9, 0.85, 1.0, 1.0, 0.7, 1.1, 1.1, 1.05, 0.8])
"""Arrivals and visits, January to December: the Japanese fiscal year ends in March, August is
quiet.
"""
WEEKDAY_PATTERN = np.array([1.0, 1.1, 1.1, 1.05, 0.95, 0.35, 0.3])
"""Arrivals and visits, Monday to Sunday: nobody buys business software on a Sunday."""

LAST_DAYS = 5
"""Days of a month that may be fuller of closings than others."""


@dataclass(frozen=True)
class LateRows:
    """How often the tables hold facts that were written down after they happened, or change later.

    Each is a share, 0 to 1. None of them changes who buys.

    Attributes:
        entries: leads entered some days after they came.
        histories: leads to which visits from before their creation were attached.
        meetings: leads with a meeting booked ahead; some lie after observed-until.
        moves: leads that moved to their account from another one.
        account_changes: accounts that changed their industry, for all their people.
        corrections: leads whose job title was wrong at first, and was put right later.
        changes: changes of attributes written down days later.
        closes: closes written down days later.
        reopenings: reopenings written down days later.
        deals: won leads with further deals.
    """

    entries: float = 0.0
    histories: float = 0.0
    meetings: float = 0.0
    moves: float = 0.0
    account_changes: float = 0.0
    corrections: float = 0.0
    changes: float = 0.0
    closes: float = 0.0
    reopenings: float = 0.0
    deals: float = 0.0

    @property
    def are_there(self) -> bool:
        """Whether there are any."""
        return any(vars(self).values())


EVERY_LATE_ROW = LateRows(
    entries=0.1,
    histories=0.3,
    meetings=0.1,
    moves=0.1,
    account_changes=0.1,
    corrections=0.1,
    changes=0.5,
    closes=0.3,
    reopenings=0.5,
    deals=0.3,
)
"""Late rows of every kind, as often as in a CRM that nobody looks after."""


@dataclass(frozen=True)
class Company:
    """What the simulated company is like. The same company gives the same tables, byte by byte.

    Attributes:
        n_leads: leads over the whole history; 1,000,000 is feasible (about 20 events each).
        seed: any integer of 0 or more; another seed is another company of the same kind.
        rounds: the history is this many rounds, and `lead_in_days` before the first.
        round_days: local days of a round: the truth is told at the start of each, for this horizon.
        decision_days: local days for which a lead acts upon what it has done so far; then it makes
            up its mind anew.
        together: all leads make up their minds on the same day, as where a committee meets; else
            each on a day of its own, so that no day of a cycle is like another.
        month_end: how many times as many leads close on each of the last five days of a month as on
            another day; 1 for none.
        lead_in_days: days before the first round in which leads already arrive.
        observed_until: the local date whose midnight ends the last round; the sources are complete
            up to it.
        base_rate: mean true probability of a (lead, round) row; the base is calibrated to it (0 to
            1, exclusive).
        heterogeneity: standard deviation, in log-odds, of what makes leads differ and is recorded
            nowhere.
        cross_axis: strength, in log-odds, of an interaction across fit and interest; 0 means the
            axes add.
        seasonality: 0 is the same every day, 1 follows the months and weekdays of a business in
            Japan.
        activity: multiplies how often leads visit; 1 gives about 20 events per lead.
        stale_after_days: silent days (none of the lead's own events recorded) after which a lead is
            no longer open.
        regime_change_at: number of the round (0 is the first) from which on the appetite of the
            industries is reversed, and price and case pages change places; None means the world
            never moves.
        mess: duplicates, hostile text, unreadable times and the like, as in real exports. Never
            changes the truth.
        timezone: the zone whose days count.
        late: rows that were written down after they happened. Never changes the truth, which knows
            nothing of attached histories, meetings and moves.
        rounds_ahead: the last of the rounds, which no table holds yet: they lie ahead of the
            company, and can be lived night by night.
        sales: the team that works what is handed over; without it calls are made at random, stage
            times are drawn backwards from the close, and there are no statuses.
        faults: what goes wrong from a day on.
    """

    n_leads: int = 50_000
    seed: int = 0
    rounds: int = 20
    round_days: int = 28
    decision_days: int = 7
    together: bool = False
    month_end: float = 1.0
    lead_in_days: int = 56
    observed_until: dt.date = dt.date(2025, 4, 1)
    base_rate: float = 0.04
    heterogeneity: float = 0.5
    cross_axis: float = 0.0
    seasonality: float = 1.0
    activity: float = 1.0
    stale_after_days: int = 90
    regime_change_at: int | None = None
    mess: bool = True
    timezone: str = "Asia/Tokyo"
    late: LateRows = LateRows()
    rounds_ahead: int = 0
    sales: SalesTeam | None = None
    faults: Faults | None = None

    def __post_init__(self) -> None:
        wrong = [sentence for holds, sentence in self._demands() if not holds]
        if wrong:
            raise ValueError("This company cannot be simulated: " + "; ".join(wrong) + ".")

    def _demands(self) -> list[tuple[bool, str]]:
        return [
            (self.n_leads >= 1, f"n_leads must be 1 or more, got {self.n_leads}"),
            (self.seed >= 0, f"seed must be 0 or more, got {self.seed}"),
            (self.rounds >= 1, f"rounds must be 1 or more, got {self.rounds}"),
            (
                0 <= self.rounds_ahead < self.rounds,
                f"rounds_ahead must be 0 or more and fewer than {self.rounds}, the rounds, got"
                f" {self.rounds_ahead}",
            ),
            (self.round_days >= 1, f"round_days must be 1 or more, got {self.round_days}"),
            (self.decision_days >= 1, f"decision_days must be 1 or more, got {self.decision_days}"),
            (self.month_end > 0, f"month_end must be above 0, got {self.month_end}"),
            (self.lead_in_days >= 1, f"lead_in_days must be 1 or more, got {self.lead_in_days}"),
            (0 < self.base_rate < 1, f"base_rate must lie between 0 and 1, got {self.base_rate}"),
            (self.heterogeneity >= 0, f"heterogeneity must be 0 or more, got {self.heterogeneity}"),
            (
                0 <= self.seasonality <= 1,
                f"seasonality must lie between 0 and 1, got {self.seasonality}",
            ),
            (self.activity > 0, f"activity must be above 0, got {self.activity}"),
            (
                self.stale_after_days >= 1,
                f"stale_after_days must be 1 or more, got {self.stale_after_days}",
            ),
            (
                self.faults is None or not (self.mess or self.late.are_there),
                "faults need a company without mess and late rows (mess=False), whose tables are"
                " otherwise spoilt elsewhere as well",
            ),
            *(
                (0 <= share <= 1, f"late.{name} must lie between 0 and 1, got {share}")
                for name, share in vars(self.late).items()
            ),
        ]

    @property
    def today(self) -> dt.date:
        """The local date whose midnight ends what the tables hold."""
        return self.observed_until - dt.timedelta(days=self.rounds_ahead * self.round_days)

    def random(self, *stream: int) -> np.random.Generator:
        """The random numbers of one concern: another concern's appetite for them changes nothing
        here.
        """
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=stream))


@dataclass(frozen=True)
class Calendar:
    """The local days, numbered from 0: the history, and a round to come that no table holds."""

    company: Company

    @cached_property
    def last_day(self) -> int:
        """The day whose midnight is observed-until; nothing happens on it any more."""
        return self.company.lead_in_days + self.company.rounds * self.company.round_days

    @property
    def end_day(self) -> int:
        """The day whose midnight ends the round to come."""
        return self.last_day + self.company.round_days

    @cached_property
    def midnights(self) -> Moments:
        """The moment each local day begins, from day 0 to the end of the round to come."""
        rules = zone(self.company.timezone)
        midnights = [dt.datetime.combine(date, dt.time(), rules).timestamp() for date in self.dates]
        return (np.array(midnights) * 1000).astype(np.int64)

    @cached_property
    def dates(self) -> list[dt.date]:
        """The date of each local day, from day 0 to the end of the round to come."""
        first = self.company.observed_until - dt.timedelta(days=self.last_day)
        return [first + dt.timedelta(days=day) for day in range(self.end_day + 1)]

    @cached_property
    def observed_until(self) -> int:
        """The moment at which the tables were exported."""
        return int(self.midnights[self.last_day])

    @cached_property
    def round_starts(self) -> Ints:
        """The day each round begins; one more at the end, for the round to come."""
        return self.company.lead_in_days + self.company.round_days * np.arange(
            self.company.rounds + 1
        )

    @cached_property
    def weights(self) -> Floats:
        """How busy each day is, relative to an average one."""
        pattern = np.array(
            [MONTH_PATTERN[date.month - 1] * WEEKDAY_PATTERN[date.weekday()] for date in self.dates]
        )
        return 1 + self.company.seasonality * (pattern - 1)

    @cached_property
    def closing(self) -> Floats:
        """How many leads close on each day, relative to an average one."""
        is_late = [
            (date + dt.timedelta(days=LAST_DAYS)).month != date.month for date in self.dates[:-1]
        ]
        weight = np.where(is_late, self.company.month_end, 1.0)
        weight /= weight.mean()
        if self.company.faults is not None:
            weight[self.faults_begin :] *= self.company.faults.level
        return np.asarray(weight)

    @property
    def faults_begin(self) -> int:
        """The day from whose start on faults hold; the end where there are none.

        Raises:
            ValueError: The calendar does not hold the day.
        """
        faults = self.company.faults
        if faults is None:
            return self.end_day
        day = (faults.since - self.dates[0]).days
        if not 0 <= day <= self.end_day:
            raise ValueError(
                f"since: expected a day from {self.dates[0]} to {self.dates[-1]}, got"
                f" {faults.since}."
            )
        return day

    @property
    def today(self) -> int:
        """The moment up to which the tables hold everything."""
        return int(
            self.midnights[self.last_day - self.company.rounds_ahead * self.company.round_days]
        )

    def moment(self, day: Ints, part: Floats) -> Moments:
        """The moment at which this part (0 to 1) of a local day has gone by, whatever the day's
        length.
        """
        length = np.diff(self.midnights)[day]
        return self.midnights[day] + (part * length).astype(np.int64)

    def second(self, day: Ints, part: Floats) -> Moments:
        """The same, on the whole second before: what survives a CSV."""
        return self.moment(day, part) // 1000 * 1000


def office_hours(rng: np.random.Generator, size: int) -> Floats:
    """Parts of a day between 9:00 and 18:00."""
    return rng.uniform(9 / 24, 18 / 24, size)
