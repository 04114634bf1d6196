"""Do leads close as promised? Expected closes beside real ones, of the scores as they were
served.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from features.days import date_of, day_number
from training.monitor import promised_tables
from training.monitor.answer import Alarm, Answer, Metric, Verdict
from training.monitor.first_crossings import crossing_looks, crossing_quarters, stored_promise
from training.monitor.level import FEWEST_EXPECTED, LevelWeek, level_by_week
from training.monitor.looks import Looks, looks_of
from training.monitor.night_figures import NightFigures, night_figures
from training.monitor.ordinary import ordinary_shift
from training.monitor.promised_tables import PromisedFigures, count
from training.monitor.watched import Watched, monday
from training.threshold.sentences import promise_sentence

#: Newest weeks that are read.
_WEEKS = 52
_DAYS = 7
#: Nights that are named.
_NAMED = 10


def answer(watched: Watched) -> Answer:
    """Whether leads close as promised.

    The level is judged over the looks that count once; weeks are shown with whole lists.
    """
    found = _read(watched)
    broken = tuple(_alarms(watched, found))
    alarms = (*broken, *_missing(watched))
    return Answer(
        "promised",
        _verdict(found, alarms),
        _sentence(watched, found, broken),
        tuple(promised_tables.tables(watched, found)),
        alarms,
        tuple(_metrics(watched, found)),
    )


def level_of(looks: Looks, *, shared: float = 0.0) -> tuple[LevelWeek, ...]:
    """Judge a model's level after each of its weeks.

    Args:
        looks: Mature looks that count once, of one model; its weeks are counted from the first.
        shared: Variance in log-odds of what moves all chances at once, without being a fault.
    """
    if not len(looks):
        return ()
    week = ((looks.night - looks.night.min()) // _DAYS).astype(np.int64)
    return level_by_week(looks.chance, looks.won, looks.cluster, week, shared=shared)


def _read(watched: Watched) -> PromisedFigures:
    shift = ordinary_shift(watched)
    nights = watched.weekly[-_WEEKS:]
    version = {day_number(night.as_of): night.model_version for night in nights}
    looks = looks_of(watched, nights)
    own = [night for night, of in version.items() if of == watched.pair[0]]
    mine = looks.take(np.isin(looks.night, own))
    once = mine.take(mine.counts_once)
    mature = once.take(once.is_mature)
    promise = stored_promise(watched.config, line=watched.definition.mql.enter)
    return PromisedFigures(
        shift=shift,
        nights=tuple(
            night_figures(looks.take(looks.night == night), version[night], shared=shift.variance)
            for night in np.unique(looks.night).tolist()
        ),
        once=once,
        mature=mature,
        level=level_of(mature, shared=shift.variance),
        quarters=tuple(crossing_quarters(crossing_looks(watched), watched.since, promise)),
        has_promise=promise is not None,
        unknown=looks.unknown,
    )


def _says(found: PromisedFigures) -> bool:
    return bool(found.level) and found.level[-1].range.expected >= FEWEST_EXPECTED


def _verdict(found: PromisedFigures, alarms: Sequence[Alarm]) -> Verdict:
    if alarms:
        return "look"
    return "fine" if _says(found) else "too early"


def _sentence(watched: Watched, found: PromisedFigures, alarms: Sequence[Alarm]) -> str:
    words = watched.words("promised")
    if not _says(found):
        return _too_early(watched, found)
    newest = found.level[-1]
    key = "no" if newest.alarm else "not the line" if alarms else "yes"
    return words.say(
        key,
        n=f"{newest.closed:,}",
        expected=count(newest.range.expected),
        low=f"{newest.range.low:,.0f}",
        high=f"{newest.range.high:,.0f}",
        weeks=newest.weeks,
    )


def _too_early(watched: Watched, found: PromisedFigures) -> str:
    words = watched.words("promised")
    own: list[NightFigures] = [night for night in found.nights if night.version == watched.pair[0]]
    if not own:
        return words.say("no list")
    over = own[0].night + watched.horizon
    return words.say(
        "tables end" if over <= day_number(watched.as_of) and over > watched.until else "too early",
        day=date_of(over),
        ends=watched.tables_end,
        horizon=watched.horizon,
        expected=count(float(found.once.chance.sum())),
    )


def _alarms(watched: Watched, found: PromisedFigures) -> Iterator[Alarm]:
    words, goal = watched.words("promised"), watched.config.goal
    if _says(found) and (side := found.level[-1].alarm):
        newest = found.level[-1]
        ratio = f"{newest.closed / newest.range.expected:.2f}"
        yield Alarm(f"level-{side}", words.say(f"alarm: {side}", ratio=ratio, weeks=newest.weeks))
    for quarter in found.quarters:
        if quarter.check is not None and quarter.check.is_broken and quarter.is_open:
            yield Alarm(
                "line",
                promise_sentence(
                    quarter.check,
                    language=watched.config.language,
                    goal=goal.stage if goal else "won",
                ),
            )


def _missing(watched: Watched) -> Iterator[Alarm]:
    """Nights whose scores cannot be read: the answers come from what is left."""
    days = watched.missing
    if days:
        named = ", ".join(map(str, days[:_NAMED])) + (", …" if len(days) > _NAMED else "")
        yield Alarm(
            "nights-missing",
            watched.words("promised").say(
                "alarm: missing", n=len(days), days=named, first=days[0], nights=len(watched.nights)
            ),
        )


def _metrics(watched: Watched, found: PromisedFigures) -> Iterator[Metric]:
    for night in found.nights:
        if night.is_mature and night.version == watched.pair[0]:
            figures: Mapping[str, float] = {
                "expected": night.expected,
                "closed": float(night.closed),
                "level": night.closed / night.expected if night.expected else float("nan"),
                "slope": night.slope.value,
                "auc": night.auc.value,
            }
            for name, value in figures.items():
                yield Metric(name, monday(date_of(night.night)), value, night.looks)
