"""Charts of the pack as charts of slides: native, with their figures in a sheet that people can
edit.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import cycle
from typing import Any

import openpyxl
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Inches

from propensity.pages.visible_text import shown
from training.review.deck.axes import has_lying_bars, style
from training.review.deck.looks import LOOKS, Look, NativeSeries, child, dress
from training.review.deck.paper import Box, Paper
from training.review.document.archive import without_clock
from training.review.document.blocks import Chart, Series
from training.review.document.thinned import is_numeric, thinned
from training.review.document.visible_text import cut
from training.review.words import Words

#: Steps of the axis of values, about, and on half a slide; inches of a chart that fills a slide
#: from side to side.
_STEPS, _FEW, _WIDE = 5, 4, 7.0
#: For a file that was made at no time.
_EPOCH = datetime(1980, 1, 1)
#: At the end of a label.
_BRACKETS = re.compile(r"(?<=\S) ?[(\uff08][^()\uff08\uff09]*[)\uff09]$")


def draw(paper: Paper, slide: Any, chart: Chart, words: Words, box: Box) -> None:  # noqa: ANN401
    """A chart on a slide."""
    shown_part = thinned(chart)
    lines = [
        line
        for series, look in zip(shown_part.series, cycle(LOOKS), strict=False)
        for line in _lines(series, look)
    ]
    numeric = is_numeric(shown_part) and all(line.style != "bar" for line in lines)
    if numeric:
        known = [_known(line, shown_part.x) for line in lines]
        lines = [line for line, _ in known]
        points = [(line.title, list(zip(x, line.y, strict=True))) for line, x in known]
        made = scattered(slide, points, XL_CHART_TYPE.XY_SCATTER_LINES, box)
    else:
        lines = sorted(lines, key=lambda line: line.style != "bar")  # bars lie behind lines
        made = _labelled(slide, shown_part, lines, box)
    described(slide.shapes[-1], chart.title, chart.alternative)
    style(
        paper, made, shown_part, words, numeric=numeric, steps=_STEPS if box.width > _WIDE else _FEW
    )
    for native, line in zip(
        (series for plot in made.plots for series in plot.series), lines, strict=True
    ):
        dress(native, line)


def scattered(
    slide: Any,  # noqa: ANN401
    series: Sequence[tuple[str, list[tuple[float, Any]]]],
    kind: Any,  # noqa: ANN401
    box: Box,
) -> Any:  # noqa: ANN401
    """Points on two scales.

    LibreOffice (7.4) does not draw a series that is shorter than one after it. So the last point of
    each but the longest is there several times, where nobody sees it.

    Args:
        slide: It is added to.
        series: Title and (x, y) of each.
        kind: Kind of the native chart.
        box: Its place.
    """
    data = XyChartData()
    longest = max((len(points) for _, points in series), default=0)
    first: list[str | float | None] = []
    second: list[str | float | None] = []
    for title, points in series:
        filled = [*points, *points[-1:] * (longest - len(points))]
        added = data.add_series(title)
        for x, y in filled:
            added.add_data_point(x, y)
        first += [None, *(x for x, _ in filled), None]
        second += [title, *(y for _, y in filled), None]
    made = _added(slide, kind, data, box)
    refill(made, [first, second])
    return made


def refill(made: Any, columns: Sequence[Sequence[str | float | None]]) -> None:  # noqa: ANN401
    """Put the chart's figures into a sheet in which every text is a text: the library's own runs
    formulas.

    Args:
        made: The chart.
        columns: Columns of the sheet, each from its first cell down.
    """
    book = openpyxl.Workbook()
    book.properties.created = _EPOCH
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
    made.part.chart_workbook.update_from_xlsx_blob(without_clock(out.getvalue()))


# --- data -----------------------------------------------------------------------------------------


def _lines(series: Series, look: Look) -> list[NativeSeries]:
    title = cut(series.title, 44)
    if series.style == "band" and series.low and series.high:
        ends = ((series.low, "↓"), (series.high, "↑"))
        thin = look._replace(dash=MSO_LINE.ROUND_DOT)
        return [
            NativeSeries(title, _told(series.y), "line", look),
            *(
                NativeSeries(f"{title} {sign}", _told(y), "line", thin, is_thin=True)
                for y, sign in ends
            ),
        ]
    return [
        NativeSeries(
            title, _told(series.y), series.style, look, _told(series.low), _told(series.high)
        )
    ]


def _told(values: Sequence[float | None]) -> tuple[float | None, ...]:
    return tuple(None if value is None or value != value else float(value) for value in values)  # noqa: PLR0124


def _known(line: NativeSeries, x: Sequence[Any]) -> tuple[NativeSeries, list[float]]:
    """A line without the points that nobody knows, and where the others stand."""
    places = [place for place, y in enumerate(line.y) if y is not None]

    def of(values: tuple[float | None, ...]) -> tuple[float | None, ...]:
        return tuple(values[place] for place in places) if values else ()

    kept = replace(line, y=of(line.y), low=of(line.low), high=of(line.high))
    return kept, [float(x[place]) for place in places]


def _labelled(slide: Any, chart: Chart, ordered: Sequence[NativeSeries], box: Box) -> Any:  # noqa: ANN401
    """Bars, and lines over labels; both in one where the chart has both."""
    labels = [_label(x, breaks=not has_lying_bars(chart)) for x in chart.x]
    data = CategoryChartData()
    data.categories = labels
    for line in ordered:
        data.add_series(line.title, line.y)
    bars = sum(line.style == "bar" for line in ordered)
    kind = (
        XL_CHART_TYPE.LINE_MARKERS
        if not bars
        else (
            XL_CHART_TYPE.BAR_CLUSTERED if has_lying_bars(chart) else XL_CHART_TYPE.COLUMN_CLUSTERED
        )
    )
    made = _added(slide, kind, data, box)
    refill(made, [[None, *labels], *([line.title, *line.y] for line in ordered)])
    if 0 < bars < len(ordered):
        _lines_over_bars(made, bars)
    return made


def _added(slide: Any, kind: Any, data: Any, box: Box) -> Any:  # noqa: ANN401
    return slide.shapes.add_chart(kind, *(Inches(part) for part in box), data).chart


def _label(x: str | float, *, breaks: bool) -> str:
    """A label; what stands in brackets at its end goes on a line of its own, so that it need not be
    turned.
    """
    if not isinstance(x, str):
        return f"{x:g}"
    text = cut(x, 44)
    return _BRACKETS.sub(lambda found: f"\n{found[0].strip()}", text) if breaks else text


def _lines_over_bars(made: Any, bars: int) -> None:  # noqa: ANN401
    """Move the series that are no bars into a line chart on the same axes."""
    plot = made._chartSpace.chart.plotArea.find(qn("c:barChart"))
    lines = OxmlElement("c:lineChart")
    child(lines, "c:grouping", "standard")
    child(lines, "c:varyColors", "0")
    for series in plot.findall(qn("c:ser"))[bars:]:
        for unknown in series.findall(qn("c:invertIfNegative")):
            series.remove(unknown)
        lines.append(series)
    child(lines, "c:marker", "1")
    for axis in plot.findall(qn("c:axId")):
        child(lines, "c:axId", axis.get("val"))
    plot.addnext(lines)


def described(shape: Any, name: str, alternative: str) -> None:  # noqa: ANN401
    """Name and alternative text of a shape."""
    properties = shape._element.nvGraphicFramePr.cNvPr
    properties.set("name", shown(name))
    properties.set("descr", shown(alternative, longest=1_000))
