"""``review.pptx``: the meeting in 45 minutes, then everything to look things up in."""

from collections.abc import Sequence
from typing import Any

from training.review.blocks import Folded, Section
from training.review.cover import Cover
from training.review.deck.flow import Flow
from training.review.deck.measure import fitting, paragraph
from training.review.deck.paper import INNER, MARGIN, MUTED, TOP, WARN, Box, Paper
from training.review.words import Words, words_of


def deck(sections: Sequence[Section], cover: Cover) -> bytes:
    """The slides: a title, the agenda, the sections of the meeting with speaker notes, the appendix.

    Args:
        sections: In their order; those without data say why at the end.
        cover: What is said of the pack as a whole.
    """
    return _Deck(sections, cover).made()


class _Deck:
    def __init__(self, sections: Sequence[Section], cover: Cover) -> None:
        self.cover = cover
        self.words = words_of("deck", cover.language, currency=cover.currency)
        self.page: Words = self.words.of("page")
        self.present = [section for section in sections if not section.absent]
        self.absent = [section for section in sections if section.absent]
        mark = self.words.say("mark") if cover.is_draft else ""
        foot = fitting(f"{cover.title} – {cover.subtitle}", 11, INNER - 2.4, 1)
        self.paper = Paper(cover.language, title=cover.title, foot=foot, mark=mark)
        self.flow = Flow(self.paper, self.words, self.page)

    def made(self) -> bytes:
        meeting = [section for section in self.present if section.part == "meeting"]
        appendix = [section for section in self.present if section.part == "appendix"]
        self._title()
        self._agenda(meeting)
        opened = [(section.title, self._section(section)) for section in meeting]
        if appendix or any(folded for _, folded in opened):
            names = self.words.listed([paragraph(section.title) for section in appendix])
            self.flow.lines(self.words.say("appendix"), [self.words.say("appendix lines"), *([names] if names else [])])
        for title, folded in opened:
            for each in folded:
                self.flow.detail(self.words.say("deeper", title=title), each)
        for section in appendix:
            self._section(section)
        if self.absent:
            told = [self.page.say("left out one", title=each.title, why=each.absent) for each in self.absent]
            self.flow.lines(self.page.say("left out"), told)
        return self.paper.saved()

    def _title(self) -> None:
        slide = self.paper.slide(fitting(self.cover.title, 28, INNER, 1))
        y = TOP
        status = [(self.cover.status, 20.0, WARN if self.cover.is_draft else MUTED)] if self.cover.status else []
        facts = [(fact, 16.0, MUTED) for fact in self.cover.facts]
        for text, size, colour in [(self.cover.subtitle, 24.0, "1f2933"), *status, *facts]:
            told = fitting(text, size, INNER, 2)
            high = 2 * size * 1.3 / 72 if told != fitting(text, size, INNER, 1) else size * 1.5 / 72
            self.paper.text(slide, Box(MARGIN, y, INNER, high), [told], size=size, colour=colour)
            y += high + 0.12

    def _agenda(self, meeting: Sequence[Section]) -> None:
        if not meeting:
            return
        told = [f"{place}. {self._minutes(section)}" for place, section in enumerate(meeting, start=1)]
        total = sum(section.minutes for section in meeting)
        slide = self.flow.lines(self.words.say("agenda"), told)
        self.paper.notes(slide, [self.words.say("whole", n=total)])

    def _minutes(self, section: Section) -> str:
        title = paragraph(section.title)
        return f"{title} – {self.words.say('minutes', n=section.minutes)}" if section.minutes else title

    def _section(self, section: Section) -> list[Folded]:
        first, folded = self.flow.section(section)
        self._notes(first, section)
        return folded

    def _notes(self, slide: Any, section: Section) -> None:  # noqa: ANN401
        titles = {other.name: other.title for other in self.present}
        deeper = [titles[name] for name in section.links if name in titles]
        told = [
            *([self.words.say("minutes", n=section.minutes)] if section.minutes else []),
            *section.notes,
            *([self.words.say("go", titles=self.words.listed(deeper))] if deeper else []),
        ]
        if told:
            self.paper.notes(slide, told)
