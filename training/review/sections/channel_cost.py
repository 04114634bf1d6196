"""What leads cost by channel, and whether as many come as marketing wants: beside what they are
worth.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from training.review.document.blocks import Block, CellValue, Table, TableColumn, Text
from training.review.findings.material import Material
from training.review.funnel.funnel import Funnel
from training.review.funnel.metrics import FEWEST_FOR_A_RATE
from training.review.funnel.sheet_figures import SlaFigures
from training.review.sheet.close_rates import group_names
from training.review.sheet.months import month_range
from training.review.words import Words


@dataclass(frozen=True)
class _ChannelCost:
    """A channel over the newest months of the sheet; None for what is not known of all of them.

    Attributes:
        leads: Number that came.
        goal: Number that was wanted.
        cost: What the visits cost.
    """

    leads: float | None
    goal: float | None
    cost: float | None

    @property
    def of_goal(self) -> float | None:
        """Leads that came for each that was wanted."""
        return self.leads / self.goal if self.leads is not None and self.goal else None

    @property
    def per_lead(self) -> float | None:
        """Cost of a lead; None from fewer than 20."""
        if self.leads is None or self.cost is None or self.leads < FEWEST_FOR_A_RATE:
            return None
        return self.cost / self.leads


def channel_cost(material: Material, words: Words) -> Iterator[Block]:
    """The table by channel; nothing where neither cost nor a goal is known.

    Args:
        material: What the review is made of.
        words: The words of what a lead is worth.
    """
    sheet, found = material.practice.sheet, material.practice.funnel
    channels = [_of(sheet, place) for place in range(len(sheet.channels))]
    if not any(each.per_lead is not None or each.of_goal is not None for each in channels):
        return
    names = group_names(sheet.channels, words.of("sheet"))
    rows: list[tuple[CellValue, ...]] = [
        _row(name, each, _per_win(found, sheet.channels[place]), sheet.value(place, None))
        for place, (name, each) in enumerate(zip(names, channels, strict=True))
    ]
    if len(channels) > 1:
        rows.append(
            _row(
                words.say("all channels"),
                _whole(channels),
                _per_win(found, ""),
                sheet.value(None, None),
            )
        )
    told = [*_behind(names, channels, words)]
    if told:
        yield Text(words.join(told))
    columns = (
        TableColumn(words.say("channel")),
        TableColumn(words.say("came"), "count"),
        TableColumn(words.say("wanted"), "count"),
        TableColumn(words.say("of goal"), "share"),
        TableColumn(words.say("per lead"), "money"),
        TableColumn(words.say("per win"), "money"),
        TableColumn(words.say("value"), "money"),
    )
    kept = [place for place in range(7) if any(row[place] is not None for row in rows)]
    yield Table(
        name="channel-cost",
        title=words.say("cost title"),
        columns=tuple(columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in rows),
        source=_source(sheet, found, words),
    )


def _of(sheet: SlaFigures, channel: int) -> _ChannelCost:
    own = [month for month in sheet.by_month if month.channel == channel]
    return _ChannelCost(
        _sum([month.leads for month in own]),
        _sum([month.goal for month in own]),
        _sum([month.cost for month in own]),
    )


def _whole(channels: Sequence[_ChannelCost]) -> _ChannelCost:
    return _ChannelCost(
        _sum([each.leads for each in channels]),
        _sum([each.goal for each in channels]),
        _sum([each.cost for each in channels]),
    )


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _per_win(found: Funnel | None, channel: str | None) -> float | None:
    """What a customer cost, the funnel's figure; of all channels for an empty name."""
    if found is None or channel is None:
        return None
    if not channel:
        return found.whole.mature.value("cost per contract")
    own = [each for each in found.segments if each.by == "channel" and each.name == channel]
    return own[0].mature.value("cost per contract") if own else None


def _row(
    name: str, found: _ChannelCost, per_win: float | None, value: float | None
) -> tuple[CellValue, ...]:
    return (name, found.leads, found.goal, found.of_goal, found.per_lead, per_win, value)


def _behind(names: Sequence[str], channels: Sequence[_ChannelCost], words: Words) -> Iterator[str]:
    """Which channels reach their goal."""
    asked = [
        (each.of_goal, name)
        for name, each in zip(names, channels, strict=True)
        if each.of_goal is not None
    ]
    short = sorted(each for each in asked if each[0] < 1)
    if not asked:
        return
    if not short:
        yield words.say("goals reached")
        return
    listed = [
        words.say("short", channel=name, share=words.write(share, "share")) for share, name in short
    ]
    yield words.say("goals missed", n=len(short), whole=len(asked), listed=words.listed(listed))


def _source(sheet: SlaFigures, found: Funnel | None, words: Words) -> str:
    first, last = month_range(sheet.raw_months, words)
    told = [words.say("cost source", first=first, last=last)]
    if found is not None and found.mature_months:
        first, last = month_range(found.mature_months, words)
        told.append(words.say("win source", first=first, last=last, days=found.mature_days))
    return words.join(told)
