"""One slide: its message as the title, and under it what there is room for in type that a room can
read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from training.review.deck.measure import fitting, height, paragraph
from training.review.deck.paper import BOTTOM, INNER, MARGIN, MUTED, SMALLEST, Box
from training.review.deck.pictures import ChartsRow, MapRow
from training.review.deck.row import CardsRow, Pen, SlideRow, TextRow
from training.review.deck.table_row import TableRow
from training.review.document.blocks import Block, Chart, KeyFigure, Map, Table, Text

#: Type of texts: the first with which all of them fit; small ones are never larger than their own.
_SIZES, _SMALL = (18.0, 16.0, 14.0), 14.0
#: Inches between rows; of the line that says where the rest is.
_GAP, _REST = 0.16, 0.32
#: Figures side by side.
_ABREAST = 4


@dataclass(frozen=True)
class Slide:
    """What is to stand on a slide.

    Attributes:
        title: The message: a sentence; or the title of what is shown.
        blocks: Top to bottom. Charts that follow each other stand side by side; texts before a map
            beside it.
        notes: What the speaker says.
        name: Name of the section of the pack.
        section: Its title, above that of the slide.
        minutes: Minutes of the meeting.
        rest: Where to find what is not shown; empty where everything is.
        goes_on: Whether a table too long for the slide goes on on another one.
    """

    title: str
    blocks: tuple[Block, ...]
    notes: tuple[str, ...] = ()
    name: str = ""
    section: str = ""
    minutes: int = 0
    rest: str = ""
    goes_on: bool = False


@dataclass(frozen=True)
class DrawnSlide:
    """What became of it.

    Attributes:
        slide: The slide in the file.
        unsaid: Texts that had no room.
        left: Rows of a table that go on on another slide.
    """

    slide: Any
    unsaid: tuple[str, ...]
    left: Table | None


def draw(pen: Pen, asked: Slide) -> DrawnSlide:
    """Draw a slide.

    Args:
        pen: Draws.
        asked: What is to stand on it.
    """
    slide, y = pen.paper.slide(asked.title, above=asked.section)
    whole = BOTTOM - (_REST if asked.rest else 0.0) - y
    rows = _fitting(pen, asked, whole)
    kept = list(_kept(rows, whole))
    for row, room in zip(kept, _rooms(kept, whole), strict=True):
        y += row.draw(slide, y, room) + _GAP
    if asked.rest:
        rest = fitting(asked.rest, SMALLEST, INNER, 1)
        box = Box(
            MARGIN, BOTTOM - height(rest, SMALLEST, INNER), INNER, height(rest, SMALLEST, INNER)
        )
        pen.paper.text(slide, box, [rest], size=SMALLEST, colour=MUTED)
    unsaid = [
        paragraph(row.text.text) for row in rows if isinstance(row, TextRow) and row not in kept
    ]
    unsaid += [text for row in kept if isinstance(row, MapRow) for text in row.unsaid]
    left = next(
        (row.left for row in kept if isinstance(row, TableRow) and row.left is not None), None
    )
    return DrawnSlide(slide, tuple(unsaid), left)


def _fitting(pen: Pen, asked: Slide, room: float) -> list[SlideRow]:
    """The rows with texts as large as lets all of them stand on the slide."""
    found: list[SlideRow] = []
    for size in _SIZES:
        found = list(_rows(pen, asked, size))
        if _taken(found) <= room:
            break
    return found


def _rows(pen: Pen, asked: Slide, size: float) -> Iterator[SlideRow]:
    groups: list[list[Any]] = [list(group) for _, group in groupby(asked.blocks, key=type)]
    alone = len(groups) == 1 or sum(not isinstance(group[0], Text) for group in groups) == 1
    for place, group in enumerate(groups):
        after = groups[place + 1][0] if place + 1 < len(groups) else None
        match group[0]:
            case Text() if isinstance(after, Map):
                yield MapRow(pen, after, tuple(group))
            case Map() if place and isinstance(groups[place - 1][0], Text):
                continue
            case Map():
                yield MapRow(pen, group[0], ())
            case Text():
                yield from (
                    TextRow(pen, text, _SMALL if text.role == "small" else size) for text in group
                )
            case KeyFigure():
                for start in range(0, len(group), _ABREAST):
                    yield CardsRow(pen, tuple(group[start : start + _ABREAST]))
            case Chart():
                for start in range(0, len(group), 2):
                    pair = tuple(group[start : start + 2])
                    yield ChartsRow(
                        pen,
                        pair,
                        has_titles=not (alone and len(pair) == 1 and _says(asked, pair[0])),
                    )
            case Table():
                for table in group:
                    yield TableRow(
                        pen, table, not (alone and _says(asked, table)), goes_on=asked.goes_on
                    )
            case _:
                raise TypeError(
                    f"expected a block that stands on a slide, got {type(group[0]).__name__}"
                )


def _says(asked: Slide, block: Chart | Table) -> bool:
    """Whether the slide's title is that of the block."""
    return asked.title == block.title


def _taken(rows: Sequence[SlideRow]) -> float:
    return sum(row.least + _GAP for row in rows) - _GAP


def _kept(rows: Sequence[SlideRow], room: float) -> Iterator[SlideRow]:
    """Rows that there is room for: pictures and tables before the texts around them, and the first
    of them always.
    """
    ordered = sorted(range(len(rows)), key=lambda place: (isinstance(rows[place], TextRow), place))
    kept: set[int] = set()
    used = 0.0
    for place in ordered:
        if not kept or used + rows[place].least <= room:
            used += rows[place].least + _GAP
            kept.add(place)
    yield from (row for place, row in enumerate(rows) if place in kept)


def _rooms(rows: Sequence[SlideRow], room: float) -> list[float]:
    """Inches of each row: what is left over goes to tables first, then to pictures."""
    given = [min(row.least, room) for row in rows]
    spare = max(0.0, room - _taken(rows))
    for place in sorted(
        range(len(rows)), key=lambda place: (not isinstance(rows[place], TableRow), place)
    ):
        more = max(0.0, min(rows[place].most - rows[place].least, spare))
        given[place] += more
        spare -= more
    return given
