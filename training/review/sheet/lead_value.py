"""The worksheet of what a lead is worth: close rate times price."""

from dataclasses import dataclass

from training.review.funnel.metrics import FEWEST_FOR_A_RATE
from training.review.funnel.sheet_figures import SlaFigures
from training.review.sheet.cells import SheetCells, in_money
from training.review.sheet.close_rates import CloseRates, Matrix, group_names, matrix_heads
from training.review.words import Words

_AVERAGE, _TYPED, _PRICE, _VALUES = 4, 5, 6, 9


@dataclass(frozen=True)
class LeadValue:
    """Where prices and values stand.

    Attributes:
        value: Channels by personas.
    """

    value: Matrix

    def price(self, persona: int, *, outside: bool = False) -> str:
        """Address of the price that is used for a persona."""
        return self.value.grid.name(_PRICE, 2 + persona, outside=outside)


def lead_value(grid: SheetCells, figures: SlaFigures, rates: CloseRates, words: Words) -> LeadValue:
    """Fill the worksheet."""
    few, personas = words.say("too few"), group_names(figures.personas, words)
    unit = in_money(figures.currency, words)
    grid.text(1, 1, words.say("sheet: value"), "title")
    grid.heads(3, 1, [words.say("price") + unit, *personas])
    for row, title in ((_AVERAGE, "average price"), (_TYPED, "typed price"), (_PRICE, "price")):
        grid.text(row, 1, words.say(title), "total" if row == _PRICE else "plain")
    for persona, (mean, own) in enumerate(
        zip(figures.average_price, figures.typed_price, strict=True)
    ):
        column = 2 + persona
        grid.number(_AVERAGE, column, mean, "money", few)
        grid.number(_TYPED, column, own, "money", few, typed=True)
        average, typed = grid.name(_AVERAGE, column), grid.name(_TYPED, column)
        chosen = f'IF(N({typed})>0,{typed},IF(N({average})>0,{average},"{few}"))'
        grid.formula(_PRICE, column, chosen, "money", total=True)
    found = matrix_heads(grid, figures, words, _VALUES - 1, words.say("value") + unit)
    prices = grid.span(_PRICE, 2, 1 + found.columns)
    for channel in [*range(found.rows), None]:
        row = found.top + (found.rows if channel is None else channel)
        for persona in range(found.columns):
            rate, price = (
                rates.rate.cell(channel, persona, outside=True),
                grid.name(_PRICE, 2 + persona),
            )
            known = f"AND(ISNUMBER({rate}),ISNUMBER({price}))"
            grid.formula(
                row,
                2 + persona,
                f'IF({known},{rate}*{price},"{few}")',
                "money",
                total=channel is None,
            )
        leads = rates.leads.cell(channel, None, outside=True)
        won = rates.customers.personas(channel, outside=True)
        enough = f"AND(N({leads})>={FEWEST_FOR_A_RATE},COUNT({prices})={found.columns})"
        earned = f'IF({enough},SUMPRODUCT({won},{prices})/{leads},"{few}")'
        grid.formula(row, 2 + found.columns, earned, "money", total=True)
    grid.text(found.top + found.rows + 2, 1, words.say("input"), "small")
    grid.widths(42, *[17] * (found.columns + 1))
    grid.freeze(4, 2)
    return LeadValue(found)
