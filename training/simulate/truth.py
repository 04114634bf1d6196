"""Who buys when, and how likely that was: the truth of a simulated company.

At the start of every round each open lead has log-odds

    base + fit + interest + cross-axis part + u

where u is the lead's hidden inclination, normal with mean 0. With that probability it is won at a
moment drawn uniformly from the round. What anybody can know about u is that the lead was not won in
its earlier rounds, so the true
probability is the mean of the probability over what u may still be: weights proportional to the
normal density times the chance of having survived those rounds, by Gauss-Hermite quadrature.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulate.behaviour import LAST_OWN, LAST_PAGE, EventKind, Stream
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
from training.simulate.people import SOURCES, People, fit

QUADRATURE_POINTS = 32  # against 160 points, off by 1e-12 at a heterogeneity of 0.8, by 1e-6 at 1.5
CALIBRATION_LEADS = 20_000  # enough for a base rate within 1 % of the one asked for
CALIBRATION_STEPS = 30  # halvings of a range of 40 log-odds
CALIBRATION_POINTS = 7  # of the quadrature; the base needs no nine digits

# Interest, in log-odds. Counts enter as log(1 + count): the tenth look at the prices says less than
# the first.
PRICING_30_DAYS = 0.85
CASES_90_DAYS = 0.25
DOWNLOADS_EVER = 0.15
TEN_DOWNLOADS = 0.7  # a jump, from the tenth download on
FIFTEEN_PAGES = 0.6  # a jump, from fifteen pages in 30 days on
WEBINAR_90_DAYS = 0.6
DEMO_30_DAYS = 1.6
TRIAL_60_DAYS = 1.2
SILENT_AFTER_TRIAL = -0.9  # a trial 14 days ago or more, and no visit for 14 days
UNSUBSCRIBED_EVER = -0.6
RECENT_VISIT = 1.1  # times exp(-days since the last visit / 14)
PRICES_JUST_NOW = 0.8  # prices in 30 days and a visit in the last 7: more than the sum of the two
COLLEAGUES_30_DAYS = 0.25
COLLEAGUE_EVENTS_LIMIT = 30  # in 30 days; more says nothing more
UNKNOWN_DAYS = 10_000  # days since what never happened

Matrix = Floats
"""One row per round, one column per lead."""


@dataclass(frozen=True)
class SimulatedHistory:
    """What happened, and how likely it was.

    Attributes:
        won: each lead's moment of winning, or NEVER.
        open: per round (one more for the round to come) and lead: open at its start.
        probability: the true probability, where open; nan elsewhere.
        fit: per round and lead, in log-odds.
        interest: per round and lead, in log-odds, cross-axis part not included.
        base: the constant of the log-odds.
    """

    won: Moments
    open: Bools
    probability: Matrix
    fit: Matrix
    interest: Matrix
    base: float


class Rounds:
    """The company's rounds: what is known at each start, and the log-odds that follow from it."""

    def __init__(
        self, company: Company, calendar: Calendar, people: People, stream: Stream
    ) -> None:
        self.company, self.calendar, self.people, self.stream = company, calendar, people, stream
        shape = (company.rounds + 1, len(people))
        self.open = np.zeros(shape, bool)
        self.fit = np.zeros(shape)
        self.interest = np.zeros(shape)
        self.is_own = stream.action <= LAST_OWN
        ledger = _Ledger(stream, len(people))
        for number, day in enumerate(calendar.round_starts):
            ledger.advance_to(int(day), int(calendar.midnights[day]))
            self.open[number] = self._open(int(day), ledger)
            self.fit[number] = self._fit(number, int(calendar.midnights[day]))
            self.interest[number] = ledger.interest(swapped=self._regime_changed(number))
        self.interest += np.array([source.effect for source in SOURCES])[people.source]
        self.centre = (
            (float(self.fit[self.open].mean()), float(self.interest[self.open].mean()))
            if self.open.any()
            else (0.0, 0.0)
        )

    def _regime_changed(self, number: int) -> bool:
        return self.company.regime_change_at is not None and number >= self.company.regime_change_at

    def _fit(self, number: int, as_of: int) -> Floats:
        changed = self._regime_changed(number)
        then = fit(self.people, regime_changed=changed)
        today = fit(self.people.as_they_are_today, regime_changed=changed)
        return np.where(self.people.changed < as_of, today, then)

    def _open(self, day: int, ledger: _Ledger) -> Bools:
        """Leads neither lost nor silent for too long, as long as nobody is won."""
        as_of = self.calendar.midnights[day]
        people = self.people
        is_lost = (people.lost < as_of) & ~(people.reopened < as_of)
        is_back = people.reopened < as_of
        start_day = np.where(is_back, people.reopened_day, people.created_day)
        silent = day - np.maximum(start_day, ledger.last_own_day)
        return np.asarray(
            (people.created < as_of) & ~is_lost & (silent <= self.company.stale_after_days)
        )

    def colleagues(self, number: int, won: Moments) -> Ints:
        """Own events of the other people of each lead's account in the last 30 days, seen at the
        round's start.
        """
        day = self.calendar.round_starts[number]
        recent = slice(*np.searchsorted(self.stream.day, [day - 30, day]))
        lead = self.stream.lead[recent]
        seen = self.is_own[recent] & (self.stream.recorded[recent] < self.calendar.midnights[day])
        seen &= self.stream.moment[recent] < won[lead]
        own = np.bincount(lead[seen], minlength=len(self.people))
        account = self.people.account
        return np.asarray(np.bincount(account, own).astype(np.int64)[account] - own)

    def log_odds(self, number: int, interest: Floats) -> Floats:
        """Log-odds of each lead at a round's start, base and hidden inclination not included."""
        sum_of_axes = self.fit[number] + interest
        if not self.company.cross_axis:
            return np.asarray(sum_of_axes)
        fit_centre, interest_centre = self.centre
        together = np.tanh(self.fit[number] - fit_centre) * np.tanh(interest - interest_centre)
        return np.asarray(sum_of_axes + self.company.cross_axis * together)

    def with_colleagues(self, number: int, won: Moments) -> Floats:
        """The interest, other people's activity included."""
        colleagues = np.minimum(self.colleagues(number, won), COLLEAGUE_EVENTS_LIMIT)
        return np.asarray(self.interest[number] + COLLEAGUES_30_DAYS * np.log1p(colleagues))


