"""How much room a text takes, before anybody draws it: no text runs over an edge."""

import math

from training.review.page.chart import wide
from training.review.page.safe import shown

#: Points per inch; height of a line and width of a narrow sign as shares of the type.
INCH, _LINE, _SIGN = 72.0, 1.28, 0.53
#: What wrapping loses: Latin at words and with wide letters; Japanese, whose signs all have one width, hardly anything.
_WRAPPING, _ANYWHERE = 1.08, 0.98
#: Signs of a paragraph on a slide, and of a cell.
PARAGRAPH, CELL = 900, 160


def lines(text: str, size: float, width: float) -> int:
    """Lines that a text takes.

    Args:
        text: One paragraph.
        size: Of the type, in points.
        width: Of the room, in inches.
    """
    return max(1, math.ceil(wide(text) * _loss(text) / per_line(size, width)))


def per_line(size: float, width: float) -> float:
    """Narrow signs that stand on a line; a Japanese one takes the room of two."""
    return max(1.0, width * INCH / (size * _SIGN))


def height(text: str, size: float, width: float) -> float:
    """Inches that a text takes from top to bottom."""
    return lines(text, size, width) * size * _LINE / INCH


def paragraph(text: str) -> str:
    """Any text as one that stands on a slide: harmless, on one line, no longer than people read there."""
    return shown(" ".join(text.split()), longest=PARAGRAPH)


def fitting(text: str, size: float, width: float, most: int) -> str:
    """A text of at most so many lines.

    >>> fitting("a" * 100, 10, 2, 1)
    'aaaaaaaaaaaaaaaaaaaaaaaa…'
    """
    text = shown(text, longest=PARAGRAPH)
    room = per_line(size, width) * most / _loss(text)
    if wide(text) <= room:
        return text
    while text and wide(text) > room - 1:
        text = text[: -max(1, int((wide(text) - room) / 2))]
    return f"{text.rstrip()}…"


def _loss(text: str) -> float:
    return _ANYWHERE if wide(text) > 1.5 * len(text) else _WRAPPING
