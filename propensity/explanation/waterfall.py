"""One lead's sum as a waterfall for the terminal: readable in 80 columns, and without colour."""

import numpy as np
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from features.settings import Axis
from propensity.concepts.wording import plain, quadrant_label
from propensity.explanation.explanation import ConceptContribution, Explanation
from propensity.grading.agreed import says_draft
from propensity.grading.grading import DIGITS, LETTERS
from propensity.language import CATALOGUES, Catalogue
from propensity.language.audience import Audience
from propensity.language.line_breaks import Paragraph
from propensity.language.numerals import chance
from propensity.model.model import probability

#: Cells of the bars: at least, at most, and as a share of the screen; narrower screens have none.
_LEAST_BAR, _MOST_BAR, _BAR_SHARE, _NARROWEST_WITH_BARS = 10, 40, 6, 60
#: Cells of the two numbers, and of the gaps.
_LOG_ODDS, _CHANCE, _GAPS = 6, 8, 4
#: Log-odds below which a concept is not drawn by itself.
_THINNEST = 1e-3
#: Cells before what belongs to an axis; cells of a name, at least.
_INDENT, _LEAST_NAME = 2, 16
#: Concepts drawn per axis, and unusual ones named.
_MOST = 12
_MOST_RARE = 5
#: What stands for an axis in a grade, and what is high of it.
_ON_AXIS, _HIGH = {"fit": LETTERS, "interest": DIGITS}, {"fit": "AB", "interest": "12"}
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def draw(
    explanation: Explanation,
    audience: Audience,
    *,
    width: int = 80,
) -> RenderableType:
    """A waterfall from the base to the result, and the reasons in words.

    Args:
        explanation: Explanation of one lead.
        audience: Whom it is told.
        width: Width of the table in terminal cells; at least 40. More room is given to values and
            bars; names and values that do not fit go on in another line. Below 60 there are no
            bars.
    """
    words = CATALOGUES[audience.language]
    table = _WaterfallTable(explanation, words, width).table()
    title = _title(explanation, audience)
    return Group(
        title,
        *_instruction(explanation, words),
        *_rare(explanation, words),
        *(Paragraph(warning) for warning in explanation.not_understood),
        Text(),
        table,
        Text(),
        *_reasons(explanation, words),
    )


