"""What simulated leads do, moment by moment, whether or not they are going to buy.

Behaviour follows from attributes and chance alone, never from a lead's hidden inclination: this is
what makes the true probability computable.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.simulate.company import Bools, Calendar, Company, Floats, Ints, Moments
from training.simulate.people import OUTBOUND, People


class EventKind(IntEnum):
    """Every kind of event.

    Page views come first, the lead's own actions before those of marketing and sales.
    """

    PRICING = 0
    CASES = 1
    PRODUCT = 2
    BLOG = 3
    DOWNLOAD = 4
    WEBINAR_REGISTERED = 5
    WEBINAR_ATTENDED = 6
    TRIAL_STARTED = 7
    DEMO_REQUEST = 8
    EMAIL_CLICK = 9
    UNSUBSCRIBED = 10
    EMAIL_SENT = 11
    CALL_MADE = 12


LAST_PAGE = EventKind.BLOG
LAST_OWN = EventKind.UNSUBSCRIBED

DETAILS: dict[EventKind, tuple[str, ...]] = {
    EventKind.PRICING: ("/pricing", "/pricing/enterprise", "/pricing?plan=team"),
    EventKind.CASES: (
        "/cases/steel-works",
        "/cases/製造業-導入事例",
        "/cases/city-bank",
        "/cases/clinic",
    ),
    EventKind.PRODUCT: ("/product", "/product/features", "/product/security", "/"),
    EventKind.BLOG: (
        "/blog/hello",
        "/blog/🚀-release",
        "/blog/業務改善",
        "/blog/2024/04/tips",
        "/blog/hiring",
    ),
    EventKind.DOWNLOAD: ("whitepaper.pdf", "価格表.pdf", "checklist.xlsx", "guide.pdf"),
    EventKind.WEBINAR_REGISTERED: ("introduction", "活用セミナー"),
    EventKind.WEBINAR_ATTENDED: ("introduction", "活用セミナー"),
    EventKind.EMAIL_CLICK: ("newsletter", "invitation"),
    EventKind.EMAIL_SENT: ("newsletter", "invitation"),
}


class Habit(NamedTuple):
    """How likely an action is in one visit of a lead that looks around, and of one that means
    it.
    """

    action: EventKind
    looking: float
    meaning_it: float


HABITS = (
    Habit(EventKind.WEBINAR_REGISTERED, 0.03, 0.06),
    Habit(EventKind.TRIAL_STARTED, 0.008, 0.04),
    Habit(EventKind.DEMO_REQUEST, 0.004, 0.025),
    Habit(EventKind.EMAIL_CLICK, 0.12, 0.08),
    Habit(EventKind.UNSUBSCRIBED, 0.010, 0.003),
)
DOWNLOADS_PER_VISIT = (0.20, 0.35)  # looking around, meaning it
PAGES_PER_VISIT = (2.0, 3.0)
# PRICING, CASES, PRODUCT, BLOG
PAGE_SHARES = np.array([[0.05, 0.12, 0.28, 0.55], [0.25, 0.25, 0.35, 0.15]])
VISITS_PER_SPELL = (1.3, 3.4)

SPELL_GAP_DAYS = 60.0  # mean days between two spells of interest of one lead
SPELL_DAYS = 10.0  # mean days from the start of a spell to a visit in it
SERIOUS_SHARE = 0.3  # spells in which a lead means it
ENGAGEMENT_SPREAD = 0.6  # log-scale: some people click on everything
DOWNLOAD_SPREAD = 0.9  # log-scale: some people collect documents
OUTBOUND_ENGAGEMENT = 0.6  # people on a bought list visit less
ATTENDANCE_SHARE = 0.5  # of those registered
SENT_GAP_DAYS = 40.0  # mean days between two mails of marketing to one lead
CALL_GAP_DAYS = 120.0  # mean days between two calls of sales to one lead
LATE_SHARE = 0.02  # events that reach the CRM with a list uploaded later
LATE_DAYS = 20.0  # at most this late
ATTENDANCE_LATE_DAYS = 4.0  # attendance lists are uploaded by hand, after days
MINUTE = 1 / (24 * 60)  # as a part of a day
LEADS_AT_A_TIME = 100_000  # bounds the memory for intermediate results


@dataclass(frozen=True)
class Stream:
    """Events in the order they happened.

    `lead` is the place in People, `value` the seconds on a page (-1: none).
    """

    lead: NDArray[np.int32]
    day: NDArray[np.int16]
    action: NDArray[np.int8]
    detail: NDArray[np.int8]
    value: NDArray[np.int32]
    moment: Moments
    recorded: Moments

    def where(self, chosen: Bools | Ints | slice) -> Stream:
        """Only these events, or the events in this order."""
        return Stream(*(column[chosen] for column in vars(self).values()))

    def __len__(self) -> int:
        return len(self.lead)


class _Acts(NamedTuple):
    lead: Ints
    day: Ints
    part: Floats
    action: Ints


class _Visits(NamedTuple):
    lead: Ints
    day: Ints
    part: Floats
    means_it: Bools


def draw_events(company: Company, calendar: Calendar, people: People) -> Stream:
    """Everything that happens as long as nobody buys; a later win cuts its lead's events off."""
    starts = range(0, len(people), LEADS_AT_A_TIME)
    chunks = [_draw_chunk(company, calendar, people, start) for start in starts]
    columns = zip(*(vars(chunk).values() for chunk in chunks), strict=True)
    stream = Stream(*(np.concatenate(column) for column in columns))
    return stream.where(np.argsort(stream.moment, kind="stable"))


