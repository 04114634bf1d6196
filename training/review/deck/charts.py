"""Charts of the pack as charts of slides: native, with their figures in a sheet that people can edit."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any, NamedTuple

import openpyxl
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_MARKER_STYLE, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_LINE, MSO_PATTERN
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Inches, Pt

from training.review.blocks import Chart, Series
from training.review.deck.paper import FAINT, INK, MUTED, Box, Paper
from training.review.shown import cut, shown
from training.review.thinned import is_numeric, thinned
from training.review.words import Words

#: How a kind of number is written by the program that shows the slides.
FORMATS = {"text": "General", "count": "#,##0", "share": "0%", "chance": "0.0%", "money": "#,##0", "days": "0",
           "number": "0.00"}  # fmt: skip
#: Steps of the axis of values, about; how far a step in per cent may be from a whole one to be written as such.
_STEPS, _SMALL = 5, 1e-6


class _Look(NamedTuple):
    """Told apart by colour, by lightness, by pattern and by marker."""

    colour: str
    dash: Any
    marker: Any
    pattern: Any


_LOOKS = (
    _Look("0b5c8a", MSO_LINE.SOLID, XL_MARKER_STYLE.CIRCLE, None),
    _Look("d98200", MSO_LINE.DASH, XL_MARKER_STYLE.SQUARE, MSO_PATTERN.WIDE_UPWARD_DIAGONAL),
    _Look("3d454c", MSO_LINE.ROUND_DOT, XL_MARKER_STYLE.TRIANGLE, MSO_PATTERN.PERCENT_25),
    _Look("7fb6d6", MSO_LINE.DASH_DOT, XL_MARKER_STYLE.DIAMOND, MSO_PATTERN.WIDE_DOWNWARD_DIAGONAL),
    _Look("8a3b12", MSO_LINE.LONG_DASH, XL_MARKER_STYLE.DASH, MSO_PATTERN.DARK_HORIZONTAL),
)


@dataclass(frozen=True)
class _Line:
    """What one native series draws; a band is three of them."""

    title: str
    y: tuple[float | None, ...]
    style: str
    look: _Look
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    is_thin: bool = False


def draw(paper: Paper, slide: Any, chart: Chart, words: Words, box: Box) -> None:  # noqa: ANN401
    """A chart on a slide."""
    shown_part = thinned(chart)
    lines = [line for series, look in zip(shown_part.series, cycle(_LOOKS), strict=False)
             for line in _lines(series, look)]  # fmt: skip
    numeric = is_numeric(shown_part) and all(line.style != "bar" for line in lines)
    made = (_scatter if numeric else _labelled)(slide, shown_part, lines, box)
    _describe(slide, chart)
    _style(paper, made, shown_part, words, numeric=numeric)
    for native, line in zip(_series(made), _ordered(lines, numeric=numeric), strict=True):
        _dress(native, line)


def letter(paper: Paper, made: Any) -> None:  # noqa: ANN401
    """Type of a chart's texts, Japanese too."""
    made.font.size, made.font.color.rgb = Pt(12), RGBColor.from_string(INK.upper())
    for properties in made._chartSpace.iter(qn("a:defRPr")):
        paper.letter(properties)


def refill(made: Any, columns: Sequence[Sequence[str | float | None]]) -> None:  # noqa: ANN401
    """Put the chart's figures into a sheet in which every text is a text: the library's own runs formulas.

    Args:
        made: The chart.
        columns: Of the sheet, each from its first cell down.
    """
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    for number, column in enumerate(columns, start=1):
        for row, value in enumerate(column, start=1):
            cell = sheet.cell(row=row, column=number)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    made.part.chart_workbook.update_from_xlsx_blob(out.getvalue())


# --- data -------------------------------------------------------------------------------------------------------------


def _lines(series: Series, look: _Look) -> list[_Line]:
    title = cut(series.title, 44)
    if series.style == "band" and series.low and series.high:
        ends = ((series.low, "↓"), (series.high, "↑"))
        thin = look._replace(dash=MSO_LINE.ROUND_DOT)
        return [_Line(title, _told(series.y), "line", look),
                *(_Line(f"{title} {sign}", _told(y), "line", thin, is_thin=True) for y, sign in ends)]  # fmt: skip
    return [_Line(title, _told(series.y), series.style, look, _told(series.low), _told(series.high))]


def _told(values: Sequence[float | None]) -> tuple[float | None, ...]:
    return tuple(None if value is None or value != value else float(value) for value in values)  # noqa: PLR0124


