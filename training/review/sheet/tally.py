"""The worksheet that tallies: what the revenue goal asks for, step by step, and what is missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from training.review.funnel.metrics import FEWEST_FOR_A_COUNT, FEWEST_FOR_A_RATE
from training.review.funnel.sheet_figures import Booked, SlaFigures
from training.review.sheet.cells import Format, SheetCells, in_money
from training.review.sheet.close_rates import CloseRates, group_names
from training.review.sheet.lead_value import LeadValue
from training.review.sheet.months import month_name
from training.review.words import Words

#: Lines of the ladder from revenue to visits, below its heading.
_REVENUE, _PRICE, _CUSTOMERS, _BY_MQL, _MQLS, _RATE, _LEADS, _BY_VISIT, _VISITS, _TARGET = range(
    1, 11
)
_TITLES = {
    _REVENUE: "revenue",
    _PRICE: "price",
    _CUSTOMERS: "customers",
    _BY_MQL: "mql to customer",
    _MQLS: "mqls",
    _RATE: "lead to customer",
    _LEADS: "leads",
    _BY_VISIT: "visitor to lead",
    _VISITS: "visits",
    _TARGET: "target",
}
_STEPS = (_REVENUE, _CUSTOMERS, _MQLS, _LEADS, _VISITS)
_HEIGHT = len(_TITLES) + 2
_NEEDED, _THERE, _GAP, _OF = 2, 3, 4, 5
_FIRST = 3
#: Ladders on a printed page.
_ON_A_PAGE = 3


@dataclass(frozen=True)
class _Tally:
    grid: SheetCells
    figures: SlaFigures
    rates: CloseRates
    value: LeadValue
    words: Words

    @property
    def few(self) -> str:
        return self.words.say("too few")

    @property
    def unit(self) -> str:
        return in_money(self.figures.currency, self.words)

    @property
    def personas(self) -> int:
        return len(self.figures.personas)

    def top(self, persona: int | None) -> int:
        """Row of a ladder's heading; all leads stand first, and the months after them."""
        months = len(self.figures.booked) + 4
        return _FIRST if persona is None else _FIRST + _HEIGHT * (persona + 1) + months

    def at(self, persona: int | None, line: int, column: int = _NEEDED) -> str:
        """Address of a cell of a ladder."""
        return self.grid.name(self.top(persona) + line, column)


def tally(
    grid: SheetCells, figures: SlaFigures, rates: CloseRates, value: LeadValue, words: Words
) -> None:
    """Fill the worksheet: a ladder for all leads, the months, and a ladder for each persona."""
    sheet = _Tally(grid, figures, rates, value, words)
    grid.text(1, 1, words.say("sheet: tally"), "title")
    grid.text(2, 1, words.join([*tallied_months(figures, words), words.say("input")]), "small")
    _ladder(sheet, None, words.say("all"), figures.tally[-1])
    _months(sheet, _FIRST + _HEIGHT)
    for persona, name in enumerate(group_names(figures.personas, words)):
        if sheet.personas == 1:
            break
        if persona % _ON_A_PAGE == 0:
            grid.new_page(sheet.top(persona))
        _ladder(sheet, persona, name, figures.tally[persona])
    grid.widths(34, *[18] * 7)
    grid.freeze(_FIRST, 2)


def tallied_months(figures: SlaFigures, words: Words) -> Iterator[str]:
    """Which months are tallied, where not all of the newest are."""
    if figures.tally_months != figures.raw_months:
        names = [month_name(month, words) for month in figures.tally_months]
        yield words.say("tally of", months=words.listed(names), all=len(figures.raw_months))


def _ladder(sheet: _Tally, persona: int | None, name: str, booked: Booked) -> None:
    """What is needed, what there is, and the gap, from revenue down to visits."""
    grid, top, few, say = sheet.grid, sheet.top(persona), sheet.few, sheet.words.say
    grid.heads(top, 1, [name, say("needed"), say("there"), say("gap")])
    for line, title in _TITLES.items():
        grid.text(top + line, 1, say(title) + (sheet.unit if line in (_REVENUE, _PRICE) else ""))
    there = (booked.revenue, booked.customers, booked.mqls, booked.leads, booked.visits)
    for line, has in zip(_STEPS, there, strict=True):
        kind = _kind(line)
        grid.number(top + line, _THERE, has, kind, few)
        needed, found = sheet.at(persona, line), sheet.at(persona, line, _THERE)
        grid.formula(
            top + line,
            _GAP,
            f'IF(AND(ISNUMBER({needed}),ISNUMBER({found})),{needed}-{found},"{few}")',
            kind,
        )
    is_sum = persona is None and sheet.personas > 1
    grid.text(top + _REVENUE, _OF, _known_amounts(booked, sheet.words, is_sum=is_sum), "small")
    _by(sheet, persona)
    grid.number(top + _TARGET, _NEEDED, booked.target, "share", few)
    if is_sum:
        _summed(sheet, dict(zip(_STEPS, there, strict=True)))
        return
    grid.number(top + _REVENUE, _NEEDED, booked.goal, "money", few, typed=True)
    for line, above, by in (
        (_CUSTOMERS, _REVENUE, _PRICE),
        (_MQLS, _CUSTOMERS, _BY_MQL),
        (_LEADS, _CUSTOMERS, _RATE),
        (_VISITS, _LEADS, _BY_VISIT),
    ):
        whole, part = sheet.at(persona, above), sheet.at(persona, by)
        asked = f'IF(AND(N({whole})>0,N({part})>0),{whole}/{part},"{few}")'
        grid.formula(top + line, _NEEDED, asked, "count")


