"""Is the number made or found? The inflation guard: leads that are made to pass the line, actions
that make them, and whether there is gold below the line.
"""

from collections.abc import Iterator
from datetime import timedelta

from propensity.concepts.wording import plain
from training.monitor.answer import Alarm, Answer, Metric, Verdict
from training.monitor.declared import RECENT
from training.monitor.made_figures import PERIOD, MadeFigures, made_figures
from training.monitor.made_tables import tables
from training.monitor.promised_tables import count
from training.monitor.watched import Watched, monday


def answer(watched: Watched) -> Answer:
    """Whether leads are found to be ready, or made to look so."""
    found = made_figures(watched)
    alarms = tuple(_alarms(watched, found))
    return Answer(
        "made",
        _verdict(found, alarms),
        _sentence(watched, found, alarms),
        tuple(tables(watched, found)),
        alarms,
        tuple(_metrics(found)),
    )


def _verdict(found: MadeFigures, alarms: tuple[Alarm, ...]) -> Verdict:
    if alarms:
        return "look"
    return "fine" if found.inflation else "too early"


def _sentence(watched: Watched, found: MadeFigures, alarms: tuple[Alarm, ...]) -> str:
    words = watched.words("made")
    held = found.inflation
    if held is None:
        return words.say("too early") if not alarms else words.say("too early, but")
    key = "made" if held.is_inflated else ("found, but" if alarms else "found")
    return words.say(
        key,
        weeks=held.weeks,
        passed=f"{held.passing.observed:,.0f}",
        passed_expected=count(held.passing.expected),
        closed=f"{held.closing.observed:,.0f}",
        closed_expected=count(held.closing.expected),
    )


def _alarms(watched: Watched, found: MadeFigures) -> Iterator[Alarm]:
    words = watched.words("made")
    if found.inflation and found.inflation.is_inflated:
        passing, closing = found.inflation.passing, found.inflation.closing
        yield Alarm(
            "inflated",
            words.say(
                "alarm: inflated",
                more=f"{passing.observed / passing.expected:.1f}",
                fewer=f"{closing.observed / closing.expected:.1f}",
                weeks=found.inflation.weeks,
            ),
        )
    for each in found.actions:
        if each.check.is_above:
            on, of = each.before
            yield Alarm(
                "action-grows",
                words.say(
                    "alarm: action",
                    action=plain(each.action or words.say("other actions"), longest=60),
                    share=f"{each.check.observed / each.recent:.0%}",
                    before=f"{on / of:.0%}",
                    weeks=RECENT,
                ),
            )
    below = found.below
    if below and below.tells and below.check.is_above:
        yield Alarm(
            "gold-below",
            words.say(
                "alarm: gold",
                n=f"{below.leads:,}",
                closed=f"{below.check.observed:,.0f}",
                expected=count(below.check.expected),
                high=f"{below.check.high:,.0f}",
            ),
        )


def _metrics(found: MadeFigures) -> Iterator[Metric]:
    for period in found.periods:
        week = monday(period.first + timedelta(days=7 * PERIOD - 1))
        leads = round(period.open_leads)
        yield Metric("passing", week, period.share, leads)
        if period.closing is not None:
            yield Metric("closing", week, period.closing.value, period.judged)
