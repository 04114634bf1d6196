"""What "is the number made or found" is read off: four weeks at a time, actions, and the slice."""

from collections.abc import Iterator, Sequence

from training.learn.metrics.evaluation import Estimate
from training.learn.metrics.wilson import wilson
from training.monitor.answer import LEAST_LEADS, Cell, Figures, Form, figure_columns
from training.monitor.below_line import BelowLine
from training.monitor.counts import CountCheck
from training.monitor.declared import RECENT
from training.monitor.made_figures import MadeFigures
from training.monitor.watched import Watched

#: Periods that are shown.
_PERIODS = 14


def tables(watched: Watched, found: MadeFigures) -> Iterator[Figures]:
    """The figures, in the order in which they are shown."""
    if found.periods:
        yield _passing(watched, found)
    if found.inflation:
        held = found.inflation
        words = watched.words("made")
        yield _figures(
            watched,
            "inflation",
            (
                ("what", "text"),
                ("observed", "count"),
                ("expected", "number"),
                ("ordinary", "text"),
            ),
            [
                (words.say("passed the line"), *_checked(held.passing)),
                (words.say("closed of them"), *_checked(held.closing)),
            ],
            (words.say("note: inflation", weeks=held.weeks),),
        )
    if found.actions:
        yield _actions(watched, found)
    if found.has_slice or found.below:
        yield _below(watched, found.below, found.above)


def _passing(watched: Watched, found: MadeFigures) -> Figures:
    rows = [
        (
            period.first,
            period.open_leads,
            period.passed,
            period.share,
            period.judged,
            period.closed,
            period.closing,
        )
        for period in found.periods[-_PERIODS:]
    ]
    return _figures(
        watched,
        "passing",
        (
            ("from", "day"),
            ("open", "count"),
            ("passed", "count"),
            ("share", "chance"),
            ("judged", "count"),
            ("closed", "count"),
            ("closing", "share"),
        ),
        rows,
        (watched.words("made").say("note: passing", horizon=watched.horizon),),
    )


def _actions(watched: Watched, found: MadeFigures) -> Figures:
    words = watched.words("made")
    rows: list[tuple[Cell, ...]] = [
        (
            each.action or words.say("other actions"),
            each.before[0] / each.before[1],
            each.check.observed / each.recent,
            *_checked(each.check),
            words.say("beyond") if each.check.is_above else "",
        )
        for each in found.actions
    ]
    return _figures(
        watched,
        "actions",
        (
            ("action", "text"),
            ("before", "share"),
            ("newest", "share"),
            ("observed", "count"),
            ("expected", "number"),
            ("ordinary", "text"),
            ("beyond", "text"),
        ),
        rows,
        (words.say("note: actions", weeks=RECENT),),
    )


def _below(watched: Watched, below: BelowLine | None, above: tuple[int, int]) -> Figures:
    words = watched.words("made")
    rows: list[tuple[Cell, ...]] = []
    if below is not None:
        share = Estimate(below.share, below.low, below.high) if below.leads >= LEAST_LEADS else None
        rows.append((words.say("the slice"), below.leads, *_checked(below.check), share))
    leads, won = above
    low, high = wilson(float(won), float(max(leads, 1)))
    share = Estimate(won / leads, float(low), float(high)) if leads >= LEAST_LEADS else None
    rows.append((words.say("over the line"), leads, won, None, "", share))
    told = words.say("note: slice")
    if below is None or not below.tells:
        told += " " + words.say("note: slice few")
    return _figures(
        watched,
        "slice",
        (
            ("which", "text"),
            ("leads", "count"),
            ("closed", "count"),
            ("expected", "number"),
            ("ordinary", "text"),
            ("closing", "chance"),
        ),
        rows,
        (told,),
    )


def _checked(check: CountCheck) -> tuple[Cell, ...]:
    return round(check.observed), check.expected, f"{check.low:,.0f}–{check.high:,.0f}"


def _figures(
    watched: Watched,
    key: str,
    columns: tuple[tuple[str, Form], ...],
    rows: Sequence[tuple[Cell, ...]],
    notes: tuple[str, ...],
) -> Figures:
    words = watched.words("made")
    return Figures(
        key,
        words.say(f"title: {key}"),
        figure_columns(words, columns),
        tuple(rows),
        notes,
    )