def _summed(sheet: _Tally, there: Mapping[int, float | None]) -> None:
    """What all leads need, and what there is of it: the sums over the personas with a goal, so that
    both are of the same leads.
    """
    top, few, personas = sheet.top(None), sheet.few, range(sheet.personas)
    goals = [sheet.at(persona, _REVENUE) for persona in personas]
    asked = "+".join(f"(N({goal})>0)" for goal in goals)
    for line in _STEPS:
        cells = ",".join(sheet.at(persona, line) for persona in personas)
        whole = f'IF(AND({asked}>0,COUNT({cells})={asked}),SUM({cells}),"{few}")'
        sheet.grid.formula(top + line, _NEEDED, whole, _kind(line), total=True)
        has = [sheet.at(persona, line, _THERE) for persona in personas]
        pairs = list(zip(goals, has, strict=True))
        known = "+".join(f"(N({goal})>0)*ISNUMBER({cell})" for goal, cell in pairs)
        summed = "+".join(f"(N({goal})>0)*N({cell})" for goal, cell in pairs)
        everything = there[line]
        of_all = f'"{few}"' if everything is None else repr(everything)
        some = f'IF({known}={asked},{summed},"{few}")'
        formula = f"IF(OR({asked}=0,{asked}={len(goals)}),{of_all},{some})"
        sheet.grid.formula(top + line, _THERE, formula, _kind(line), total=True)


def _by(sheet: _Tally, persona: int | None) -> None:
    """The price and the rates by which a ladder goes down."""
    grid, figures, top, few = sheet.grid, sheet.figures, sheet.top(persona), sheet.few
    one = persona if persona is not None else 0 if sheet.personas == 1 else None
    if one is None:
        grid.number(top + _PRICE, _NEEDED, None, "money", few)
    else:
        grid.formula(top + _PRICE, _NEEDED, sheet.value.price(one, outside=True), "money")
    mqls = figures.mqls[-1 if persona is None else persona]
    if (
        mqls is not None
        and mqls.leads is not None
        and mqls.leads >= FEWEST_FOR_A_RATE
        and mqls.customers is not None
    ):
        grid.formula(top + _BY_MQL, _NEEDED, f"{mqls.customers}/{mqls.leads}", "share")
    else:
        grid.number(top + _BY_MQL, _NEEDED, None, "share", few)
    grid.formula(top + _RATE, _NEEDED, sheet.rates.rate.cell(None, persona, outside=True), "share")
    grid.number(top + _BY_VISIT, _NEEDED, figures.visitor_to_lead, "share", few)


def _months(sheet: _Tally, row: int) -> None:
    """The months, a row each, and their sum."""
    grid, few, say = sheet.grid, sheet.few, sheet.words.say
    columns = (
        "month",
        "revenue goal",
        "revenue",
        "missing revenue",
        "customers",
        "mqls",
        "leads",
        "visits",
    )
    grid.heads(row, 1, [say(name) + (sheet.unit if "revenue" in name else "") for name in columns])
    first, booked = row + 1, sheet.figures.booked
    for at, (month, one) in enumerate(booked, start=first):
        grid.text(at, 1, month_name(month, sheet.words))
        grid.number(at, 2, one.goal, "money", few, typed=True)
        grid.number(at, 3, one.revenue, "money", few)
        goal, there = grid.name(at, 2), grid.name(at, 3)
        grid.formula(
            at, 4, f'IF(AND(ISNUMBER({goal}),ISNUMBER({there})),{goal}-{there},"{few}")', "money"
        )
        for column, count in enumerate((one.customers, one.mqls, one.leads, one.visits), start=5):
            grid.number(at, column, count, "count", few)
        grid.text(at, 9, _known_amounts(one, sheet.words, is_sum=False), "small")
    end = first + len(booked)
    grid.text(end, 1, say("all"), "total")
    for column in range(2, 9):
        cells = f"{grid.name(first, column)}:{grid.name(end - 1, column)}"
        summed = f'IF(COUNT({cells})={len(booked)},SUM({cells}),"{few}")'
        grid.formula(end, column, summed, "money" if column < 5 else "count", total=True)


def _known_amounts(booked: Booked, words: Words, *, is_sum: bool) -> str:
    """Of how many deals the revenue is, where it is not of all; of a sum of personas, just so."""
    missing = booked.won - booked.priced
    if booked.revenue is None or not missing:
        return ""
    if is_sum or min(missing, booked.priced) < FEWEST_FOR_A_COUNT:
        return words.say("revenue of some")
    return words.say("revenue of", part=booked.priced, whole=booked.won)


def _kind(line: int) -> Format:
    return "money" if line == _REVENUE else "count"
