"""The sheet as a workbook that a spreadsheet calculates; the same figures give the same bytes."""

import io
from datetime import datetime

from openpyxl import Workbook

from features.days import date_of
from training.review.document.archive import without_clock
from training.review.funnel.sheet_figures import SlaFigures
from training.review.sheet.cells import SheetCells
from training.review.sheet.channels import channels
from training.review.sheet.close_rates import close_rates
from training.review.sheet.lead_value import lead_value
from training.review.sheet.read_me import read_me
from training.review.sheet.tally import tally
from training.review.words import Words

#: Amounts below are told with two decimals.
_LARGE = 10_000


def workbook(figures: SlaFigures, words: Words) -> bytes:
    """The sheet as the bytes of an ``.xlsx`` file."""
    book = Workbook()
    book.remove(book.active)
    book.properties.creator, book.properties.title = "Propensity", words.say("title")
    book.properties.created = datetime.combine(date_of(figures.until), datetime.min.time())
    book.calculation.fullCalcOnLoad = True
    prices = [price for price in figures.price if price is not None]
    cents = not prices or max(prices) < _LARGE

    def grid(name: str) -> SheetCells:
        return SheetCells(
            book.create_sheet(words.say(f"sheet: {name}")), words.language, cents=cents
        )

    read_me(grid("read me"), figures, words)
    rates = close_rates(grid("rates"), figures, words)
    value = lead_value(grid("value"), figures, rates, words)
    if figures.raw_months:
        channels(grid("channels"), figures, value, words)
        tally(grid("tally"), figures, rates, value, words)
    saved = io.BytesIO()
    book.save(saved)
    return without_clock(saved.getvalue())
