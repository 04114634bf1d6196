"""The map of fit and interest as a picture with the MQL line as a diagonal, and where that lies for
other lines.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Literal, NamedTuple

import numpy as np
from markupsafe import Markup
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from training.review.document.blocks import CellKind, Map
from training.review.document.visible_text import cut, wide
from training.review.page.svg import INK, MUTED, NARROW, canvas, drawing, markup, row_by_row
from training.review.words import Words

#: Of the page's column, of a phone, and beside the slider.
WIDTHS: Mapping[str, int] = {"wide": 560, "narrow": NARROW}
BESIDE: Mapping[str, int] = {"": 330}
#: From few leads to many; told apart in grey too.
_SHADES = ("#e3eef5", "#b5d2e4", "#7cadcc", "#3f7fa8", "#154d74")
#: From few closes to many.
_WARM = ("#fbead6", "#f2c38f", "#df9246", "#b35f14", "#6b3206")
#: Where shades of rates may begin, in hundredths.
_HUNDREDTHS = (0, 1, 2, 3, 5, 8, 12, 20, 30, 40, 50, 60, 70, 80, 90)
#: Where the shades may begin: 5, 10, 20, 30, 50, 100 …
_STEPS = tuple(step * 10**power for power in range(8) for step in (1, 2, 3, 5))[3:]
_LINE = "#b45309"
#: Halves of a full-width sign of what stands in a corner.
_LONGEST_RATE = 16
#: Corner of each quadrant: interest (0 weak, 1 strong), fit (0 low, 1 high).
_CORNERS = ((1, 1), (0, 1), (1, 0), (0, 0))


#: What cells tell: how many leads are there, or how many of them close.
By = Literal["count", "rate"]
#: Values of cells, their edges (fit, interest), least values of the shades, their colours.
_Shades = tuple[
    NDArray[np.float64], tuple[Sequence[float], Sequence[float]], list[float], list[str]
]


class MapView(NamedTuple):
    """A map at one width.

    Attributes:
        name: Name by which its diagonals are found; unique in the page.
        variant: Class of the width; empty where there is only one.
        by: What the cells tell.
        drawing: The picture.
    """

    name: str
    variant: str
    by: By
    drawing: Markup


class MapPicture(NamedTuple):
    """A drawn map.

    Attributes:
        views: One for each width.
        paths: Name of a view to the path of its diagonal at each of the asked lines; empty where
            that is outside.
    """

    views: list[MapView]
    paths: dict[str, list[str]]


def drawn(
    shown: Map, words: Words, *, prefix: str, lines: Sequence[float], widths: Mapping[str, int]
) -> MapPicture:
    """Draw the map.

    Args:
        shown: The map.
        words: Words of the page.
        prefix: Prefix of the ids; unique in the page.
        lines: Chances at which the diagonal may come to lie.
        widths: Class of a picture to its width in pixels.
    """
    views, paths = [], {}
    asked: tuple[By, ...] = ("count", "rate") if shown.rates and len(widths) > 1 else ("count",)
    with drawing():
        for by, (variant, width) in product(asked, widths.items()):
            name = f"{prefix}{variant[:1]}{by[0] if by == 'rate' else ''}"
            picture = _Picture(shown, words, width, by)
            svg = markup(picture.canvas, prefix=name, alternative=shown.alternative)
            views.append(MapView(name, variant, by, svg))
            paths[name] = [picture.path(line) for line in lines]
    return MapPicture(views, paths)


def shades(counts: Sequence[Sequence[int]]) -> list[int]:
    """Least leads of each shade, ascending; the first is five."""
    most = max((count for row in counts for count in row), default=0)
    steps = [step for step in _STEPS if step <= max(most, _STEPS[0])]
    places = np.unique(
        np.linspace(0, len(steps) - 1, min(len(steps), len(_SHADES))).round().astype(int)
    )
    return [steps[place] for place in places]


def rate_steps(rates: NDArray[np.float64]) -> list[float]:
    """Least rates of each shade, ascending; the first lies below all."""
    known = rates[~np.isnan(rates)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    steps = [step / 100 for step in _HUNDREDTHS if step / 100 <= high]
    first = max(place for place, step in enumerate(steps) if step <= low)
    steps = steps[first:]
    places = np.unique(
        np.linspace(0, len(steps) - 1, min(len(steps), len(_WARM))).round().astype(int)
    )
    return [steps[place] for place in places]


class _Picture:
    def __init__(self, shown: Map, words: Words, width: int, by: By) -> None:
        self.shown, self.words, self.by = shown, words, by
        self.canvas = canvas(width, width * 0.74 + 64)
        self.axes = self.canvas.subplots()
        self._shaded(width)
        self._frame()
        self._corners(width)
        self.axes.plot(
            *self._ends(shown.line), color="#ffffff", linewidth=6, gid="mql-line", zorder=6
        )
        self.axes.plot(
            *self._ends(shown.line), color=_LINE, linewidth=2.6, gid="mql-line", zorder=7
        )
        self.canvas.draw_without_rendering()
        self.canvas.set_layout_engine("none")

    def path(self, line: float) -> str:
        """The diagonal in pixels of the picture."""
        x, y = self._ends(line)
        if math.isnan(x[0]):
            return ""
        places = self.axes.transData.transform(np.column_stack([x, y]))
        height = self.canvas.bbox.height
        (x0, y0), (x1, y1) = ((place[0], height - place[1]) for place in places)
        return f"M {x0:.1f} {y0:.1f} L {x1:.1f} {y1:.1f}"

    def _ends(self, line: float | None) -> tuple[list[float], list[float]]:
        """Interest and fit where fit + interest + offset = logit(line) enters and leaves the
        map.
        """
        nowhere = [math.nan, math.nan]
        if line is None or not 0 < line < 1:
            return nowhere, nowhere
        total = math.log(line / (1 - line)) - self.shown.offset
        (low_x, high_x), (low_y, high_y) = (
            self._span(self.shown.interest_edges),
            self._span(self.shown.fit_edges),
        )
        first, last = max(low_x, total - high_y), min(high_x, total - low_y)
        return (
            ([first, last], [total - first, total - last]) if first < last else (nowhere, nowhere)
        )

    @staticmethod
    def _span(edges: Sequence[float]) -> tuple[float, float]:
        return edges[0], edges[-1]

    def _shaded(self, width: int) -> None:
        """The cells, from light to dark."""
        values, edges, starts, colours = self._counts() if self.by == "count" else self._rates()
        ends = [*starts[1:], None]
        for start, end, colour in zip(starts, ends, colours, strict=True):
            rows, places = np.nonzero((values >= start) & (values < (end or math.inf)))
            cells = [
                _cell(*edges, row, column)
                for row, column in zip(rows.tolist(), places.tolist(), strict=True)
            ]
            if cells:
                path = Path.make_compound_path(*cells)
                self.axes.add_patch(
                    PathPatch(path, facecolor=colour, edgecolor="#ffffff", linewidth=0.5)
                )
        told = [self._said(start, end) for start, end in zip(starts, ends, strict=True)]
        handles = [
            Patch(facecolor=colour, label=said) for colour, said in zip(colours, told, strict=True)
        ]
        columns = (
            len(told) if sum(7 * wide(said) + 28 for said in told) < width else -(-len(told) // 2)
        )
        self.canvas.legend(
            handles=row_by_row(handles, columns),
            loc="outside upper left",
            ncols=columns,
            borderaxespad=0.2,
            title=self.words.say("per cell" if self.by == "count" else "rate per cell"),
            alignment="left",
            title_fontsize=11,
            fontsize=11,
            handlelength=1.0,
            handletextpad=0.5,
            columnspacing=0.9,
        )

    def _counts(self) -> _Shades:
        starts = [float(start) for start in shades(self.shown.counts)]
        edges = (self.shown.fit_edges, self.shown.interest_edges)
        return np.array(self.shown.counts, dtype=np.float64), edges, starts, _ramp(_SHADES, starts)

    def _rates(self) -> _Shades:
        values = np.array(self.shown.rates, dtype=np.float64)
        edges = (self.shown.rate_fit_edges, self.shown.rate_interest_edges)
        starts = rate_steps(values)
        return values, edges, starts, _ramp(_WARM, starts)

    def _said(self, start: float, end: float | None) -> str:
        kind: CellKind = "count" if self.by == "count" else "share"
        told = self.words.write(start, kind)
        if end is None:
            return self.words.say("and more", n=told)
        if kind == "share":
            return self.words.range(start, end, kind)
        return told if end == start + 1 else self.words.range(start, end - 1, kind)

    def _frame(self) -> None:
        axes, say = self.axes, self.words.say
        axes.set_xlim(*self._span(self.shown.interest_edges))
        axes.set_ylim(*self._span(self.shown.fit_edges))
        axes.axvline(
            self.shown.interest_cut, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)), zorder=5
        )
        axes.axhline(
            self.shown.fit_cut, color=MUTED, linewidth=1.2, linestyle=(0, (4, 3)), zorder=5
        )
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_xlabel(say("axis", axis=say("interest"), low=say("weak"), high=say("strong")))
        axes.set_title(
            say("axis", axis=say("fit"), low=say("low") + " ↓", high="↑ " + say("high")).replace(
                "← →", "/"
            ),
            loc="left",
            pad=8,
        )

    def _corners(self, width: int) -> None:
        longest = 26 if width > 500 else 15
        for (name, leads, rate, *_), (right, top) in zip(
            self.shown.quadrants, _CORNERS, strict=True
        ):
            lines = [cut(name, longest), self.words.say("leads", n=leads)]
            if rate is not None:
                lines.append(self._rate(rate))
            for place, text in enumerate(lines if top else reversed(lines)):
                self.axes.annotate(
                    text,
                    (right, top),
                    xycoords="axes fraction",
                    fontsize=13 if text == lines[0] else 11,
                    zorder=8,
                    xytext=(-8 if right else 8, (-8 if top else 8) + (-18 if top else 18) * place),
                    color=INK,
                    textcoords="offset points",
                    ha="right" if right else "left",
                    va="top" if top else "bottom",
                    gid="mql-name" if text == lines[0] else None,
                    bbox={
                        "boxstyle": "square,pad=0.12",
                        "facecolor": "#ffffff",
                        "alpha": 0.82,
                        "linewidth": 0,
                    },
                )

    def _rate(self, rate: float) -> str:
        """The rate as it is told, where that is short; else the figure alone, as the table below
        tells what it is.
        """
        written = self.words.write(rate, "share")
        told = self.shown.told.replace("{rate}", written)
        return told if wide(told) <= _LONGEST_RATE else written


def _ramp(colours: Sequence[str], starts: Sequence[float]) -> list[str]:
    """As many colours as there are steps, from the first to the last."""
    last = max(len(starts) - 1, 1)
    return [colours[round(place * (len(colours) - 1) / last)] for place in range(len(starts))]


def _cell(fit: Sequence[float], interest: Sequence[float], row: int, column: int) -> Path:
    x0, x1 = interest[column : column + 2]
    y0, y1 = fit[row : row + 2]
    corners: list[Any] = [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
    return Path(corners, closed=True)
