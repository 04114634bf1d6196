"""``review.pptx``: the meeting in 45 minutes; to look things up in there is the page."""

from collections.abc import Sequence
from dataclasses import replace

from training.review.deck.measure import fitting, height, paragraph
from training.review.deck.outline import outline
from training.review.deck.paper import ACCENT, INK, INNER, MARGIN, MUTED, PALE, WARN, Box, Paper
from training.review.deck.row import Pen
from training.review.deck.slide import Slide, draw
from training.review.document.blocks import Section, Text
from training.review.document.cover import Cover
from training.review.words import Words, words_of

#: Slides that a table may take.
_MOST = 2
#: Inches of the agenda, and of a line in it.
_AGENDA, _LINE = 5.2, 0.44


def deck(sections: Sequence[Section], cover: Cover) -> bytes:
    """The slides: title, the meeting with speaker notes, what it needs of the appendix, and where
    the rest is.

    Args:
        sections: Sections in their order; those without data say why at the end.
        cover: What is said of the pack as a whole.

    Returns:
        The file; the same input gives the same bytes.
    """
    return _Deck(sections, cover).made()


class _Deck:
    def __init__(self, sections: Sequence[Section], cover: Cover) -> None:
        self.cover = cover
        self.words = words_of("deck", cover.language, currency=cover.currency, goal=cover.goal)
        self.page: Words = self.words.of("page")
        self.present = [section for section in sections if not section.absent]
        self.absent = [section for section in sections if section.absent]
        self.meeting = [section for section in self.present if section.part == "meeting"]
        mark = self.words.say("mark") if cover.is_draft else ""
        self.paper = Paper(
            cover.language, title=cover.title, foot=f"{cover.title} – {cover.subtitle}", mark=mark
        )
        self.pen = Pen(self.paper, self.words, self.page)

    def made(self) -> bytes:
        self._title()
        planned = list(outline(self.present, self.words, self.page))
        for asked in planned:
            self._slides(asked)
        self._end({asked.name for asked in planned})
        return self.paper.saved()

    def _slides(self, asked: Slide) -> None:
        """A slide, and further ones where a table goes on; what had no room is for the speaker to
        say.
        """
        for number in range(1, _MOST + 1):
            drawn = draw(self.pen, asked)
            told = self.words.say("minutes", n=asked.minutes) if asked.minutes else ""
            self.paper.notes(drawn.slide, [*filter(None, [told]), *asked.notes, *drawn.unsaid])
            if drawn.left is None:
                return
            title = self.words.say("again", title=asked.title, n=number + 1)
            asked = replace(
                asked,
                title=title,
                blocks=(drawn.left,),
                notes=(),
                minutes=0,
                goes_on=number < _MOST - 1,
            )

    def _title(self) -> None:
        slide, top = self.paper.slide(self.cover.title, above="")
        left = INNER - (_AGENDA + 0.4 if self.meeting else 0.0)
        y = top
        status = (
            [(self.cover.status, 18.0, WARN if self.cover.is_draft else MUTED)]
            if self.cover.status
            else []
        )
        facts = [(fact, 16.0, MUTED) for fact in self.cover.facts]
        for text, size, colour in [(self.cover.subtitle, 24.0, INK), *status, *facts]:
            told = fitting(text, size, left, 3)
            high = height(told, size, left)
            self.paper.text(slide, Box(MARGIN, y, left, high), [told], size=size, colour=colour)
            y += high + 0.14
        if self.meeting:
            total = sum(section.minutes for section in self.meeting)
            self.paper.notes(slide, [self.words.say("whole", n=total)])
            self._agenda(slide, self.words.say("agenda"), top)

    def _agenda(self, slide: object, title: str, top: float) -> None:
        left, width = MARGIN + INNER - _AGENDA, _AGENDA
        high = 0.75 + _LINE * len(self.meeting)
        self.paper.panel(slide, Box(left, top, width, high), fill=PALE)
        self.paper.text(
            slide,
            Box(left + 0.2, top + 0.15, width - 0.4, 0.35),
            [title],
            size=16,
            bold=True,
            colour=ACCENT,
        )
        for place, section in enumerate(self.meeting):
            y = top + 0.6 + _LINE * place
            what = fitting(f"{place + 1}. {paragraph(section.title)}", 16, width - 1.6, 1)
            self.paper.text(slide, Box(left + 0.2, y, width - 1.6, 0.35), [what], size=16)
            if section.minutes:
                minutes = self.words.say("minutes", n=section.minutes)
                self.paper.text(
                    slide,
                    Box(left + width - 1.5, y, 1.3, 0.35),
                    [minutes],
                    size=16,
                    colour=MUTED,
                    is_right=True,
                )

    def _end(self, shown: set[str]) -> None:
        """Where everything else is, and what is not there at all."""
        only = [paragraph(section.title) for section in self.present if section.name not in shown]
        told = [Text(self.words.say("everything"))]
        if only:
            told.append(Text(self.words.say("only there", titles=self.words.listed(only))))
        told.append(Text(self.words.say("tables")))
        told += [
            Text(self.page.say("left out one", title=each.title, why=each.absent))
            for each in self.absent
        ]
        self._slides(Slide(self.words.say("where"), tuple(told)))
