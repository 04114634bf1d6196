"""A table of the pack as a table of a slide: as much of it as there is room for, under its head."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pptx.oxml.ns import qn
from pptx.util import Inches

from propensity.pages.visible_text import shown
from training.review.deck.measure import CELL, INCH, fitting, height, lines
from training.review.deck.paper import FAINT, PALE, Box, Paper
from training.review.document.blocks import Table, TableColumn
from training.review.document.visible_text import wide
from training.review.words import Words

#: Sizes of type that are tried, the largest first, each with the lines that a cell may have.
_SIZES = ((14.0, 2), (13.0, 3), (12.0, 4))
#: Lines of a title.
_HEAD = 5
#: Width of a narrow sign beside its type, generously, and of a bold one beside it.
_SIGN, _BOLD = 0.62, 1.14
#: Inches around the text of a cell, from side to side and from top to bottom; the narrowest column.
_ASIDE, _AROUND, _NARROWEST = 0.16, 0.1, 0.62
#: Inches up to which a column is as wide as its longest word; of one that people fill in.
_WORD, _TO_FILL = 2.2, 1.6
#: Inches that a sum may be off.
_ROUNDING = 1e-6
#: What a table without a named style looks like.
_PLAIN = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
_WHITE = "ffffff"


@dataclass(frozen=True)
class SlideTable:
    """A table as it will stand on slides.

    Attributes:
        columns: Left to right.
        cells: Rows of texts, the head not among them.
        size: Size of the type.
        widths: Widths of the columns, in inches.
        heights: Heights of the rows, in inches; the head first.
    """

    columns: tuple[TableColumn, ...]
    cells: tuple[tuple[str, ...], ...]
    size: float
    widths: tuple[float, ...]
    heights: tuple[float, ...]

    def fitting(self, room: float) -> int:
        """How many rows have room in so many inches, under the head; at least one."""
        used, fit = self.heights[0], 0
        for needed in self.heights[1:]:
            if used + needed > room + _ROUNDING and fit:
                break
            used += needed
            fit += 1
        return fit

    def height(self, start: int, end: int) -> float:
        """Inches of the head and these rows."""
        return self.heights[0] + sum(self.heights[1 + start : 1 + end])


def grid(table: Table, words: Words, *, width: float, room: float = math.inf) -> SlideTable:
    """Lay a table out.

    Args:
        table: The table of the pack.
        words: Words for its numbers.
        width: Width of the room, in inches.
        room: Inches from top to bottom; where the table does not fit into them, smaller type is
            taken.
    """
    cells = tuple(
        tuple(
            shown(words.write(cell, column.kind), longest=CELL)
            for cell, column in zip(row, table.columns, strict=True)
        )
        for row in table.rows
    )
    found = None
    for size, most in _SIZES:
        found = _grid(table.columns, cells, width, size, most)
        if (
            max(_lines(cells, size, found.widths), default=1) <= most
            and found.height(0, len(cells)) <= room + _ROUNDING
        ):
            break
    assert found is not None  # noqa: S101 — there are sizes
    return found


def _grid(
    columns: Sequence[TableColumn],
    cells: Sequence[Sequence[str]],
    width: float,
    size: float,
    most: int,
) -> SlideTable:
    head = [shown(column.title, longest=CELL) for column in columns]
    widths = _widths(head, cells, size, width)
    cut = [
        tuple(
            fitting(text, size, room - _ASIDE, most if place else _HEAD)
            for text, room in zip(row, widths, strict=True)
        )
        for place, row in enumerate((head, *cells))
    ]
    heights = tuple(
        max(
            height(text, size * (_BOLD if place == 0 else 1), room - _ASIDE)
            for text, room in zip(row, widths, strict=True)
        )
        + _AROUND
        for place, row in enumerate(cut)
    )
    titles = (
        TableColumn(title, column.kind) for title, column in zip(cut[0], columns, strict=True)
    )
    return SlideTable(tuple(titles), tuple(cut[1:]), size, widths, heights)


def draw(
    paper: Paper,
    slide: Any,  # noqa: ANN401
    made: SlideTable,
    start: int,
    end: int,
    *,
    left: float,
    top: float,
) -> None:
    """Rows of a table on a slide, under the head."""
    box = Box(left, top, sum(made.widths), made.height(start, end))
    shape = slide.shapes.add_table(
        1 + end - start, len(made.columns), *(Inches(part) for part in box)
    )
    drawn = shape.table
    shape._element.graphic.graphicData.tbl.tblPr.find(qn("a:tableStyleId")).text = _PLAIN
    for place, width in enumerate(made.widths):
        drawn.columns[place].width = Inches(width)
    rows = ([column.title for column in made.columns], *made.cells[start:end])
    for place, row in enumerate(rows):
        drawn.rows[place].height = Inches(made.heights[0 if place == 0 else start + place])
        fill = FAINT if place == 0 else (_WHITE if place % 2 else PALE)
        for column, text in enumerate(row):
            is_number = made.columns[column].kind != "text"
            paper.cell(
                drawn.cell(place, column),
                text,
                size=made.size,
                bold=place == 0,
                right=is_number,
                fill=fill,
            )


def _lines(rows: Sequence[Sequence[str]], size: float, widths: Sequence[float]) -> Iterator[int]:
    for row in rows:
        for text, width in zip(row, widths, strict=True):
            yield lines(text, size, width - _ASIDE)


def _widths(
    head: Sequence[str], rows: Sequence[Sequence[str]], size: float, width: float
) -> tuple[float, ...]:
    """Each column as wide as its longest text; where that is too much, titles wrap, then the widest
    columns do.
    """
    sign = size * _SIGN / INCH
    columns = [(title, [row[place] for row in rows]) for place, title in enumerate(head)]

    def inches(title: float, texts: Sequence[float]) -> float:
        least = _NARROWEST if any(texts) or not texts else _TO_FILL
        return max(least, max([_BOLD * title, *texts]) * sign + _ASIDE + 0.08)

    asked = [inches(wide(title), [wide(text) for text in texts]) for title, texts in columns]
    if sum(asked) <= width:
        return tuple(asked)
    wrapped = [inches(_word(title), [wide(text) for text in texts]) for title, texts in columns]
    if sum(wrapped) <= width:
        return _levelled(asked, wrapped, width)
    words = [inches(_word(title), [_word(text) for text in texts]) for title, texts in columns]
    least = [min(whole, word, _WORD) for whole, word in zip(wrapped, words, strict=True)]
    if sum(least) >= width:
        return tuple(width * each / sum(least) for each in least)
    return _levelled(wrapped, least, width)


def _levelled(asked: Sequence[float], least: Sequence[float], width: float) -> tuple[float, ...]:
    """Each as wide as it asks, and the widest no wider than lets all of them take the whole
    width.
    """
    low, high = 0.0, max(asked)
    for _ in range(40):
        middle = (low + high) / 2
        total = sum(
            max(floor, min(whole, middle)) for whole, floor in zip(asked, least, strict=True)
        )
        low, high = (middle, high) if total < width else (low, middle)
    return tuple(max(floor, min(whole, low)) for whole, floor in zip(asked, least, strict=True))


def _word(text: str) -> int:
    """Width of the longest word; Japanese wraps anywhere."""
    words = [word for word in text.split() if word.isascii()]
    return max((wide(word) for word in words), default=min(wide(text), 8))
