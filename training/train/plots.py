"""Pictures of a training run, as PNG files for the registry."""

import io

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from training.learn.metrics.reliability import Bin
from training.learn.recipe.importance import Importance
from training.pictures import _JAPANESE, _LATIN, drawable, fonts

#: Colour-blind-safe blue and orange (Okabe and Ito 2008).
_COLOURS = {"fit": "#0072B2", "interest": "#E69F00"}
_TOP = 15
#: A picture of fewer bars is as high as one of so many.
_FEWEST_BARS = 4


def plots(bins: tuple[Bin, ...], importance: tuple[Importance, ...]) -> dict[str, bytes]:
    """File name to PNG: what matters, and predicted beside observed close rates.

    Args:
        bins: Bins of the test part.
        importance: Importance of the shipped model.
    """
    with mpl.rc_context({"font.family": [_LATIN, _JAPANESE], "text.parse_math": False}):
        fonts()  # known to Matplotlib before anything is drawn
        return {"importance.png": _importance(importance), "reliability.png": _reliability(bins)}


def _importance(importance: tuple[Importance, ...]) -> bytes:
    shown = importance[:_TOP]
    places = max(len(shown), _FEWEST_BARS)
    canvas = Canvas(figsize=(8, 1.0 + 0.35 * places), layout="constrained")
    axes = canvas.subplots()
    effects = [item.mean_effect for item in shown]
    axes.barh(range(len(shown)), effects, color=[_COLOURS[item.axis] for item in shown])
    axes.set_yticks(range(len(shown)), [drawable(item.concept) for item in shown])
    axes.set(
        xlabel="mean effect on the log-odds",
        xlim=(0, 1.05 * max([0.01, *effects])),
        ylim=(places - 0.4, -0.6),
    )
    canvas.legend(
        handles=[Patch(color=colour, label=axis) for axis, colour in _COLOURS.items()],
        loc="outside upper right",
        ncols=2,
        frameon=False,
    )
    axes.spines[["top", "right"]].set_visible(False)
    return _png(canvas)


def _reliability(bins: tuple[Bin, ...]) -> bytes:
    """Tenths of the test part by chance, with 95 % intervals of their close rates over leads."""
    canvas = Canvas(figsize=(5, 5), layout="constrained")
    axes = canvas.subplots()
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
    return _png(canvas)


def _png(canvas: Canvas) -> bytes:
    """The picture without a date or a version in it, so that the same picture has the same
    bytes.
    """
    out = io.BytesIO()
    FigureCanvasAgg(canvas).print_png(out, metadata={"Software": None})
    return out.getvalue()
