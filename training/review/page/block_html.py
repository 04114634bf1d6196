"""Each block of a section as HTML: landmarks, labels, tables behind pictures, the source under
every number.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, groupby

from training.review.document.blocks import (
    Block,
    CellValue,
    Chart,
    Folded,
    KeyFigure,
    Map,
    Section,
    Slider,
    Table,
    TableColumn,
    Text,
)
from training.review.document.thinned import thinned
from training.review.page import chart as charts
from training.review.page import map as maps
from training.review.page.safe import paragraph, safe
from training.review.page.slider import slider_html
from training.review.words import Words

#: Rows of a table behind a picture, up to which paper shows it.
_ON_PAPER = 25
#: Columns from which on paper has to set a table smaller.
_BROAD = 9
#: What no line breaks by itself.
_UNBROKEN = re.compile(r"[!-\u2e7f]{22}")


@dataclass(frozen=True)
class Limits:
    """How much of it stands on the page.

    Attributes:
        rows: Of a table; all of them are in its file.
        narrow: Whether phones get pictures of their own.
    """

    rows: int
    narrow: bool


@dataclass
class Writer:
    """Writes the blocks of a page.

    Args:
        words: Of the page.
        limits: How much of it.
        lines: Chances to which sliders of the page may move the line.

    Attributes:
        paths: The diagonals of every map, for the script.
        last_map: Of the page so far; stands beside a slider.
    """

    words: Words
    limits: Limits
    lines: Sequence[float] = ()
    paths: dict[str, list[str]] = field(default_factory=dict)
    last_map: Map | None = None
    _said: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=count)

    def section(self, section: Section) -> str:
        """The blocks of a section."""
        self._said = set()
        return "".join(self._blocks(section.blocks))

    def _blocks(self, blocks: Sequence[Block]) -> Iterator[str]:
        for is_figure, group in groupby(blocks, key=lambda block: isinstance(block, KeyFigure)):
            if is_figure:
                yield (
                    "<div"
                    f' class="figures">{"".join(self._figure(f) for f in group if isinstance(f, KeyFigure))}</div>'
                )
            else:
                yield from map(self._block, group)

    def _block(self, block: Block) -> str:
        match block:
            case Table():
                return self._table(block, captioned=True)
            case Chart():
                return self._chart(block)
            case Map():
                return self._map(block)
            case Slider():
                return self._slider(block)
            case Folded():
                self._said.add(block.summary)
                inner = "".join(self._blocks(block.blocks))
                kind = ' class="answer"' if block.is_answer else ""
                return f"<details{kind}><summary>{paragraph(block.summary)}</summary><div>{inner}</div></details>"
            case Text() | KeyFigure():
                return self._text(block)

    def _text(self, block: Text | KeyFigure) -> str:
        if isinstance(block, KeyFigure):
            return f'<div class="figures">{self._figure(block)}</div>'
        self._said |= {block.text} if block.role == "headline" else set()
        return f'<p class="{block.role}">{paragraph(block.text)}</p>'

    def _caption(self, title: str) -> str:
        """Above a table or a picture, unless what it lies in has said the same."""
        return "" if title in self._said else f"<figcaption>{safe(title)}</figcaption>"

    def _source(self, source: str) -> str:
        return (
            f'<p class="source">{paragraph(self.words.say("data", source=source))}</p>'
            if source
            else ""
        )

    def _figure(self, figure: KeyFigure) -> str:
        spread = ""
        if figure.low is not None and figure.high is not None:
            told = self.words.range(figure.low, figure.high, figure.kind)
            spread = f'<span class="range">{safe(self.words.say("range of", range=told))}</span>'
        return (
            "<div"
            f' class="figure"><p><strong>{safe(self.words.write(figure.value, figure.kind))}</strong>{spread}'
            "<span"
            f' class="caption">{paragraph(figure.caption)}</span></p>{self._source(figure.source)}</div>'
        )

    # --- tables -----------------------------------------------------------------------------------

    def _table(self, table: Table, *, captioned: bool) -> str:
        rows = "".join(self._row(row, table.columns) for row in table.rows[: self.limits.rows])
        broad = ' class="broad"' if len(table.columns) > _BROAD else ""
        head = "".join(
            f'<th scope="col"{_side(column)}>{safe(column.title)}</th>' for column in table.columns
        )
        inner = (
            '<div class="scroll" role="region" tabindex="0"'
            f' aria-label="{safe(table.title)}"><table{broad}>'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{self._left_out(table)}"
        )
        if not captioned:
            return inner
        return f"<figure>{self._caption(table.title)}{inner}{self._source(table.source)}</figure>"

    def _row(self, row: Sequence[CellValue], columns: Sequence[TableColumn]) -> str:
        cells = [
            _cell(
                self.words.write(cell, column.kind),
                column,
                heads=place == 0 and column.kind == "text",
            )
            for place, (cell, column) in enumerate(zip(row, columns, strict=True))
        ]
        return f"<tr>{''.join(cells)}</tr>"

    def _left_out(self, table: Table) -> str:
        cells = [cell for row in table.rows for cell in row]
        notes = (
            [self.words.say("few")] if any(cell is None or cell == "–" for cell in cells) else []
        )
        more = len(table.rows) - self.limits.rows
        if more > 0:
            notes.append(
                self.words.say(
                    "more rows", n=self.words.write(more, "count"), file=f"tables/{table.name}.csv"
                )
            )
        return "".join(f'<p class="note">{safe(note)}</p>' for note in notes)

    # --- pictures ---------------------------------------------------------------------------------

    def _chart(self, chart: Chart) -> str:
        picture = charts.drawn(chart, self.words, prefix=self._id("c"), narrow=self.limits.narrow)
        behind = charts.as_table(thinned(chart), self.words)
        has_ranges = not chart.is_spread and any(series.low for series in chart.series)
        note = (
            f'<p class="note">{safe(self.words.say("range"))}</p>'
            if has_ranges and self._once("range")
            else ""
        )
        return (
            f"<figure>{self._caption(chart.title)}{picture}{self._thinned(chart)}{note}"
            f"{self._source(chart.source)}{self._behind('behind', behind)}</figure>"
        )

    def _once(self, key: str) -> bool:
        """Whether a note stands for the first time in its section."""
        is_first = key not in self._said
        self._said.add(key)
        return is_first

    def _behind(self, key: str, table: Table) -> str:
        """A table that opens; a long one is not for paper."""
        kind = "behind" if len(table.rows) <= _ON_PAPER else "behind long"
        inner = self._table(table, captioned=False)
        return (
            "<details"
            f' class="{kind}"><summary>{safe(self.words.say(key))}</summary>{inner}</details>'
        )

    def _thinned(self, chart: Chart) -> str:
        drawn, known = len(thinned(chart).x), len(chart.x)
        if drawn == known:
            return ""
        n, every = (self.words.write(number, "count") for number in (drawn, known))
        return f'<p class="note">{safe(self.words.say("more values", n=n, all=every))}</p>'

    def _map(self, shown: Map) -> str:
        widths = maps.WIDTHS if self.limits.narrow else {"": maps.WIDTHS["wide"]}
        self.last_map = shown
        picture = self._map_picture(shown, widths)
        line = (
            self.words.say("line at", line=self.words.write(shown.line, "chance"))
            if shown.line
            else ""
        )
        return (
            f'<figure class="map"><figcaption>{safe(shown.title)}</figcaption>{picture}'
            f'<p class="map-line">{safe(line)}</p>{self._quadrants(shown)}{self._source(shown.source)}</figure>'
        )

    def _map_picture(self, shown: Map, widths: Mapping[str, int]) -> str:
        picture = maps.drawn(
            shown, self.words, prefix=self._id("m"), lines=self.lines, widths=widths
        )
        self.paths |= picture.paths
        return picture.markup

    def _quadrants(self, shown: Map) -> str:
        """The map as a table of two by two."""
        say = self.words.say
        hot, nurture, keen, leave = (
            self._quadrant(shown, quadrant) for quadrant in shown.quadrants
        )
        head = "".join(
            f'<th scope="col">{safe(say("interest"))} {safe(say(end))}</th>'
            for end in ("weak", "strong")
        )
        rows = (("high", nurture, hot), ("low", leave, keen))
        body = "".join(
            f'<tr><th scope="row">{safe(say("fit"))}'
            f" {safe(say(end))}</th><td>{weak}</td><td>{strong}</td></tr>"
            for end, weak, strong in rows
        )
        return (
            "<table"
            f' class="quadrants"><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>'
        )

    def _quadrant(
        self, shown: Map, quadrant: tuple[str, int, float | None, float | None, float | None, str]
    ) -> str:
        name, leads, rate, low, high, instruction = quadrant
        told = [self.words.say("leads", n=leads)]
        if rate is not None:
            told.append(shown.told.replace("{rate}", self.words.write(rate, "share")))
        if low is not None and high is not None:
            told.append(self.words.say("range of", range=self.words.range(low, high, "share")))
        return f"<strong>{safe(name)}</strong><br>{'<br>'.join(map(safe, told))}<br><em>{safe(instruction)}</em>"

    def _slider(self, slider: Slider) -> str:
        beside = self._map_picture(self.last_map, maps.BESIDE) if self.last_map else ""
        return slider_html(
            slider,
            self.words,
            name=self._id("slider"),
            beside=beside,
            moves_maps=slider.lines == self.lines,
            source=self._source(slider.source),
        )

    def _id(self, kind: str) -> str:
        return f"{kind}{next(self._numbers)}"


def _cell(text: str, column: TableColumn, *, heads: bool) -> str:
    tag, scope = ("th", ' scope="row"') if heads else ("td", "")
    kind = ' class="long"' if column.kind == "text" and _UNBROKEN.search(text) else _side(column)
    return f"<{tag}{scope}{kind}>{safe(text)}</{tag}>"


def _side(column: TableColumn) -> str:
    return "" if column.kind == "text" else ' class="number"'
