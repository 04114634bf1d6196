"""How a series of a native chart looks: told apart without colour too, with ranges of its own at
every point.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_MARKER_STYLE
from pptx.enum.dml import MSO_LINE, MSO_PATTERN
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Pt

from training.review.deck.paper import INK


class Look(NamedTuple):
    """Told apart by colour, by lightness, by pattern and by marker."""

    colour: str
    dash: Any
    marker: Any
    pattern: Any


LOOKS = (
    Look("0b5c8a", MSO_LINE.SOLID, XL_MARKER_STYLE.CIRCLE, None),
    Look("d98200", MSO_LINE.DASH, XL_MARKER_STYLE.SQUARE, MSO_PATTERN.WIDE_UPWARD_DIAGONAL),
    Look("3d454c", MSO_LINE.ROUND_DOT, XL_MARKER_STYLE.TRIANGLE, MSO_PATTERN.PERCENT_25),
    Look("7fb6d6", MSO_LINE.DASH_DOT, XL_MARKER_STYLE.DIAMOND, MSO_PATTERN.WIDE_DOWNWARD_DIAGONAL),
    Look("8a3b12", MSO_LINE.LONG_DASH, XL_MARKER_STYLE.DASH, MSO_PATTERN.DARK_HORIZONTAL),
)

#: A bar that takes something away, beside the first look.
DOWN = LOOKS[1]


@dataclass(frozen=True)
class NativeSeries:
    """What one native series draws; a band is three of them."""

    title: str
    y: tuple[float | None, ...]
    style: str
    look: Look
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    is_thin: bool = False


def dress(native: Any, line: NativeSeries) -> None:  # noqa: ANN401 — the library is untyped
    """Give a native series its look."""
    colour = RGBColor.from_string(line.look.colour.upper())
    if line.style == "bar":
        _fill(native.format.fill, line.look, colour)
        native.format.line.color.rgb = colour
        native.invert_if_negative = False
        for place in [place for place, y in enumerate(line.y) if y is not None and y < 0]:
            point = native.points[place]
            down = RGBColor.from_string(DOWN.colour.upper())
            _fill(point.format.fill, DOWN, down)
            point.format.line.color.rgb = down
    else:
        native.smooth = False
        native.marker.style = (
            XL_MARKER_STYLE.NONE if line.style == "steps" or len(line.y) > 24 else line.look.marker
        )
        native.marker.size = 8
        native.marker.format.fill.solid()
        native.marker.format.fill.fore_color.rgb = colour
        native.marker.format.line.color.rgb = colour
        if line.style == "points":
            native.format.line.fill.background()
        else:
            native.format.line.color.rgb = colour
            native.format.line.width, native.format.line.dash_style = (
                Pt(1.25 if line.is_thin else 2.5),
                line.look.dash,
            )
    if line.low and line.high:
        _ranges(native._element, line, INK if line.style == "bar" else line.look.colour)


def child(parent: Any, name: str, value: str | None = None) -> Any:  # noqa: ANN401
    """A new last child of an XML element, with its value where it has one."""
    child = OxmlElement(name)
    if value is not None:
        child.set("val", value)
    parent.append(child)
    return child


def _fill(fill: Any, look: Look, colour: RGBColor) -> None:  # noqa: ANN401
    if look.pattern is None:
        fill.solid()
        fill.fore_color.rgb = colour
        return
    fill.patterned()
    fill.pattern = look.pattern
    fill.fore_color.rgb, fill.back_color.rgb = colour, RGBColor(0xFF, 0xFF, 0xFF)


def _ranges(series: Any, line: NativeSeries, colour: str) -> None:  # noqa: ANN401
    """Error bars with an end of their own at every point: the library has none."""
    bars = OxmlElement("c:errBars")
    if line.style != "bar":
        child(bars, "c:errDir", "y")
    for name, value in (("c:errBarType", "both"), ("c:errValType", "cust"), ("c:noEndCap", "0")):
        child(bars, name, value)
    for name, ends, sign in (("c:plus", line.high, 1), ("c:minus", line.low, -1)):
        numbers = child(child(bars, name), "c:numLit")
        child(numbers, "c:formatCode").text = "General"
        child(numbers, "c:ptCount", str(len(line.y)))
        for place, (y, end) in enumerate(zip(line.y, ends, strict=True)):
            if y is not None and end is not None:
                point = child(numbers, "c:pt")
                point.set("idx", str(place))
                child(point, "c:v").text = repr(max(0.0, sign * (end - y)))
    look = child(child(bars, "c:spPr"), "a:ln")
    look.set("w", str(Pt(1.25)))
    child(child(look, "a:solidFill"), "a:srgbClr", colour.upper())
    names = ("c:cat", "c:xVal", "c:val", "c:yVal")
    next(found for name in names if (found := series.find(qn(name))) is not None).addprevious(bars)