def _draw_chunk(company: Company, calendar: Calendar, people: People, start: int) -> Stream:
    rng = company.random(1, start)
    leads = np.arange(start, min(start + LEADS_AT_A_TIME, len(people)))
    visits = _visits(rng, company, calendar, people, leads)
    others = {habit.action: _sometimes(rng, visits, habit) for habit in HABITS}
    acts = [_page_views(rng, visits), _downloads(rng, visits, leads), *others.values()]
    acts.append(_attendances(rng, others[EventKind.WEBINAR_REGISTERED], calendar))
    acts.append(_touches(rng, calendar, people, leads, EventKind.EMAIL_SENT, SENT_GAP_DAYS))
    acts.append(_touches(rng, calendar, people, leads, EventKind.CALL_MADE, CALL_GAP_DAYS))
    return _record(rng, calendar, people, _Acts(*map(np.concatenate, zip(*acts, strict=True))))


def _visits(
    rng: np.random.Generator, company: Company, calendar: Calendar, people: People, leads: Ints
) -> _Visits:
    """Visits come in spells of interest: one when the lead is created, more later, one when it is
    reopened.
    """
    spell_lead, spell_day = _spells(rng, calendar, people, leads)
    means_it = rng.random(len(spell_lead)) < SERIOUS_SHARE
    engagement = rng.lognormal(-(ENGAGEMENT_SPREAD**2) / 2, ENGAGEMENT_SPREAD, len(leads))
    engagement *= np.where(people.source[leads] == OUTBOUND, OUTBOUND_ENGAGEMENT, 1.0)
    mean = (
        company.activity
        * engagement[spell_lead - leads[0]]
        * np.take(VISITS_PER_SPELL, means_it.astype(int))
    )
    spell: Ints = np.repeat(np.arange(len(mean), dtype=np.int64), rng.poisson(mean))
    day = spell_day[spell] + rng.exponential(SPELL_DAYS, len(spell)).astype(np.int64)
    spell, day = _in_season(rng, calendar, spell, day)
    forms = np.flatnonzero(
        (spell_day == people.created_day[spell_lead]) & (people.source[spell_lead] != OUTBOUND)
    )
    spell, day = np.concatenate([forms, spell]), np.concatenate([spell_day[forms], day])
    part = np.clip(rng.normal(14 / 24, 3.5 / 24, len(day)), 0, 1 - 60 * MINUTE)
    return _Visits(spell_lead[spell], day, part, means_it[spell])


def _spells(
    rng: np.random.Generator, calendar: Calendar, people: People, leads: Ints
) -> tuple[Ints, Ints]:
    remaining = calendar.end_day - people.created_day[leads]
    later = np.repeat(leads, rng.poisson(remaining / SPELL_GAP_DAYS))
    later_day = 1 + rng.integers(people.created_day[later], calendar.end_day)
    back = leads[people.reopened_day[leads] >= 0]
    lead = np.concatenate([leads, later, back])
    return lead, np.concatenate([people.created_day[leads], later_day, people.reopened_day[back]])


def _in_season(
    rng: np.random.Generator, calendar: Calendar, who: Ints, day: Ints
) -> tuple[Ints, Ints]:
    """Who acts and on which day: everybody on the busiest day, fewer on quiet ones."""
    inside = day < calendar.end_day
    who, day = who[inside], day[inside]
    happens = rng.random(len(day)) * calendar.weights.max() < calendar.weights[day]
    return who[happens], day[happens]


