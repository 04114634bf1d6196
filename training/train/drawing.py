"""Pictures of a training, drawn on axes of Matplotlib."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from propensity.grading.grading import GRADES
from training.learn.metrics.metrics import Decile
from training.learn.metrics.reliability import Bin
from training.learn.recipe.importance import Importance
from training.pictures import _JAPANESE, _LATIN, drawable, fonts

#: Colour-blind-safe blue and orange (Okabe and Ito 2008).
_COLOURS = {"fit": "#0072B2", "interest": "#E69F00"}
_TOP = 15
#: A picture of fewer bars is as high as one of so many.
_FEWEST_BARS = 4


@contextmanager
def lettering() -> Iterator[None]:
    """Fonts that have Japanese, and texts that are no formulas."""
    with mpl.rc_context({"font.family": [_LATIN, _JAPANESE], "text.parse_math": False}):
        fonts()  # known to Matplotlib before anything is drawn
        yield


def drawn(draw: Callable[[Axes], None], ax: Axes | None) -> Axes:
    """A picture on the given axes, else on those of a new figure."""
    if ax is None:
        from matplotlib import pyplot  # noqa: PLC0415 — it chooses a screen; only who wants a figure

        _, ax = pyplot.subplots(layout="constrained")
    with lettering():
        draw(ax)
    return ax


def places(matters: Sequence[Importance]) -> int:
    """Bars of a picture of concepts."""
    return max(min(len(matters), _TOP), _FEWEST_BARS)


def importance(axes: Axes, matters: Sequence[Importance]) -> None:
    """What matters: how far each concept moves the leads."""
    shown = matters[:_TOP]
    effects = [item.mean_effect for item in shown]
    axes.barh(range(len(shown)), effects, color=[_COLOURS[item.axis] for item in shown])
    axes.set_yticks(range(len(shown)), [drawable(item.concept) for item in shown])
    axes.set(
        xlabel="mean effect on the log-odds",
        xlim=(0, 1.05 * max([0.01, *effects])),
        ylim=(places(matters) - 0.4, -0.6),
    )
    _legend(axes)
    axes.spines[["top", "right"]].set_visible(False)


def calibration(axes: Axes, bins: Sequence[Bin]) -> None:
    """Tenths of the test part by chance, with 95 % intervals of their close rates over leads."""
    most = min(1.0, 1.05 * max([0.01, *(b.high for b in bins), *(b.promised for b in bins)]))
    promised, observed = [b.promised for b in bins], [b.observed for b in bins]
    axes.plot([0, most], [0, most], color="0.6", linestyle="--", label="as predicted")
    ends = [b.low for b in bins], [b.high for b in bins]
    axes.vlines(promised, *ends, color="0.7", linewidth=3, label="95 % interval")
    axes.plot(promised, observed, "o-", color=_COLOURS["fit"], label="tenths of the test part")
    axes.set(
        xlabel="predicted close rate", ylabel="observed close rate", xlim=(0, most), ylim=(0, most)
    )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=int(most < 0.05)))
    axes.legend(loc="upper left", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)


def contributions(axes: Axes, matters: Sequence[Importance]) -> None:
    """The summary of SHAP values by quantiles: no dot is a person."""
    shown = matters[:_TOP]
    for place, item in enumerate(shown):
        low, lower, middle, upper, high = item.spread
        colour = _COLOURS[item.axis]
        axes.hlines(place, low, high, color=colour, linewidth=1)
        axes.hlines(place, lower, upper, color=colour, linewidth=7)
        axes.plot([middle], [place], "o", color="white", markeredgecolor=colour, markersize=6)
    axes.axvline(0, color="0.6", linewidth=1)
    axes.set_yticks(range(len(shown)), [drawable(item.concept) for item in shown])
    axes.set(
        xlabel="contribution to the log-odds: median, half, nine tenths of the leads",
        ylim=(places(matters) - 0.4, -0.6),
    )
    _legend(axes)
    axes.spines[["top", "right"]].set_visible(False)


def gain(axes: Axes, tenths: Mapping[str, Sequence[Decile]]) -> None:
    """Share of the wins among the best leads of the test part."""
    axes.plot([0, 1], [0, 1], color="0.6", linestyle="--", label="at random")
    for place, (name, deciles) in enumerate(tenths.items()):
        mass = np.cumsum([0.0, *(tenth.mass for tenth in deciles)])
        wins = np.cumsum([0.0, *(tenth.wins for tenth in deciles)])
        style = {"linewidth": 2.5} if place == 0 else {"linewidth": 1}
        axes.plot(
            mass / mass[-1],
            wins / max(wins[-1], 1e-12),
            label=drawable(name.replace("_", " ")),
            **style,
        )
    axes.set(xlabel="share of the leads, best first", ylabel="share of the wins among them")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.legend(loc="lower right", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)


def migration(axes: Axes, grades: Sequence[Sequence[int | None]]) -> None:
    """Leads by old and new grade; fewer than five are a dot."""
    leads = np.array([[np.nan if n is None else n for n in row] for row in grades], float)
    axes.imshow(np.sqrt(np.nan_to_num(leads)), cmap="Blues")
    darkest = np.nanmax(leads, initial=1)
    for (row, column), n in np.ndenumerate(leads):
        if np.isnan(n) or n > 0:
            text = "·" if np.isnan(n) else f"{n:,.0f}"
            dark = n > 0.35 * darkest
            axes.text(
                column, row, text, ha="center", va="center", size=7, color="w" if dark else "k"
            )
    axes.set_xticks(range(len(GRADES)), GRADES)
    axes.set_yticks(range(len(GRADES)), GRADES)
    axes.set(xlabel="grade by the new model", ylabel="grade by the champion")


def _legend(axes: Axes) -> None:
    """The colours of fit and interest."""
    axes.legend(
        handles=[Patch(color=colour, label=axis) for axis, colour in _COLOURS.items()],
        loc="lower right",
        frameon=False,
    )
