"""A backtest on the screen; 100 columns are enough."""

import math
from collections.abc import Iterator

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from propensity.concepts.wording import plain
from training.backtest.command import Backtest, QuarterResult
from training.backtest.sentences import ageing_lines
from training.learn.metrics.evaluation import Estimate

_NONE = "–"
#: Longest reason why a quarter was left out.
_LONGEST = 200
#: A slope whose interval is wider says nothing.
_WIDEST = 10.0


def show(found: Backtest) -> Iterator[RenderableType]:
    """Tables of skill, of calibration and of ageing, and what follows from them in words."""
    unit = "block" if found.flat else "quarter"
    yield Text(
        f"Every past {unit} as if it were today: trained on what was known, judged on the {unit}",
        style="bold",
    )
    yield Text(_choices(found))
    yield _skill(found, unit)
    yield Text("What was promised, and what came", style="bold")
    yield _calibration(found, unit)
    if found.left_out:
        yield Text("Left out", style="bold")
        yield from (
            Text(f"  {name}: {plain(why, longest=_LONGEST)}")
            for name, why in found.left_out.items()
        )
        yield Text()
    yield Text(
        "Without retraining, against the model retrained each time (above 0 is lost)", style="bold"
    )
    if found.ageing.ages:
        yield _ages(found, unit)
    yield from (Text(line) for line in ageing_lines(found))


def _choices(found: Backtest) -> str:
    if found.quick:
        return "Choices were made once, on what was known at the first, and kept (--quick)."
    names = sorted({result.contestant for result in found.quarters})
    return f"Choices were made anew each time: {', '.join(names)}."


def _skill(found: Backtest, unit: str) -> Table:
    aged = not all(math.isnan(result.lead_age_auc) for result in found.quarters)
    age = ["lead age\nAUC"] if aged else []
    table = _table(
        (
            _heading(found, unit),
            "taught\nrows",
            "judged\nrows",
            "leads\nwon",
            "AUC (95 %)",
            *age,
            "log\nloss",
            "of base\nrate",
            "in top\n20 %",
        )
    )
    for result in found.quarters:
        auc = result.figures["roc_auc"]
        table.add_row(
            result.quarter,
            f"{result.taught:,}",
            f"{result.rows:,}",
            f"{result.wins:,}",
            f"{_number(auc.value, '.3f')} ({_number(auc.low, '.3f')}-{_number(auc.high, '.3f')})",
            *([_number(result.lead_age_auc, ".3f")] if aged else []),
            _number(result.figures["log_loss"].value, ".4f"),
            _number(result.base_rate_log_loss, ".4f"),
            _number(result.figures["captured_in_top_20"].value, ".0%"),
        )
    return table


def _heading(found: Backtest, unit: str) -> str:
    return f"{unit}\n(rows)" if found.flat else f"{unit}\nfrom"


def _calibration(found: Backtest, unit: str) -> Table:
    names = ("promised", "closed", "level (95 %), 0 is right", "slope (95 %), 1 is right")
    table = _table((_heading(found, unit), *names))
    for result in found.quarters:
        table.add_row(result.quarter, *_promise(result))
    return table


def _promise(result: QuarterResult) -> tuple[str, ...]:
    level, slope = result.figures["calibration_in_the_large"], result.figures["calibration_slope"]
    return f"{result.promised:.1%}", f"{result.closed:.1%}", _interval(level, "+.2f"), _slope(slope)


def _slope(slope: Estimate) -> str:
    """Nothing where the scores differ by so little that no line can be laid through them."""
    return _NONE if not slope.high - slope.low < _WIDEST else _interval(slope, ".2f")


def _ages(found: Backtest, unit: str) -> Table:
    table = _table((f"{unit}s old", "pairs", "AUC", "log loss", "level off by"))
    for age in found.ageing.ages:
        table.add_row(
            str(age.quarters),
            str(age.pairs),
            _number(age.losses["roc_auc"], "+.4f"),
            _number(age.losses["log_loss"], "+.4f"),
            _number(age.losses["calibration"], "+.3f"),
        )
    return table


def _table(names: tuple[str, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for name in names:
        table.add_column(name, justify="left" if name == names[0] else "right", no_wrap=True)
    return table


def _interval(figure: Estimate, form: str) -> str:
    return (
        f"{_number(figure.value, form)} ({_number(figure.low, form)} to"
        f" {_number(figure.high, form)})"
    )


def _number(value: float, form: str) -> str:
    return _NONE if math.isnan(value) else format(value, form)
