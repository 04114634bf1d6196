"""The simulated leads: who they are, how they came, and how well that fits what the company
sells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

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


class Level(NamedTuple):
    """A value of a category: its share among leads and its effect in log-odds."""

    name: str
    share: float
    effect: float


class Industry(NamedTuple):
    """An industry also decides how much a larger company is a better customer."""

    name: str
    share: float
    effect: float
    size_slope: float


# English and Japanese values stand side by side, as in the exports of companies that work in both
# languages.
INDUSTRIES = (
    Industry("製造業", 0.22, 0.4, 0.7),
    Industry("IT・ソフトウェア", 0.20, 0.7, 0.0),
    Industry("金融", 0.10, 0.4, 0.9),
    Industry("Retail", 0.13, -0.1, 0.3),
    Industry("医療", 0.08, -0.1, 0.3),
    Industry("教育", 0.07, -0.2, 0.0),
    Industry("建設", 0.08, 0.0, 0.3),
    Industry("官公庁", 0.05, -0.2, 0.0),
    Industry("Consulting", 0.07, 0.2, -0.2),
)
JOBS = (
    Level("Executive", 0.08, 0.9),
    Level("部長", 0.12, 1.0),
    Level("Manager", 0.25, 0.4),
    Level("Engineer", 0.22, 0.0),
    Level("担当者", 0.28, 0.0),
    Level("Student", 0.05, -0.4),
)
REGIONS = (
    Level("東京都", 0.40, 0.15),
    Level("大阪府", 0.15, 0.0),
    Level("愛知県", 0.10, 0.0),
    Level("福岡県", 0.08, 0.0),
    Level("北海道", 0.07, 0.0),
    Level("Singapore", 0.10, -0.1),
    Level("California", 0.10, -0.2),
)
COUNTRIES = ("日本", "日本", "日本", "日本", "日本", "Singapore", "United States")  # beside REGIONS
SOURCES = (
    Level("organic search", 0.28, 0.1),
    Level("paid search", 0.18, -0.1),
    Level("referral", 0.10, 0.8),
    Level("partner", 0.08, 0.5),
    Level("展示会", 0.16, -0.1),
    Level("webinar", 0.10, 0.1),
    Level("outbound list", 0.10, -0.2),
)
# the place of "outbound list" in SOURCES: these leads did nothing yet when they were created
OUTBOUND = 6
FREE_MAIL_EFFECT = -0.3  # not for executives: founders of small firms write from free mail
EXECUTIVE = 0  # the place in JOBS
SIZE_UNKNOWN_EFFECT = -0.1
# powers of ten around TYPICAL_SIZE beyond which size changes nothing
SIZE_EFFECT_LIMITS = (-0.5, 1.5)
TYPICAL_SIZE = 150.0  # employees

# shares of 1 to 8 people
ACCOUNT_SIZES = np.array([0.45, 0.20, 0.12, 0.08, 0.06, 0.04, 0.03, 0.02])
COLLEAGUE_GAP_DAYS = 45.0  # mean wait until a colleague of a first lead comes too
FREE_MAIL_SHARE = 0.25
SIZE_MISSING_SHARE = 0.12
CHANGED_SHARE = 0.05  # leads whose job or size of company changes after they came
MEAN_DAYS_TO_LOSS = 350.0  # sales closes few dead leads; the others stay in the CRM for ever
REOPENED_SHARE = 0.1  # of the lost
REOPENED_AFTER_DAYS = (20, 120)


@dataclass(frozen=True)
class People:
    """One entry per lead, in the order of their creation.

    Categories are places in the tables above.

    `lost` and `reopened` are what happens to a lead that is not won before; NEVER when it does not
    happen.
    """

    account: Ints
    created_day: Ints
    created: Moments
    industry: Ints
    region: Ints
    job: Ints
    employees: Floats
    free_mail: Bools
    source: Ints
    changed: Moments
    job_today: Ints
    employees_today: Floats
    lost: Moments
    reopened: Moments
    reopened_day: Ints

    def __len__(self) -> int:
        return len(self.account)

    def of(self, leads: Ints) -> People:
        """Only these leads, by their places."""
        return People(*(column[leads] for column in vars(self).values()))

    @property
    def as_they_are_today(self) -> People:
        """The same leads after every change of attributes."""
        return replace(self, job=self.job_today, employees=self.employees_today)

    def known_before(self, moment: int) -> People:
        """The same leads, without what becomes of them from a moment on."""
        is_known = self.changed < moment
        is_back = self.reopened < moment
        return replace(
            self,
            changed=np.where(is_known, self.changed, NEVER),
            job_today=np.where(is_known, self.job_today, self.job),
            employees_today=np.where(is_known, self.employees_today, self.employees),
            lost=np.where(self.lost < moment, self.lost, NEVER),
            reopened=np.where(is_back, self.reopened, NEVER),
            reopened_day=np.where(is_back, self.reopened_day, -1),
        )

    @property
    def alone(self) -> Bools:
        """Leads without a colleague among the leads."""
        alone: Bools = np.bincount(self.account)[self.account] == 1
        return alone


def draw_people(company: Company, calendar: Calendar) -> People:
    """The company's leads: accounts first, then the people in them, then what becomes of them."""
    rng = company.random(0)
    n = company.n_leads
    account, created_day = _arrivals(rng, n, calendar)
    created = calendar.second(created_day, office_hours(rng, n))
    size, region, industry = _accounts(rng, n)
    job = _draw(rng, n, [job.share for job in JOBS])
    free_mail = (np.bincount(account)[account] == 1) & (
        rng.random(n) < FREE_MAIL_SHARE / ACCOUNT_SIZES[0]
    )
    changed, job_today, size_today = _changes(rng, calendar, created_day, job, size[account])
    lost, reopened, reopened_day = _losses(rng, calendar, created_day)
    return People(
        account=account,
        created_day=created_day,
        created=created,
        industry=industry[account],
        region=region[account],
        job=job,
        employees=size[account],
        free_mail=free_mail,
        source=_draw(rng, n, [source.share for source in SOURCES]),
        changed=changed,
        job_today=job_today,
        employees_today=size_today,
        lost=lost,
        reopened=reopened,
        reopened_day=reopened_day,
    )