class _Ledger:
    """What has been recorded about each lead, brought forward from one as-of to the next."""

    def __init__(self, stream: Stream, n_leads: int) -> None:
        self.stream, self.n_leads = stream, n_leads
        self.by_recorded = np.argsort(stream.recorded, kind="stable")
        self.recorded = stream.recorded[self.by_recorded]
        self.read, self.day, self.as_of = 0, 0, 0
        self.downloads = np.zeros(n_leads, np.int64)
        self.unsubscribed = np.zeros(n_leads, bool)
        self.last_own_day = np.full(n_leads, -UNKNOWN_DAYS)
        self.last_visit_day = np.full(n_leads, -UNKNOWN_DAYS)
        self.last_trial_day = np.full(n_leads, -UNKNOWN_DAYS)

    def advance_to(self, day: int, as_of: int) -> None:
        """Read what was recorded since the last call and before this as-of."""
        until = int(np.searchsorted(self.recorded, as_of))
        chosen = self.by_recorded[self.read : until]
        self.read, self.day, self.as_of = until, day, as_of
        lead, action, then = (
            self.stream.lead[chosen],
            self.stream.action[chosen],
            self.stream.day[chosen],
        )
        self.downloads += np.bincount(lead[action == EventKind.DOWNLOAD], minlength=self.n_leads)
        self.unsubscribed[lead[action == EventKind.UNSUBSCRIBED]] = True
        for latest, which in (
            (self.last_own_day, action <= LAST_OWN),
            (self.last_visit_day, action <= LAST_PAGE),
            (self.last_trial_day, action == EventKind.TRIAL_STARTED),
        ):
            np.maximum.at(latest, lead[which], then[which].astype(np.int64))

    def interest(self, *, swapped: bool = False) -> Floats:
        """How strongly each lead's behaviour points to buying, in log-odds, without source and
        colleagues.

        After a change of regime case pages say what price pages said, and the other way round
        (`swapped`).
        """
        prices, cases = (
            (EventKind.CASES, EventKind.PRICING)
            if swapped
            else (EventKind.PRICING, EventKind.CASES)
        )
        prices_30 = self._count(30, prices, prices)
        pages_30 = self._count(30, EventKind.PRICING, LAST_PAGE)
        visit_days, trial_days = self.day - self.last_visit_day, self.day - self.last_trial_day
        return np.asarray(
            PRICING_30_DAYS * np.log1p(prices_30)
            + CASES_90_DAYS * np.log1p(self._count(90, cases, cases))
            + DOWNLOADS_EVER * np.log1p(self.downloads)
            + TEN_DOWNLOADS * (self.downloads >= 10)
            + FIFTEEN_PAGES * (pages_30 >= 15)
            + WEBINAR_90_DAYS
            * (self._count(90, EventKind.WEBINAR_ATTENDED, EventKind.WEBINAR_ATTENDED) > 0)
            + DEMO_30_DAYS * (self._count(30, EventKind.DEMO_REQUEST, EventKind.DEMO_REQUEST) > 0)
            + TRIAL_60_DAYS * (trial_days <= 60)
            + SILENT_AFTER_TRIAL
            * ((trial_days >= 14) & (trial_days < UNKNOWN_DAYS) & (visit_days > 14))
            + UNSUBSCRIBED_EVER * self.unsubscribed
            + RECENT_VISIT * np.exp(-visit_days / 14)
            + PRICES_JUST_NOW * ((prices_30 > 0) & (visit_days <= 7))
        )

    def _count(self, days: int, first: EventKind, last: EventKind) -> Ints:
        """Events from the first action to the last one in the last local days, recorded before the
        as-of.
        """
        recent = slice(*np.searchsorted(self.stream.day, [self.day - days, self.day]))
        action = self.stream.action[recent]
        chosen = (action >= first) & (action <= last) & (self.stream.recorded[recent] < self.as_of)
        return np.bincount(self.stream.lead[recent][chosen], minlength=self.n_leads)


