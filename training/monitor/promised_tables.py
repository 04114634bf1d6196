"""What "do leads close as promised" is read off: weeks, groups, and the new MQLs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.days import date_of, day_number
from training.closed_loop.actions import reading_of
from training.learn.metrics.evaluation import Estimate
from training.learn.metrics.segments import SegmentEvaluation, segments
from training.monitor.answer import LEAST_LEADS, Cell, FigureColumn, Figures, Form, figure_columns
from training.monitor.first_crossings import CrossingQuarter
from training.monitor.level import LevelWeek
from training.monitor.looks import Looks
from training.monitor.night_figures import NightFigures
from training.monitor.ordinary import OrdinaryShift
from training.monitor.watched import Watched
from training.review.funnel.assigned import assign
from training.threshold.promise import ExpectedFigure

#: Newest weeks that are shown.
_WEEKS = 26


@dataclass(frozen=True)
class PromisedFigures:
    """Served chances beside closes.

    Attributes:
        shift: What moves the level without being a fault.
        nights: The list of one night of each week.
        once: Looks of the model that count once, in these nights.
        mature: Looks among these whose horizon is over.
        level: The model's level after each week.
        quarters: The new MQLs of the pair, by quarter.
        has_promise: Whether it is stored what the line promised.
        unknown: Looks whose lead is not in the sources any more.
    """

    shift: OrdinaryShift
    nights: tuple[NightFigures, ...]
    once: Looks
    mature: Looks
    level: tuple[LevelWeek, ...]
    quarters: tuple[CrossingQuarter, ...]
    has_promise: bool
    unknown: int


def tables(watched: Watched, found: PromisedFigures) -> Iterator[Figures]:
    """The figures, in the order in which they are shown."""
    yield _by_week(watched, found)
    if found.level:
        yield _level(watched, found)
    yield from _groups(watched, found.mature)
    yield _new_mqls(watched, found)


def count(number: float) -> str:
    """An expected count, as people read it."""
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"


def groups_of(
    watched: Watched, looks: Looks, rules: Sequence[tuple[str, str]], other: str
) -> NDArray[np.object_]:
    """(n,) name of the first group whose rule held at the end of the day the lead came.

    Args:
        watched: The nights and the sources.
        looks: The looks.
        rules: Name and rule of each group, in order.
        other: What the rest is called.
    """
    lead, place = np.unique(looks.lead, return_inverse=True)
    found = watched.store.query("SELECT lead, created_day FROM leads ORDER BY lead")
    created = found["created_day"].to_numpy()[np.searchsorted(found["lead"].to_numpy(), lead)]
    rows = pa.table(
        {
            "lead": lead.astype(np.int32),
            "episode": np.ones(len(lead), dtype=np.int32),
            "as_of_day": (created + 1).astype(np.int32),
        }
    )
    assigned = assign(watched.store, rows, rules, reading_of(watched.config))
    names = np.array([*assigned.names, other], dtype=object)
    named: NDArray[np.object_] = names[assigned.code][place]
    return named


def _columns(watched: Watched, *columns: tuple[str, Form]) -> tuple[FigureColumn, ...]:
    return figure_columns(watched.words("promised"), columns)


def _by_week(watched: Watched, found: PromisedFigures) -> Figures:
    shown = found.nights[-_WEEKS:]
    has_versions = len({night.version for night in shown}) > 1
    rows: list[tuple[Cell, ...]] = [
        (
            date_of(night.night),
            night.looks,
            night.expected,
            _between(night.low, night.high),
            night.closed if night.is_mature else None,
            night.slope if night.is_mature else None,
            night.auc if night.is_mature else None,
            date_of(night.night + watched.horizon),
            *((night.version,) if has_versions else ()),
        )
        for night in shown
    ]
    columns = _columns(
        watched,
        ("night", "day"),
        ("looks", "count"),
        ("expected", "number"),
        ("ordinary", "text"),
        ("closed", "count"),
        ("slope", "number"),
        ("auc", "number"),
        ("matures", "day"),
        *((("version", "text"),) if has_versions else ()),
    )
    words = watched.words("promised")
    notes = [words.say("note: weeks", horizon=watched.horizon)]
    if any(not night.is_mature for night in shown):
        notes.append(words.say("note: running"))
    waited = day_number(watched.as_of) - watched.horizon
    if any(not night.is_mature and night.night <= waited for night in shown):
        notes.append(words.say("note: tables end", ends=watched.tables_end))
    if watched.missing:
        notes.append(words.say("note: missing", n=len(watched.missing)))
    if found.unknown:
        notes.append(words.say("note: unknown", n=f"{found.unknown:,}"))
    return Figures("by_week", words.say("by week"), columns, tuple(rows), tuple(notes))


def _level(watched: Watched, found: PromisedFigures) -> Figures:
    words, shift = watched.words("promised"), found.shift
    notes = [words.say("note: level")]
    if shift.own is not None:
        notes.append(words.say("note: own error", change=f"{shift.own:.2f}"))
    if shift.quarters is not None:
        notes.append(words.say("note: quarters", change=f"{shift.quarters:.2f}"))
    else:
        notes.append(words.say("note: no backtest"))
    first = int(found.mature.night.min())
    return Figures(
        "level",
        words.say("level"),
        _columns(
            watched,
            ("week", "day"),
            ("weeks", "count"),
            ("looks", "count"),
            ("expected", "number"),
            ("ordinary", "text"),
            ("closed", "count"),
            ("chance_of_this", "chance"),
            ("speaks_below", "chance"),
        ),
        tuple(
            (
                date_of(first + 7 * week.week),
                week.weeks,
                week.looks,
                week.range.expected,
                _between(week.range.low, week.range.high),
                week.closed,
                min(week.range.below, week.range.above),
                week.tail,
            )
            for week in found.level[-_WEEKS:]
        ),
        tuple(notes),
    )


def _groups(watched: Watched, looks: Looks) -> Iterator[Figures]:
    if not len(looks):
        return
    values = dict(_values(watched, looks))
    found = segments(values, looks.log_odds, looks.holdout)
    notes: tuple[str, ...] = (watched.words("promised").say("note: once"),)
    for column in values:
        rows = [each for each in found if each.column == column]
        if column in ("tenth", "grade"):
            rows.sort(key=lambda each: (len(each.value), each.value))
        if rows:
            yield _group(watched, column, rows, notes)
            notes = ()


def _group(
    watched: Watched, column: str, rows: Sequence[SegmentEvaluation], notes: tuple[str, ...]
) -> Figures:
    words = watched.words("promised")
    return Figures(
        f"by_{column}",
        words.say(f"by {column}"),
        (
            *_columns(
                watched,
                (column, "text"),
                ("looks", "count"),
                ("expected", "number"),
                ("closed", "count"),
                ("promised", "chance"),
                ("real", "chance"),
                ("difference", "points"),
                ("beyond", "text"),
            ),
        ),
        tuple(
            (
                each.value,
                round(each.rows),
                each.promised * each.rows,
                round(each.wins),
                each.promised,
                each.observed,
                Estimate(each.error, each.low, each.high),
                words.say("beyond") if each.beyond_noise else "",
            )
            for each in rows
        ),
        notes,
    )


def _values(watched: Watched, looks: Looks) -> Iterator[tuple[str, NDArray[np.object_]]]:
    words, review = watched.words("promised"), watched.config.review
    yield "tenth", looks.tenth.astype(str).astype(object)
    yield "grade", np.array([*looks.grades, ""], dtype=object)[looks.grade]
    yield "mql", np.where(looks.is_mql, words.say("is mql"), words.say("no mql")).astype(object)
    rest = words.say("no group")
    if review.personas:
        rules = [(each.name, each.rule) for each in review.personas]
        yield "persona", groups_of(watched, looks, rules, rest)
    if review.channels:
        rules = [(each.name, each.rule) for each in review.channels]
        yield "channel", groups_of(watched, looks, rules, rest)


def _new_mqls(watched: Watched, found: PromisedFigures) -> Figures:
    words = watched.words("promised")
    notes = [words.say("note: new mqls")]
    if not found.has_promise:
        notes.append(words.say("note: no promise"))
    return Figures(
        "new_mqls",
        words.say("new mqls"),
        _columns(
            watched,
            ("quarter", "day"),
            ("weeks", "number"),
            ("crossed", "count"),
            ("per_week", "number"),
            ("per_week_promised", "text"),
            ("judged", "count"),
            ("expected", "number"),
            ("closed", "count"),
            ("real", "chance"),
            ("share_promised", "text"),
        ),
        tuple(map(_quarter, found.quarters)),
        tuple(notes),
    )


def _quarter(quarter: CrossingQuarter) -> tuple[Cell, ...]:
    check = quarter.check
    return (
        quarter.first,
        quarter.weeks,
        quarter.crossed,
        quarter.crossed / quarter.weeks,
        _bounds(check.per_week_bounds, 1) if check else None,
        quarter.judged,
        quarter.expected,
        quarter.won,
        quarter.won / quarter.judged if quarter.judged >= LEAST_LEADS else None,
        _bounds(check.precision_bounds, 100) if check else None,
    )


def _bounds(bounds: ExpectedFigure, times: int) -> str:
    return f"{bounds.low * times:,.1f}–{bounds.high * times:,.1f}"


def _between(low: float, high: float) -> str:
    return f"{low:,.0f}–{high:,.0f}"