def _draw(rng: np.random.Generator, n: int, shares: list[float] | Floats) -> Ints:
    return rng.choice(len(shares), n, p=np.asarray(shares) / np.sum(shares))


def _arrivals(rng: np.random.Generator, n: int, calendar: Calendar) -> tuple[Ints, Ints]:
    """Each lead's account and day of creation, in the order of creation."""
    people_in = 1 + _draw(rng, n, ACCOUNT_SIZES)
    account = np.repeat(np.arange(n), people_in)[:n]
    first_day = _draw(rng, n, calendar.weights[: calendar.last_day])[account]
    is_first = np.diff(account, prepend=-1) > 0
    gap = np.where(is_first, 0, rng.exponential(COLLEAGUE_GAP_DAYS, n).astype(np.int64))
    day = first_day + gap
    too_late = day >= calendar.last_day
    day[too_late] = rng.integers(first_day[too_late], calendar.last_day)
    order = np.argsort(day, kind="stable")
    return account[order], day[order]


def _accounts(rng: np.random.Generator, n: int) -> tuple[Floats, Ints, Ints]:
    """Employees (nan: unknown), region and industry of each account."""
    size = np.ceil(TYPICAL_SIZE * 10 ** (0.75 * rng.standard_normal(n)))
    size[rng.random(n) < SIZE_MISSING_SHARE] = np.nan
    region = _draw(rng, n, [region.share for region in REGIONS])
    return size, region, _draw(rng, n, [industry.share for industry in INDUSTRIES])


def _changes(
    rng: np.random.Generator, calendar: Calendar, created_day: Ints, job: Ints, size: Floats
) -> tuple[Moments, Ints, Floats]:
    """A few leads are promoted, a few companies grow or shrink; each lead changes once at most."""
    n = len(job)
    day = rng.integers(created_day, calendar.end_day) + 1
    kind = _draw(rng, n, [1 - CHANGED_SHARE, CHANGED_SHARE / 2, CHANGED_SHARE / 2])
    new_job = (job + rng.integers(1, len(JOBS), n)) % len(JOBS)
    new_size = np.ceil(size * 10 ** (0.3 * rng.standard_normal(n)))
    promoted = (kind == 1) & (day < calendar.end_day)
    resized = (kind == 2) & (day < calendar.end_day) & (new_size != size) & ~np.isnan(size)
    moment = calendar.second(np.minimum(day, calendar.end_day - 1), office_hours(rng, n))
    changed = np.where(promoted | resized, moment, NEVER)
    return changed, np.where(promoted, new_job, job), np.where(resized, new_size, size)


def _losses(
    rng: np.random.Generator, calendar: Calendar, created_day: Ints
) -> tuple[Moments, Moments, Ints]:
    """When a lead is given up, and when it comes back, whatever it does: both say nothing about
    wanting to buy.
    """
    n = len(created_day)
    lost_day = created_day + 1 + rng.exponential(MEAN_DAYS_TO_LOSS, n).astype(np.int64)
    back_day = lost_day + rng.integers(*REOPENED_AFTER_DAYS, n)
    is_lost = lost_day < calendar.end_day
    is_back = is_lost & (back_day < calendar.end_day) & (rng.random(n) < REOPENED_SHARE)
    end = calendar.end_day - 1
    lost = calendar.second(np.minimum(lost_day, end), office_hours(rng, n))
    back = calendar.second(np.minimum(back_day, end), office_hours(rng, n))
    return (
        np.where(is_lost, lost, NEVER),
        np.where(is_back, back, NEVER),
        np.where(is_back, back_day, -1),
    )


def fit(people: People, *, regime_changed: bool = False) -> Floats:
    """How well each lead's attributes match customers, in log-odds.

    Size works differently in each industry, and free mail speaks against everyone but executives:
    two interactions within the axis. After a change of regime the industries' appetite is reversed.
    """
    effects = np.array([industry.effect for industry in INDUSTRIES])[people.industry]
    slope = np.array([industry.size_slope for industry in INDUSTRIES])[people.industry]
    size = np.clip(np.log10(people.employees / TYPICAL_SIZE), *SIZE_EFFECT_LIMITS)
    return np.asarray(
        (-effects if regime_changed else effects)
        + np.where(np.isnan(size), SIZE_UNKNOWN_EFFECT, slope * size)
        + np.array([job.effect for job in JOBS])[people.job]
        + np.array([region.effect for region in REGIONS])[people.region]
        + FREE_MAIL_EFFECT * (people.free_mail & (people.job != EXECUTIVE))
    )
