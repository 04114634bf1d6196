"""A chart as a picture, and as the table behind it."""

import re
from collections.abc import Sequence
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup
from matplotlib.ticker import FixedLocator, MaxNLocator
from numpy.typing import NDArray

from propensity.language.numerals import numbers
from propensity.pages.visible_text import shown
from training.review.document.blocks import Chart, Series, Table, TableColumn
from training.review.document.numbers import written_ticks
from training.review.document.thinned import LABELS, is_numeric, thinned
from training.review.document.visible_text import cut, told_apart, wide
from training.review.page.svg import (
    FAINT,
    INK,
    MUTED,
    NARROW,
    WIDE,
    canvas,
    drawing,
    markup,
    row_by_row,
)
from training.review.words import Words

Floats = NDArray[np.float64]


class _Look(NamedTuple):
    """Told apart by colour, by lightness, by pattern and by marker."""

    colour: str
    dash: Any
    marker: str
    hatch: str


_LOOKS = (
    _Look("#0b5c8a", "-", "o", ""),
    _Look("#d98200", (0, (5, 2)), "s", "////"),
    _Look("#3d454c", (0, (1.2, 1.6)), "^", "...."),
    _Look("#7fb6d6", (0, (6, 2, 1, 2)), "D", "xxxx"),
    _Look("#8a3b12", (0, (3, 1.5)), "v", "----"),
)
#: Of bars that go down, beside bars that go up.
_DOWN = _LOOKS[1]
#: Of bars with a range, which has to show on them.
_PALE = "#a9cbe0"
_MARKS = 24
#: Heights in pixels: of an upright chart, of a lying bar, of what stands around the bars, of a line
#: of the legend.
_UPRIGHT, _BAR, _AROUND, _LEGEND = 270, 26, 62, 20
#: Labels of so many signs are left out, not turned, where there is no room for all; and so are
#: labels from so many on.
_SHORT = 12
#: A count in brackets behind a label, which may stand below it.
_COUNT = re.compile(r"\s*([(\uff08][\d,]+件?[)\uff09])$")
#: Width of a sign beside the size of its type.
_SIGN = 0.6


def drawn(chart: Chart, words: Words, *, prefix: str, narrow: bool) -> Markup:
    """The chart as SVG: for the column of the page, and where asked for another one for a phone."""
    shown_part = thinned(chart)
    widths = {"wide": WIDE, "narrow": NARROW} if narrow else {"": WIDE}
    with drawing():
        return Markup("").join(
            _Drawing(shown_part, words, width).markup(
                prefix=f"{prefix}{variant[:1]}", variant=variant
            )
            for variant, width in widths.items()
        )


def as_table(chart: Chart, words: Words) -> Table:
    """The figures behind a chart: a row per x, a column per series and one for each range."""
    columns, cells = [TableColumn(chart.x_title)], [_labels(chart)]
    for series in chart.series:
        columns.append(TableColumn(series.title, chart.y_kind))
        cells.append([_with_range(chart, series, place, words) for place in range(len(chart.x))])
    return Table(
        chart.name, chart.title, tuple(columns), tuple(zip(*cells, strict=True)), chart.source
    )


def _with_range(chart: Chart, series: Series, place: int, words: Words) -> str:
    value = words.write(series.y[place], chart.y_kind)
    if not series.low or series.low[place] is None or series.y[place] is None:
        return value
    return words.say(
        "with range",
        value=value,
        range=words.range(series.low[place], series.high[place], chart.y_kind),
    )


def _labels(chart: Chart) -> list[str]:
    if is_numeric(chart):
        return [str(text) for text in numbers(np.array(chart.x, dtype=np.float64)).to_pylist()]
    return [str(x) for x in chart.x]


