"""Do both sides keep the definition? Marketing's MQLs, sales' contacts, attempts and statuses, by
week, team and segment; never by person.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from training.monitor import kept_tables
from training.monitor.answer import Alarm, Answer, Metric, Verdict
from training.monitor.hand_overs import ledger_hand_overs
from training.monitor.kept_tables import KeptFigures, KeptWeek, kept_week
from training.monitor.shares_by_week import is_behind, share_by_week
from training.monitor.watched import Watched, monday
from training.monitor.written import written
from training.threshold.ranges import QUARTER

#: Newest weeks that are read.
_WEEKS = 26
_WEEK = timedelta(days=7)
#: First contacts below which no share is told.
_FEWEST = 20


def answer(watched: Watched) -> Answer:
    """Whether both sides keep what they promised. The ledger says what was handed over."""
    found = _read(watched)
    alarms = tuple(_alarms(watched, found))
    return Answer(
        "kept",
        _verdict(found, alarms),
        f"{_marketing(watched, found)} {_sales(watched, found)}",
        tuple(kept_tables.tables(watched, found)),
        alarms,
        tuple(_metrics(found)),
    )


def _read(watched: Watched) -> KeptFigures:
    last = monday(watched.nights[-1].as_of)
    since = max(monday(watched.nights[0].as_of), last - _WEEKS * _WEEK)
    handed = ledger_hand_overs(watched, since=since)
    weeks = [since + n * _WEEK for n in range((last - since) // _WEEK + 1)]
    of = np.array([monday(fact.as_of).toordinal() for fact in handed.facts], dtype=np.int64)
    return KeptFigures(
        handed=handed,
        weeks=tuple(kept_week(watched, handed, of == week.toordinal(), week) for week in weeks),
        promised=kept_tables.promised_per_week(watched.definition),
        knows_statuses=bool(
            {fact.kind for fact in watched.facts} & {"accepted", "sent back", "toss-up"}
        ),
    )


def _over(found: KeptFigures) -> list[KeptWeek]:
    """The whole weeks that are over, without that of the first night, which hands over a stock."""
    return [week for week in found.weeks if week.is_over and not week.has_first_night]


def _verdict(found: KeptFigures, alarms: Sequence[Alarm]) -> Verdict:
    if alarms:
        return "look"
    if found.contact.judged >= _FEWEST:
        return "fine"
    return "unknown" if found.handed.judge.unknown and found.promised is None else "too early"


def _marketing(watched: Watched, found: KeptFigures) -> str:
    words = watched.words("kept")
    whole = _over(found)[-QUARTER:]
    if not whole:
        return words.say("no week")
    each = sum(week.mqls for week in whole) / len(whole)
    if found.promised is None:
        return words.say("marketing", n=f"{each:.1f}", weeks=len(whole))
    return words.say(
        "marketing, promised", n=f"{each:.1f}", weeks=len(whole), promised=f"{found.promised:g}"
    )


def _sales(watched: Watched, found: KeptFigures) -> str:
    words = watched.words("kept")
    unknown = [why for why in found.handed.judge.unknown if why in ("no hours", "no sales")]
    if unknown:
        return words.say(f"unknown: {unknown[0]}")
    record = found.contact
    if record.judged < _FEWEST:
        return words.say("sales, few", n=record.judged)
    return words.say(
        "sales",
        share=written((record.kept + record.open) / record.judged, "share"),
        n=f"{record.judged:,}",
        late=f"{found.late_now:,}",
    )


def _alarms(watched: Watched, found: KeptFigures) -> Iterator[Alarm]:
    words, least = watched.words("kept"), watched.config.monitor.kept
    weeks = _over(found)
    for name in ("contact", "attempts"):
        records = [getattr(week, name) for week in weeks]
        judged = np.array([each.judged for each in records], dtype=np.int64)
        kept = np.array([each.kept + each.open for each in records], dtype=np.int64)
        told = [place for place in range(len(weeks)) if judged[place]]
        if not told:
            continue
        judged, kept = judged[: told[-1] + 1], kept[: told[-1] + 1]
        newest = share_by_week(kept, judged, least=least)[-1]
        if alarm := newest.alarm:
            share = kept[-1] / judged[-1] if alarm == "fell" else newest.kept / newest.judged
            yield Alarm(
                f"{name}-{alarm}",
                words.say(
                    f"alarm: {name} {alarm}",
                    share=written(float(share), "share"),
                    week=weeks[told[-1]].week,
                    least=written(least, "share"),
                ),
            )
    quarter = [week for week in weeks if week.week >= _quarter_start(watched.nights[-1].as_of)][
        :QUARTER
    ]
    counts = np.array([week.mqls for week in quarter], dtype=np.int64)
    if found.promised is not None and is_behind(counts, found.promised, weeks=QUARTER):
        yield Alarm(
            "mqls-behind",
            words.say(
                "alarm: behind",
                n=f"{counts.sum():,}",
                promised=f"{found.promised * len(counts):,.0f}",
                weeks=len(counts),
            ),
        )


def _quarter_start(day: date) -> date:
    """First day of the calendar quarter."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def _metrics(found: KeptFigures) -> Iterator[Metric]:
    for week in found.weeks:
        yield Metric("mqls", week.week, float(week.mqls), week.mqls)
        for name in ("contact", "attempts"):
            record = getattr(week, name)
            if record.judged:
                share = (record.kept + record.open) / record.judged
                yield Metric(f"{name}_in_time", week.week, share, record.judged)
        if found.knows_statuses and week.handed:
            yield Metric("with_status", week.week, week.with_status / week.handed, week.handed)