def _page_views(rng: np.random.Generator, visits: _Visits) -> _Acts:
    pages = 1 + rng.poisson(np.take(PAGES_PER_VISIT, visits.means_it.astype(int)) - 1)
    visit = np.repeat(np.arange(len(pages)), pages)
    looking, meaning_it = (
        np.searchsorted(row.cumsum(), rng.random(len(visit))) for row in PAGE_SHARES
    )
    page = np.where(visits.means_it[visit], meaning_it, looking).clip(max=LAST_PAGE)
    return _during(rng, visits, visit, page)


def _downloads(rng: np.random.Generator, visits: _Visits, leads: Ints) -> _Acts:
    collector = rng.lognormal(-(DOWNLOAD_SPREAD**2) / 2, DOWNLOAD_SPREAD, len(leads))[
        visits.lead - leads[0]
    ]
    mean = collector * np.take(DOWNLOADS_PER_VISIT, visits.means_it.astype(int))
    visit = np.repeat(np.arange(len(mean)), rng.poisson(mean))
    return _during(rng, visits, visit, np.full(len(visit), EventKind.DOWNLOAD))


def _sometimes(rng: np.random.Generator, visits: _Visits, habit: Habit) -> _Acts:
    chance = np.where(visits.means_it, habit.meaning_it, habit.looking)
    visit = np.flatnonzero(rng.random(len(chance)) < chance)
    return _during(rng, visits, visit, np.full(len(visit), habit.action))


def _during(rng: np.random.Generator, visits: _Visits, visit: Ints, action: Ints) -> _Acts:
    part = visits.part[visit] + rng.uniform(0, 30 * MINUTE, len(visit))
    return _Acts(visits.lead[visit], visits.day[visit], part, action)


def _attendances(rng: np.random.Generator, registered: _Acts, calendar: Calendar) -> _Acts:
    """Half of those registered for a webinar come, within two weeks, at four in the afternoon."""
    day = registered.day + rng.integers(2, 15, len(registered.day))
    came = (rng.random(len(day)) < ATTENDANCE_SHARE) & (day < calendar.end_day)
    lead, day = registered.lead[came], day[came]
    part = 16 / 24 + rng.uniform(0, 10 * MINUTE, len(day))
    return _Acts(lead, day, part, np.full(len(day), EventKind.WEBINAR_ATTENDED))


def _touches(
    rng: np.random.Generator,
    calendar: Calendar,
    people: People,
    leads: Ints,
    action: EventKind,
    gap_days: float,
) -> _Acts:
    """What marketing and sales do to leads: it says nothing about them."""
    remaining = calendar.end_day - 1 - people.created_day[leads]
    lead = np.repeat(leads, rng.poisson(remaining / gap_days))
    day = 1 + rng.integers(people.created_day[lead], calendar.end_day - 1)
    part = rng.uniform(9 / 24, 18 / 24, len(lead))
    return _Acts(lead, day, part, np.full(len(lead), action))


def _record(rng: np.random.Generator, calendar: Calendar, people: People, acts: _Acts) -> Stream:
    """Acts as the CRM holds them: with their details, when they were written down, and none while a
    lead is lost.
    """
    n = len(acts.lead)
    moment, created = calendar.moment(acts.day, acts.part), people.created[acts.lead]
    moment = np.where(moment < created, created + rng.integers(0, 3_600_000, n), moment)
    late = np.where(rng.random(n) < LATE_SHARE, LATE_DAYS * rng.random(n), MINUTE * rng.random(n))
    late = np.where(
        acts.action == EventKind.WEBINAR_ATTENDED, ATTENDANCE_LATE_DAYS * rng.random(n), late
    )
    recorded = moment + (late * 86_400_000).astype(np.int64)
    choices = np.array([len(DETAILS.get(action, ())) for action in EventKind])[acts.action]
    seconds = np.where(acts.action <= LAST_PAGE, 5 + rng.exponential(60, n).astype(np.int64), -1)
    stream = Stream(
        lead=acts.lead.astype(np.int32),
        day=acts.day.astype(np.int16),
        action=acts.action.astype(np.int8),
        detail=(rng.random(n) * choices).astype(np.int8),
        value=seconds.astype(np.int32),
        moment=moment,
        recorded=recorded,
    )
    is_lost = (moment >= people.lost[acts.lead]) & (moment < people.reopened[acts.lead])
    is_seen = recorded < calendar.midnights[calendar.end_day]
    return _one_at_a_time(stream.where(~is_lost & is_seen))


def _one_at_a_time(stream: Stream) -> Stream:
    """Nobody does two things in one millisecond: two equal rows are then a copy, and nothing
    else.
    """
    stream = stream.where(np.lexsort((stream.moment, stream.lead)))
    again = (np.diff(stream.lead, prepend=-1) == 0) & (np.diff(stream.moment, prepend=-1) == 0)
    return stream.where(~again)
