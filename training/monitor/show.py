"""A look on the screen: the answers first, then their figures; 100 columns are enough."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from propensity.language import catalogue
from training.monitor.answer import Figures
from training.monitor.command import Monitored
from training.monitor.written import written


def show(look: Monitored, *, language: str) -> Iterator[RenderableType]:
    """The answers, a sentence each; then what each is read off."""
    words = catalogue("training.monitor", language)
    yield Text(head(look, language=language), style="bold")
    for place, answer in enumerate(look.answers, start=1):
        verdict = words[f"verdict: {answer.verdict}"]
        yield Text(f"\n{place}. {words[f'question: {answer.key}']} [{verdict}]", style="bold")
        yield Text(f"   {answer.sentence}")
        yield from (Text(f"   ! {alarm.sentence}") for alarm in answer.alarms)
    for answer in look.answers:
        for figures in answer.shown:
            yield Text(f"\n{figures.title}", style="bold")
            yield _table(figures)
            yield from (Text(note) for note in figures.notes)


def head(look: Monitored, *, language: str) -> str:
    """What was looked at, and when."""
    return catalogue("training.monitor", language).say(
        "head",
        day=look.as_of,
        name=look.name,
        version=look.version,
        definition=look.definition,
        since=look.since,
        nights=f"{look.nights:,}",
    )


def _table(figures: Figures) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for place, column in enumerate(figures.columns):
        is_text = place == 0 or column.form in ("text", "day")
        table.add_column(column.heading, justify="left" if is_text else "right", overflow="fold")
    for row in figures.rows:
        cells = zip(row, figures.columns, strict=True)
        table.add_row(*(Text(written(cell, column.form)) for cell, column in cells))
    return table
