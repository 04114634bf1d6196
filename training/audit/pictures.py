"""The pictures of the audit as SVG with text as text: months, maturity, learning curve,
verdicts.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator, PercentFormatter

from training.audit.findings import Audit, LeakVerdict
from training.learn.metrics.wilson import wilson
from training.pictures import METADATA, SETTINGS, drawable, fonts

#: Colour-blind-safe (Okabe and Ito 2008), and dark enough for print.
_BLUE, _ORANGE, _RED = "#0072B2", "#E69F00", "#D55E00"
_COLOURS: Mapping[LeakVerdict, str] = {
    "fine": _BLUE,
    "not seen": _BLUE,
    "suspect": _ORANGE,
    "leak": _RED,
}
#: Columns drawn: the worst. Points of a curve drawn, at most.
_MOST, _POINTS = 25, 200

Texts = Mapping[str, str]


def pictures(
    found: Audit, words: Texts, *, horizon: int | None = None
) -> Iterator[tuple[str, str]]:
    """Key of the title in ``words`` and SVG of each picture that there is something to draw for.

    Args:
        found: The audit with the curves.
        words: Labels.
        horizon: Days, marked on the maturity curve.
    """
    with mpl.rc_context(SETTINGS):
        fonts()  # known to Matplotlib before anything is drawn
        curves = found.curves
        if len(curves.get("close_rate_by_month") or ()) > 1:
            yield (
                "months title",
                _svg(
                    "months", lambda canvas: _months(canvas, curves["close_rate_by_month"], words)
                ),
            )
        if curves.get("maturity"):
            yield (
                "maturity title",
                _svg(
                    "maturity", lambda canvas: _maturity(canvas, curves["maturity"], words, horizon)
                ),
            )
        if curves.get("learning_curve"):
            yield (
                "curve title",
                _svg("curve", lambda canvas: _curve(canvas, curves["learning_curve"], words)),
            )
        if any(column.auc is not None for column in found.columns):
            yield "verdicts title", _svg("verdicts", lambda canvas: _verdicts(canvas, found, words))


def _svg(name: str, draw: Callable[[Canvas], None]) -> str:
    """The picture as an element for a page: no prolog, ids of its own."""
    canvas = Canvas(figsize=(7, 3.2), layout="constrained")
    draw(canvas)
    out = io.StringIO()
    FigureCanvasSVG(canvas).print_svg(out, metadata=METADATA)
    text = out.getvalue()
    text = text[text.index("<svg") :]
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text)


def _months(canvas: Canvas, months: Sequence[Mapping[str, Any]], words: Texts) -> None:
    """Close rates with 95 % intervals (Wilson 1927, with the design effect of accounts)."""
    axes = canvas.subplots()
    leads, wins, design = (
        np.array([month[name] for month in months], dtype=float)
        for name in ("leads", "wins", "design")
    )
    place = np.arange(len(months))
    axes.vlines(place, *wilson(wins / design, leads / design), color="0.7", linewidth=4)
    axes.plot(place, wins / leads, "o", color=_BLUE, markersize=4)
    axes.axhline(wins.sum() / leads.sum(), color="0.5", linestyle="--", linewidth=1)
    every = max(1, -(-len(months) // 12))
    axes.set_xticks(
        place[::every], [str(month["month"]) for month in months[::every]], rotation=45, ha="right"
    )
    axes.set(xlabel=words["months x"], ylabel=words["months y"], ylim=(0, None))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))


def _maturity(canvas: Canvas, curve: Mapping[str, Any], words: Texts, horizon: int | None) -> None:
    axes = canvas.subplots()
    age, won = np.array(curve["age"]), np.array(curve["incidence"])
    shown = np.unique(np.linspace(0, len(age) - 1, min(_POINTS, len(age))).round().astype(int))
    axes.step(age[shown], won[shown], where="post", color=_BLUE)
    for name, share in (("p80", "80 %"), ("p95", "95 %")):
        axes.axvline(curve[name], color="0.6", linestyle="--", linewidth=1)
        axes.text(curve[name], 0, f" {share}", color="0.3", va="bottom")
    if horizon is not None and horizon <= age[-1]:
        axes.axvline(horizon, color=_ORANGE, linewidth=1.5)
        axes.text(horizon, won[-1], f" {words['horizon']}", color="0.1", va="top")
    axes.set(xlabel=words["maturity x"], ylabel=words["maturity y"], xlim=(0, None), ylim=(0, None))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=int(won[-1] < 0.05)))


def _curve(canvas: Canvas, curve: Mapping[str, Any], words: Texts) -> None:
    axes = canvas.subplots()
    points = curve["fitted"]
    wins, auc, low, high = (
        np.array([point[name] for point in points]) for name in ("wins", "auc", "low", "high")
    )
    axes.fill_between(wins, low, high, color=_BLUE, alpha=0.15, linewidth=0)
    axes.plot(wins, auc, color=_BLUE, label=words["forecast"])
    measured = np.array(curve["measured"], dtype=float).reshape(-1, 2)
    axes.plot(measured[:, 0], measured[:, 1], "o", color=_ORANGE, label=words["measured"])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axes.set(xlabel=words["curve x"], ylabel=words["curve y"])
    axes.legend(loc="lower right", frameon=False)


def _verdicts(canvas: Canvas, found: Audit, words: Texts) -> None:
    shown = [column for column in found.columns if column.auc is not None][:_MOST]
    canvas.set_size_inches(7, 1.0 + 0.28 * max(4, len(shown)))
    axes = canvas.subplots()
    place = np.arange(len(shown))
    aucs = np.array([column.auc for column in shown], dtype=float)
    axes.barh(
        place,
        aucs - 0.5,
        left=0.5,
        color=[_COLOURS[column.verdict] for column in shown],
        height=0.7,
    )
    axes.set_yticks(place, [drawable(column.name, longest=30) for column in shown])
    for at, column in enumerate(shown):
        if column.verdict not in ("fine", "not seen"):
            axes.text(
                max(float(aucs[at]), 0.5), at, f" {words[column.verdict]}", va="center", color="0.1"
            )
    axes.set(
        xlabel=words["verdicts x"],
        xlim=(min(0.45, float(aucs.min())), 1.05),
        ylim=(len(shown) - 0.4, -0.6),
    )