def _ordered(lines: Sequence[_Line], *, numeric: bool) -> list[_Line]:
    """Bars lie behind lines."""
    return list(lines) if numeric else sorted(lines, key=lambda line: line.style != "bar")


def _labelled(slide: Any, chart: Chart, lines: Sequence[_Line], box: Box) -> Any:  # noqa: ANN401
    """Bars, and lines over labels; both in one where the chart has both."""
    ordered = _ordered(lines, numeric=False)
    labels = [_label(x) for x in chart.x]
    data = CategoryChartData()
    data.categories = labels
    for line in ordered:
        data.add_series(line.title, line.y)
    bars = sum(line.style == "bar" for line in ordered)
    lying = chart.horizontal and bars == len(ordered)
    kind = XL_CHART_TYPE.LINE_MARKERS if not bars else (
        XL_CHART_TYPE.BAR_CLUSTERED if lying else XL_CHART_TYPE.COLUMN_CLUSTERED)  # fmt: skip
    made = _added(slide, kind, data, box)
    refill(made, [[None, *labels], *([line.title, *line.y] for line in ordered)])
    if 0 < bars < len(ordered):
        _lines_over_bars(made, bars)
    return made


def _scatter(slide: Any, chart: Chart, lines: Sequence[_Line], box: Box) -> Any:  # noqa: ANN401
    data = XyChartData()
    first: list[str | float | None] = []
    second: list[str | float | None] = []
    for line in lines:
        series = data.add_series(line.title)
        known = [(float(str(x)), y) for x, y in zip(chart.x, line.y, strict=True) if y is not None]
        for x, y in known:
            series.add_data_point(x, y)
        first += [None, *(x for x, _ in known), None]
        second += [line.title, *(y for _, y in known), None]
    made = _added(slide, XL_CHART_TYPE.XY_SCATTER_LINES, data, box)
    refill(made, [first, second])
    return made


def _added(slide: Any, kind: Any, data: Any, box: Box) -> Any:  # noqa: ANN401
    return slide.shapes.add_chart(kind, *(Inches(part) for part in box), data).chart


def _label(x: str | float) -> str:
    return cut(x, 44) if isinstance(x, str) else f"{x:g}"


def _lines_over_bars(made: Any, bars: int) -> None:  # noqa: ANN401
    """Move the series that are no bars into a line chart on the same axes."""
    plot = made._chartSpace.chart.plotArea.find(qn("c:barChart"))
    lines = OxmlElement("c:lineChart")
    _child(lines, "c:grouping", "standard")
    _child(lines, "c:varyColors", "0")
    for series in plot.findall(qn("c:ser"))[bars:]:
        for unknown in series.findall(qn("c:invertIfNegative")):
            series.remove(unknown)
        lines.append(series)
    _child(lines, "c:marker", "1")
    for axis in plot.findall(qn("c:axId")):
        _child(lines, "c:axId", axis.get("val"))
    plot.addnext(lines)


def _series(made: Any) -> list[Any]:  # noqa: ANN401
    return [series for plot in made.plots for series in plot.series]


# --- looks ------------------------------------------------------------------------------------------------------------


def _style(paper: Paper, made: Any, chart: Chart, words: Words, *, numeric: bool) -> None:  # noqa: ANN401
    made.has_title = False
    drawn = _series(made)
    made.has_legend = len(drawn) > 1
    if made.has_legend:
        made.legend.position, made.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    other, value = made.category_axis, made.value_axis
    for axis, title in ((other, chart.x_title), (value, chart.y_title)):
        axis.has_title = bool(title)
        if title:
            axis.axis_title.text_frame.text = cut(title, 70)
            run = axis.axis_title.text_frame.paragraphs[0].runs[0]
            run.font.size, run.font.bold = Pt(12), False
            run.font.color.rgb = RGBColor.from_string(MUTED.upper())
            paper.letter(run._r.get_or_add_rPr())
        axis.format.line.color.rgb = RGBColor.from_string(FAINT.upper())
    value.has_major_gridlines = True
    value.major_gridlines.format.line.color.rgb = RGBColor.from_string(FAINT.upper())
    other.has_major_gridlines = False
    value.tick_labels.number_format, value.tick_labels.number_format_is_linked = _format(chart, words), False
    lowest, highest, step = scale(chart)
    value.minimum_scale, value.maximum_scale, value.major_unit = lowest, highest, step
    if numeric:
        first, last = float(min(chart.x)), float(max(chart.x))
        other.minimum_scale, other.maximum_scale = (0.0 if 0 <= first < last / 2 else first), last
    elif lowest < 0:
        other.tick_label_position = XL_TICK_LABEL_POSITION.LOW  # beside the bars, not under those below zero
    if chart.horizontal and not numeric:
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


