"""What "do both sides keep the definition" is read off: weeks, teams and segments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.days import day_number
from propensity.concepts.wording import plain
from propensity.definition.schema import Definition, Promise
from training.monitor.answer import LEAST_LEADS, Cell, FigureColumn, Figures, Form, figure_columns
from training.monitor.hand_overs import STATUSES, LedgerHandOvers
from training.monitor.team_rates import RATES, group_rates, steps_of
from training.monitor.watched import Watched, monday
from training.review.funnel.cohorts import Reached
from training.review.funnel.promise_judge import PromiseRecord, record_of

_NOTHING = PromiseRecord(0, 0)
_WEEK_DAYS = 7
_WEEKS_OF_A_QUARTER = 365.25 / 4 / _WEEK_DAYS


@dataclass(frozen=True)
class KeptWeek:
    """Both sides in a week.

    Attributes:
        week: Its Monday.
        is_over: Whether the whole week lies before the look, and its nights were run.
        has_first_night: Whether the first night of all lies in it.
        mqls: Leads that marketing handed over: MQLs, and those that asked.
        handed: Hand-overs, those of the random slice included.
        contact: First contacts in time.
        attempts: Calls and mails in time.
        late: Hand-overs of the week whose deadline is over, and with whom nobody did anything yet.
        with_status: Hand-overs of the week of which sales said something since.
        hours: (handed over,) hours from asking or crossing to the hand-over, at most.
        waiting: Leads that were kept back in the week's first night because information is missing;
            None where the scores of that night are gone.
    """

    week: date
    is_over: bool
    has_first_night: bool
    mqls: int
    handed: int
    contact: PromiseRecord
    attempts: PromiseRecord
    late: int
    with_status: int
    hours: NDArray[np.float64]
    waiting: int | None


@dataclass(frozen=True)
class KeptFigures:
    """Both sides.

    Attributes:
        handed: The hand-overs.
        weeks: The newest weeks, oldest first.
        promised: MQLs that marketing promised per week; None for none.
        knows_statuses: Whether it is recorded anywhere what sales said of leads.
    """

    handed: LedgerHandOvers
    weeks: tuple[KeptWeek, ...]
    promised: float | None
    knows_statuses: bool

    @property
    def contact(self) -> PromiseRecord:
        """First contacts of all the weeks."""
        return record_of(self.handed.judge.contact) or _NOTHING

    @property
    def late_now(self) -> int:
        """Hand-overs whose deadline is over, and with whom nobody did anything yet."""
        return sum(week.late for week in self.weeks)


def kept_week(
    watched: Watched, handed: LedgerHandOvers, among: NDArray[np.bool_], week: date
) -> KeptWeek:
    """Both sides in a week.

    Args:
        watched: The nights and the sources.
        handed: The hand-overs.
        among: (k,) those of the week.
        week: Its Monday.
    """
    judge = handed.judge
    return KeptWeek(
        week=week,
        is_over=day_number(week) + _WEEK_DAYS <= watched.until and not _is_cut(watched, week),
        has_first_night=monday(watched.nights[0].as_of) == week,
        mqls=int((among & handed.is_mql).sum()),
        handed=int(among.sum()),
        contact=record_of(judge.contact[among]) or _NOTHING,
        attempts=record_of(judge.attempts[among]) or _NOTHING,
        late=int((among & (judge.contact == 0) & ~handed.touched).sum()),
        with_status=int((handed.status[among] != STATUSES.index("")).sum()),
        hours=handed.hours[among & np.isfinite(handed.hours)],
        waiting=_waiting(watched, week),
    )


def _is_cut(watched: Watched, week: date) -> bool:
    """Whether the nights stopped in a week although another one was due in it."""
    nights = [night.as_of for night in watched.nights[-2:]]
    if len(nights) < 2 or monday(nights[1]) != week:
        return False
    return nights[1] + (nights[1] - nights[0]) < week + timedelta(days=_WEEK_DAYS)


def promised_per_week(definition: Definition) -> float | None:
    """MQLs that marketing promised per week: of all segments, else what the line was chosen for."""
    each = [one for one in map(_per_week, definition.promises) if one is not None]
    return sum(each) if each else definition.mql.policy.minimum_per_week


def _per_week(promise: Promise) -> float | None:
    if promise.mqls_per_week is not None:
        return promise.mqls_per_week
    quarter = promise.mqls_per_quarter
    return quarter / _WEEKS_OF_A_QUARTER if quarter is not None else None


def _waiting(watched: Watched, week: date) -> int | None:
    night = next(
        (
            each.as_of
            for each in watched.weekly
            if week <= each.as_of < week + timedelta(days=_WEEK_DAYS)
        ),
        None,
    )
    served = watched.served(night, ["decided_by"]) if night else None
    if served is None:
        return None
    return int(pc.sum(pc.equal(served["decided_by"], "incomplete")).as_py() or 0)


def tables(watched: Watched, found: KeptFigures) -> Iterator[Figures]:
    """The figures, in the order in which they are shown."""
    yield _marketing(watched, found)
    yield _sales(watched, found)
    owners = np.array([fact.owner or "" for fact in found.handed.facts], dtype=object)
    roles = watched.definition.roles
    teams = {owner: plain(roles.get(owner, owner)) for owner in dict.fromkeys(owners) if owner}
    by_team = {name: owners == owner for owner, name in teams.items()}
    yield _groups(watched, found, "team", by_team)
    segment = found.handed.judge.segment
    names = [plain(one.segment) for one in watched.definition.promises]
    if names:
        by_segment = {name: segment == place for place, name in enumerate(names)}
        yield _groups(watched, found, "segment", by_segment)
    steps = steps_of(watched, found.handed)
    yield _rates(watched, steps, "team", by_team)
    if names:
        yield _rates(watched, steps, "segment", by_segment)


def _rates(
    watched: Watched,
    steps: Mapping[Reached, NDArray[np.bool_]],
    name: str,
    groups: Mapping[str, NDArray[np.bool_]],
) -> Figures:
    """How far the leads of each group got; a rate of fewer than 20 is not told."""
    words = watched.words("kept")
    rows: list[tuple[Cell, ...]] = []
    for told, among in groups.items():
        count = int((among & steps["mql"]).sum())
        if count >= LEAST_LEADS:
            shares = group_rates(steps, among)
            values = (shares[rate].value if rate in shares else None for rate in RATES)
            rows.append((told, count, *values))
    columns: tuple[tuple[str, Form], ...] = (
        (name, "text"),
        ("judged", "count"),
        ("accepted_rate", "share"),
        ("toss_up_rate", "share"),
        ("opportunity_rate", "share"),
        ("effective_rate", "share"),
        ("win_rate", "share"),
    )
    return Figures(
        f"rates_by_{name}",
        words.say(f"rates by {name}"),
        _columns(watched, *columns),
        tuple(rows),
        (words.say("note: rates", horizon=watched.horizon),),
    )


def _columns(watched: Watched, *columns: tuple[str, Form]) -> tuple[FigureColumn, ...]:
    return figure_columns(watched.words("kept"), columns)


def _marketing(watched: Watched, found: KeptFigures) -> Figures:
    words = watched.words("kept")
    notes = [words.say("note: hours"), words.say("note: waiting")]
    if found.promised is None:
        notes.append(words.say("note: nothing promised"))
    if found.weeks and found.weeks[0].has_first_night:
        notes.append(words.say("note: first night"))
    return Figures(
        "marketing",
        words.say("marketing by week"),
        _columns(
            watched,
            ("week", "day"),
            ("mqls", "count"),
            ("promised", "number"),
            ("hours", "hours"),
            ("most_hours", "hours"),
            ("waiting", "count"),
        ),
        tuple(
            (
                week.week,
                week.mqls,
                found.promised,
                float(np.median(week.hours)) if len(week.hours) else None,
                float(week.hours.max()) if len(week.hours) else None,
                week.waiting,
            )
            for week in found.weeks
        ),
        tuple(notes),
    )


def _sales(watched: Watched, found: KeptFigures) -> Figures:
    words = watched.words("kept")
    notes = [words.say("note: contact")]
    notes += [words.say(f"note: {why}") for why in found.handed.judge.unknown]
    if not found.knows_statuses:
        notes.append(words.say("note: no statuses"))
    if found.handed.unknown:
        notes.append(words.say("note: unknown", n=f"{found.handed.unknown:,}"))
    return Figures(
        "sales",
        words.say("sales by week"),
        _columns(
            watched,
            ("week", "day"),
            ("handed", "count"),
            ("contact_judged", "count"),
            ("contact_kept", "count"),
            ("contact_share", "share"),
            ("late", "count"),
            ("attempts_judged", "count"),
            ("attempts_kept", "count"),
            ("attempts_share", "share"),
            ("with_status", "count"),
        ),
        tuple(
            (
                week.week,
                week.handed,
                *_record(week.contact),
                week.late,
                *_record(week.attempts),
                week.with_status if found.knows_statuses else None,
            )
            for week in found.weeks
        ),
        tuple(notes),
    )


def _record(record: PromiseRecord) -> tuple[Cell, Cell, Cell]:
    """Judged, kept (doubt in favour), and the share, which is told of 20 and more."""
    return record.judged, record.kept + record.open, record.high


def _groups(
    watched: Watched, found: KeptFigures, name: str, groups: dict[str, NDArray[np.bool_]]
) -> Figures:
    words, handed = watched.words("kept"), found.handed
    rows: list[tuple[Cell, ...]] = []
    for told, among in groups.items():
        count = int(among.sum())
        if count < LEAST_LEADS:
            continue
        contact = record_of(handed.judge.contact[among]) or _NOTHING
        attempts = record_of(handed.judge.attempts[among]) or _NOTHING
        said = [int((handed.status[among] == place).sum()) for place in range(len(STATUSES))]
        statuses: list[Cell] = [*said] if found.knows_statuses else [None] * len(STATUSES)
        rows.append(
            (
                told,
                count,
                contact.judged,
                contact.high,
                attempts.judged,
                attempts.high,
                *statuses,
            )
        )
    return Figures(
        f"by_{name}",
        words.say(f"by {name}"),
        _columns(
            watched,
            (name, "text"),
            ("handed", "count"),
            ("contact_judged", "count"),
            ("contact_share", "share"),
            ("attempts_judged", "count"),
            ("attempts_share", "share"),
            ("accepted", "count"),
            ("toss_up", "count"),
            ("sent_back", "count"),
            ("closed", "count"),
            ("no_status", "count"),
        ),
        tuple(rows),
        (words.say("note: groups"),),
    )
