"""What a section of the pack consists of, whoever draws it: the page, the deck and the CSV files
show the same.

Texts are in the reader's language already, figures are numbers with a kind, and nothing in here is
about one lead.
Attribute values and column names stand in it as they came: whoever draws a block makes them
harmless for its medium.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: How a number is written: ``count`` 1,204; ``share`` 0..1 as 12 %; ``chance`` 0..1 as 8.4 %;
#: ``money`` in the currency of the amounts; ``days``; ``number`` with two digits behind the point.
CellKind = Literal["text", "count", "share", "chance", "money", "days", "number"]
CellValue = str | int | float | None


@dataclass(frozen=True)
class Text:
    """A paragraph.

    Attributes:
        text: One or more sentences.
        role: ``headline`` (one sentence a section is about), ``plain``, ``warning``, or ``small``.
    """

    text: str
    role: Literal["headline", "plain", "warning", "small"] = "plain"


@dataclass(frozen=True)
class TableColumn:
    """A column of a table."""

    title: str
    kind: CellKind = "text"


@dataclass(frozen=True)
class Table:
    """A table, which is a CSV file of the pack too.

    Attributes:
        name: Name of the CSV file, without its ending; lower-case ASCII with hyphens; unique in the
            pack.
        title: Title above it.
        columns: Left to right.
        rows: Rows of cells; None for what is not told (too few leads) or not known.
        source: Where the figures come from: "3,412 leads created January to March whose 90 days are
            over".
    """

    name: str
    title: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[CellValue, ...], ...]
    source: str


@dataclass(frozen=True)
class Ballot(Table):
    """A table of proposals that a reader can fill in.

    Attributes:
        decisions: Rows of the file of decisions, one for each row of the table: key to value in
            YAML, empty where it is for the reader to say.
        head: What stands above the rows in that file.
    """

    decisions: tuple[Mapping[str, str], ...] = ()
    head: str = ""


@dataclass(frozen=True)
class Series:
    """What a chart draws.

    Attributes:
        title: Title in the legend.
        y: A value for each x; None where there is none.
        low: Lower ends of 95 % intervals; empty without.
        high: Upper ends.
        style: ``bar``, ``line``, ``points`` (with intervals), ``steps`` or ``band``.
    """

    title: str
    y: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    style: Literal["bar", "line", "points", "steps", "band"] = "line"


@dataclass(frozen=True)
class Chart:
    """A picture, and in words and numbers what it shows.

    Attributes:
        name: Name, as in ``Table.name``; unique among the charts.
        title: Title above it.
        alternative: What a reader without eyes has to know: a sentence.
        x: Labels or numbers.
        x_title: Title with its unit.
        y_title: Title with its unit.
        y_kind: How y is written.
        series: Drawn in this order.
        source: Source, as in ``Table.source``.
        horizontal: Bars lie.
        is_spread: Ranges are where leads lie, not what chance may do.
    """

    name: str
    title: str
    alternative: str
    x: tuple[str, ...] | tuple[float, ...]
    x_title: str
    y_title: str
    y_kind: CellKind
    series: tuple[Series, ...]
    source: str
    horizontal: bool = False
    is_spread: bool = False


@dataclass(frozen=True)
class KeyFigure:
    """One number that is read from across the room.

    Attributes:
        value: Itself; None where too few leads are behind it.
        kind: How it is written.
        caption: What it is.
        source: Where it comes from.
        low: Lower end of its 95 % interval; None without.
        high: Upper end.
        name: Name by which the figure of a segment takes its place; empty where none does.
    """

    value: float | None
    kind: CellKind
    caption: str
    source: str
    low: float | None = None
    high: float | None = None
    name: str = ""


#: Name, leads, close rate, its interval, instruction.
QuadrantCell = tuple[str, int, float | None, float | None, float | None, str]


@dataclass(frozen=True)
class Map:
    """Fit x interest: how many leads stand where, and the MQL line as the diagonal it is.

    Attributes:
        fit_edges: (F + 1,) borders of the cells in log-odds, from the zero of the axis.
        interest_edges: (I + 1,) the same.
        counts: (F, I) leads; 0 where there are fewer than five.
        fit_cut: Border between low and high fit on the same scale.
        interest_cut: Border between weak and strong interest.
        offset: log-odds of a lead at both zeros: it is over the line where fit + interest + offset
            >= logit(line).
        line: Chance of the MQL line; None where there is none yet.
        quadrants: hot, nurture, keen, leave.
        title: Title above it.
        alternative: Alternative text, as in ``Chart.alternative``.
        source: Source, as in ``Table.source``.
        told: How a quadrant's rate is told, with ``{rate}`` where it stands: "{rate} closed".
        rate_fit_edges: (G + 1,) borders of the cells that tell close rates; empty without them.
        rate_interest_edges: (J + 1,) the same.
        rates: (G, J) close rates; None where too few leads are.
    """

    fit_edges: tuple[float, ...]
    interest_edges: tuple[float, ...]
    counts: tuple[tuple[int, ...], ...]
    fit_cut: float
    interest_cut: float
    offset: float
    line: float | None
    quadrants: tuple[QuadrantCell, ...]
    title: str
    alternative: str
    source: str
    told: str = "{rate}"
    rate_fit_edges: tuple[float, ...] = ()
    rate_interest_edges: tuple[float, ...] = ()
    rates: tuple[tuple[float | None, ...], ...] = ()


@dataclass(frozen=True)
class Slider:
    """The MQL line as something to move: every figure for every candidate line.

    Attributes:
        lines: (L,) chances, ascending.
        chosen: Place of the signed or proposed line.
        columns: Columns of the figures.
        figures: (L, columns) values, None for what is not told.
        sentences: (L,) "of 100 leads 80 fit, 30 are to be followed" and what the promises say, for
            each line.
        source: Source of the figures.
        row: Row of the file of decisions, with ``{line}`` where the chance stands, ``{who}`` for
            who decides and ``{because}`` for why.
    """

    lines: tuple[float, ...]
    chosen: int
    columns: tuple[TableColumn, ...]
    figures: tuple[tuple[float | None, ...], ...]
    sentences: tuple[str, ...]
    source: str
    row: str


@dataclass(frozen=True)
class Folded:
    """Blocks that open when somebody asks.

    Attributes:
        summary: What stands there until then.
        blocks: What opens; paper shows what is open.
        is_answer: Opened one by one, never with everything else: what became of a lead that people
            bet on.
        points: Points of the chance that stand beside the summary; None without any.
        name: Name by which the points of a segment take their place.
    """

    summary: str
    blocks: "tuple[Block, ...]"
    is_answer: bool = False
    points: float | None = None
    name: str = ""


Block = Text | Table | Ballot | Chart | KeyFigure | Map | Slider | Folded


@dataclass(frozen=True)
class Section:
    """A section of the pack.

    Attributes:
        name: Anchor; lower-case ASCII with hyphens.
        title: Title in the reader's language.
        blocks: Top to bottom.
        part: ``meeting`` or ``appendix``.
        notes: What the speaker says on its slide; with minutes where it is part of the meeting.
        minutes: Minutes of the 45 that the section takes.
        absent: Why there is nothing to show; then there are no blocks.
        links: Names of appendix sections that go deeper.
    """

    name: str
    title: str
    blocks: tuple[Block, ...] = ()
    part: Literal["meeting", "appendix"] = "appendix"
    notes: tuple[str, ...] = ()
    minutes: int = 0
    absent: str = ""
    links: tuple[str, ...] = field(default=())
