"""A definition against leads the model had not seen: grades, quadrants, instructions, and what
contradicts them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from propensity.concepts.wording import plain
from propensity.definition.schema import CASES, Axes, Definition
from propensity.grading.decision_table import CaseDecisions, decide
from propensity.grading.grading import AREAS, DIGITS, LETTERS, Graded, graded
from propensity.grading.redraw import Redraw
from propensity.grading.redraw import sentences as redrawn
from propensity.language import CATALOGUES, Catalogue
from training.definition.grades import FEWEST, Disorder, GradeCell, by_area, by_grade, disorders
from training.definition.held_out import HeldOut
from training.definition.line_as_rules import LineAsRules, in_words


@dataclass(frozen=True)
class DefinitionWorth:
    """What a definition is worth on held-out leads.

    Attributes:
        leads: Their number.
        close_rate: Close rate of all of them.
        known: Leads among them whose earlier looks taught the model.
        close_rate_of_new: Close rate of the others; NaN without any.
        grades: A1 … D4; of one axis A … D, or 1 … 4.
        areas: hot, nurture, keen, leave; of one axis high, low.
        disorders: Better grades that closed less often than worse ones.
        cases: Leads by what decides their instruction; empty without a definition.
        mql_outside_hot: MQLs whose quadrant is not hot: leads and closed; None without a
            definition, or without quadrants.
        hot_below_line: Hot leads that are not handed over: leads and closed; None without a
            definition, or without quadrants.
        words: The line in words; None without a definition.
        held_out: Share of the MQLs that the hold-out keeps back; 0 without one.
    """

    leads: int
    close_rate: float
    known: int
    close_rate_of_new: float
    grades: tuple[GradeCell, ...]
    areas: tuple[GradeCell, ...]
    disorders: tuple[Disorder, ...]
    cases: dict[str, tuple[int, int]]
    mql_outside_hot: tuple[int, int] | None
    hot_below_line: tuple[int, int] | None
    words: LineAsRules | None = None
    held_out: float = 0.0


def worth(judged: HeldOut, axes: Axes, definition: Definition | None) -> DefinitionWorth:
    """Measure a definition.

    Args:
        judged: Leads the model had not seen.
        axes: Axes of the model that scored them.
        definition: Definition with the rules that ``judged`` was read by; None for the grades
            alone.
    """
    on_axes = graded(axes, judged.fit, judged.interest)
    cells = by_grade(on_axes, judged.won, judged.probability, judged.cluster)
    found = DefinitionWorth(
        leads=len(judged),
        close_rate=judged.close_rate,
        known=int(judged.known.sum()),
        close_rate_of_new=float(judged.won[~judged.known].mean())
        if not judged.known.all()
        else float("nan"),
        grades=cells,
        areas=by_area(on_axes, judged.won, judged.probability, judged.cluster),
        disorders=tuple(disorders(on_axes, judged.won, judged.cluster)),
        cases={},
        mql_outside_hot=None,
        hot_below_line=None,
    )
    if definition is None or judged.ruled is None:
        return found
    decided = decide(definition, on_axes, judged.probability, judged.ruled)
    held = definition.mql.hold_out
    found = replace(found, held_out=held.share if held else 0.0)
    return _with_corners(found, judged, on_axes, decided)


def _with_corners(
    found: DefinitionWorth, judged: HeldOut, on_axes: Graded, decided: CaseDecisions
) -> DefinitionWorth:
    def counted(which: NDArray[np.bool_]) -> tuple[int, int]:
        return int(which.sum()), int((which & judged.won).sum())

    hot, has_quadrants = on_axes.area == AREAS.index("hot"), len(on_axes.axes) > 1
    cases = {case: counted(decided.case == code) for code, case in enumerate(CASES)}
    return DefinitionWorth(
        **{
            **vars(found),
            "cases": {case: counts for case, counts in cases.items() if counts[0]},
            "mql_outside_hot": counted(decided.is_mql & ~hot) if has_quadrants else None,
            "hot_below_line": counted(hot & ~decided.handed_over) if has_quadrants else None,
            "words": in_words(judged.spec, judged.matrix, decided.is_mql, judged.won, seed=0),
        }
    )


def show(
    found: DefinitionWorth, redraws: Sequence[Redraw], *, language: str
) -> Iterator[RenderableType]:
    """The tables and sentences, at most 80 columns wide.

    Args:
        found: What a definition is worth.
        redraws: The zeros of the model, and what chance alone does to the grades.
        language: Language of the sentences.
    """
    words = CATALOGUES[language]
    yield Text(_of_whom(found, words))
    yield Text()
    yield _grade_table(found.grades)
    yield Text()
    yield _cell_table(found.areas, [words[cell.name] for cell in found.areas], words)
    for sentence in (*sentences(found, language=language), *redrawn(redraws, language=language)):
        yield Text(sentence)
    if found.cases:
        yield Text()
        for case, (leads, closed) in found.cases.items():
            yield Text(f"{words[f'case: {case}']}: {_counted(leads, closed, words)}")
    if found.held_out:
        yield Text(words.say("worth: held out", share=_percent(found.held_out)))
    if found.words and found.words.rules:
        yield from _in_words(found.words, words)


def _of_whom(found: DefinitionWorth, words: Catalogue) -> str:
    leads, rate = f"{found.leads:,}", _percent(found.close_rate)
    if not found.known:
        return words.say("worth: of new", leads=leads, rate=rate)
    has_new = found.leads - found.known >= FEWEST
    new = _percent(found.close_rate_of_new) if has_new else "–"
    known = _percent(found.known / found.leads)
    return words.say("worth: of", leads=leads, rate=rate, known=known, new=new)


def sentences(found: DefinitionWorth, *, language: str) -> Iterator[str]:
    """What contradicts the map: broken orders, corners, and keen leads that beat well-fitting quiet
    ones.
    """
    words = CATALOGUES[language]
    for disorder in found.disorders:
        key = "order broken" if disorder.beyond_noise else "order within noise"
        yield words.say(key, better=disorder.better, worse=disorder.worse)
    of = {cell.name: cell for cell in found.areas}
    if "keen" in of and of["keen"].rate > of["nurture"].rate:
        yield words.say(
            "keen beats nurture",
            keen=_percent(of["keen"].rate),
            nurture=_percent(of["nurture"].rate),
        )
    if found.mql_outside_hot and found.mql_outside_hot[0]:
        yield words.say("corner: mql outside hot", told=_counted(*found.mql_outside_hot, words))
    if found.hot_below_line and found.hot_below_line[0]:
        yield words.say("corner: hot below line", told=_counted(*found.hot_below_line, words))


def _in_words(found: LineAsRules, words: Catalogue) -> Iterator[RenderableType]:
    yield Text()
    yield Text(
        words.say(
            "in words",
            n=len(found.rules),
            covered=_percent(found.covered),
            mqls=f"{found.mqls:,}",
            leads=f"{found.leads:,}",
            disagree=f"{found.rules_only + found.line_only:,}",
        )
    )
    for rule in found.rules:
        told = words.say(
            "in words: rule",
            leads=f"{rule.leads:,}",
            share=_percent(rule.share_mql),
            covered=_percent(rule.covered),
            closed=f"{rule.closed:,}",
        )
        yield Text(f"  {plain(rule.rule, longest=500)}")
        yield Text(f"    {told}")


def _grade_table(cells: Sequence[GradeCell]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    if len(cells) == len(LETTERS):
        for cell in cells:
            table.add_column(cell.name, justify="right", no_wrap=True)
        table.add_row("", *(Text(_cell_text(cell)) for cell in cells))
        return table
    for digit in DIGITS:
        table.add_column(digit, justify="right", no_wrap=True)
    for row, letter in enumerate(LETTERS):
        table.add_row(letter, *(Text(_cell_text(cell)) for cell in cells[4 * row : 4 * row + 4]))
    return table


def _cell_text(cell: GradeCell) -> str:
    if cell.leads < FEWEST:
        return f"{cell.leads:,}\n–"
    return f"{cell.leads:,}\n{_rate(cell)}"


def _cell_table(cells: Sequence[GradeCell], names: Sequence[str], words: Catalogue) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading, right in (
        ("", False),
        ("leads", True),
        ("share", True),
        ("close rate", True),
        ("closed", True),
        ("expected", True),
    ):
        table.add_column(
            words[f"column: {heading}"] if heading else "",
            justify="right" if right else "left",
            no_wrap=True,
        )
    for cell, name in zip(cells, names, strict=True):
        rate = "–" if cell.leads < FEWEST else _rate(cell)
        table.add_row(
            Text(name),
            f"{cell.leads:,}",
            _percent(cell.share),
            rate,
            f"{cell.closed:,}",
            f"{cell.expected:,.0f}",
        )
    return table


def _rate(cell: GradeCell) -> str:
    places = 0 if cell.high >= 0.1 else 1
    return f"{_percent(cell.rate)} ({100 * cell.low:.{places}f}–{100 * cell.high:.{places}f})"


def _counted(leads: int, closed: int, words: Catalogue) -> str:
    key = "leads and closed" if leads >= FEWEST else "few leads"
    return words.say(
        key, leads=f"{leads:,}", closed=f"{closed:,}", rate=_percent(closed / max(leads, 1))
    )


def _percent(share: float) -> str:
    return (
        "–"
        if np.isnan(share)
        else f"{100 * share:.0f} %"
        if share >= 0.1
        else f"{100 * share:.1f} %"
    )
