"""What a look answers to a question: one sentence, its figures, and what has to be looked at."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from propensity.language import Catalogue
from training.learn.metrics.evaluation import Estimate

#: ``fine``; ``look``: something is beyond chance, or was not kept; ``act``: there is something to
#: do now; ``too early``: not enough has matured; ``unknown``: what it takes is not recorded.
Verdict = Literal["fine", "look", "act", "too early", "unknown"]

#: The questions, in the order in which they are asked: five, and what a call changes.
QuestionKey = Literal["promised", "kept", "made", "moved", "retrain", "effect", "exceptions"]

#: How a figure is written: a share is 0..1 and shown in percent, a chance likewise with a decimal
#: more, points are differences of shares, hours are hours.
Form = Literal["text", "day", "count", "number", "share", "chance", "points", "hours"]

#: A figure, alone or with its 95 % interval; nothing where it is not known.
Cell = str | date | int | float | Estimate | None

#: Leads below which a group is told to nobody outside this machine, and no rate is formed.
LEAST_LEADS = 20


@dataclass(frozen=True)
class FigureColumn:
    """A column of figures.

    Attributes:
        key: Name in the JSON, such as ``expected``.
        heading: What people read.
        form: How the figures are written.
    """

    key: str
    heading: str
    form: Form = "count"


def figure_columns(
    words: Catalogue, columns: Iterable[tuple[str, Form]]
) -> tuple[FigureColumn, ...]:
    """Columns with the headings that a question's texts have for their keys."""
    return tuple(FigureColumn(key, words.say(f"column: {key}"), form) for key, form in columns)


@dataclass(frozen=True)
class Figures:
    """A table of figures.

    Attributes:
        key: Name in the JSON, such as ``by_week``.
        title: What people read.
        columns: The columns; the first says what a row is about.
        rows: A cell for each column. A row that begins with a day is the week from that day on.
        notes: Sentences below the table.
    """

    key: str
    title: str
    columns: tuple[FigureColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Metric:
    """A figure of a week, for the registry.

    Attributes:
        name: What is measured, such as ``level``.
        week: The Monday on which its week begins.
        value: The figure; finite.
        leads: Leads behind it; a figure of fewer than 20 does not leave this machine.
    """

    name: str
    week: date
    value: float
    leads: int

    @property
    def may_leave(self) -> bool:
        """Whether enough leads stand behind it, and it is a number."""
        return self.leads >= LEAST_LEADS and math.isfinite(self.value)


@dataclass(frozen=True)
class Alarm:
    """Something that chance does not explain, or that was not kept.

    Attributes:
        code: For machines, such as ``level``.
        sentence: For people.
    """

    code: str
    sentence: str


@dataclass(frozen=True)
class Answer:
    """The answer to a question.

    Attributes:
        key: Which question.
        verdict: How it stands.
        sentence: The answer in one sentence.
        figures: What it is read off.
        alarms: What has to be looked at.
        metrics: What the registry keeps by week.
    """

    key: QuestionKey
    verdict: Verdict
    sentence: str
    figures: tuple[Figures, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    metrics: tuple[Metric, ...] = field(default=(), repr=False)

    @property
    def shown(self) -> tuple[Figures, ...]:
        """The figures that people read: those with rows."""
        return tuple(figures for figures in self.figures if figures.rows)

    @property
    def matters(self) -> bool:
        """Whether somebody should look: exit code 10."""
        return bool(self.alarms) or self.verdict in ("look", "act")


def told(answers: "tuple[Answer, ...]") -> Iterator[Metric]:
    """The metrics that may be told to the registry, with the question in their names."""
    for answer in answers:
        for metric in answer.metrics:
            if metric.may_leave:
                yield Metric(f"{answer.key}.{metric.name}", metric.week, metric.value, metric.leads)
