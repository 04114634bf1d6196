"""The map as a native chart: a square per cell, darker with more leads, and the MQL line as the
diagonal it is.
"""

import math
from typing import Any

from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_AXIS_CROSSES,
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
    XL_TICK_MARK,
)
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Pt

from training.review.deck.axes import letter
from training.review.deck.charts import described, scattered
from training.review.deck.measure import INCH
from training.review.deck.paper import FAINT, INK, MUTED, Box, Paper
from training.review.document.blocks import Map
from training.review.page.map import shades
from training.review.words import Words

_SHADES = ("e3eef5", "b5d2e4", "7cadcc", "3f7fa8", "154d74")
_LINE = "b45309"
#: Inches that axes, titles and the legend take from the picture.
_ASIDE, _ABOVE = 0.8, 1.0
#: How far the name of a quadrant stands from the corner, as shares of the map.
_CORNER_X, _CORNER_Y = 0.1, 0.05
Points = list[tuple[float, float]]


def draw(paper: Paper, slide: Any, shown: Map, words: Words, box: Box) -> None:  # noqa: ANN401
    """A map on a slide."""
    cells = _cells(shown, words)
    low_x, high_x = shown.interest_edges[0], shown.interest_edges[-1]
    low_y, high_y = shown.fit_edges[0], shown.fit_edges[-1]
    cuts: list[tuple[str, Points]] = [
        (
            f"{words.say('interest')} {words.say('weak')} / {words.say('strong')}",
            [(shown.interest_cut, low_y), (shown.interest_cut, high_y)],
        ),
        (
            f"{words.say('fit')} {words.say('low')} / {words.say('high')}",
            [(low_x, shown.fit_cut), (high_x, shown.fit_cut)],
        ),
    ]
    diagonal = ends(shown)
    line = [(words.say("line"), diagonal)] if diagonal else []
    names = _names(shown)
    series = [*((title, points) for title, points, _ in cells), *cuts, *line, *names]
    made = scattered(slide, series, XL_CHART_TYPE.XY_SCATTER, box)
    described(slide.shapes[-1], shown.title, shown.alternative)
    _frame(paper, made, shown, words)
    size = (
        min((box.width - _ASIDE) / len(shown.counts[0]), (box.height - _ABOVE) / len(shown.counts))
        * INCH
    )
    drawn = list(made.plots[0].series)
    for native, (_, _, colour) in zip(drawn, cells, strict=False):
        _square(native, colour, max(2, min(72, int(size))))
    for native in drawn[len(cells) : len(cells) + 2]:
        _stroke(native, MUTED, 1.25, MSO_LINE.DASH)
    last = len(drawn) - len(names)
    for native in drawn[len(cells) + 2 : last]:
        _stroke(native, _LINE, 3.0, MSO_LINE.SOLID)
    for native, (name, _) in zip(drawn[last:], names, strict=True):
        _named(paper, native, name)
    _unlisted(made, [len(cells), len(cells) + 1, *range(last, len(drawn))])


def ends(shown: Map) -> Points:
    """(interest, fit) where the MQL line enters and leaves the map; nothing where it does not cross
    it.
    """
    if shown.line is None or not 0 < shown.line < 1:
        return []
    total = math.log(shown.line / (1 - shown.line)) - shown.offset
    first = max(shown.interest_edges[0], total - shown.fit_edges[-1])
    last = min(shown.interest_edges[-1], total - shown.fit_edges[0])
    return [(first, total - first), (last, total - last)] if first < last else []


def _names(shown: Map) -> list[tuple[str, Points]]:
    """The name of each quadrant in its corner, which hardly any lead is in."""
    low_x, high_x = shown.interest_edges[0], shown.interest_edges[-1]
    low_y, high_y = shown.fit_edges[0], shown.fit_edges[-1]
    aside, above = _CORNER_X * (high_x - low_x), _CORNER_Y * (high_y - low_y)
    left, right, low, high = low_x + aside, high_x - aside, low_y + above, high_y - above
    corners = ((right, high), (left, high), (right, low), (left, low))
    names = (name for name, *_ in shown.quadrants)
    return [(name, [corner]) for name, corner in zip(names, corners, strict=False)]


