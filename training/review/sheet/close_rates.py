"""The worksheet of close rates: channel by persona, judged and as they stand."""

from dataclasses import dataclass

from training.review.funnel.metrics import FEWEST_FOR_A_RATE
from training.review.funnel.sheet_figures import LeadCounts, SlaFigures
from training.review.sheet.cells import SheetCells
from training.review.words import Words


@dataclass(frozen=True)
class Matrix:
    """Where a table of channels (rows) by personas (columns) stands; the last of each is the total.

    Attributes:
        grid: Its worksheet.
        top: Row of the first channel.
        rows: Channels, without the total.
        columns: Personas, without the total.
    """

    grid: SheetCells
    top: int
    rows: int
    columns: int

    def cell(self, channel: int | None, persona: int | None, *, outside: bool = False) -> str:
        """Address of a cell; None is the total."""
        row = self.top + (self.rows if channel is None else channel)
        return self.grid.name(
            row, 2 + (self.columns if persona is None else persona), outside=outside
        )

    def personas(self, channel: int | None, *, outside: bool = False) -> str:
        """Address of a channel's cells, without the total."""
        row = self.top + (self.rows if channel is None else channel)
        return self.grid.span(row, 2, 1 + self.columns, outside=outside)


@dataclass(frozen=True)
class CloseRates:
    """The tables of judged leads that other worksheets look at."""

    leads: Matrix
    customers: Matrix
    rate: Matrix


def close_rates(grid: SheetCells, figures: SlaFigures, words: Words) -> CloseRates:
    """Fill the worksheet."""
    grid.text(1, 1, words.say("sheet: rates"), "title")
    row, tables = 3, []
    both = (("mature", figures.mature), ("raw", figures.raw))
    # without months everything is judged
    for which, table in both if figures.raw_months else both[:1]:
        if which == "raw":
            grid.new_page(row)
        leads = _counts(grid, figures, words, row, f"{which} leads", table, "leads")
        customers = _counts(
            grid,
            figures,
            words,
            leads.top + leads.rows + 2,
            f"{which} customers",
            table,
            "customers",
        )
        rate = _rates(
            grid,
            figures,
            words,
            customers.top + customers.rows + 2,
            f"{which} rate",
            leads,
            customers,
        )
        tables.append(CloseRates(leads, customers, rate))
        row = rate.top + rate.rows + 3
    grid.widths(34, *[17] * (len(figures.personas) + 1))
    grid.freeze(3, 2)
    return tables[0]


def group_names(names: tuple[str | None, ...], words: Words) -> list[str]:
    """What channels or personas are called, those of no name included."""
    if names == (None,):
        return [words.say("everybody")]
    return [words.say("other") if name is None else words.name(name) for name in names]


def matrix_heads(
    grid: SheetCells, figures: SlaFigures, words: Words, row: int, title: str
) -> Matrix:
    """The headings of a table of channels by personas, and where it stands."""
    channels, personas = group_names(figures.channels, words), group_names(figures.personas, words)
    grid.heads(row, 1, [title, *personas, words.say("all")])
    for place, name in enumerate([*channels, words.say("all")]):
        grid.text(row + 1 + place, 1, name, "total" if place == len(channels) else "plain")
    return Matrix(grid, row + 1, len(channels), len(personas))


def _counts(
    grid: SheetCells,
    figures: SlaFigures,
    words: Words,
    row: int,
    title: str,
    table: tuple[tuple[LeadCounts, ...], ...],
    of: str,
) -> Matrix:
    found = matrix_heads(grid, figures, words, row, words.say(title))
    for channel, cells in enumerate(table):
        for persona, cell in enumerate(cells):
            value = cell.leads if of == "leads" else cell.customers
            grid.number(found.top + channel, 2 + persona, value, "count", words.say("too few"))
        grid.formula(
            found.top + channel,
            2 + found.columns,
            f"SUM({found.personas(channel)})",
            "count",
            total=True,
        )
    for persona in [*range(found.columns), None]:
        first, last = found.cell(0, persona), found.cell(found.rows - 1, persona)
        column = 2 + (found.columns if persona is None else persona)
        grid.formula(found.top + found.rows, column, f"SUM({first}:{last})", "count", total=True)
    return found


def _rates(
    grid: SheetCells,
    figures: SlaFigures,
    words: Words,
    row: int,
    title: str,
    leads: Matrix,
    customers: Matrix,
) -> Matrix:
    found = matrix_heads(grid, figures, words, row, words.say(title))
    few = words.say("too few")
    for channel in [*range(found.rows), None]:
        for persona in [*range(found.columns), None]:
            base, won = leads.cell(channel, persona), customers.cell(channel, persona)
            grid.formula(
                found.top + (found.rows if channel is None else channel),
                2 + (found.columns if persona is None else persona),
                f'IF(N({base})<{FEWEST_FOR_A_RATE},"{few}",{won}/{base})',
                "share",
                total=channel is None or persona is None,
            )
    return found
