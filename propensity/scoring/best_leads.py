"""The best leads of a night for the terminal: who they are, what is to be done, by whom and until
when, and why they stand there; 80 columns are enough.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from rich.cells import cell_len, set_cell_size
from rich.console import RenderableType
from rich.text import Text

from features.zone import zone
from propensity.concepts.wording import plain
from propensity.language.chance_range import chance_in_range
from propensity.language.line_breaks import Paragraph

#: Reasons shown of each lead.
_REASONS = 2
#: Cells of a column at most, between two columns, and of a line.
_WIDEST, _GAP, _ALL = 20, 2, 80
#: What stands under a lead begins here.
_INDENT = 4
#: The ends of the interval of a chance.
_ENDS = ("probability_low", "probability_high")
#: How many carried columns say who a lead is.
_CARRIED = 2


def best_leads(
    rows: Sequence[Mapping[str, object]], carried: Mapping[str, str], timezone: str
) -> Iterator[RenderableType]:
    """A line of facts about each lead, its instruction, and its strongest reasons.

    Args:
        rows: Scored rows, the best first.
        carried: Name of each carried column in the rows to its name in the source; the first two
            are shown.
        timezone: Time zone in which deadlines are told.
    """
    shown = dict(list(carried.items())[:_CARRIED])
    facts: dict[str, list[str]] = {
        "lead": [_text(row, "lead_id") for row in rows],
        **{plain(name): [_text(row, ours) for row in rows] for ours, name in shown.items()},
        "chance": [_chance(row) for row in rows],
        "grade": [f"{row['grade']} {row['quadrant'] or ''}".rstrip() for row in rows],
        "team": [_text(row, "owner") for row in rows],
        "due": [_due(row["respond_by"], timezone) for row in rows],
    }
    filled = {name: texts for name, texts in facts.items() if any(texts)}
    widths = _widths(filled)
    yield Text(_line(list(filled), widths), style="bold", no_wrap=True)
    for place, row in enumerate(rows):
        cells = [texts[place] for texts in filled.values()]
        yield Text(_line(cells, widths), no_wrap=True)
        if row["instruction"]:
            yield Paragraph(_text(row, "instruction"), indent=_INDENT, style="bold")
        reasons = row["reasons_for"]
        for reason in reasons[:_REASONS] if isinstance(reasons, list) else ():
            yield Paragraph(reason["sentence"], indent=_INDENT)


def _widths(columns: Mapping[str, Sequence[str]]) -> list[int]:
    """Cells of each column: what it needs, and the widest less where all together need more."""
    widths = [min(max(map(cell_len, (name, *texts))), _WIDEST) for name, texts in columns.items()]
    while sum(widths) + _GAP * (len(widths) - 1) > _ALL:
        widths[widths.index(max(widths))] -= 1
    return widths


def _text(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    return "" if value is None else plain(str(value))


def _chance(row: Mapping[str, object]) -> str:
    """A chance, and its range where that is known."""
    found, low, high = (row.get(name) for name in ("probability", *_ENDS))
    if not isinstance(found, float):
        return ""
    if not (isinstance(low, float) and isinstance(high, float)):
        return f"{found:.1%}".replace("%", " %")
    return chance_in_range(found, low, high, "en")


def _due(moment: object, timezone: str) -> str:
    """A deadline in local time."""
    if not isinstance(moment, datetime):
        return ""
    return f"{moment.astimezone(zone(timezone)):%m-%d %H:%M}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return (" " * _GAP).join(map(_cell, cells, widths)).rstrip()


def _cell(text: str, width: int) -> str:
    """A text of exactly so many cells."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)