def scale(chart: Chart) -> tuple[float, float, float]:
    """Ends and step of the axis of values: everything is on it, ranges too."""
    known = [y for s in chart.series for part in (s.y, s.low, s.high) for y in _told(part) if y is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    rough = (high - low or 1.0) / _STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 2.5, 5, 10) if power * times >= rough * 0.999)
    if chart.y_kind == "count":
        step = max(1.0, round(step))
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step or step, step


def _format(chart: Chart, words: Words) -> str:
    step = 100 * scale(chart)[2]
    if chart.y_kind == "share" and abs(step - round(step)) > _SMALL:
        return FORMATS["chance"]
    if chart.y_kind == "money" and words.currency:
        return f'#,##0" {words.currency}"'
    return FORMATS[chart.y_kind]


def _dress(native: Any, line: _Line) -> None:  # noqa: ANN401
    colour = RGBColor.from_string(line.look.colour.upper())
    if line.style == "bar":
        _fill(native.format.fill, line.look, colour)
        native.format.line.color.rgb = colour
        native.invert_if_negative = False
    else:
        native.smooth = False
        native.marker.style = XL_MARKER_STYLE.NONE if line.style == "steps" or len(line.y) > 24 else line.look.marker
        native.marker.size = 8
        native.marker.format.fill.solid()
        native.marker.format.fill.fore_color.rgb = colour
        native.marker.format.line.color.rgb = colour
        if line.style == "points":
            native.format.line.fill.background()
        else:
            native.format.line.color.rgb = colour
            native.format.line.width, native.format.line.dash_style = Pt(1.25 if line.is_thin else 2.5), line.look.dash
    if line.low and line.high:
        _ranges(native._element, line, INK if line.style == "bar" else line.look.colour)


def _fill(fill: Any, look: _Look, colour: RGBColor) -> None:  # noqa: ANN401
    if look.pattern is None:
        fill.solid()
        fill.fore_color.rgb = colour
        return
    fill.patterned()
    fill.pattern = look.pattern
    fill.fore_color.rgb, fill.back_color.rgb = colour, RGBColor(0xFF, 0xFF, 0xFF)


def _ranges(series: Any, line: _Line, colour: str) -> None:  # noqa: ANN401
    """Error bars with an end of their own at every point: the library has none."""
    bars = OxmlElement("c:errBars")
    if line.style != "bar":
        _child(bars, "c:errDir", "y")
    for name, value in (("c:errBarType", "both"), ("c:errValType", "cust"), ("c:noEndCap", "0")):
        _child(bars, name, value)
    for name, ends, sign in (("c:plus", line.high, 1), ("c:minus", line.low, -1)):
        numbers = _child(_child(bars, name), "c:numLit")
        _child(numbers, "c:formatCode").text = "General"
        _child(numbers, "c:ptCount", str(len(line.y)))
        for place, (y, end) in enumerate(zip(line.y, ends, strict=True)):
            if y is not None and end is not None:
                point = _child(numbers, "c:pt")
                point.set("idx", str(place))
                _child(point, "c:v").text = repr(max(0.0, sign * (end - y)))
    look = _child(_child(bars, "c:spPr"), "a:ln")
    look.set("w", str(Pt(1.25)))
    _child(_child(look, "a:solidFill"), "a:srgbClr", colour.upper())
    names = ("c:cat", "c:xVal", "c:val", "c:yVal")
    next(found for name in names if (found := series.find(qn(name))) is not None).addprevious(bars)


def _child(parent: Any, name: str, value: str | None = None) -> Any:  # noqa: ANN401
    child = OxmlElement(name)
    if value is not None:
        child.set("val", value)
    parent.append(child)
    return child


def _describe(slide: Any, chart: Chart) -> None:  # noqa: ANN401
    """For readers without eyes."""
    described(slide.shapes[-1], chart.title, chart.alternative)


def described(shape: Any, name: str, alternative: str) -> None:  # noqa: ANN401
    """Name and alternative text of a shape."""
    properties = shape._element.nvGraphicFramePr.cNvPr
    properties.set("name", shown(name))
    properties.set("descr", shown(alternative, longest=1_000))
