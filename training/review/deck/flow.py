"""Blocks laid out on slides: top to bottom, a new slide where the room ends, nothing over an edge."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from training.review.blocks import Block, Chart, Column, Figure, Folded, Map, Section, Slider, Table, Text
from training.review.deck import charts, map, tables
from training.review.deck.measure import fitting, headline_height, height, paragraph
from training.review.deck.paper import BOTTOM, INK, INNER, MARGIN, MUTED, PALE, TOP, WARN, Box, Paper
from training.review.thinned import is_numeric
from training.review.words import Words

#: Type of a text by its role, of the title above a table or chart, of a source.
SIZES = {"headline": 24.0, "plain": 18.0, "warning": 18.0, "small": 14.0}
TITLE, SOURCE = 16.0, 11.0
#: Inches between blocks; of a chart at least and at most; between columns.
_GAP, _CHART, _HIGHEST, _BETWEEN = 0.16, 2.5, 4.9, 0.4
#: Inches of a lying bar.
_BAR = 0.22
#: Figures side by side; rows of a table in the meeting and in the appendix; lines of the slider shown.
_ABREAST, _ROWS, _LOOKED_UP, _LINES = 4, 36, 14, 9
#: Columns of a table; the others are in its file.
_COLUMNS = 9
#: Inches of a headline.
_HEADLINE = 1.2
#: Inches that have to be free under a heading.
_FOLLOWING = 1.6
#: Inches that texts after a chart may take on its slide.
_AFTER = 1.2
#: Labels up to which a chart fits on half a slide.
_HALF = 14


class Flow:
    """Slides of one section after the other.

    Args:
        paper: They are made on.
        words: Of the deck.
        page: Of the page, for what both say.
    """

    def __init__(self, paper: Paper, words: Words, page: Words) -> None:
        self.paper, self.words, self.page = paper, words, page
        self.title, self.count = "", 0
        self.slide: Any = None
        self.y, self.rows = TOP, _ROWS
        self.answers: list[str] = []
        self.beside: list[Text] = []

    def section(self, section: Section) -> tuple[Any, list[Folded]]:
        """Draw a section.

        Returns:
            Its first slide; and what is folded in a section of the meeting, for the appendix.
        """
        is_meeting = section.part == "meeting"
        folded = [block for block in section.blocks if isinstance(block, Folded)] if is_meeting else []
        self._begin(section.title, rows=_ROWS if is_meeting else _LOOKED_UP)
        first = self.slide
        self._blocks([block for block in section.blocks if block not in folded])
        self._answered()
        return first, folded

    def detail(self, title: str, folded: Folded) -> None:
        """Draw what opens in a section of the meeting."""
        self._begin(title, rows=_LOOKED_UP)
        if not _names_itself(folded):
            self._text(Text(folded.summary, "headline"))
        self._blocks(folded.blocks)
        self._answered()

    def lines(self, title: str, told: Sequence[str]) -> Any:  # noqa: ANN401
        """A slide of lines, or several."""
        self._begin(title, rows=_ROWS)
        first = self.slide
        for line in told:
            self._text(Text(line))
        return first

    # --- slides -------------------------------------------------------------------------------------------------------

    def _begin(self, title: str, *, rows: int) -> None:
        self.title, self.count, self.rows = title, 0, rows
        self._new()

    def _new(self) -> None:
        self._answered()
        self.count += 1
        title = self.title if self.count == 1 else self.words.say("again", title=self.title, n=self.count)
        self.slide = self.paper.slide(fitting(title, 28, INNER, 1))
        self.y = TOP

    def _room(self, needed: float) -> None:
        """A new slide, unless there is room or nothing stands on this one yet."""
        if self.y + needed > BOTTOM and self.y > TOP:
            self._new()

    def _answered(self) -> None:
        if self.slide is not None and self.answers:
            self.paper.notes(self.slide, self.answers)
        self.answers = []

    # --- blocks -------------------------------------------------------------------------------------------------------

    def _blocks(self, blocks: Sequence[Block]) -> None:
        groups: list[list[Any]] = [list(group) for _, group in groupby(blocks, key=type)]
        for group, after in zip(groups, [*groups[1:], []], strict=True):
            self._group(group, after)

    def _group(self, group: list[Any], after: Sequence[Block]) -> None:
        """Blocks of one kind, and those that come after them."""
        last = len(group) - 1
        match group[0]:
            case Figure():
                for start in range(0, len(group), _ABREAST):
                    self._figures(group[start : start + _ABREAST])
            case Chart():
                pairs = list(_paired(group))
                for place, pair in enumerate(pairs, start=1):
                    self._charts(pair, kept=self._kept(after) if place == len(pairs) else 0.0)
            case Table():
                for place, table in enumerate(group):
                    self._table(table, kept=self._kept(after) if place == last else 0.0)
            case Text() if after and isinstance(after[0], Map):
                self.beside = [text for text in group if text.role != "headline"]
                for text in (text for text in group if text.role == "headline"):
                    self._text(text)
            case _:
                for block in group:
                    self._block(block)

    def _kept(self, after: Sequence[Block]) -> float:
        """Room to be left for the texts after a chart; none where they need a slide of their own."""
        texts = [block for block in after if isinstance(block, Text)]
        needed = sum(height(paragraph(text.text), SIZES[text.role], INNER) + _GAP for text in texts)
        return needed if needed <= _AFTER else 0.0

    def _block(self, block: Block) -> None:
        match block:
            case Text():
                self._text(block)
            case Map():
                self._map(block, self.beside)
                self.beside = []
            case Slider():
                self._slider(block)
            case Folded(is_answer=True):
                told = " ".join(inner.text for inner in block.blocks if isinstance(inner, Text))
                self.answers.append(self.words.say("answer", text=told))
            case Folded():
                if not _names_itself(block):
                    self._room(height(paragraph(block.summary), SIZES["plain"], INNER) + _FOLLOWING)
                    self._text(Text(block.summary))
                self._blocks(block.blocks)
            case _:
                raise TypeError(f"expected a block, got {type(block).__name__}")

    def _text(self, block: Text) -> None:
        text, size = paragraph(block.text), SIZES[block.role]
        width = INNER - (0.3 if block.role == "warning" else 0.0)
        needed = (headline_height if block.role == "headline" else height)(text, size, width)
        self._room(needed)
        box = Box(MARGIN + INNER - width, self.y, width, needed)
        if block.role == "warning":
            self.paper.panel(self.slide, Box(MARGIN, self.y, 0.08, needed), fill=WARN)
        colour = MUTED if block.role == "small" else INK
        self.paper.text(self.slide, box, [text], size=size, colour=colour, bold=block.role == "headline")
        self.y += needed + _GAP

    def _figures(self, figures: Sequence[Figure]) -> None:
        """Cards side by side."""
        width = (INNER - _BETWEEN * (len(figures) - 1)) / len(figures)
        inner = width - 0.3
        told = [self._card(figure, inner) for figure in figures]
        needed = max(sum(height(text, size, inner) for text, size, _, _ in card) for card in told) + 0.3
        self._room(needed)
        for place, card in enumerate(told):
            left, y = MARGIN + place * (width + _BETWEEN), self.y + 0.15
            self.paper.panel(self.slide, Box(left, self.y, width, needed), fill=PALE)
            for text, size, colour, bold in card:
                high = height(text, size, inner)
                self.paper.text(
                    self.slide, Box(left + 0.15, y, inner, high), [text], size=size, colour=colour, bold=bold
                )
                y += high
        self.y += needed + _GAP

    def _card(self, figure: Figure, width: float) -> list[tuple[str, float, str, bool]]:
        parts = [(self.page.write(figure.value, figure.kind), 36.0, INK, True)]
        if figure.low is not None and figure.high is not None:
            told = self.page.range(figure.low, figure.high, figure.kind)
            parts.append((self.page.say("range of", range=told), 14.0, MUTED, False))
        parts.append((fitting(figure.caption, 16, width, 4), 16.0, INK, False))
        if figure.source:
            source = self.words.say("source", source=paragraph(figure.source))
            parts.append((fitting(source, SOURCE, width, 5), SOURCE, MUTED, False))
        return parts

    def _heading(self, title: str, left: float = MARGIN, width: float = INNER) -> float:
        """The title above a table or a chart; returns its height."""
        text = fitting(title, TITLE, width, 2)
        needed = height(text, TITLE, width)
        self.paper.text(self.slide, Box(left, self.y, width, needed), [text], size=TITLE, bold=True)
        return needed + 0.06

    def _source(self, source: str, left: float = MARGIN, width: float = INNER, *, y: float) -> None:
        if source:
            text = self._from(source, width)
            box = Box(left, y, width, height(text, SOURCE, width))
            self.paper.text(self.slide, box, [text], size=SOURCE, colour=MUTED)

    def _from(self, source: str, width: float) -> str:
        return fitting(self.words.say("source", source=paragraph(source)), SOURCE, width, 3)

    def _under(self, source: str, width: float = INNER) -> float:
        return height(self._from(source, width), SOURCE, width) + 0.06 if source else 0.0

    # --- tables -------------------------------------------------------------------------------------------------------

    def _table(self, table: Table, *, kept: float = 0.0) -> None:
        above = 0.06 + height(fitting(table.title, TITLE, INNER, 2), TITLE, INNER)
        note = self._left_out(table, self.rows)
        below = self._under(table.source) + (height(note, SOURCE, INNER) if note else 0.0)
        whole, room = BOTTOM - TOP - above - below, BOTTOM - self.y - above - below - kept - 0.12
        made = tables.grid(_narrow(table), self.page, width=INNER, rows=self.rows, room=room)
        if self.rows == _LOOKED_UP:  # to look things up in, one slide is enough: the file holds the rest
            line = height("–", SOURCE, INNER)
            most = next(made.pages(whole - kept - line, whole))[1]
            note = self._left_out(table, most)
            made = tables.grid(_narrow(table), self.page, width=INNER, rows=most, room=room)
            below = self._under(table.source) + (height(note, SOURCE, INNER) if note else 0.0)
        all_of_it = made.height(0, len(made.cells))
        keeps = all_of_it <= whole and self.y > TOP + _HEADLINE  # a headline alone is no slide
        self._room(above + below + (all_of_it if keeps else made.height(0, min(4, len(made.cells)))))
        for start, end in list(made.pages(BOTTOM - self.y - above - below, whole)):
            if start:
                self._new()
            self.y += self._heading(table.title)
            tables.draw(self.paper, self.slide, made, start, end, left=MARGIN, top=self.y)
            self.y += made.height(start, end) + 0.1
        self._source(table.source, y=self.y)
        self.y += self._under(table.source)
        if note:
            needed = height(note, SOURCE, INNER)
            self.paper.text(self.slide, Box(MARGIN, self.y, INNER, needed), [note], size=SOURCE, colour=MUTED)
            self.y += needed
        self.y += _GAP

    def _left_out(self, table: Table, most: int) -> str:
        """What the slides do not show of a table, and what its dashes mean."""
        file, told = f"tables/{table.name}.csv", []
        if len(table.columns) > _COLUMNS and table.name:
            told.append(self.words.say("columns", shown=_COLUMNS, all=len(table.columns), file=file))
        if len(table.rows) > most:
            told.append(self.words.say("table", shown=most, all=len(table.rows), file=file))
        if any(cell is None or cell == "–" for row in table.rows[:most] for cell in row[:_COLUMNS]):
            told.append(self.page.say("few"))
        return self.words.join(told)

    def _slider(self, slider: Slider) -> None:
        self._text(Text(slider.sentences[slider.chosen]))
        columns = (Column("", "text"), Column(self.words.say("line"), "chance"), *slider.columns)
        rows = tuple(
            ("●" if place == slider.chosen else "", slider.lines[place], *slider.figures[place])
            for place in _spread(len(slider.lines), slider.chosen)
        )
        self._table(Table("", self.words.say("lines"), columns, rows, slider.source))
        self._text(Text(self.words.say("slider"), "small"))

    # --- pictures -----------------------------------------------------------------------------------------------------

    def _charts(self, found: Sequence[Chart], *, kept: float = 0.0) -> None:
        """One chart, or two side by side; ``kept`` inches are left free under them."""
        width = (INNER - _BETWEEN * (len(found) - 1)) / len(found)
        above = 0.06 + max(height(fitting(chart.title, TITLE, width, 2), TITLE, width) for chart in found)
        around = above + max(self._under(chart.source, width) for chart in found) + 0.1
        least = max(_CHART, *(_BAR * len(chart.x) + 1.1 for chart in found if chart.horizontal), 0.0)
        kept = kept if self.y + least + around + kept <= BOTTOM or self.y + least + around > BOTTOM else 0.0
        self._room(least + around + kept)
        high = min(BOTTOM - self.y - around - kept, _HIGHEST)
        for place, chart in enumerate(found):
            left = MARGIN + place * (width + _BETWEEN)
            title = self._heading(chart.title, left, width)
            charts.draw(self.paper, self.slide, chart, self.page, Box(left, self.y + title, width, high))
            self._source(chart.source, left, width, y=self.y + title + high + 0.06)
        self.y += around + high + _GAP

    def _map(self, shown: Map, beside: Sequence[Text]) -> None:
        """The map, and to its right what was said before it, the line and the quadrants."""
        self._room(BOTTOM - TOP - 1.3)
        width = 6.7
        aside = INNER - width - _BETWEEN
        title = self._heading(shown.title)
        below = self._under(shown.source) + 0.1
        top, high = self.y + title, BOTTOM - self.y - title - below
        map.draw(self.paper, self.slide, shown, self.page, Box(MARGIN, top, width, high))
        self._source(shown.source, y=top + high + 0.06)
        line = self.page.say("line at", line=self.page.write(shown.line, "chance")) if shown.line else ""
        made = tables.grid(self._quadrants(shown), self.page, width=aside)
        told = [paragraph(text.text) for text in beside]
        needed = sum(height(text, 14, aside) + _GAP for text in (*told, line) if text)
        fits = top + 0.1 + needed + made.height(0, len(made.cells)) <= BOTTOM
        left, y = MARGIN + width + _BETWEEN, top + 0.1
        for text in filter(None, (*(told if fits else ()), line)):
            needed = height(text, 14, aside)
            self.paper.text(self.slide, Box(left, y, aside, needed), [text], size=14)
            y += needed + _GAP
        tables.draw(self.paper, self.slide, made, 0, len(made.cells), left=left, top=y)
        self.y = BOTTOM
        for text in () if fits else beside:
            self._text(text)

    def _quadrants(self, shown: Map) -> Table:
        columns = (Column(self.words.say("quadrant")), Column(self.words.say("leads"), "count"),
                   Column(self.words.say("rate"), "share"), Column(self.words.say("instruction")))  # fmt: skip
        rows = tuple((name, leads, rate, do) for name, leads, rate, _, _, do in shown.quadrants)
        return Table("", "", columns, rows, "")


def _names_itself(folded: Folded) -> bool:
    """Whether a block in it has its summary as title."""
    return any(isinstance(block, Table | Chart) and block.title == folded.summary for block in folded.blocks)


def _paired(found: Sequence[Chart]) -> Iterator[Sequence[Chart]]:
    """Charts that fit side by side in twos."""
    place = 0
    while place < len(found):
        two = found[place : place + 2]
        fits = len(two) == 2 and all(len(chart.x) <= _HALF or is_numeric(chart) for chart in two)
        yield two if fits else found[place : place + 1]
        place += 2 if fits else 1


def _narrow(table: Table) -> Table:
    """Its first columns."""
    if len(table.columns) <= _COLUMNS:
        return table
    rows = tuple(row[:_COLUMNS] for row in table.rows)
    return replace(table, columns=table.columns[:_COLUMNS], rows=rows)


def _spread(n: int, chosen: int) -> list[int]:
    """Places of about ``_LINES`` lines, the chosen one among them."""
    steps = {round(place * (n - 1) / max(_LINES - 1, 1)) for place in range(_LINES)}
    return sorted({*steps, chosen})
