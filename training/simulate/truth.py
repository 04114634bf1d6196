"""Who buys when, and how likely that was: the truth of a simulated company.

Every `decision_days` days, on a day of its own, an open lead makes up its mind anew. From then on
until the next time it closes at a rate, per day,

    w(day) / R * -log(1 - p),    log-odds(p) = base + fit + interest + cross-axis part + u

with R the days of a round, w how full of closings the day is (1 on average), and u the lead's
hidden inclination, normal with mean 0: p is its chance to be won within R days if nothing changes.
A lead that is given up closes no more, unless it comes back.

The true probability at an as-of is the chance to be won within R days by what the lead then does in
these days, which nobody knows at the as-of: its mean over leads that are alike at the as-of is what
anybody could know. What can be known of u is that the lead was not won before. So the probability
is a mean over what u may still be: weights proportional to the normal density times the chance of
having survived until the as-of, by Gauss-Hermite quadrature.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from training.simulate.behaviour import Stream
from training.simulate.chances import Chances, Decided, Exposure
from training.simulate.company import (
    NEVER,
    Bools,
    Calendar,
    Company,
    Floats,
    Ints,
    Moments,
    office_hours,
)
from training.simulate.people import People
from training.simulate.planted import never_came, without_them
from training.simulate.signals import Colleagues, Signals

QUADRATURE_POINTS = 32  # against 160 points, off by 1e-12 at a heterogeneity of 0.8, by 1e-6 at 1.5
CALIBRATION_LEADS = 20_000  # enough for a base rate within 1 % of the one asked for
CALIBRATION_POINTS = 7  # of the quadrature; the base needs no nine digits
_BASES = (-20.0, 20.0)  # between which the base is looked for

Matrix = Floats
"""One row per round, one column per lead."""


@dataclass(frozen=True)
class SimulatedHistory:
    """What happened, and how likely it was.

    Attributes:
        won: each lead's moment of winning, or NEVER; some lie in the round to come.
        open: per round (one more for the round to come) and lead: open at its start.
        probability: the true probability, where open; nan elsewhere.
        fit: per round and lead, in log-odds.
        interest: per round and lead, in log-odds, cross-axis part not included.
        base: the constant of the log-odds.
        chances: the truth on any day.
        patience: per lead, how many closings it lives through before it is won.
    """

    won: Moments
    open: Bools
    probability: Matrix
    fit: Matrix
    interest: Matrix
    base: float
    chances: Chances
    patience: Floats

    def won_before(self, moment: int) -> Moments:
        """Each lead's moment of winning, or NEVER where that came at a moment or later."""
        return np.where(self.won < moment, self.won, NEVER)


@dataclass(frozen=True)
class _Decisions:
    """Leads that make up their minds on the same days.

    Attributes:
        leads: (n,) their places.
        days: (k,) these days, ascending.
        open: (k, n) who is open on each, as long as nobody is won.
        fit: (k, n) log-odds.
        interest: (k, n) log-odds without colleagues.
    """

    leads: Ints
    days: Ints
    open: Bools
    fit: Matrix
    interest: Matrix


