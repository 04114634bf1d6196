"""What moved a lead, for the terminal: readable in 80 columns."""

from collections.abc import Iterator, Mapping

import numpy as np
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from propensity.concepts.wording import NO_LABELS, label, plain
from propensity.explanation.change import ChangeStep, Moved
from propensity.explanation.waterfall import chance_of, signed
from propensity.language import CATALOGUES, Catalogue
from propensity.language.numerals import chances
from propensity.model.model import probability
from propensity.scoring.reasons import SMALLEST

#: Concepts named per step.
_MOST = 3


def report(
    moved: Moved, *, language: str = "en", labels: Mapping[str, str] = NO_LABELS
) -> Iterator[RenderableType]:
    """The change of a lead's chance, step by step, and what it means for its grade and instruction.

    Args:
        moved: Of one lead.
        language: Of everything.
        labels: The company's own names of concepts.
    """
    words = CATALOGUES[language]
    after = moved.after
    was, now = (
        text[0].as_py()
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
    yield _table(moved, language, labels)
    yield Text()
    yield from (Text(sentence) for sentence in _sentences(moved, words))


def _table(moved: Moved, language: str, labels: Mapping[str, str]) -> Table:
    words = CATALOGUES[language]
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for justify in ("left", "left", "right", "right"):
        table.add_column(justify=justify, overflow="fold")
    running = moved.log_odds_then
    for step in moved.steps:
        running += step.change
        table.add_row(
            Text(words[f"moved: {step.mover}"]),
            Text(_named(step, language, labels)),
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


def _named(step: ChangeStep, language: str, labels: Mapping[str, str]) -> str:
    """The concepts that moved most."""
    told = [
        f"{label(name, language, labels)} {signed(change)}"
        for name, change in step.concepts[:_MOST]
        if abs(change) >= SMALLEST
    ]
    return ", ".join(told)


def _sentences(moved: Moved, words: Catalogue) -> Iterator[str]:
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
