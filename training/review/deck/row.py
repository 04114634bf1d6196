"""What stands under each other on a slide: a text, figures side by side; each row knows the room it
needs.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from training.review.deck.measure import fitting, height, paragraph
from training.review.deck.paper import INK, INNER, MARGIN, MUTED, PALE, SMALLEST, WARN, Box, Paper
from training.review.document.blocks import KeyFigure, Text
from training.review.words import Words

#: Type of the title above a table or chart, of a card's figure, of its caption.
TITLE, _FIGURE, _CAPTION = 16.0, 36.0, 16.0
#: Inches between columns.
BETWEEN = 0.4


class SlideRow(Protocol):
    """Something as wide as the slide."""

    @property
    def least(self) -> float:
        """Inches that it needs."""

    @property
    def most(self) -> float:
        """Inches that it can use."""

    def draw(self, slide: Any, top: float, room: float) -> float:  # noqa: ANN401 — the library's slides have no type
        """Draw it in so much room; returns the inches it took."""


@dataclass(frozen=True)
class Pen:
    """What every row is drawn with: the slides, the words of the deck, and those it shares with the
    page.
    """

    paper: Paper
    words: Words
    page: Words

    def source(self, source: str, width: float, most: int = 3) -> str:
        """Where figures come from, as a line under them."""
        return (
            fitting(self.words.say("source", source=paragraph(source)), SMALLEST, width, most)
            if source
            else ""
        )


@dataclass(frozen=True)
class TextRow:
    """A paragraph."""

    pen: Pen
    text: Text
    size: float

    @property
    def least(self) -> float:
        """Inches that it needs."""
        return height(paragraph(self.text.text), self.size, self._width)

    @property
    def most(self) -> float:
        """Inches that it can use."""
        return self.least

    @property
    def _width(self) -> float:
        return INNER - (0.3 if self.text.role == "warning" else 0.0)

    def draw(self, slide: Any, top: float, room: float) -> float:  # noqa: ANN401, ARG002
        """Draw it in so much room; returns the inches it took."""
        paper, needed = self.pen.paper, self.least
        if self.text.role == "warning":
            paper.panel(slide, Box(MARGIN, top, 0.08, needed), fill=WARN)
        colour = MUTED if self.text.role == "small" else INK
        box = Box(MARGIN + INNER - self._width, top, self._width, needed)
        paper.text(slide, box, [paragraph(self.text.text)], size=self.size, colour=colour)
        return needed


@dataclass(frozen=True)
class CardsRow:
    """Figures side by side."""

    pen: Pen
    figures: tuple[KeyFigure, ...]

    @property
    def least(self) -> float:
        """Inches that it needs."""
        return (
            max(
                sum(height(text, size, self._inner) for text, size, _, _ in card)
                for card in self._cards()
            )
            + 0.3
        )

    @property
    def most(self) -> float:
        """Inches that it can use."""
        return self.least

    @property
    def _width(self) -> float:
        return (INNER - BETWEEN * (len(self.figures) - 1)) / len(self.figures)

    @property
    def _inner(self) -> float:
        return self._width - 0.3

    def draw(self, slide: Any, top: float, room: float) -> float:  # noqa: ANN401, ARG002
        """Draw it in so much room; returns the inches it took."""
        paper, needed = self.pen.paper, self.least
        for place, card in enumerate(self._cards()):
            left, y = MARGIN + place * (self._width + BETWEEN), top + 0.15
            paper.panel(slide, Box(left, top, self._width, needed), fill=PALE)
            for text, size, colour, bold in card:
                high = height(text, size, self._inner)
                box = Box(left + 0.15, y, self._inner, high)
                paper.text(slide, box, [text], size=size, colour=colour, bold=bold)
                y += high
        return needed

    def _cards(self) -> list[list[tuple[str, float, str, bool]]]:
        return [self._card(figure) for figure in self.figures]

    def _card(self, figure: KeyFigure) -> list[tuple[str, float, str, bool]]:
        page = self.pen.page
        parts = [(page.write(figure.value, figure.kind), _FIGURE, INK, True)]
        if figure.low is not None and figure.high is not None:
            told = page.range(figure.low, figure.high, figure.kind)
            parts.append((page.say("range of", range=told), 14.0, MUTED, False))
        parts.append((fitting(figure.caption, _CAPTION, self._inner, 4), _CAPTION, INK, False))
        source = self.pen.source(figure.source, self._inner, 7)
        return [*parts, *([(source, SMALLEST, MUTED, False)] if source else [])]
