"""A look as one HTML page: no script, no request, everything escaped, fit for print."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from propensity.concepts.wording import plain
from propensity.language import catalogue
from propensity.pages.template import environment, style
from training.learn.metrics.evaluation import Estimate
from training.monitor.answer import Answer, Cell, Figures
from training.monitor.command import Monitored
from training.monitor.show import head
from training.monitor.written import written

#: Longest text of a cell.
_LONGEST = 2000
#: Tables that are drawn too, and the columns that are drawn of them: one unit each.
_DRAWN: Mapping[str, tuple[str, ...]] = {
    "by_week": ("expected", "closed"),
    "marketing": ("mqls", "promised"),
    "sales": ("contact_share", "attempts_share"),
}
_FEWEST_WEEKS = 3
_WIDTH, _HEIGHT = 600, 120
#: What a mark looks like where nobody can say.
_MARKS = {"look": "amber", "act": "red", "too early": "", "unknown": ""}


def page(look: Monitored, *, language: str) -> str:
    """The page, in a language."""
    words = catalogue("training.monitor", language)
    return _TEMPLATES.get_template("training/monitor/page.html").render(
        language=language,
        title=words.say("title", name=look.name, day=look.as_of),
        style=style("propensity/pages/report.css", "training/monitor/page.css"),
        head=head(look, language=language),
        answers=[_answer(answer, words) for answer in look.answers],
    )


def _answer(answer: Answer, words: Mapping[str, str]) -> dict[str, Any]:
    return {
        "question": words[f"question: {answer.key}"],
        "verdict": words[f"verdict: {answer.verdict}"],
        "mark": _MARKS.get(answer.verdict, answer.verdict),
        "sentence": answer.sentence,
        "alarms": [alarm.sentence for alarm in answer.alarms],
        "tables": list(map(_table, answer.shown)),
    }


def _table(figures: Figures) -> dict[str, Any]:
    drawn = [
        (column.heading, [row[place] for row in figures.rows])
        for place, column in enumerate(figures.columns)
        if column.key in _DRAWN.get(figures.key, ())
    ]
    return {
        "title": figures.title,
        "columns": [column.heading for column in figures.columns],
        "rows": [list(_row(figures, row)) for row in figures.rows],
        "notes": figures.notes,
        "lines": [heading for heading, _ in drawn],
        "picture": weekly_lines(figures.title, [cells for _, cells in drawn]),
    }


def _row(figures: Figures, row: Sequence[Cell]) -> Iterator[tuple[str, str]]:
    for cell, column in zip(row, figures.columns, strict=True):
        kind = "word" if column.form in ("text", "day") else "number"
        yield written(cell, column.form), kind


def weekly_lines(title: str, lines: Sequence[Sequence[Cell]]) -> Markup | None:
    """Lines over weeks as an SVG of our own; None where there is too little to draw.

    Args:
        title: What is told to those who do not see it.
        lines: A line's value for each week, all in one unit, from nothing up.
    """
    values = [[_value(cell) for cell in line] for line in lines]
    known = [value for line in values for value in line if value is not None]
    weeks = max(map(len, values), default=0)
    if weeks < _FEWEST_WEEKS or len(known) < _FEWEST_WEEKS or max(known) <= 0:
        return None
    top, step = max(known), _WIDTH / max(weeks - 1, 1)
    drawn = [
        Markup('<line class="axis" x1="0" y1="{0}" x2="{1}" y2="{0}"/>').format(_HEIGHT, _WIDTH)
    ]
    for place, line in enumerate(values):
        for points in _stretches(line):
            told = " ".join(
                f"{week * step:.1f},{_HEIGHT * (1 - value / top):.1f}" for week, value in points
            )
            drawn.append(Markup('<polyline class="l{}" points="{}"/>').format(place, told))
    opening = Markup(
        '<svg class="weeks" role="img" aria-label="{}" viewBox="-4 -4 {} {}"'
        ' preserveAspectRatio="none">'
    ).format(_shown(title), _WIDTH + 8, _HEIGHT + 8)
    return opening + Markup("").join(drawn) + Markup("</svg>")


def _stretches(line: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    """The parts of a line between weeks of which nothing is known."""
    part: list[tuple[int, float]] = []
    for week, value in enumerate([*line, None]):
        if value is not None:
            part.append((week, value))
        elif part:
            yield part
            part = []


def _value(cell: Cell) -> float | None:
    if isinstance(cell, Estimate):
        cell = cell.value
    if cell is None or isinstance(cell, str | date) or cell != cell:  # noqa: PLR0124 — not a number
        return None
    return float(cell)


def _shown(text: str) -> str:
    """Any text on one line."""
    return plain(text.replace("\n", " "), longest=_LONGEST)


_TEMPLATES = environment(_shown)
