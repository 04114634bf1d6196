"""A table as a row of a slide: as many of its rows as there is room for."""

from dataclasses import dataclass, field, replace
from typing import Any

from training.review.deck import tables
from training.review.deck.measure import fitting, height
from training.review.deck.paper import INNER, MARGIN, MUTED, SMALLEST, Box
from training.review.deck.row import TITLE, Pen
from training.review.document.blocks import Table

#: Inches of a table's grid that it does not give up, and rows; columns that are shown, the others
#: are in its file.
_TABLE, _ROWS, _COLUMNS = 3.3, 3, 9


@dataclass
class TableRow:
    """A table: as many of its rows as there is room for.

    Attributes:
        pen: Draws.
        table: All of it.
        has_title: Whether its title stands above it.
        goes_on: Whether what has no room comes on the next slide; else it is in the table's file.
        left: What had no room, after drawing.
    """

    pen: Pen
    table: Table
    has_title: bool = True
    goes_on: bool = False
    left: Table | None = field(default=None, init=False)

    @property
    def least(self) -> float:
        """Inches that it needs."""
        made = tables.grid(self._narrow, self.pen.page, width=INNER, room=0.0)
        rows = max(min(_ROWS, len(made.cells)), made.fitting(_TABLE))
        return self._around(rows) + made.height(0, rows)

    @property
    def most(self) -> float:
        """Inches that it can use."""
        made = tables.grid(self._narrow, self.pen.page, width=INNER)
        return self._around(len(made.cells)) + made.height(0, len(made.cells))

    def draw(self, slide: Any, top: float, room: float) -> float:  # noqa: ANN401
        """Draw it in so much room; returns the inches it took."""
        paper = self.pen.paper
        around, total = self._around(0), len(self.table.rows)
        made = tables.grid(
            self._narrow, self.pen.page, width=INNER, room=room - self._around(total)
        )
        end = made.fitting(room - self._around(total))
        if end < total:
            end = made.fitting(room - around)
        y = top + self._heading(slide, top)
        tables.draw(paper, slide, made, 0, end, left=MARGIN, top=y)
        y += made.height(0, end) + 0.1
        for line in filter(None, (self.pen.source(self.table.source, INNER), self._left_out(end))):
            needed = height(line, SMALLEST, INNER)
            paper.text(slide, Box(MARGIN, y, INNER, needed), [line], size=SMALLEST, colour=MUTED)
            y += needed
        if self.goes_on and end < total:
            self.left = replace(self.table, rows=self.table.rows[end:])
        return y - top

    def _heading(self, slide: Any, top: float) -> float:  # noqa: ANN401
        if not (self.has_title and self.table.title):
            return 0.0
        text = fitting(self.table.title, TITLE, INNER, 2)
        needed = height(text, TITLE, INNER)
        self.pen.paper.text(slide, Box(MARGIN, top, INNER, needed), [text], size=TITLE, bold=True)
        return needed + 0.06

    def _around(self, rows: int) -> float:
        """Inches of everything but the grid, where so many rows are shown."""
        title = (
            fitting(self.table.title, TITLE, INNER, 2)
            if self.has_title and self.table.title
            else ""
        )
        above = height(title, TITLE, INNER) + 0.06 if title else 0.0
        lines = [self.pen.source(self.table.source, INNER), self._left_out(rows)]
        return above + 0.1 + sum(height(line, SMALLEST, INNER) for line in lines if line)

    def _left_out(self, rows: int) -> str:
        """What the slide does not show of the table, and what its dashes mean."""
        words, table, told = self.pen.words, self.table, []
        file = f"tables/{table.name}.csv"
        if len(table.columns) > _COLUMNS and table.name:
            told.append(words.say("columns", shown=_COLUMNS, all=len(table.columns), file=file))
        if rows < len(table.rows) and table.name and not self.goes_on:
            told.append(words.say("table", shown=rows, all=len(table.rows), file=file))
        if any(cell is None or cell == "–" for row in table.rows[:rows] for cell in row[:_COLUMNS]):
            told.append(self.pen.page.say("few"))
        return words.join(told)

    @property
    def _narrow(self) -> Table:
        """Its first columns."""
        rows = tuple(row[:_COLUMNS] for row in self.table.rows)
        return replace(self.table, columns=self.table.columns[:_COLUMNS], rows=rows)
