"""A simulated history as the tables a company would export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.simulate.behaviour import DETAILS, LAST_OWN, LAST_PAGE, EventKind, Stream
from training.simulate.chances import Chances
from training.simulate.company import NEVER, Bools, Calendar, Company, Floats, Ints, Moments
from training.simulate.people import COUNTRIES, INDUSTRIES, JOBS, REGIONS, SOURCES, People
from training.simulate.truth import SimulatedHistory

MOMENT = pa.timestamp("ms", tz="UTC")
STATUSES = pa.schema(
    [
        ("lead_id", pa.string()),
        ("changed_at", MOMENT),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("recorded_at", MOMENT),
    ]
)
YEN_PER_EMPLOYEE = 2e7  # yearly revenue
REVENUE_KNOWN_SHARE = 0.6
CAMPAIGN_SHARE = 0.6  # leads that came by a campaign; which one says nothing about them
ASKED_SHARE = 0.2  # leads whose budget sales has asked for
# a small customer's contract; it grows with the square root of the number of people
LICENCE_YEN = 300_000
BUDGETS = ("approved", "in planning", "none")
CAMPAIGNS = (
    "2024 spring",
    "2024 秋",
    "Brand (JP)",
    "retargeting/EU",
    "DX 応援 🎉",
    "partner-2",
    'Q3 "push"',
)
OWNERS = ("Sato", "鈴木", "Tanaka", "O'Brien", "高橋")
LOST_REASONS = ("price", "no budget", "競合に決定", "no answer", "timing")
STAGED_SHARE = 0.08  # of the open leads, those that sales has begun to work on
OPPORTUNITY_SHARE = 0.3  # of those not won, those that came this far
DAYS_AS_OPPORTUNITY, DAYS_AS_MQL = 30, 20  # at most
DAY = 86_400_000  # milliseconds
VISITS_PER_LEAD = 40  # of the website, by channel
YEN_PER_VISIT = (60, 400, 40, 90, 500, 250, 300)  # beside SOURCES
SEGMENTS = {"small": (13_000, 0.20), "mid-size": (48_000, 0.22), "large": (50_000, 0.27)}
"""Segment → revenue goal in yen per month for each lead that comes in a year, and target close
rate: about what the simulated company reaches."""


@dataclass(frozen=True)
class ConfigFacts:
    """What whoever writes a config for these tables has to know.

    Attributes:
        timezone: the zone of naive times.
        observed_until: local midnight, ISO 8601, up to which the tables are complete.
        horizon_days: the horizon for which the truth is computed.
        stale_after_days: silent days after which a lead is no longer open.
        until: the stage until which leads are in the population for which the truth holds.
        fit: lead columns that say what a lead is.
        interest: lead columns that say how it came.
        hearing: lead columns that sales learned by asking.
        carry: lead columns for the output only.
        numeric: lead columns that hold numbers (with marks for missing ones between them, in the
            CSV).
        actors: event type → lead, marketing or sales.
        detail_groups: pattern of a page view's detail → group the interest is made of.
        history: lead columns whose former values are in attribute_changes.
        missing_marks: texts that stand for "unknown" in the CSV files.
        noted: table → further columns that say when things were written down, named like the keys
            of the configuration.
    """

    timezone: str
    observed_until: str
    horizon_days: int
    stale_after_days: int
    until: str = "closed"
    fit: tuple[str, ...] = (
        "業種",
        "employees",
        "revenue [JPY]",
        "job title",
        "country",
        "region",
        "email",
    )
    interest: tuple[str, ...] = ("source", "campaign")
    hearing: tuple[str, ...] = ("budget (asked)",)
    carry: tuple[str, ...] = ("company", "owner")
    numeric: tuple[str, ...] = ("employees", "revenue [JPY]")
    actors: Mapping[str, str] = field(
        default_factory=lambda: {event_type(a): actor(a) for a in EventKind}
    )
    detail_groups: Mapping[str, str] = field(
        default_factory=lambda: {
            "/pricing*": "pricing",
            "/cases*": "cases",
            "/blog*": "blog",
            "/*": "product",
        }
    )
    history: tuple[str, ...] = ("job title", "employees")
    missing_marks: tuple[str, ...] = ("", "-")
    noted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class World:
    """A simulated company's tables, and the truth about it.

    Times are UTC timestamps in milliseconds. A null `created_at` of a lead, and a null `closed_at`
    of a row that says whether it was won, are times that nobody can read (mess): the CSV files hold
    unreadable text there.

    Attributes:
        company: what was simulated.
        leads: lead_id, created_at, account_id, attributes; a row per lead, as it is today.
        events: lead_id, occurred_at, event_type, detail, value (seconds on a page), recorded_at.
        outcomes: lead_id, mql_at, opportunity_at, closed_at, won, amount (yen), lost_reason,
            reopened_at. Open leads have no row, or one without closed_at. Stage times are drawn
            backwards from the close: the truth does not hold for populations that end at a stage
            before the close.
        attribute_changes: lead_id, changed_at, attribute, value; the first value is a change at the
            creation.
        traffic: month, channel, visits, cost (yen).
        goals: month, segment, revenue (yen), target close rate.
        truth: lead_id, episode, as_of, probability (to be won within `round_days` of the as-of, by
            what the lead does in these days too), fit, interest (log-odds without base, by what is
            known at the as-of): every lead open at the start of a round, and at observed-until. For
            tests and benchmarks only. Leads whose own rows are spoilt by mess
            are left out.
        chances: the truth on any day, of the leads of the tables without mess.
        facts: what a config for these tables has to say.
        description: the company in a few sentences.
        statuses: lead_id, changed_at, status, reason, recorded_at: what sales said about leads;
            empty without a sales team.
    """

    company: Company
    leads: pa.Table
    events: pa.Table
    outcomes: pa.Table
    attribute_changes: pa.Table
    traffic: pa.Table
    goals: pa.Table
    truth: pa.Table
    chances: Chances
    facts: ConfigFacts
    description: str
    statuses: pa.Table = field(default_factory=STATUSES.empty_table)

    @property
    def observed_until(self) -> pa.TimestampScalar:
        """The moment up to which the tables are complete."""
        return pa.scalar(Calendar(self.company).today, MOMENT)


def event_type(action: EventKind) -> str:
    """The name of an action in the events table: all pages are page views."""
    return "page_view" if action <= LAST_PAGE else action.name.lower()


def actor(action: EventKind) -> str:
    """Who does it: lead, marketing or sales."""
    if action <= LAST_OWN:
        return "lead"
    return "marketing" if action == EventKind.EMAIL_SENT else "sales"


def build_world(
    company: Company, calendar: Calendar, people: People, stream: Stream, history: SimulatedHistory
) -> World:
    """All tables, clean: what was written down by observed-until."""
    rng = company.random(3)
    ids = names("L", len(people))
    until = calendar.observed_until
    truth = _truth(calendar, ids, people, history)
    people, won = people.known_before(until), history.won_before(until)
    is_known = (stream.moment < won[stream.lead]) & (stream.recorded < until)
    if company.sales is not None:  # whose calls are added later
        is_known &= stream.action != EventKind.CALL_MADE
    known = stream.where(is_known)
    return World(
        company=company,
        leads=_leads(rng, ids, people),
        events=events_table(ids, known),
        outcomes=_outcomes(rng, calendar, ids, people, won),
        attribute_changes=_attribute_changes(ids, people),
        traffic=_traffic(rng, calendar, people),
        goals=_goals(company, calendar),
        truth=truth,
        chances=history.chances,
        facts=_facts(company),
        description=_describe(company, history, won),
    )


def names(letter: str, count: int) -> pa.Array:
    """Identifiers: the letter and seven digits."""
    digits = pc.utf8_lpad(pa.array(np.arange(count)).cast(pa.string()), 7, "0")
    return pc.binary_join_element_wise(letter, digits, "")


def moments(values: Moments | Ints, *, known: Bools | None = None) -> pa.Array:
    """Moments as Arrow timestamps, null where not known."""
    return pa.array(np.asarray(values), mask=None if known is None else ~known).cast(MOMENT)


def _pick(options: tuple[str, ...], codes: Ints, *, known: Bools | None = None) -> pa.Array:
    indices = pa.array(np.asarray(codes, dtype=np.int32), mask=None if known is None else ~known)
    return pa.array(options, pa.string()).take(indices)


def _leads(rng: np.random.Generator, ids: pa.Array, people: People) -> pa.Table:
    n = len(people)
    account = names("A", n).take(pa.array(people.account))
    size = people.employees_today
    revenue = np.round(
        np.nan_to_num(size) * YEN_PER_EMPLOYEE * 10 ** (0.3 * rng.standard_normal(n)), -6
    )
    revenue_known = ~np.isnan(size) & (rng.random(n) < REVENUE_KNOWN_SHARE)
    was_asked = rng.random(n) < ASKED_SHARE
    return pa.table(
        {
            "lead_id": ids,
            "created_at": moments(people.created),
            "account_id": pc.if_else(
                pa.array(people.free_mail), pa.scalar(None, pa.string()), account
            ),
            "company": pc.binary_join_element_wise("Company", account, " "),
            "owner": _pick(OWNERS, rng.integers(0, len(OWNERS), n)),
            "email": _emails(rng, ids, account, people.free_mail),
            "業種": _pick(tuple(industry.name for industry in INDUSTRIES), people.industry),
            "employees": pa.array(size, mask=np.isnan(size)),
            "revenue [JPY]": pa.array(revenue, mask=~revenue_known),
            "job title": _pick(tuple(job.name for job in JOBS), people.job_today),
            "country": _pick(COUNTRIES, people.region),
            "region": _pick(tuple(region.name for region in REGIONS), people.region),
            "source": _pick(tuple(source.name for source in SOURCES), people.source),
            "campaign": _pick(
                CAMPAIGNS, rng.integers(0, len(CAMPAIGNS), n), known=rng.random(n) < CAMPAIGN_SHARE
            ),
            "budget (asked)": _pick(BUDGETS, rng.integers(0, len(BUDGETS), n), known=was_asked),
        }
    )


def _emails(
    rng: np.random.Generator, ids: pa.Array, account: pa.Array, free_mail: Bools
) -> pa.Array:
    """Invented addresses; no company can own a domain under .example."""
    free = _pick(("gmail.com", "yahoo.co.jp", "outlook.com"), rng.integers(0, 3, len(ids)))
    own = pc.binary_join_element_wise(pc.utf8_lower(account), "example", ".")
    return pc.binary_join_element_wise(
        pc.utf8_lower(ids), pc.if_else(pa.array(free_mail), free, own), "@"
    )


def events_table(ids: pa.Array, stream: Stream) -> pa.Table:
    """The stream with identifiers and words instead of numbers."""
    types = tuple(event_type(action) for action in EventKind)
    details: list[str] = []
    first: list[int] = []
    for action in EventKind:
        first.append(len(details))
        details.extend(DETAILS.get(action, ()))
    has_detail = np.array([action in DETAILS for action in EventKind])[stream.action]
    place = np.array(first, np.int32)[stream.action] + stream.detail
    return pa.table(
        {
            "lead_id": ids.take(pa.array(stream.lead)),
            "occurred_at": moments(stream.moment),
            "event_type": _pick(types, stream.action),
            "detail": _pick(tuple(details), np.where(has_detail, place, 0), known=has_detail),
            "value": pa.array(stream.value.astype(np.float64), mask=stream.value < 0),
            "recorded_at": moments(stream.recorded),
        }
    )


@dataclass(frozen=True)
class _Closes:
    """Rows of the outcomes table: `closed` is NEVER for a lead that has only reached a stage."""

    lead: Ints
    episode_began: Moments
    closed: Moments
    won: Bools
    reopened: Moments

    def where(self, chosen: Bools) -> _Closes:
        """Only these rows."""
        return _Closes(*(column[chosen] for column in vars(self).values()))


def _closes(rng: np.random.Generator, people: People, won: Moments) -> _Closes:
    """Losses (which a second episode may follow), wins, and some of the leads that are still
    open.
    """
    is_lost = was_lost(people, won)
    is_won = won < NEVER
    is_staged = ~is_lost & ~is_won & (rng.random(len(people)) < STAGED_SHARE)
    lost, wins, staged = np.flatnonzero(is_lost), np.flatnonzero(is_won), np.flatnonzero(is_staged)
    lead = np.concatenate([lost, wins, staged])
    never = np.full(len(people), NEVER)
    return _Closes(
        lead=lead,
        episode_began=np.concatenate(
            [
                people.created[lost],
                np.where(is_lost, people.reopened, people.created)[wins],
                people.created[staged],
            ]
        ),
        closed=np.concatenate([people.lost[lost], won[wins], never[staged]]),
        won=np.isin(np.arange(len(lead)), np.arange(len(lost), len(lost) + len(wins))),
        reopened=np.concatenate([people.reopened[lost], never[wins], never[staged]]),
    )


def was_lost(people: People, won: Moments) -> Bools:
    """Leads that were closed as lost, before a win if there was one."""
    return np.asarray((people.lost < NEVER) & (people.lost < won))


def _outcomes(
    rng: np.random.Generator, calendar: Calendar, ids: pa.Array, people: People, won: Moments
) -> pa.Table:
    closes = _closes(rng, people, won)
    n = len(closes.lead)
    is_closed = closes.closed < NEVER
    end = np.minimum(closes.closed, calendar.observed_until)
    opportunity = _before(rng, end, closes.episode_began, DAYS_AS_OPPORTUNITY)
    mql = _before(rng, opportunity, closes.episode_began, DAYS_AS_MQL)
    had_opportunity = closes.won | (rng.random(n) < OPPORTUNITY_SHARE)
    had_mql = had_opportunity | ~is_closed | (rng.random(n) < OPPORTUNITY_SHARE)
    size = np.nan_to_num(people.employees_today[closes.lead], nan=20.0)
    amount = np.round(LICENCE_YEN * np.sqrt(size) * rng.lognormal(0, 0.5, n), -3)
    is_lost = is_closed & ~closes.won
    table = pa.table(
        {
            "lead_id": ids.take(pa.array(closes.lead)),
            "mql_at": moments(mql, known=had_mql),
            "opportunity_at": moments(opportunity, known=had_opportunity),
            "closed_at": moments(closes.closed, known=is_closed),
            "won": pa.array(closes.won, mask=~is_closed),
            "amount": pa.array(amount, mask=~closes.won),
            "lost_reason": _pick(
                LOST_REASONS, rng.integers(0, len(LOST_REASONS), n), known=is_lost
            ),
            "reopened_at": moments(closes.reopened, known=closes.reopened < NEVER),
        }
    )
    if calendar.company.sales is not None:  # which knows the stages
        nothing = pa.nulls(n, MOMENT)
        for name in ("mql_at", "opportunity_at"):
            table = table.set_column(table.schema.get_field_index(name), name, nothing)
        table, closes = table.filter(pa.array(is_closed)), closes.where(is_closed)
    return table.take(pa.array(np.argsort(closes.lead, kind="stable")))


def _before(rng: np.random.Generator, end: Moments, start: Moments, days: int) -> Moments:
    """Moments at most this many days before the end, and not before the start, on whole seconds."""
    span = np.minimum(end - start, days * DAY)
    return np.asarray(
        np.maximum(end - (rng.random(len(end)) * span).astype(np.int64), start) // 1000 * 1000
    )


def _attribute_changes(ids: pa.Array, people: People) -> pa.Table:
    """What a lead was when it came, and what it has become."""
    lead = np.flatnonzero(people.changed < NEVER)
    has_new_job = people.job[lead] != people.job_today[lead]
    jobs = tuple(job.name for job in JOBS)

    def values(job: Ints, employees: Floats) -> pa.Array:
        size = pa.array(np.nan_to_num(employees[lead]).astype(np.int64)).cast(pa.string())
        return pc.if_else(pa.array(has_new_job), _pick(jobs, job[lead]), size)

    attribute = pc.if_else(pa.array(has_new_job), "job title", "employees")
    first, second = people.created[lead], people.changed[lead]
    table = pa.table(
        {
            "lead_id": pa.concat_arrays([ids.take(pa.array(lead))] * 2),
            "changed_at": moments(np.concatenate([first, second])),
            "attribute": pa.concat_arrays([attribute, attribute]),
            "value": pa.concat_arrays(
                [
                    values(people.job, people.employees),
                    values(people.job_today, people.employees_today),
                ]
            ),
        }
    )
    return table.take(pa.array(np.argsort(table["changed_at"].to_numpy(), kind="stable")))


def _traffic(rng: np.random.Generator, calendar: Calendar, people: People) -> pa.Table:
    """Visits and cost of every channel and month."""
    months = [date.strftime("%Y-%m") for date in calendar.dates]
    came = people.created < NEVER
    month = np.array(months)[people.created_day[came]]
    pairs, leads = np.unique(
        np.stack([month, people.source[came].astype(month.dtype)]), axis=1, return_counts=True
    )
    visits = leads * VISITS_PER_LEAD + rng.poisson(leads * 5)
    return pa.table(
        {
            "month": pa.array(pairs[0]),
            "channel": pa.array([SOURCES[int(code)].name for code in pairs[1]], pa.string()),
            "visits": pa.array(visits),
            "cost": pa.array(visits * np.take(YEN_PER_VISIT, pairs[1].astype(int))),
        }
    )


def _goals(company: Company, calendar: Calendar) -> pa.Table:
    """What was promised for every month and segment."""
    months = sorted({date.strftime("%Y-%m") for date in calendar.dates[: calendar.last_day]})
    rows = [(month, segment, *goal) for month in months for segment, goal in SEGMENTS.items()]
    month, segment, revenue, close_rate = zip(*rows, strict=True)
    a_year = company.n_leads * 365 / calendar.last_day
    return pa.table(
        {
            "month": month,
            "segment": segment,
            "revenue": [round(goal * a_year / 1e6) * 1_000_000 for goal in revenue],
            "target_close_rate": close_rate,
        }
    )


def _truth(
    calendar: Calendar, ids: pa.Array, people: People, history: SimulatedHistory
) -> pa.Table:
    number, lead = np.nonzero(history.open)
    as_of = calendar.midnights[calendar.round_starts][number]
    return pa.table(
        {
            "lead_id": ids.take(pa.array(lead)),
            "episode": pa.array(1 + (people.reopened[lead] < as_of).astype(np.int32)),
            "as_of": moments(as_of),
            "probability": history.probability[number, lead],
            "fit": history.fit[number, lead],
            "interest": history.interest[number, lead],
        }
    )


def _facts(company: Company) -> ConfigFacts:
    return ConfigFacts(
        timezone=company.timezone,
        observed_until=f"{company.observed_until}T00:00:00",
        horizon_days=company.round_days,
        stale_after_days=company.stale_after_days,
    )


def _describe(company: Company, history: SimulatedHistory, won: Moments) -> str:
    wins, rows = int((won < NEVER).sum()), int(history.open[:-1].sum())
    decided = "together" if company.together else "each on a day of its own"
    late = f", {company.month_end:g} times as many at the end of a month"
    return (
        f"A simulated B2B company, seed {company.seed}: {company.n_leads:,} leads, {company.rounds}"
        f" rounds of {company.round_days} days until {company.observed_until} ({company.timezone}),"
        f" {rows:,} looks at open leads at the rounds' starts, {wins:,} leads won. They decide"
        f" every {company.decision_days} days, {decided}{late if company.month_end != 1 else ''}."
        f" Base {history.base:.2f}, hidden inclination {company.heterogeneity:g}, interaction"
        f" across the axes {company.cross_axis:g} (log-odds). Planted jumps: 10 downloads ever, 15"
        " page views in 30 days."
    )