class _Company:
    """What does not depend on who is won."""

    def __init__(
        self,
        company: Company,
        calendar: Calendar,
        people: People,
        stream: Stream,
        centre: tuple[float, float] | None = None,
    ) -> None:
        self.company, self.calendar, self.people = company, calendar, people
        #: The days on which the truth is told, and the end of the last one's round.
        self.as_ofs = np.append(calendar.round_starts, calendar.end_day)
        self.colleagues = Colleagues(calendar, people, stream)
        signals = Signals(company, calendar, people, stream)
        rounds = [signals.at(int(day)) for day in calendar.round_starts]
        self.open, self.fit, self.interest = map(np.array, zip(*rounds, strict=True))
        self.centre = centre or (
            (float(self.fit[self.open].mean()), float(self.interest[self.open].mean()))
            if self.open.any()
            else (0.0, 0.0)
        )
        days = company.decision_days
        own = company.random(6).integers(0, days, len(people))
        group = np.zeros_like(own) if company.together else own
        self.groups = [
            self._decisions(stream, np.flatnonzero(group == number), number)
            for number in np.unique(group)
        ]
        self.exposure = Exposure(calendar, people)

    def _decisions(self, stream: Stream, leads: Ints, number: int) -> _Decisions:
        first = self.company.lead_in_days - number
        days = np.arange(first, self.calendar.end_day, self.company.decision_days)
        days = days[days >= 0]
        signals = Signals(self.company, self.calendar, self.people, stream, leads)
        is_open = np.zeros((len(days), len(leads)), bool)
        fit, interest = (np.zeros(is_open.shape) for _ in range(2))
        for place, day in enumerate(days):
            is_open[place], fit[place], interest[place] = signals.at(int(day))
        return _Decisions(leads, days, is_open, fit, interest)

    def log_odds(self, fit: Floats, interest: Floats) -> Floats:
        """Log-odds of leads, base and hidden inclination not included."""
        if not self.company.cross_axis:
            return np.asarray(fit + interest)
        fit_centre, interest_centre = self.centre
        together = np.tanh(fit - fit_centre) * np.tanh(interest - interest_centre)
        return np.asarray(fit + interest + self.company.cross_axis * together)

    def decided_by(self, group: _Decisions, place: int, leads: Ints, won: Moments) -> Floats:
        """(n,) log-odds, without base and inclination, upon which some of a group decide."""
        rows = np.searchsorted(group.leads, leads)
        colleagues = self.colleagues.at(int(group.days[place]), won)[leads]
        return self.log_odds(group.fit[place, rows], group.interest[place, rows] + colleagues)

    def in_order(self) -> list[tuple[int, _Decisions, int]]:
        """Every day on which leads make up their minds: the day, the leads, and its place among
        their days.
        """
        every = [
            (int(day), group, place)
            for group in self.groups
            for place, day in enumerate(group.days)
        ]
        return sorted(every, key=lambda decision: decision[0])


class _Survival:
    """How much closing leads have lived through, for every point of the quadrature."""

    def __init__(self, known: _Company, leads: int, points: int) -> None:
        nodes, weights = np.polynomial.hermite_e.hermegauss(points)
        self.known = known
        self.nodes = known.company.heterogeneity * nodes
        self.weights = weights / weights.sum()
        self.lived = np.zeros((leads, points))
        #: By as-of: the same at its start, once all leads have decided until then.
        self.at: dict[int, Floats] = {}

    def live(self, rows: Ints, leads: Ints, log_odds: Floats, start: int, end: int) -> None:
        """Let open leads (places ``leads`` in the company, ``rows`` here) live from one decision to
        the next.
        """
        rate = np.logaddexp(0, log_odds[:, None] + self.nodes)
        for as_of in self.known.as_ofs[
            (self.known.as_ofs >= start) & (self.known.as_ofs < end)
        ].tolist():
            if as_of not in self.at:
                self.at[as_of] = self.lived.copy()
            so_far = self.known.exposure.between(leads, start, as_of)[:, None] * rate
            self.at[as_of][rows] = self.lived[rows] + so_far
        self.lived[rows] += self.known.exposure.between(leads, start, end)[:, None] * rate

    def chance(self, as_of: int, end: int, rows: Ints) -> Floats:
        """(rows,) chance to be won from one as-of to another, of those not won by the first."""
        before = self.at[as_of][rows]
        lived = self.at.get(end, self.lived)[rows] - before
        alive = self.weights * np.exp(before.min(axis=1, keepdims=True) - before)
        return np.asarray((alive * -np.expm1(-lived)).sum(axis=1) / alive.sum(axis=1))

    def alive(self, as_of: int) -> Floats:
        """(leads,) chance not to be won by an as-of."""
        return np.asarray((self.weights * np.exp(-self.at[as_of])).sum(axis=1))


