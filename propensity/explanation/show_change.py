"""What moved a lead, for the terminal: readable in 80 columns."""

from collections.abc import Iterator

import numpy as np
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from propensity.concepts.wording import label, plain
from propensity.explanation.change import ChangeStep, ScoreChange
from propensity.explanation.waterfall import chance_of, signed
from propensity.language import CATALOGUES, Catalogue
from propensity.language.audience import Audience
from propensity.language.line_breaks import Paragraph
from propensity.language.numerals import chances
from propensity.model.model import probability
from propensity.scoring.reasons import SMALLEST

#: Concepts named per step.
_MOST = 3


def report(moved: ScoreChange, audience: Audience) -> Iterator[RenderableType]:
    """The change of a lead's chance, step by step, and what it means for its grade and instruction.

    Args:
        moved: The change of one lead.
        audience: Whom it is told.
    """
    words = CATALOGUES[audience.language]
    after = moved.after
    was, now = (
        text.column[0].as_py()
        for text in chances(
            probability(np.array([moved.log_odds_then])), np.array([after.probability])
        )
    )
    title = words.say(
        "moved: title",
        lead=plain(moved.lead_id),
        before=was,
        since=moved.since,
        after=now,
        now=after.as_of,
    )
    yield Text(title, style="bold")
    yield _table(moved, audience)
    yield Text()
    yield from (Paragraph(sentence) for sentence in _sentences(moved, words))


def _table(moved: ScoreChange, audience: Audience) -> Table:
    words = CATALOGUES[audience.language]
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for justify in ("left", "left", "right", "right"):
        table.add_column(justify=justify, overflow="fold")
    running = moved.log_odds_then
    for step in moved.steps:
        running += step.change
        table.add_row(
            Text(words[f"moved: {step.mover}"]),
            Text(_named(step, audience)),
            signed(step.change),
            chance_of(running),
        )
    table.add_row(
        Text(words["moved: sum"], style="bold"),
        "",
        signed(moved.change),
        chance_of(moved.after.log_odds),
    )
    return table


def _named(step: ChangeStep, audience: Audience) -> str:
    """The concepts that moved most."""
    told = [
        f"{label(name, audience)} {signed(change)}"
        for name, change in step.concepts[:_MOST]
        if abs(change) >= SMALLEST
    ]
    return ", ".join(told)


def _sentences(moved: ScoreChange, words: Catalogue) -> Iterator[str]:
    before, after, bridged = moved.before, moved.after, moved.by_old_definition
    yield words.say("moved: grade", before=before.grade, after=after.grade)
    if (bridged.grade, bridged.instruction) != (after.grade, after.instruction):
        states = [f"{state.grade}, {state.instruction or '–'}" for state in (bridged, after)]
        yield words.say("moved: definition", before=states[0], after=states[1])
    if after.instruction is not None and before.instruction == after.instruction:
        yield words.say("moved: same instruction", after=after.instruction)
    elif before.instruction is not None or after.instruction is not None:
        yield words.say(
            "moved: instruction", before=before.instruction or "–", after=after.instruction or "–"
        )
    if moved.without_history:
        yield words.say(
            "moved: without history", columns=", ".join(map(plain, moved.without_history))
        )