class _Drawing:
    """One chart at one width."""

    def __init__(self, chart: Chart, words: Words, width: int) -> None:
        self.chart, self.words, self.width = chart, words, width
        self.numeric = is_numeric(chart)
        self.x = np.array(chart.x if self.numeric else range(len(chart.x)), dtype=np.float64)
        self.bars = [series for series in chart.series if series.style == "bar"]
        self.lying = chart.horizontal and not self.numeric
        self.columns = self._legend_columns()
        lines = -(-len(chart.series) // self.columns) if len(chart.series) > 1 else 0
        bars = max(3, len(chart.x) * max(1, 0.72 * len(self.bars)))
        height = (_AROUND + _BAR * bars if self.lying else _UPRIGHT) + _LEGEND * lines
        self.canvas = canvas(width, height)
        self.axes = self.canvas.subplots()

    def markup(self, *, prefix: str, variant: str) -> Markup:
        for place, (series, look) in enumerate(zip(self.chart.series, cycle(_LOOKS), strict=False)):
            self._series(series, look, place)
        self._value_axis()
        self._other_axis()
        self._titles()
        if len(self.chart.series) > 1:
            handles, labels = (
                row_by_row(part, self.columns) for part in self.axes.get_legend_handles_labels()
            )
            self.canvas.legend(
                handles,
                labels,
                loc="outside upper left",
                ncols=self.columns,
                borderaxespad=0.2,
                handlelength=2.2,
                columnspacing=1.6,
            )
        return markup(
            self.canvas, prefix=prefix, alternative=self.chart.alternative, variant=variant
        )

    def _legend_columns(self) -> int:
        longest = max((wide(cut(series.title, 44)) for series in self.chart.series), default=1)
        return max(1, min(len(self.chart.series), int(self.width / (longest * 12 * _SIGN + 60))))

    # --- what is drawn ----------------------------------------------------------------------------

    def _series(self, series: Series, look: _Look, place: int) -> None:
        y = np.array([np.nan if value is None else value for value in series.y], dtype=np.float64)
        ends = _ends(series, y)
        title = cut(series.title, 44)
        match series.style:
            case "bar":
                self._bar(series, look, y, ends, title)
            case "points":
                self._errors(self.x, y, ends, look, label=title, fmt=look.marker)
            case "band" if ends is not None:
                low, high = ends
                self.axes.fill_between(
                    self.x, low, high, color=look.colour, alpha=0.18, linewidth=0, label=title
                )
                self.axes.plot(self.x, y, color=look.colour, linestyle=look.dash)
            case _:
                marker = look.marker if len(self.x) <= _MARKS and series.style == "line" else ""
                places = (y, self.x) if self.lying else (self.x, y)
                self.axes.plot(
                    *places,
                    color=look.colour,
                    linestyle=look.dash,
                    marker=marker,
                    markersize=5,
                    label=title,
                    drawstyle="steps-post" if series.style == "steps" else "default",
                    zorder=3 + place,
                )
                if ends is not None:
                    self.axes.fill_between(
                        self.x, *ends, color=look.colour, alpha=0.15, linewidth=0
                    )

    def _bar(self, series: Series, look: _Look, y: Floats, ends: Floats | None, title: str) -> None:
        step = float(np.min(np.diff(self.x))) if self.numeric and len(self.x) > 1 else 1.0
        thick = 0.74 * step / len(self.bars)
        at = self.x + thick * (self.bars.index(series) - (len(self.bars) - 1) / 2)
        draw = self.axes.barh if self.lying else self.axes.bar
        size: dict[str, Any] = {"height" if self.lying else "width": thick * 0.94}
        inside = "#ffffff" if look.hatch else look.colour if ends is None else _PALE
        fill: dict[str, Any] = {
            "facecolor": inside,
            "edgecolor": look.colour,
            "hatch": look.hatch,
            "linewidth": 1.2,
        }
        if len(self.bars) == 1 and (y < 0).any():
            # what lowers a chance is told from what lifts it by colour, and by its pattern in grey
            fill["facecolor"] = [_PALE if value >= 0 else "#ffffff" for value in y]
            fill["edgecolor"] = [look.colour if value >= 0 else _DOWN.colour for value in y]
            fill["hatch"] = ["" if value >= 0 else _DOWN.hatch for value in y]
        draw(at, np.nan_to_num(y), label=title, **size, **fill)
        if ends is not None:
            self._errors(at, y, ends, _Look(INK, "-", "", ""), fmt="none")
        if len(self.bars) == 1 and len(self.x) <= (LABELS if self.lying else 8):
            self._values(at, y, ends)

    def _errors(
        self,
        at: Floats,
        y: Floats,
        ends: Floats | None,
        look: _Look,
        *,
        fmt: str,
        label: str | None = None,
    ) -> None:
        spread = None if ends is None else np.nan_to_num(np.maximum([y - ends[0], ends[1] - y], 0))
        errors: dict[str, Any] = {"xerr" if self.lying else "yerr": spread}
        places = (y, at) if self.lying else (at, y)
        self.axes.errorbar(
            *places,
            **errors,
            fmt=fmt,
            color=look.colour,
            label=label,
            markersize=7,
            elinewidth=1.4,
            capsize=3,
            zorder=5,
            markerfacecolor="#ffffff",
            markeredgewidth=1.8,
        )

    def _values(self, at: Floats, y: Floats, ends: Floats | None) -> None:
        """Each bar's value at its end."""
        tips = np.fmax(0.0, y if ends is None else np.fmax(y, ends[1]))
        for place, (value, tip) in enumerate(zip(y, tips, strict=True)):
            text = self.words.write(float(value), self.chart.y_kind)
            where = (tip, at[place]) if self.lying else (at[place], tip)
            self.axes.annotate(
                text,
                where,
                xytext=(5, 0) if self.lying else (0, 4),
                textcoords="offset points",
                fontsize=11,
                ha="left" if self.lying else "center",
                va="center" if self.lying else "bottom",
            )

    # --- what stands around it --------------------------------------------------------------------

    def _value_axis(self) -> None:
        axes, lying = self.axes, self.lying
        room = 0.14 if self.bars else 0.08
        axes.margins(x=room if lying else None, y=None if lying else room)
        low, high = axes.get_xlim() if lying else axes.get_ylim()
        values = [
            v
            for s in self.chart.series
            for part in (s.y, s.low, s.high)
            for v in part
            if v is not None
        ]
        low = 0.0 if not values or min(values) >= 0 else low
        if not values or max(values) <= 0 <= low:
            high = 1.0
        (axes.set_xlim if lying else axes.set_ylim)(low, high)
        axis = axes.xaxis if lying else axes.yaxis
        ticks = MaxNLocator(
            max(2, self.width // 110) if lying else 5,
            steps=[1, 2, 2.5, 5, 10],
            integer=self.chart.y_kind == "count",
        )
        places = [tick for tick in ticks.tick_values(low, high) if low <= tick <= high]
        axis.set_major_locator(FixedLocator(places))
        axis.set_ticklabels(
            written_ticks(places, self.chart.y_kind, self.words.language, self.words.currency)
        )
        axis.set_tick_params(length=0)
        axes.grid(visible=True, axis="x" if lying else "y", color=FAINT, linewidth=1)
        axes.spines["bottom" if lying else "left"].set_visible(False)

    def _other_axis(self) -> None:
        axes = self.axes
        if self.numeric:
            axes.margins(x=0.03)
            axes.xaxis.set_major_locator(
                MaxNLocator(max(3, int(self.width / 90)), steps=[1, 2, 2.5, 5, 10])
            )
            axes.xaxis.set_major_formatter(lambda x, _: str(numbers(np.array([x])).to_pylist()[0]))
            return
        labels = _labels(self.chart)
        if self.lying:
            axes.set_yticks(self.x, told_apart(labels, 42 if self.width == WIDE else 20))
            axes.set_ylim(max(len(labels), 3) - 0.4, -0.6)
            axes.tick_params(axis="y", length=0)
            return
        room = self.width * 0.86 / max(len(labels), 1) / (12 * _SIGN)
        widest = _widest(labels)
        if (
            widest > room
            and _widest(stacked := [_COUNT.sub(r"\n\1", shown(label)) for label in labels]) <= room
        ):
            axes.set_xticks(self.x, stacked)
            axes.tick_params(axis="x", length=0)
            axes.set_xlim(-0.6, max(len(labels), 1) - 0.4)
            return
        every = 1
        if widest <= room or (widest > _SHORT and len(labels) <= _SHORT):
            axes.set_xticks(self.x, [cut(label, max(int(room), 18)) for label in labels])
        else:
            every = int(np.ceil((widest + 1) / room))
            axes.set_xticks(self.x[::every], [cut(label, 18) for label in labels[::every]])
        if widest > room and every == 1:
            axes.tick_params(axis="x", rotation=38)
            for text in axes.get_xticklabels():
                text.set_horizontalalignment("right")
                text.set_rotation_mode("anchor")
        axes.tick_params(axis="x", length=0 if every == 1 else 3)
        axes.set_xlim(-0.6, max(len(labels), 1) - 0.4)

    def _titles(self) -> None:
        """The title of the upright axis lies above it: nobody turns the head, and Japanese is not
        set on its side.
        """
        widest = 90 if self.width == WIDE else 44
        above, below = self.chart.y_title, self.chart.x_title
        if self.lying:
            above, below = below, above
        self.axes.set_title(cut(above, widest), loc="left", pad=8)
        self.axes.set_xlabel(cut(below, widest), color=MUTED)


def _widest(labels: Sequence[str]) -> int:
    """Width of the widest line of the labels."""
    return max((wide(line) for label in labels for line in label.split("\n")), default=1)


def _ends(series: Series, y: Floats) -> Floats | None:
    """(2, n) ends of the ranges, the value itself where one has none; None without any."""
    if not series.low or not series.high:
        return None
    ends = np.array(
        [[np.nan if v is None else v for v in part] for part in (series.low, series.high)]
    )
    filled: Floats = np.where(np.isnan(ends), y, ends)
    return filled