def _named(paper: Paper, native: Any, name: str) -> None:  # noqa: ANN401
    """A point that is nothing but a name."""
    native.marker.style = XL_MARKER_STYLE.NONE
    native.format.line.fill.background()
    label = native.points[0].data_label
    label.position = XL_LABEL_POSITION.CENTER
    frame = label.text_frame
    frame.text = name
    run = frame.paragraphs[0].runs[0]
    run.font.size, run.font.bold = Pt(14), True
    run.font.color.rgb = RGBColor.from_string(INK.upper())
    paper.letter(run._r.get_or_add_rPr())


def _cells(shown: Map, words: Words) -> list[tuple[str, Points, str]]:
    """Title, middles of the cells, and colour of every shade."""
    starts = shades(shown.counts)
    found = []
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else None
        points = [
            (
                (shown.interest_edges[column] + shown.interest_edges[column + 1]) / 2,
                (shown.fit_edges[row] + shown.fit_edges[row + 1]) / 2,
            )
            for row, counts in enumerate(shown.counts)
            for column, leads in enumerate(counts)
            if leads >= start and (end is None or leads < end)
        ]
        told = words.range(start, end - 1, "count") if end else words.say("and more", n=start)
        colour = _SHADES[round(place * (len(_SHADES) - 1) / max(len(starts) - 1, 1))]
        if points:
            found.append((words.say("leads", n=told), points, colour))
    return found


def _frame(paper: Paper, made: Any, shown: Map, words: Words) -> None:  # noqa: ANN401
    made.has_title, made.has_legend = False, True
    made.legend.position, made.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    axes = (
        (
            made.category_axis,
            shown.interest_edges,
            words.say(
                "axis", axis=words.say("interest"), low=words.say("weak"), high=words.say("strong")
            ),
        ),
        (
            made.value_axis,
            shown.fit_edges,
            words.say("axis", axis=words.say("fit"), low=words.say("low"), high=words.say("high")),
        ),
    )
    for axis, edges, title in axes:
        axis.minimum_scale, axis.maximum_scale = edges[0], edges[-1]
        axis.has_major_gridlines, axis.tick_label_position = False, XL_TICK_LABEL_POSITION.NONE
        axis.major_tick_mark = axis.minor_tick_mark = XL_TICK_MARK.NONE
        axis.crosses = XL_AXIS_CROSSES.MINIMUM
        axis.format.line.color.rgb = RGBColor.from_string(FAINT.upper())
        axis.has_title = True
        axis.axis_title.text_frame.text = title
        run = axis.axis_title.text_frame.paragraphs[0].runs[0]
        run.font.size, run.font.bold = Pt(13), False
        paper.letter(run._r.get_or_add_rPr())
    letter(paper, made)


def _square(native: Any, colour: str, size: int) -> None:  # noqa: ANN401
    native.format.line.fill.background()
    native.marker.style, native.marker.size = XL_MARKER_STYLE.SQUARE, size
    native.marker.format.fill.solid()
    native.marker.format.fill.fore_color.rgb = RGBColor.from_string(colour.upper())
    native.marker.format.line.fill.background()


def _stroke(native: Any, colour: str, width: float, dash: Any) -> None:  # noqa: ANN401
    native.marker.style, native.smooth = XL_MARKER_STYLE.NONE, False
    native.format.line.color.rgb = RGBColor.from_string(colour.upper())
    native.format.line.width, native.format.line.dash_style = Pt(width), dash


def _unlisted(made: Any, places: list[int]) -> None:  # noqa: ANN401
    """Leave series out of the legend."""
    legend = made.legend._element
    after = legend.find(qn("c:legendPos"))
    for place in reversed(places):
        entry = OxmlElement("c:legendEntry")
        for name, value in (("c:idx", str(place)), ("c:delete", "1")):
            part = OxmlElement(name)
            part.set("val", value)
            entry.append(part)
        after.addnext(entry)
