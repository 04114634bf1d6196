"""What a lead is worth, by channel and persona, and what fits the team: beside the line."""

from collections.abc import Iterator

from training.review.document.blocks import Block, CellValue, Folded, Table, TableColumn, Text
from training.review.findings.material import Material
from training.review.funnel.sheet_figures import SlaFigures
from training.review.sections.case_names import role_name
from training.review.sections.channel_cost import channel_cost
from training.review.sections.monday import a_week
from training.review.sheet.close_rates import group_names
from training.review.sheet.months import month_range
from training.review.words import Words


def worth(material: Material, words: Words) -> Iterator[Folded]:
    """Both tables, folded; nothing where neither can be told.

    Args:
        material: What the review is made of.
        words: The words of any section, in the language of the pack.
    """
    words = words.of("worth")
    blocks = (
        *_value(material.practice.sheet, words),
        *channel_cost(material, words),
        *_capacity(material, words),
    )
    if blocks:
        yield Folded(words.say("title"), blocks)


def _value(sheet: SlaFigures, words: Words) -> Iterator[Block]:
    """Value of a lead, the same figures as the sheet's; nothing without a price."""
    in_sheet = words.of("sheet")
    channels, personas = (
        group_names(names, in_sheet) for names in (sheet.channels, sheet.personas)
    )
    across = [*range(len(personas)), None] if len(personas) > 1 else [None]
    down = [*range(len(channels)), None] if len(channels) > 1 else [None]
    values = {(row, column): sheet.value(row, column) for row in down for column in across}
    known = {
        place: value
        for place, value in values.items()
        if value is not None and (None not in place or values.keys() == {(None, None)})
    }
    everywhere = sheet.value(None, None)
    if not known:
        return
    if everywhere is not None and len(known) > 1:
        best = max(known, key=lambda place: known[place])
        yield Text(
            words.say(
                "value about",
                channel=channels[best[0]] if best[0] is not None else words.say("all channels"),
                persona=personas[best[1]] if best[1] is not None else words.say("all personas"),
                most=words.write(known[best], "money"),
                all=words.write(everywhere, "money"),
            )
        )
    yield Table(
        name="lead-value",
        title=words.say("value title"),
        columns=(
            TableColumn(words.say("channel")),
            *(
                TableColumn(words.say("all personas") if each is None else personas[each], "money")
                for each in across
            ),
        ),
        rows=tuple(
            (
                words.say("all channels") if row is None else channels[row],
                *(values[row, column] for column in across),
            )
            for row in down
        ),
        source=_source(sheet, words),
    )


def _source(sheet: SlaFigures, words: Words) -> str:
    leads, _ = sheet.summed(None, None)
    if not sheet.mature_months:
        return words.say("value source flat", n=leads)
    first, last = month_range(sheet.mature_months, words)
    return words.say("value source", n=leads, first=first, last=last, days=sheet.mature_days)


def _capacity(material: Material, words: Words) -> Iterator[Block]:
    """New leads a week by team, beside what it can work; nothing where no replay tells."""
    definition, study, weekly = material.definition, material.study, a_week(material)
    asked = definition.instructions.get("MQL") if definition else None
    if study is None or asked is None or asked.owner is None or not weekly:
        return
    capacity = study.policy.capacity_per_week
    can_work = None if capacity is None else material.scale * capacity
    people = material.config.audit.people
    rows: list[tuple[CellValue, ...]] = []
    for owner, n in sorted(weekly.items(), key=lambda each: -each[1]):
        own = can_work if owner == asked.owner else None
        each = n / people if people and owner == asked.owner else None
        room = None if own is None else own - n
        rows.append((role_name(owner, definition, words), n, own, room, each))
    kept = [0, 1, *(place for place in (2, 3, 4) if any(row[place] is not None for row in rows))]
    if can_work is None:
        yield Text(words.say("no capacity"))
    else:
        yield Text(
            _fits(weekly[asked.owner], can_work, role_name(asked.owner, definition, words), words)
        )
    columns = (
        TableColumn(words.say("team")),
        TableColumn(words.say("per week"), "count"),
        TableColumn(words.say("can work"), "count"),
        TableColumn(words.say("room"), "count"),
        TableColumn(words.say("per person"), "number"),
    )
    yield Table(
        name="team-capacity",
        title=words.say("capacity title"),
        columns=tuple(columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in rows),
        source=words.say("capacity source"),
    )


def _fits(n: float, can_work: float, team: str, words: Words) -> str:
    if n > can_work:
        return words.say("fits not", n=round(n), over=round(n - can_work), team=team)
    return words.say("fits", n=round(n), room=round(can_work - n), team=team)
