"""The worksheet of leads per channel and month, against the goal, and what they cost against what
they are worth.
"""

from training.review.funnel.sheet_figures import SlaFigures
from training.review.sheet.cells import SheetCells, in_money
from training.review.sheet.close_rates import group_names
from training.review.sheet.lead_value import LeadValue
from training.review.sheet.months import month_name
from training.review.words import Words

_COLUMNS = (
    "channel",
    "month",
    "leads",
    "goal",
    "of goal",
    "visits",
    "visitor to lead",
    "cost",
    "cost per lead",
    "lead value",
    "value to cost",
)
_TOP = 4


def channels(grid: SheetCells, figures: SlaFigures, value: LeadValue, words: Words) -> None:
    """Fill the worksheet: a row per channel and month, and one for each channel together."""
    few, names = words.say("too few"), group_names(figures.channels, words)
    unit = in_money(figures.currency, words)
    money = ("cost", "cost per lead", "lead value")
    grid.text(1, 1, words.say("sheet: channels"), "title")
    grid.heads(
        _TOP - 1,
        1,
        [words.say(name) + (unit if name in money else "") for name in _COLUMNS],
        named=2,
    )
    row = _TOP
    for number, name in enumerate(names):
        own = [line for line in figures.by_month if line.channel == number]
        first = row
        for line in own:
            grid.text(row, 1, name)
            grid.text(row, 2, month_name(line.month, words))
            grid.number(row, 3, line.leads, "count", few)
            grid.number(row, 4, line.goal, "count", few, typed=True)
            grid.number(row, 6, line.visits, "count", few)
            grid.number(row, 8, line.cost, "money", few)
            _worked_out(grid, row, value.value.cell(number, None, outside=True), few, total=False)
            row += 1
        grid.text(row, 1, name, "total")
        grid.text(row, 2, words.say("all"), "total")
        for column in (3, 4, 6, 8):
            cells = f"{grid.name(first, column)}:{grid.name(row - 1, column)}"
            summed = f'IF(COUNT({cells})={len(own)},SUM({cells}),"{few}")'
            grid.formula(row, column, summed, "money" if column == 8 else "count", total=True)
        _worked_out(grid, row, value.value.cell(number, None, outside=True), few, total=True)
        row += 1
    grid.text(row + 1, 1, words.say("input"), "small")
    grid.widths(28, 14, *[15] * 6, 27, 22, 15)
    grid.freeze(_TOP, 3)


def _worked_out(grid: SheetCells, row: int, value: str, few: str, *, total: bool) -> None:
    """The formulas of a row."""
    leads, goal, visits, cost, each = (grid.name(row, column) for column in (3, 4, 6, 8, 9))
    ratio = 'IF(AND(ISNUMBER({0}),N({1})>0),{0}/{1},"{2}")'
    grid.formula(row, 5, ratio.format(leads, goal, few), "share", total=total)
    grid.formula(row, 7, ratio.format(leads, visits, few), "share", total=total)
    grid.formula(row, 9, ratio.format(cost, leads, few), "money", total=total)
    grid.formula(row, 10, f'IF(ISNUMBER({value}),{value},"{few}")', "money", total=total)
    grid.formula(row, 11, ratio.format(grid.name(row, 10), each, few), "ratio", total=total)
