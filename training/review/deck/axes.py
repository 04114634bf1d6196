"""Axes of a native chart: their ends, their steps, how values are written on them, their type."""

import math
from typing import Any

from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Pt

from training.review.deck.paper import FAINT, INK, MUTED, SMALLEST, Paper
from training.review.document.blocks import Chart
from training.review.document.visible_text import cut
from training.review.words import Words

#: How a kind of number is written by the program that shows the slides.
_FORMATS = {"text": "General", "count": "#,##0", "money": "#,##0", "days": "0"}
#: How far a step may be from a whole one to be written as such.
_SMALL = 1e-6


def style(
    paper: Paper,
    made: Any,  # noqa: ANN401
    chart: Chart,
    words: Words,
    *,
    numeric: bool,
    steps: int,
) -> None:
    """Axes, grid, legend and type of a chart.

    Args:
        paper: It is drawn on.
        made: The native chart.
        chart: The chart of the pack.
        words: Words for the currency.
        numeric: Whether x is a scale, not labels.
        steps: Steps of the axis of values, about.
    """
    made.has_title = False
    made.has_legend = sum(len(plot.series) for plot in made.plots) > 1
    if made.has_legend:
        made.legend.position, made.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    other, value = made.category_axis, made.value_axis
    flat = has_lying_bars(chart)
    # bars name themselves
    for axis, title in ((other, "" if flat else chart.x_title), (value, chart.y_title)):
        axis.has_title = bool(title)
        if title:
            axis.axis_title.text_frame.text = cut(title, 70)
            run = axis.axis_title.text_frame.paragraphs[0].runs[0]
            run.font.size, run.font.bold = Pt(SMALLEST), False
            run.font.color.rgb = RGBColor.from_string(MUTED.upper())
            paper.letter(run._r.get_or_add_rPr())
        axis.format.line.color.rgb = RGBColor.from_string(FAINT.upper())
    value.has_major_gridlines = True
    value.major_gridlines.format.line.color.rgb = RGBColor.from_string(FAINT.upper())
    other.has_major_gridlines = False
    lowest, highest, step = scale(chart, steps)
    value.tick_labels.number_format, value.tick_labels.number_format_is_linked = (
        _format(chart, step, words),
        False,
    )
    value.minimum_scale, value.maximum_scale, value.major_unit = lowest, highest, step
    if numeric:
        first, last = float(min(chart.x)), float(max(chart.x))
        other.minimum_scale, other.maximum_scale = (0.0 if 0 <= first < last / 2 else first), last
    elif lowest < 0:
        # beside the bars, not under those below zero
        other.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if flat:
        other.reverse_order = True
        skip = OxmlElement("c:tickLblSkip")
        skip.set("val", "1")
        other._element.find(qn("c:noMultiLvlLbl")).addprevious(skip)
        value.tick_label_position = XL_TICK_LABEL_POSITION.HIGH
    if not numeric:
        for plot in made.plots:
            if hasattr(plot, "gap_width"):
                plot.gap_width = 45
    letter(paper, made)


def has_lying_bars(chart: Chart) -> bool:
    """Whether the chart is one of lying bars: points stand upright on a slide, whatever they do on
    the page.
    """
    return chart.horizontal and all(series.style == "bar" for series in chart.series)


def scale(chart: Chart, steps: int) -> tuple[float, float, float]:
    """Ends and step of the axis of values, in about so many steps: everything is on it, ranges
    too.
    """
    known = [
        y
        for s in chart.series
        for part in (s.y, s.low, s.high)
        for y in part
        if y is not None and y == y  # noqa: PLR0124
    ]
    low, high = min([0.0, *known]), max([0.0, *known])
    rough = (high - low or 1.0) / steps
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= rough * 0.999)
    if chart.y_kind == "count":
        step = max(1.0, round(step))
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step or step, step


def letter(paper: Paper, made: Any) -> None:  # noqa: ANN401
    """Type of a chart's texts, Japanese too."""
    made.font.size, made.font.color.rgb = Pt(SMALLEST), RGBColor.from_string(INK.upper())
    for properties in made._chartSpace.iter(qn("a:defRPr")):
        paper.letter(properties)


def _format(chart: Chart, step: float, words: Words) -> str:
    """How values on the axis are written: with no more decimals than its step has."""
    match chart.y_kind:
        case "share" | "chance":
            return f"{_digits(100 * step)}{'%' if words.language == 'ja' else ' %'}"
        case "number":
            return _digits(step)
        case "money" if words.currency:
            return f'#,##0" {words.currency}"'
        case kind:
            return _FORMATS[kind]


def _digits(step: float) -> str:
    decimals = next((n for n in range(3) if abs(step * 10**n - round(step * 10**n)) <= _SMALL), 3)
    return f"0.{'0' * decimals}" if decimals else "0"