def simulate_history(
    company: Company, calendar: Calendar, people: People, stream: Stream
) -> SimulatedHistory:
    """Play all rounds: who is won when, and how likely that was at each round's start."""
    rounds = Rounds(company, calendar, people, stream)
    base = _base(company, rounds)
    rng = company.random(2)
    inclination = company.heterogeneity * rng.standard_normal(len(people))
    posterior = _Posterior(company.heterogeneity, len(people), QUADRATURE_POINTS)
    won = np.full(len(people), NEVER)
    probability = np.full(rounds.open.shape, np.nan)
    for number in range(company.rounds + 1):
        rounds.open[number] &= won == NEVER
        is_open = np.flatnonzero(rounds.open[number])
        rounds.interest[number] = rounds.with_colleagues(number, won)
        log_odds = base + rounds.log_odds(number, rounds.interest[number])
        probability[number, is_open] = posterior.mean_and_survive(is_open, log_odds[is_open])
        if number < company.rounds:
            buys = is_open[
                rng.random(len(people))[is_open] < _sigmoid((log_odds + inclination)[is_open])
            ]
            day = calendar.round_starts[number] + rng.integers(0, company.round_days, len(people))
            won[buys] = calendar.second(day, office_hours(rng, len(people)))[buys]
    return SimulatedHistory(won, rounds.open, probability, rounds.fit, rounds.interest, base)


class _Posterior:
    """What can be known about each lead's hidden inclination: a weight for every point of the
    quadrature.
    """

    def __init__(self, heterogeneity: float, n_leads: int, points: int) -> None:
        nodes, weights = np.polynomial.hermite_e.hermegauss(points)
        self.points = heterogeneity * nodes
        self.weights = np.tile(weights / weights.sum(), (n_leads, 1))

    def mean_and_survive(self, leads: Ints, log_odds: Floats) -> Floats:
        """The probability of these leads to be won in this round; afterwards they are known to have
        survived it.
        """
        chance = _sigmoid(log_odds[:, None] + self.points)
        weights = self.weights[leads]
        mean: Floats = (weights * chance).sum(axis=1) / weights.sum(axis=1)
        self.weights[leads] = weights * (1 - chance)
        return mean


def _base(company: Company, rounds: Rounds) -> float:
    """The base at which the mean probability of all rows is the base rate, by bisection on a sample
    of leads.
    """
    step = -(-len(rounds.people) // CALIBRATION_LEADS)
    nobody = np.full(len(rounds.people), NEVER)
    sample = [
        (is_open[::step], rounds.log_odds(number, rounds.with_colleagues(number, nobody))[::step])
        for number, is_open in enumerate(rounds.open[: company.rounds])
    ]
    low, high = -20.0, 20.0
    for _ in range(CALIBRATION_STEPS):
        middle = (low + high) / 2
        too_low = _expected_rate(company, sample, middle) < company.base_rate
        low, high = (middle, high) if too_low else (low, middle)
    return (low + high) / 2


def _expected_rate(company: Company, sample: list[tuple[Bools, Floats]], base: float) -> float:
    """Expected wins per expected row, the rows of those won before left out."""
    posterior = _Posterior(company.heterogeneity, len(sample[0][0]), CALIBRATION_POINTS)
    rows = wins = 0.0
    for is_open, log_odds in sample:
        leads = np.flatnonzero(is_open)
        alive = posterior.weights[leads].sum()
        posterior.mean_and_survive(leads, base + log_odds[leads])
        rows += alive
        wins += alive - posterior.weights[leads].sum()
    return wins / rows if rows else company.base_rate


def _sigmoid(log_odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-log_odds))