class _WaterfallTable:
    """The table: a row per concept, with a bar from the running sum before it to the one after."""

    def __init__(self, explanation: Explanation, words: Catalogue, width: int) -> None:
        self.explanation, self.words, self.width = explanation, words, width
        self.running = explanation.base
        self.axes: dict[Axis, list[ConceptContribution]] = {
            axis: [part for part in explanation.parts if part.axis == axis]
            for axis in ("fit", "interest")
        }
        self.columns = self._widths()
        self.bar = self.columns[-1]
        stations = explanation.base + np.cumsum(
            [0.0, *(part.contribution for part in explanation.parts)]
        )
        self.low, self.high = float(stations.min()), float(stations.max())

    def table(self) -> Table:
        table = Table(box=None, show_header=False, padding=(0, 1, 0, 0), pad_edge=False)
        for column in self.columns[: None if self.bar else -1]:
            table.add_column(width=column)
        for column in (_LOG_ODDS, _CHANCE):
            table.add_column(width=column, no_wrap=True, justify="right")
        self._row(
            table, Text(self.words["start"]), signed(self.explanation.base), chance_of(self.running)
        )
        self._axis(table, "fit", self.explanation.fit)
        self._axis(table, "interest", self.explanation.interest)
        self._row(
            table,
            Text(self.words["this lead"], style="bold"),
            signed(self.explanation.log_odds),
            chance_of(self.explanation.log_odds),
        )
        return table

    def _row(
        self,
        table: Table,
        name: RenderableType,
        added: str,
        chance: str,
        *,
        value: RenderableType = "",
        bar: RenderableType = "",
    ) -> None:
        table.add_row(name, value, *([bar] if self.bar else []), added, chance)

    def _widths(self) -> tuple[int, int, int]:
        """Cells of names, values and bars: names have half of the text's room at most, and the bars
        what the texts leave.
        """
        has_bars = self.width >= _NARROWEST_WITH_BARS
        bar = max(self.width // _BAR_SHARE, _LEAST_BAR) if has_bars else 0
        room = self.width - bar - _LOG_ODDS - _CHANCE - _GAPS
        parts = self.explanation.parts
        longest = max((cell_len(part.label) for part in parts), default=0) + _INDENT
        headings = max(cell_len(self._heading(axis)) for axis in self.axes)
        names = min(max(longest, headings, _LEAST_NAME), room // 2)
        needed = max((cell_len(part.value or self.words["unknown"]) for part in parts), default=0)
        values = min(max(needed, _LEAST_NAME), room - names)
        left = bar + room - names - values
        return names, values, min(left, _MOST_BAR) if has_bars else 0

    def _heading(self, axis: Axis) -> str:
        high, low = ("high", "low") if axis == "fit" else ("strong", "weak")
        is_high = bool(set(self.explanation.grade) & set(_HIGH[axis]))
        return f"{self.words[axis]} ({self.words[high if is_high else low]})"

    def _axis(self, table: Table, axis: Axis, total: float) -> None:
        parts = self.axes[axis]
        if not parts or not set(self.explanation.grade) & set(_ON_AXIS[axis]):
            return
        self._row(table, Text(self._heading(axis), style="bold"), signed(total), "")
        drawn = [part for part in parts[:_MOST] if abs(part.contribution) >= _THINNEST]
        for part in drawn:
            value = part.value if part.value is not None else self.words["unknown"]
            self._step(table, part.label, value, part.contribution)
        rest = parts[len(drawn) :]
        if rest:
            name = self.words.say("other concepts", n=len(rest))
            self._step(table, name, "", sum(part.contribution for part in rest))

    def _step(self, table: Table, name: str, value: str, contribution: float) -> None:
        before, self.running = self.running, self.running + contribution
        style = "green" if contribution >= 0 else "red"
        drawn = _bar(self._cell(before), self._cell(self.running), self.bar)
        bar = Text(drawn, style=style)
        named = Paragraph(name, indent=_INDENT)
        self._row(
            table,
            named,
            signed(contribution),
            chance_of(self.running),
            value=Paragraph(value),
            bar=bar,
        )

    def _cell(self, log_odds: float) -> float:
        """Where a sum lies on the bars; 0..``bar``."""
        span = self.high - self.low
        return self.bar * (log_odds - self.low) / span if span else self.bar / 2


def _bar(before: float, after: float, width: int) -> str:
    """A bar between two places: solid where the sum rises, shaded where it falls; at least a thin
    line.

    >>> _bar(1, 3.5, 16), _bar(3, 1, 16)
    (' ██▌', ' ▒▒')
    """
    if after < before:
        start, end = min(round(after), width - 1), round(before)
        return " " * start + ("▒" * (end - start) or "▏")
    start = min(int(before), width - 1)
    eighths = round((after - start) * 8)
    return (
        " " * start + ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip() or " " * start + "▏"
    )


def _title(explanation: Explanation, audience: Audience) -> Text:
    quadrant = quadrant_label(explanation.quadrant, audience) if explanation.quadrant else ""
    when = f", {explanation.as_of}" if explanation.as_of else ""
    chance = f"{CATALOGUES[audience.language]['chance']} {_in_range(explanation, audience)}"
    result = f"{chance}, {explanation.grade} {quadrant}".rstrip()
    return Text(f"{plain(explanation.lead_id)}{when}: {result}", style="bold")


def _in_range(explanation: Explanation, audience: Audience) -> str:
    """The chance with its range, where that is known."""
    low, high = explanation.probability_low, explanation.probability_high
    if low is None or high is None:
        return chance_of(explanation.log_odds)
    least, most = (chance(np.array([end]))[0].as_py() for end in (low, high))
    told = chance_of(explanation.log_odds).removesuffix(" %")
    words = CATALOGUES[audience.language]
    return words.say("percent in its range", n=told, low=least, high=most)


def _instruction(explanation: Explanation, words: Catalogue) -> list[RenderableType]:
    """Who does what until when, and what keeps the lead back."""
    if explanation.instruction is None:
        return []
    until = f"{explanation.respond_by:%Y-%m-%d %H:%M}" if explanation.respond_by else None
    pieces = [
        explanation.owner,
        words.say("respond by", when=until) if until else None,
        explanation.instruction,
        words.say("blocked", by=explanation.blocked_by) if explanation.blocked_by else None,
    ]
    told: list[RenderableType] = [
        Paragraph(words["between"].join(piece for piece in pieces if piece))
    ]
    return (
        [Text(words["draft"], style="bold"), *told]
        if says_draft(explanation.definition_version)
        else told
    )


def _rare(explanation: Explanation, words: Catalogue) -> list[RenderableType]:
    """What makes it a lead of little evidence."""
    what = words["list"].join(explanation.rare[:_MOST_RARE])
    return [Paragraph(words.say("little evidence", what=what))] if what else []


def _reasons(explanation: Explanation, words: Catalogue) -> list[RenderableType]:
    found: list[RenderableType] = []
    for heading, sentences in (
        ("reasons for", explanation.reasons_for),
        ("reasons against", explanation.reasons_against),
        ("ask", (*([explanation.ask] if explanation.ask else []), *explanation.unknown)),
    ):
        if not sentences and heading == "ask":
            continue
        found.append(Text(words[heading], style="bold"))
        found += [
            Paragraph(sentence, indent=_INDENT) for sentence in sentences or (words["no reasons"],)
        ]
    return found


def signed(log_odds: float) -> str:
    """Log-odds with their sign, to two decimals."""
    return f"{log_odds:+.2f}".replace("-", "\N{MINUS SIGN}")


def chance_of(log_odds: float) -> str:
    """A chance as percent, a digit finer than in sentences, so that every step shows."""
    found = float(probability(np.array([log_odds]))[0])
    return (
        f"{found:.1%}".replace("%", " %")
        if 0.01 <= found < 0.999
        else f"{chance(np.array([found]))[0].as_py()} %"
    )
