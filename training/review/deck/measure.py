"""How much room a text takes, before anybody draws it: no text runs over an edge."""

import math
import re

from propensity.pages.visible_text import shown

#: Points per inch; height of a line as a share of the type.
INCH, _LINE = 72.0, 1.28
#: Widths as shares of the type: of a Japanese sign, of a Latin capital or a digit, of any other;
#: generous ones, because the reader's system may take another font. Bold type is wider.
_FULL, _CAPITAL, _OTHER, BOLD = 1.0, 0.66, 0.53, 1.08
#: What wrapping loses: Latin at words; Japanese, which wraps anywhere, hardly anything.
_WRAPPING, _ANYWHERE = 1.07, 1.0
#: What some programs leave free between Japanese and Latin signs.
_BETWEEN = 0.2
_BORDER = re.compile(r"(?<=[\u2e80-\uffff])(?=[\x21-\x7e])|(?<=[\x21-\x7e])(?=[\u2e80-\uffff])")
#: Signs of a paragraph on a slide, and of a cell.
PARAGRAPH, CELL = 900, 160
_PERCENT = re.compile(r"(?<=\d) %")


def lines(text: str, size: float, width: float) -> int:
    """Lines that a text takes.

    Args:
        text: One paragraph.
        size: Size of the type, in points; times ``BOLD`` where it is that.
        width: Width of the room, in inches.
    """
    return max(1, math.ceil(_length(text) * size / (width * INCH)))


def height(text: str, size: float, width: float) -> float:
    """Inches that a text takes from top to bottom."""
    return lines(text, size, width) * size * _LINE / INCH


def headline_lines(text: str, size: float, width: float) -> int:
    """Lines in bold type, whose Japanese signs are no wider."""
    return lines(text, size if _is_japanese(text) else size * BOLD, width)


def paragraph(text: str) -> str:
    """Any text as one that stands on a slide: harmless, on one line, no longer than people read
    there.
    """
    return _PERCENT.sub("\u00a0%", shown(" ".join(text.split()), longest=PARAGRAPH))


def fitting(text: str, size: float, width: float, most: int) -> str:
    """A text of at most so many lines.

    >>> fitting("a" * 100, 10, 2, 1)
    'aaaaaaaaaaaaaaaaaaaaaaa…'
    """
    text = _PERCENT.sub("\u00a0%", shown(text, longest=PARAGRAPH))
    room = most * width * INCH / size
    if _length(text) <= room:
        return text
    while text and _length(text) > room - 1:
        text = text[: -max(1, int((_length(text) - room) / 2))]
    return f"{text.rstrip()}…"


def _length(text: str) -> float:
    """Length of the text on one line, as a multiple of its type, with what wrapping loses."""
    full = sum(ord(sign) > 0x2E7F for sign in text)
    capital = sum(sign.isascii() and (sign.isupper() or sign.isdigit()) for sign in text)
    width = full * _FULL + capital * _CAPITAL + (len(text) - full - capital) * _OTHER
    width += _BETWEEN * len(_BORDER.findall(text)) if full else 0.0
    return width * (_ANYWHERE if _is_japanese(text) else _WRAPPING)


def _is_japanese(text: str) -> bool:
    return 2 * sum(ord(sign) > 0x2E7F for sign in text) > len(text)
