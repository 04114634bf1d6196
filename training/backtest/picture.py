"""The backtest as one picture (SVG with text as text): skill and calibration over time, and what
ageing costs.
"""

import io

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator, PercentFormatter

from training.backtest.command import Backtest
from training.pictures import METADATA, SETTINGS, drawable, fonts

#: Colour-blind-safe (Okabe and Ito 2008).
_BLUE, _ORANGE = "#0072B2", "#E69F00"
#: Quarters whose names stand below an axis, at most.
_MOST_NAMES = 8


def picture(found: Backtest) -> str:
    """The SVG of a backtest."""
    with mpl.rc_context({**SETTINGS, "svg.hashsalt": "backtest"}):
        fonts()  # known to Matplotlib before anything is drawn
        canvas = Canvas(figsize=(8, 8.4), layout="constrained")
        skill, promise, aged = canvas.subplots(3, 1)
        _skill(skill, found)
        _promise(promise, found)
        _aged(aged, found)
        out = io.StringIO()
        FigureCanvasSVG(canvas).print_svg(out, metadata=METADATA)
        return out.getvalue() + "<!-- propensity -->\n"


def _skill(axes: Axes, found: Backtest) -> None:
    place = np.arange(len(found.quarters))
    auc = [result.figures["roc_auc"] for result in found.quarters]
    axes.vlines(
        place, [each.low for each in auc], [each.high for each in auc], color="0.7", linewidth=3
    )
    axes.plot(place, [each.value for each in auc], "o-", color=_BLUE, label="model of that day")
    age = [result.lead_age_auc for result in found.quarters]
    if not np.isnan(age).all():
        axes.plot(place, age, "s--", color=_ORANGE, label="lead age alone")
    axes.axhline(0.5, color="0.6", linestyle=":", linewidth=1)
    axes.set(ylabel="AUC (95 %)")
    axes.legend(frameon=False, fontsize="small")
    _names(axes, found)


def _promise(axes: Axes, found: Backtest) -> None:
    place = np.arange(len(found.quarters))
    promised, closed = (
        [getattr(result, name) for result in found.quarters] for name in ("promised", "closed")
    )
    axes.plot(place, promised, "o-", color=_BLUE, label="promised")
    axes.plot(place, closed, "s--", color=_ORANGE, label="closed")
    axes.set(ylabel="close rate", ylim=(0, 1.1 * max(*promised, *closed, 0.01)))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.legend(frameon=False, fontsize="small")
    _names(axes, found)


def _aged(axes: Axes, found: Backtest) -> None:
    unit = "blocks" if found.flat else "quarters"
    ages = found.ageing.ages
    axes.axhline(0, color="0.6", linestyle="--", linewidth=1)
    if ages:
        per = found.ageing.per_quarter["roc_auc"]
        age = np.array([each.quarters for each in ages], dtype=float)
        line = np.append(0, age)
        if not np.isnan(per.low):
            axes.fill_between(
                line, line * per.low, line * per.high, color=_BLUE, alpha=0.15, linewidth=0
            )
        axes.plot(line, line * per.value, color=_BLUE)
        axes.plot(age, [each.losses["roc_auc"] for each in ages], "o", color=_BLUE)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.set(xlabel=f"{unit} without retraining", ylabel="AUC lost", xlim=(0, None))


def _names(axes: Axes, found: Backtest) -> None:
    every = max(1, -(-len(found.quarters) // _MOST_NAMES))
    axes.set_xticks(
        np.arange(len(found.quarters))[::every],
        [drawable(result.quarter) for result in found.quarters[::every]],
        fontsize="small",
    )
