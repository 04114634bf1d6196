"""What `propensity threshold` prints: a table of lines, and one of them in sentences.

At most 100 columns wide.
"""

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from training.threshold.promise import FEWEST_FOR_A_RATE
from training.threshold.sentences import StudySentences, count, hundred
from training.threshold.study import Lines, Study

#: Lines shown, about.
_SHOWN = 12


def show(study: Study, *, language: str) -> Iterator[RenderableType]:
    """The parts of the page, in order."""
    teller = StudySentences(study, language)
    yield from map(Text, teller.method())
    yield Text()
    yield _table(study, teller)
    yield from map(Text, teller.choice())
    if study.focus is not None:
        yield Text()
        yield from map(Text, teller.focus(study.focus, study.rule or study.lines))
        yield Text()
        yield from map(Text, teller.groups(study.focus))
        yield Text()
        yield from map(Text, teller.rules(study.focus))
    yield from map(Text, teller.value())


def shown_lines(study: Study) -> list[int]:
    """Lines for the table: from many leads to few in even steps, those chosen, agreed or compared
    with always.
    """
    figures = study.lines.figures
    known = np.flatnonzero(figures.judged >= FEWEST_FOR_A_RATE)
    if not len(known):
        known = np.flatnonzero(figures.per_week > 0)
    always = {
        place for place in (study.choice.line, study.signed, study.rule_like) if place is not None
    }
    if not len(known):
        return sorted(always)
    volume = np.maximum(figures.per_week, 1e-9)
    steps = np.geomspace(volume[known].max(), volume[known].min(), _SHOWN)
    nearest = {int(known[np.argmin(np.abs(np.log(volume[known] / step)))]) for step in steps}
    return sorted(nearest | always)


def _table(study: Study, teller: StudySentences) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    has_value = study.lines.worth.has_value
    headings = (
        "line",
        "per week",
        "backlog",
        "precision",
        "captured",
        "wins",
        *(("value",) if has_value else ()),
    )
    for heading in headings:
        words = teller.say(f"column: {heading}").split()
        table.add_column("\n".join(words), justify="right", no_wrap=True)  # figures set the width
    table.add_column("", overflow="fold")
    if study.rule is not None:
        table.add_row(
            *_row(study.rule, 0, teller, has_value=has_value, line="–"), teller.say("mark: rule")
        )
    for place in shown_lines(study):
        line = teller.share(float(study.lines.figures.lines[place]))
        table.add_row(
            *_row(study.lines, place, teller, has_value=has_value, line=line),
            _mark(study, place, teller),
        )
    return table


def _row(
    lines: Lines, place: int, teller: StudySentences, *, has_value: bool, line: str
) -> list[str]:
    figures, ahead, worth = lines.figures, lines.outlook, lines.worth
    _, low, high = ahead.per_week[place].tolist()
    precision, least, most = ahead.precision[place].tolist()
    known = figures.judged[place] >= FEWEST_FOR_A_RATE
    cells = [
        line,
        f"{count(float(figures.per_week[place]))} ({count(low)}–{count(high)})",
        f"{figures.backlog[place]:,}",
        f"{hundred(precision)} ({hundred(least)}–{hundred(most)})" if known else "–",
        teller.share(float(figures.share_captured[place])) if figures.wins else "–",
        count(float(worth.wins[place])) if known else "–",
    ]
    if has_value:
        cells.append(f"{worth.value[place]:,.0f}" if known else "–")
    return cells


def _mark(study: Study, place: int, teller: StudySentences) -> str:
    marks = {"chosen": study.choice.line, "signed": study.signed, "like": study.rule_like}
    return ", ".join(
        teller.say(f"mark: {name}") for name, marked in marks.items() if marked == place
    )
