"""Has the world moved? Today's input beside the training, the scores beside those of the first
night, and what leads come with no more.
"""

import re
from collections.abc import Iterator

from propensity.concepts.wording import plain
from training.monitor.answer import Alarm, Answer, Metric, Verdict
from training.monitor.moved_figures import MovedFigures, StandingDifference, moved_figures
from training.monitor.moved_tables import tables
from training.monitor.source_levels import ColumnLevels
from training.monitor.watched import Watched, monday

#: Days after which a night is missed.
_MISSED = 7
#: Differences that are told by the table they are about.
_OF_TABLES = ("stopped", "gone", "unmatched")
_LONGEST = 60
#: What says that nobody looked at today's input, and not that it has moved.
UNSEEN = frozenset({"nights-stopped", "stale"})
_QUOTED = re.compile(r"^(?:column|events) (['\"])(.*)\1$", re.DOTALL)


def answer(watched: Watched) -> Answer:
    """Whether the world that the model learned from is still there."""
    found = moved_figures(watched)
    alarms = tuple(_alarms(watched, found))
    return Answer(
        "moved",
        _verdict(found, alarms),
        _sentence(watched, found, alarms),
        tuple(tables(watched, found)),
        alarms,
        tuple(_metrics(found)),
    )


def _verdict(found: MovedFigures, alarms: tuple[Alarm, ...]) -> Verdict:
    if any(each.found.severity == "stop" for each in found.differences):
        return "act"
    if alarms:
        return "look"
    if not found.weeks:
        return "unknown"
    return "fine" if len(found.weeks) > 1 else "too early"


def _sentence(watched: Watched, found: MovedFigures, alarms: tuple[Alarm, ...]) -> str:
    words = watched.words("moved")
    if alarms and {alarm.code for alarm in alarms} <= UNSEEN:
        return words.say("not seen")
    if alarms:
        return words.say("yes", n=len(alarms))
    if not found.weeks and watched.since in watched.missing:
        return words.say("first gone", day=watched.since)
    if len(found.weeks) < 2:
        return words.say("too early")
    newest = found.weeks[-1]
    return words.say(
        "no", weeks=len(found.weeks), index=f"{newest.index:.2f}", limit=f"{newest.limit:.2f}"
    )


def _alarms(watched: Watched, found: MovedFigures) -> Iterator[Alarm]:
    words = watched.words("moved")
    if found.silent_days > _MISSED:
        day = watched.nights[-1].as_of
        yield Alarm("nights-stopped", words.say("alarm: night", n=found.silent_days, day=day))
    for each in found.differences:
        yield Alarm(each.found.code, _told(watched, each))
    for level in found.vanished:
        yield Alarm(
            "level-vanished",
            words.say(
                "alarm: vanished",
                level=plain(level.level, longest=_LONGEST),
                column=plain(level.column, longest=_LONGEST),
                weeks=level.found.weeks,
                n=round(level.found.observed),
                expected=round(level.found.expected),
            ),
        )
    for column, name, leads in _appeared(watched, found):
        yield Alarm(
            "level-appeared",
            words.say(
                "alarm: appeared",
                level=plain(name, longest=_LONGEST),
                column=plain(column.column, longest=_LONGEST),
                share=f"{leads / column.newest:.0%}",
            ),
        )
    if found.scores_moved:
        newest, first = found.weeks[-1], found.weeks[0]
        yield Alarm(
            "scores-moved",
            words.say(
                "alarm: scores",
                index=f"{newest.index:.2f}",
                limit=f"{newest.limit:.2f}",
                before=f"{first.chance:.1%}",
                now=f"{newest.chance:.1%}",
            ),
        )


def _appeared(watched: Watched, found: MovedFigures) -> Iterator[tuple[ColumnLevels, str, int]]:
    """New levels that many leads have, in columns that carry the model and whose levels stay."""
    limits = watched.config.input_check
    for column in found.columns:
        carries = found.skill.get(f"column {column.column!r}", 0.0)
        if carries < limits.skill or column.comes_and_goes:
            continue
        for name, leads in column.appeared.items():
            if leads > limits.appeared * column.newest:
                yield column, name, leads


def _told(watched: Watched, each: StandingDifference) -> str:
    """A difference in the language of the configuration, and since when it stands."""
    words, code, about = watched.words("moved"), each.found.code, each.found.about
    table, _, kind = code.rpartition("-")
    name = words.say("since", day=each.since) if each.since < watched.as_of else ""
    is_table = kind in _OF_TABLES and table == about
    key = f"alarm: table {kind}" if is_table else f"alarm: {code}"
    quoted = _QUOTED.match(about)
    what = plain(quoted.group(2) if quoted else about, longest=_LONGEST)
    return words.say(key, about=what, since=name)


def _metrics(found: MovedFigures) -> Iterator[Metric]:
    for week in found.weeks:
        yield Metric("scores", monday(week.night), week.index, week.leads)
        yield Metric("mean_chance", monday(week.night), week.chance, week.leads)
    for night in found.inputs:
        if night.stability:
            worst = max(night.stability.values())
            yield Metric("input", monday(night.as_of), worst, night.leads)
