"""Charts and the map as rows of a slide, with their titles above and their sources under them."""

from dataclasses import dataclass, field
from typing import Any

from training.review.deck import charts, map, tables
from training.review.deck.axes import has_lying_bars
from training.review.deck.measure import BOLD, fitting, height, lines, paragraph
from training.review.deck.paper import HEIGHT, INK, INNER, MARGIN, MUTED, SMALLEST, Box
from training.review.deck.row import BETWEEN, TITLE, Pen
from training.review.document.blocks import Chart, Map, Table, TableColumn, Text

#: Inches of a chart at least and at most; of a lying bar.
_CHART, _HIGHEST, _BAR = 3.0, 4.6, 0.28
#: Inches of the map at least, and how wide it is.
_MAP, _MAP_WIDTH = 3.6, 6.9
#: Type of what stands beside the map; of a chart's title of more than so many lines.
_ASIDE, _SMALL, _SHORT = 14.0, 14.0, 2


@dataclass(frozen=True)
class ChartsRow:
    """One chart, or two side by side."""

    pen: Pen
    charts: tuple[Chart, ...]
    has_titles: bool = True

    @property
    def least(self) -> float:
        """Inches that it needs."""
        lying = [
            _BAR * max(len(chart.series), len(chart.x)) + 1.0
            for chart in self.charts
            if has_lying_bars(chart)
        ]
        return min(max(_CHART, *lying, 0.0), _HIGHEST) + self._around

    @property
    def most(self) -> float:
        """Inches that it can use."""
        return _HIGHEST + self._around

    @property
    def _width(self) -> float:
        return (INNER - BETWEEN * (len(self.charts) - 1)) / len(self.charts)

    @property
    def _around(self) -> float:
        return self._above + self._below

    @property
    def _above(self) -> float:
        titles = [
            height(self._title(chart), self._size * BOLD, self._width) for chart in self.charts
        ]
        return max(titles) + 0.06 if self.has_titles else 0.0

    @property
    def _size(self) -> float:
        """Type size of the titles: smaller where one of them is long."""
        longest = max(
            lines(paragraph(chart.title), TITLE * BOLD, self._width) for chart in self.charts
        )
        return TITLE if longest <= _SHORT else _SMALL

    def _title(self, chart: Chart) -> str:
        return fitting(chart.title, self._size * BOLD, self._width, 3)

    @property
    def _below(self) -> float:
        return max(
            (height(text, SMALLEST, width) + 0.08 for text, _, width in self._sources if text),
            default=0.0,
        )

    @property
    def _sources(self) -> list[tuple[str, float, float]]:
        """Text, left end and width of each; one for both where they are the same."""
        if len({chart.source for chart in self.charts}) == 1:
            return [(self.pen.source(self.charts[0].source, INNER), MARGIN, INNER)]
        return [
            (self.pen.source(chart.source, self._width, 4), self._left(place), self._width)
            for place, chart in enumerate(self.charts)
        ]

    def _left(self, place: int) -> float:
        return MARGIN + place * (self._width + BETWEEN)

    def draw(self, slide: Any, top: float, room: float) -> float:  # noqa: ANN401
        """Draw it in so much room; returns the inches it took."""
        paper, width, above = self.pen.paper, self._width, self._above
        high = room - self._around
        for place, chart in enumerate(self.charts):
            left = self._left(place)
            if self.has_titles:
                paper.text(
                    slide,
                    Box(left, top, width, above - 0.06),
                    [self._title(chart)],
                    size=self._size,
                    bold=True,
                )
            charts.draw(paper, slide, chart, self.pen.page, Box(left, top + above, width, high))
        for text, left, width in self._sources:
            if text:
                box = Box(left, top + above + high + 0.08, width, self._below - 0.08)
                paper.text(slide, box, [text], size=SMALLEST, colour=MUTED)
        return room


@dataclass
class MapRow:
    """The map, and to its right the line, the quadrants, and how to read it as far as there is
    room.

    Attributes:
        pen: Draws.
        map: The map of the pack.
        beside: How to read it.
        unsaid: What of that had no room, after drawing.
    """

    pen: Pen
    map: Map
    beside: tuple[Text, ...]
    unsaid: list[str] = field(default_factory=list, init=False)

    @property
    def least(self) -> float:
        """Inches that it needs."""
        return _MAP + self._below

    @property
    def most(self) -> float:
        """Inches that it can use."""
        return HEIGHT

    @property
    def _below(self) -> float:
        source = self.pen.source(self.map.source, INNER)
        return height(source, SMALLEST, INNER) + 0.08 if source else 0.0

    def draw(self, slide: Any, top: float, room: float) -> float:  # noqa: ANN401
        """Draw it in so much room; returns the inches it took."""
        paper, page = self.pen.paper, self.pen.page
        high = room - self._below
        map.draw(paper, slide, self.map, page, Box(MARGIN, top, _MAP_WIDTH, high))
        source = self.pen.source(self.map.source, INNER)
        if source:
            box = Box(MARGIN, top + high + 0.08, INNER, self._below - 0.08)
            paper.text(slide, box, [source], size=SMALLEST, colour=MUTED)
        self._aside(slide, top + 0.1, top + high)
        return room

    def _aside(self, slide: Any, top: float, end: float) -> None:  # noqa: ANN401
        paper, page = self.pen.paper, self.pen.page
        left, width = MARGIN + _MAP_WIDTH + BETWEEN, INNER - _MAP_WIDTH - BETWEEN
        made = tables.grid(self._quadrants, page, width=width, room=0.0)
        line = (
            page.say("line at", line=page.write(self.map.line, "chance")) if self.map.line else ""
        )
        y, free = top, end - made.height(0, len(made.cells))
        for text in filter(None, (line, *(paragraph(text.text) for text in self.beside))):
            needed = height(text, _ASIDE, width) + 0.12
            if y + needed > free:
                self.unsaid.append(text)
                continue
            paper.text(slide, Box(left, y, width, needed - 0.12), [text], size=_ASIDE, colour=INK)
            y += needed
        tables.draw(paper, slide, made, 0, len(made.cells), left=left, top=y)

    @property
    def _quadrants(self) -> Table:
        words = self.pen.words
        rate = self.map.told.replace("{rate}", "").strip()
        columns = (
            TableColumn(words.say("quadrant")),
            TableColumn(words.say("leads"), "count"),
            TableColumn(rate, "share"),
            TableColumn(words.say("instruction")),
        )
        rows = tuple((name, leads, rate, do) for name, leads, rate, _, _, do in self.map.quadrants)
        return Table("", "", columns, rows, "")
