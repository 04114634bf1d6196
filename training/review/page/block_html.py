"""Each block of a section as HTML: what of it stands on the page, and which macro of
``blocks.html`` writes it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count, groupby, zip_longest
from typing import NamedTuple

from jinja2.environment import TemplateModule
from markupsafe import Markup

from training.review.document.blocks import (
    Ballot,
    Block,
    CellKind,
    CellValue,
    Chart,
    Folded,
    KeyFigure,
    Map,
    QuadrantCell,
    Section,
    Slider,
    Table,
    TableColumn,
    Text,
)
from training.review.document.thinned import thinned
from training.review.page import chart as charts
from training.review.page import map as maps
from training.review.page.slider import slider_data
from training.review.page.source_lines import SourceLines
from training.review.page.templates import TEMPLATES
from training.review.words import Words

#: Rows of a table behind a picture, up to which paper shows it.
_ON_PAPER = 25
#: Columns from which on paper has to set a table smaller.
_BROAD = 9
#: Folded blocks in a row, from which on one can search them.
_SEARCHED = 8
#: What no line breaks by itself.
_UNBROKEN = re.compile(r"[!-\u2e7f]{22}")


@dataclass(frozen=True)
class Limits:
    """How much of it stands on the page.

    Attributes:
        rows: Most rows of a table that are shown; all of them are in its file.
        narrow: Whether phones get pictures of their own.
    """

    rows: int
    narrow: bool


class _Grid(NamedTuple):
    """A table as it stands on the page.

    Attributes:
        title: What it is.
        head: Title and class of each column.
        rows: Text and class of each cell.
        is_headed: Whether the first cell of a row names it.
        is_broad: Whether paper has to set it smaller.
        notes: What stands below it.
    """

    title: str
    head: list[tuple[str, str]]
    rows: list[list[tuple[str, str]]]
    is_headed: bool
    is_broad: bool
    notes: list[str]


class _QuadrantRow(NamedTuple):
    """A quadrant as it stands in the table below the map.

    Attributes:
        name: What people call it.
        figures: Its leads, and where they are known their close rate and its range.
        instruction: What is done.
    """

    name: str
    figures: list[str]
    instruction: str


@dataclass
class Writer:
    """Writes the blocks of a page.

    Args:
        words: Words of the page.
        limits: How much of it.
        lines: Chances to which sliders of the page may move the line.

    Attributes:
        paths: The diagonals of every map, for the script.
        last_map: The last map of the page so far; stands beside a slider.
        columns: How the figures of the slider are written.
    """

    words: Words
    limits: Limits
    lines: Sequence[float] = ()
    paths: dict[str, list[str]] = field(default_factory=dict)
    last_map: Map | None = None
    columns: tuple[CellKind, ...] = ()
    _said: set[str] = field(default_factory=set)
    _sources: SourceLines = field(default_factory=SourceLines)
    _numbers: Iterator[int] = field(default_factory=count)

    # --- what a segment has too ---------------------------------------------------------------

    def figure_range(self, figure: KeyFigure) -> str:
        """The range of a figure, in words; empty without one."""
        if figure.low is None or figure.high is None:
            return ""
        told = self.words.range(figure.low, figure.high, figure.kind)
        return self.words.say("range of", range=told)

    def quadrant_figures(self, cell: QuadrantCell) -> list[str]:
        """What is told of the leads of a quadrant."""
        _, leads, rate, low, high, _ = cell
        told = [self.words.say("leads", n=leads) if leads else self.words.say("few leads")]
        if rate is not None and self.last_map is not None:
            told.append(self.last_map.told.replace("{rate}", self.words.write(rate, "share")))
        if low is not None and high is not None:
            told.append(self.words.say("range of", range=self.words.range(low, high, "share")))
        return told

    def points(self, value: float | None) -> str:
        """Points of the chance, beside the summary of a folded block."""
        return (
            "" if value is None else self.words.say("points", n=self.words.write(value, "number"))
        )

    # --- blocks ---------------------------------------------------------------------------------

    def section(self, section: Section) -> Markup:
        """The blocks of a section."""
        self._said, self._sources = set(), SourceLines.of(section.blocks)
        blocks = self._blocks(section.blocks)
        rest = [self._macro("source", told) for told in self._sources.left()]
        return Markup("").join([blocks, *rest])

    def _blocks(self, blocks: Sequence[Block]) -> Markup:
        return Markup("").join(self._each(blocks))

    def _each(self, blocks: Sequence[Block]) -> Iterator[Markup]:
        """Figures that follow each other stand side by side, and so do lying bars."""
        for kind, group in groupby(blocks, key=_kind):
            if kind == "figure":
                yield self._figures([each for each in group if isinstance(each, KeyFigure)])
            elif kind == "lying":
                yield from self._pairs(list(group))
            elif kind == "folded" and len(folds := list(group)) >= _SEARCHED:
                yield self._macro("found_in", self._id("find"), list(map(self._block, folds)))
            elif kind == "folded":
                yield from map(self._block, folds)
            else:
                yield from map(self._block, group)

    def _figures(self, figures: Sequence[KeyFigure]) -> Markup:
        told = [(each, self.figure_range(each), self._source(each.source)) for each in figures]
        return self._macro("figures", told)

    def _pairs(self, charts: list[Block]) -> Iterator[Markup]:
        """Pictures of lying bars that follow each other stand side by side."""
        drawn = [self._block(each) for each in charts]
        for one, other in zip_longest(drawn[::2], drawn[1::2]):
            yield one if other is None else self._macro("pair", one, other)

    def _source(self, told: str) -> str:
        """A source where it stands: once in a section."""
        return self._sources.here(told)

    def _block(self, block: Block) -> Markup:
        match block:
            case Table():
                return self._ballot(block) if isinstance(block, Ballot) else self._table(block)
            case Chart():
                return self._chart(block)
            case Map():
                return self._map(block)
            case Slider():
                return self._slider(block)
            case Folded():
                self._said.add(block.summary)
                with self._sources.folded():
                    inner = self._blocks(block.blocks)
                return self._macro("folded", block, inner, self.points(block.points))
            case Text() | KeyFigure():
                return self._text(block)

    def _ballot(self, ballot: Ballot) -> Markup:
        rows = list(zip(ballot.rows, ballot.decisions, strict=True))
        return self._macro("ballot", ballot, self._id("ballot"), rows, self._source(ballot.source))

    def _text(self, block: Text | KeyFigure) -> Markup:
        if isinstance(block, KeyFigure):
            return self._figures([block])
        self._said |= {block.text} if block.role == "headline" else set()
        return self._macro("text", block)

    def _macro(self, name: str, *values: object) -> Markup:
        """A macro of the template of blocks."""
        made: Markup = getattr(self._macros, name)(*values)
        return made

    @cached_property
    def _macros(self) -> TemplateModule:
        blocks = TEMPLATES.get_template("training/review/page/blocks.html")
        return blocks.make_module({"words": self.words})

    def _caption(self, title: str) -> str:
        """Above a table or a picture, unless what it lies in has said the same."""
        return "" if title in self._said else title

    # --- tables -----------------------------------------------------------------------------------

    def _table(self, table: Table) -> Markup:
        return self._macro(
            "table", self._caption(table.title), self._grid(table), self._source(table.source)
        )

    def _grid(self, table: Table) -> _Grid:
        return _Grid(
            title=table.title,
            head=[(column.title, _side(column)) for column in table.columns],
            rows=[self._row(row, table.columns) for row in table.rows[: self.limits.rows]],
            is_headed=bool(table.columns) and table.columns[0].kind == "text",
            is_broad=len(table.columns) > _BROAD,
            notes=self._left_out(table),
        )

    def _row(
        self, row: Sequence[CellValue], columns: Sequence[TableColumn]
    ) -> list[tuple[str, str]]:
        texts = [
            self.words.write(cell, column.kind) for cell, column in zip(row, columns, strict=True)
        ]
        return [
            (text, "long" if column.kind == "text" and _UNBROKEN.search(text) else _side(column))
            for text, column in zip(texts, columns, strict=True)
        ]

    def _left_out(self, table: Table) -> list[str]:
        cells = [cell for row in table.rows for cell in row]
        notes = (
            [self.words.say("few")] if any(cell is None or cell == "–" for cell in cells) else []
        )
        more = len(table.rows) - self.limits.rows
        if more > 0:
            notes.append(
                self.words.say(
                    "more rows", n=self.words.write(more, "count"), file=f"tables/{table.name}.csv"
                )
            )
        return notes

    # --- pictures ---------------------------------------------------------------------------------

    def _chart(self, chart: Chart) -> Markup:
        behind = charts.as_table(thinned(chart), self.words)
        return self._macro(
            "chart",
            self._caption(chart.title),
            charts.drawn(chart, self.words, prefix=self._id("c"), narrow=self.limits.narrow),
            [self._thinned(chart), self._range_note(chart)],
            self._source(chart.source),
            self._grid(behind),
            len(behind.rows) > _ON_PAPER,
        )

    def _range_note(self, chart: Chart) -> str:
        """What a range is, once in a section."""
        has_ranges = not chart.is_spread and any(series.low for series in chart.series)
        if not has_ranges or "range" in self._said:
            return ""
        self._said.add("range")
        return self.words.say("range")

    def _thinned(self, chart: Chart) -> str:
        drawn, known = len(thinned(chart).x), len(chart.x)
        if drawn == known:
            return ""
        n, every = (self.words.write(number, "count") for number in (drawn, known))
        return self.words.say("more values", n=n, all=every)

    def _map(self, shown: Map) -> Markup:
        widths = maps.WIDTHS if self.limits.narrow else {"": maps.WIDTHS["wide"]}
        self.last_map = shown
        line = (
            self.words.say("line at", line=self.words.write(shown.line, "chance"))
            if shown.line
            else ""
        )
        four = [self._quadrant(quadrant) for quadrant in shown.quadrants]
        source = self._source(shown.source)
        return self._macro("map", shown, self._map_views(shown, widths), line, four, source)

    def _map_views(self, shown: Map, widths: Mapping[str, int]) -> list[maps.MapView]:
        picture = maps.drawn(
            shown, self.words, prefix=self._id("m"), lines=self.lines, widths=widths
        )
        self.paths |= picture.paths
        return picture.views

    def _quadrant(self, quadrant: QuadrantCell) -> _QuadrantRow:
        return _QuadrantRow(quadrant[0], self.quadrant_figures(quadrant), quadrant[-1])

    def _slider(self, slider: Slider) -> Markup:
        beside = self._map_views(self.last_map, maps.BESIDE) if self.last_map else []
        self.columns = tuple(column.kind for column in slider.columns)
        data = slider_data(slider, self.words, moves_maps=slider.lines == self.lines)
        has_gaps = any(None in row for row in slider.figures)
        source = self._source(slider.source)
        return self._macro("slider", slider, self._id("slider"), data, beside, has_gaps, source)

    def _id(self, kind: str) -> str:
        return f"{kind}{next(self._numbers)}"


def _kind(block: Block) -> str:
    """What of a kind stands together."""
    match block:
        case KeyFigure():
            return "figure"
        case Chart(horizontal=True):
            return "lying"
        case Folded(name=name) if name:
            return "folded"
        case _:
            return ""


def _side(column: TableColumn) -> str:
    return "" if column.kind == "text" else "number"
