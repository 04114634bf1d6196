"""Text in lines for a terminal: Japanese breaks between signs, but no line begins with a full stop
or ends with an opening bracket, and a number keeps its percent sign.
"""

import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.style import Style
from rich.text import Text

#: Signs that no line begins with, and those that none ends with.
_NEVER_FIRST = "、。，．・：；！？）］｝」』】〉》ー～…%％っゃゅょッャュョ"
_NEVER_LAST = "（［｛「『【〈《"
#: What may not be parted: a number and its percent sign, a Japanese sign, a word.
_PIECE = re.compile(r"\S*\d %[^\s\u2e80-\uffff]*|[\u2e80-\uffff]|[^\s\u2e80-\uffff]+|\s+")


def lines(text: str, width: int) -> list[str]:
    """A text in lines of so many terminal cells at most.

    >>> lines("Lifts the chance to 68 % today", 22), lines("受注は114件です。", 16)
    (['Lifts the chance to', '68 % today'], ['受注は114件で', 'す。'])
    """
    found, line = [], ""
    for piece in _pieces(text):
        line, before = line + piece, line
        if cell_len(line.rstrip()) > width and before:
            found.append(before.rstrip())
            line = piece.lstrip()
        while cell_len(line.rstrip()) > width:
            head = _head(line, width)
            found.append(head)
            line = line[len(head) :]
    return [*found, line.rstrip()] if line.strip() or not found else found


def _pieces(text: str) -> Iterator[str]:
    """What stays together, with the space before it."""
    waiting = ""
    for piece in _PIECE.findall(text):
        if waiting and not (
            waiting.isspace() or waiting[-1] in _NEVER_LAST or piece[0] in _NEVER_FIRST
        ):
            yield waiting
            waiting = ""
        waiting += piece
    if waiting:
        yield waiting


def _head(piece: str, width: int) -> str:
    """As many signs as there is room for, one at least."""
    end = 1
    while end < len(piece) and cell_len(piece[: end + 1]) <= width:
        end += 1
    return piece[:end]


class Paragraph:
    """A text that takes the width it is given.

    Args:
        text: One paragraph.
        indent: Cells left free before every line.
        style: How it looks.
    """

    def __init__(self, text: str, *, indent: int = 0, style: str | Style = "") -> None:
        self.text, self.indent, self.style = text, indent, style

    def __str__(self) -> str:
        """The text, on one line."""
        return self.text

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """From its longest word to all of it."""
        del console
        words = max(map(cell_len, self.text.split()), default=0)
        most = options.max_width
        return Measurement(
            min(words + self.indent, most), min(cell_len(self.text) + self.indent, most)
        )

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Its lines."""
        room = max(options.max_width - self.indent, 2)
        for line in lines(self.text, room):
            yield Text(" " * self.indent + line, style=self.style, no_wrap=True)
