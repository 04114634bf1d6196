"""How a figure is written, on the screen and on the page."""

import math
from collections.abc import Mapping
from datetime import date

from propensity.concepts.wording import plain
from training.learn.metrics.evaluation import Estimate
from training.monitor.answer import Cell, Form

#: What stands where nothing is known.
NOTHING = "–"
_DIGITS: Mapping[Form, int] = {
    "text": 2,
    "day": 0,
    "share": 0,
    "chance": 1,
    "points": 1,
    "number": 2,
    "hours": 1,
    "count": 0,
}
#: Numbers below each of these are written with a decimal more.
_LARGE = (100, 10)
_LONGEST = 80


def written(cell: Cell, form: Form) -> str:
    """A figure as people read it.

    >>> written(Estimate(0.123, 0.091, 0.16), "chance")
    '12.3 % (9.1–16.0)'
    >>> written(None, "count")
    '–'
    """
    match cell:
        case str():
            text = plain(cell, longest=_LONGEST)
        case date():
            text = cell.isoformat()
        case Estimate():
            text = written(cell.value, form)
            if text != NOTHING and math.isfinite(cell.high - cell.low):
                text += f" ({_number(cell.low, form)}–{_number(cell.high, form)})"
        case None:
            text = NOTHING
        case _ if not math.isfinite(cell):
            text = NOTHING
        case _:
            text = _number(cell, form) + " %" * (form in ("share", "chance"))
    return text


def _number(value: float, form: Form) -> str:
    if form in ("share", "chance", "points"):
        value *= 100
    digits = _DIGITS[form]
    if form == "number":
        digits = sum(abs(value) < large for large in _LARGE)
    value = round(value, digits) + 0.0  # no minus before a nothing
    sign = "+" if form == "points" else ""
    return f"{value:{sign},.{digits}f}"