def simulate_history(
    company: Company, calendar: Calendar, people: People, stream: Stream
) -> SimulatedHistory:
    """Play all days: who is won when, and how likely that was at each round's start.

    People and what they do are those of the company without faults.
    """
    quiet = replace(company, faults=None)
    known = _Company(quiet, Calendar(quiet), people, stream)
    base = _base(known)
    if company.faults is not None:
        people, stream = without_them(people, stream, never_came(calendar, people))
        known = _Company(company, calendar, people, stream, known.centre)
    rng = company.random(2)
    inclination = company.heterogeneity * rng.standard_normal(len(people))
    patience = rng.exponential(size=len(people))
    part = office_hours(rng, len(people))
    survival = _Survival(known, len(people), QUADRATURE_POINTS)
    lived, won = np.zeros(len(people)), np.full(len(people), NEVER)
    open_, probability = np.zeros_like(known.open), np.full(known.open.shape, np.nan)
    interest = known.interest

    def tell(number: int) -> None:
        """The truth at the start of a round, once all that is decided until its end is known."""
        as_of = int(known.as_ofs[number])
        open_[number] = known.open[number] & (won >= calendar.midnights[as_of])
        interest[number] += known.colleagues.at(as_of, won)
        rows = np.flatnonzero(open_[number])
        probability[number, rows] = survival.chance(as_of, int(known.as_ofs[number + 1]), rows)
        del survival.at[as_of]

    told = 0
    rates = {id(group): np.zeros(group.open.shape, np.float32) for group in known.groups}
    for day, group, place in known.in_order():
        if day > known.as_ofs[told + 1]:
            tell(told)
            told += 1
        end = min(day + company.decision_days, calendar.end_day)
        # who is won lives on for a round: the truth before the win asks what would have come
        before = calendar.midnights[max(day - company.round_days, 0)]
        leads = group.leads[group.open[place] & (won[group.leads] >= before)]
        log_odds = base + known.decided_by(group, place, leads, won)
        survival.live(leads, leads, log_odds, day, end)
        rate = np.logaddexp(0, log_odds + inclination[leads])
        rates[id(group)][place, np.searchsorted(group.leads, leads)] = rate
        more = rate * known.exposure.between(leads, day, end)
        buys = (won[leads] == NEVER) & (lived[leads] + more >= patience[leads])
        left = (patience - lived)[leads][buys] / rate[buys] * company.round_days
        win_day = (
            np.searchsorted(known.exposure.closed_by, known.exposure.closed_by[day] + left) - 1
        )
        won[leads[buys]] = calendar.second(np.clip(win_day, day, end - 1), part[leads[buys]])
        lived[leads] += more
    for number in range(told, len(known.open)):
        tell(number)
    decided = tuple(Decided(g.leads, g.days, rates[id(g)]) for g in known.groups)
    chances = Chances(calendar, known.exposure, decided)
    return SimulatedHistory(won, open_, probability, known.fit, interest, base, chances, patience)


def _base(known: _Company) -> float:
    """The base at which the mean probability of all rows is the base rate, on a sample of leads."""
    step = -(-len(known.people) // CALIBRATION_LEADS)
    sample = np.arange(0, len(known.people), step)
    nobody = np.full(len(known.people), NEVER)
    decided = []
    for day, group, place in known.in_order():
        leads = group.leads[group.open[place] & (group.leads % step == 0)]
        decided.append((day, leads, known.decided_by(group, place, leads, nobody)))
    is_open = known.open[:-1, sample]
    if not is_open.any():
        return 0.0

    def excess(base: float) -> float:
        survival = _Survival(known, len(sample), CALIBRATION_POINTS)
        for day, leads, log_odds in decided:
            end = min(day + known.company.decision_days, known.calendar.end_day)
            survival.live(leads // step, leads, base + log_odds, day, end)
        alive = np.array([survival.alive(int(as_of)) for as_of in known.as_ofs[:-1]])
        wins = (alive[:-1] - alive[1:])[is_open].sum()
        return float(wins / alive[:-1][is_open].sum()) - known.company.base_rate

    return float(brentq(excess, *_BASES, xtol=1e-4)) if excess(_BASES[1]) > 0 else _BASES[1]
