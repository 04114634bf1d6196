"""What a lead is and has done by a day, in log-odds: the formula by which it buys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.simulate.behaviour import LAST_OWN, LAST_PAGE, EventKind, Stream
from training.simulate.company import Bools, Calendar, Company, Floats, Ints, Moments
from training.simulate.people import SOURCES, People, fit

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


class Signals:
    """Some leads, brought forward from day to day: who is open, and both axes."""

    def __init__(
        self,
        company: Company,
        calendar: Calendar,
        people: People,
        stream: Stream,
        leads: Ints | None = None,
    ) -> None:
        """Of all leads, or of some, by their places in ``people``, ascending."""
        if leads is None:
            self.people = people
        else:
            place = np.full(len(people), -1, np.int32)
            place[leads] = np.arange(len(leads), dtype=np.int32)
            stream = stream.where(place[stream.lead] >= 0)
            stream = replace(stream, lead=place[stream.lead])
            self.people = people.of(leads)
        self.company, self.calendar = company, calendar
        self.fits = {
            changed: (
                fit(self.people, regime_changed=changed),
                fit(self.people.as_they_are_today, regime_changed=changed),
            )
            for changed in (False, True)
        }
        self.source = np.array([source.effect for source in SOURCES])[self.people.source]
        self.ledger = _Ledger(stream, len(self.people))

    def at(self, day: int) -> tuple[Bools, Floats, Floats]:
        """Who is open at the start of a day as long as nobody is won, fit, and interest without
        colleagues; days have to ascend.
        """
        as_of = int(self.calendar.midnights[day])
        change = self.company.regime_change_at
        changed = change is not None and day >= self.calendar.round_starts[change]
        self.ledger.advance_to(day, as_of)
        then, today = self.fits[changed]
        interest = self.ledger.interest(swapped=changed) + self.source
        return self._open(day), np.where(self.people.changed < as_of, today, then), interest

    def _open(self, day: int) -> Bools:
        """Leads neither lost nor silent for too long."""
        as_of, people = self.calendar.midnights[day], self.people
        is_back = people.reopened < as_of
        is_lost = (people.lost < as_of) & ~is_back
        start_day = np.where(is_back, people.reopened_day, people.created_day)
        silent = day - np.maximum(start_day, self.ledger.last_own_day)
        return np.asarray(
            (people.created < as_of) & ~is_lost & (silent <= self.company.stale_after_days)
        )


class Colleagues:
    """What the other people of each lead's account did."""

    def __init__(self, calendar: Calendar, people: People, stream: Stream) -> None:
        self.calendar, self.account = calendar, people.account
        self.stream = stream.where(stream.action <= LAST_OWN)

    def at(self, day: int, won: Moments) -> Floats:
        """(leads,) log-odds by own events of others in the last 30 days, seen at a day's start."""
        recent = slice(*np.searchsorted(self.stream.day, [day - 30, day]))
        lead = self.stream.lead[recent]
        seen = self.stream.recorded[recent] < self.calendar.midnights[day]
        seen &= self.stream.moment[recent] < won[lead]
        own = np.bincount(lead[seen], minlength=len(self.account))
        others = np.bincount(self.account, own).astype(np.int64)[self.account] - own
        return np.asarray(COLLEAGUES_30_DAYS * np.log1p(np.minimum(others, COLLEAGUE_EVENTS_LIMIT)))


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
