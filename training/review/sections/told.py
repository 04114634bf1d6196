"""Leads, told: five anonymous ones, from what everybody starts with to their own chance."""

from collections.abc import Iterator

from features.settings import Axis
from training.review.document.blocks import (
    Block,
    CellValue,
    Chart,
    Folded,
    Section,
    Series,
    Table,
    TableColumn,
    Text,
)
from training.review.findings.material import Material
from training.review.findings.stories import Story, StoryStep, stories
from training.review.sections.sources_told import FigureSources
from training.review.sections.values import named, value
from training.review.words import Words


def section(material: Material, words: Words) -> Section:
    """Leads, told."""
    title, told = words.say("title"), stories(material)
    if not told:
        return Section(name="told", title=title, absent=words.say("absent"))
    origin = FigureSources(material, words)
    blocks: list[Block] = [Text(words.say("headline"), "headline"), Text(words.say("how"))]
    blocks += [
        Folded(_name(story, words), tuple(_story(story, place, words, origin)))
        for place, story in enumerate(told, start=1)
    ]
    title_of_table = words.say("table")
    blocks.append(Folded(title_of_table, (_table(told, words, origin),)))
    blocks.append(Text(words.say("anonymous"), "small"))
    return Section(name="told", title=title, blocks=tuple(blocks), notes=(words.say("note"),))


def _name(story: Story, words: Words) -> str:
    if story.is_surprise:
        return words.say("surprise", quadrant=words.quadrant(story.area))
    return words.say("typical", quadrant=words.quadrant(story.area))


def _story(story: Story, place: int, words: Words, origin: FigureSources) -> Iterator[Block]:
    not_yet = "end not flat" if origin.material.is_flat else "end not"
    end = words.say("end won" if story.won else not_yet)
    start, fit, chance = (
        words.write(at, "share") for at in (story.start, story.after("fit"), story.chance)
    )
    path = (
        words.say("path", start=start, fit=fit, end=chance)
        if len(origin.material.unseen.axes.names) > 1
        else words.say("path one axis", start=start, end=chance)
    )
    yield Text(words.join([path, end]))
    yield Chart(
        name=f"told-{place}",
        title=_name(story, words),
        alternative=words.join([path, end]),
        x=tuple(_step(step, words) for step in story.steps),
        x_title=words.say("concept"),
        y_title=words.say("points"),
        y_kind="number",
        series=(
            Series(
                words.say("points"), tuple(100 * step.change for step in story.steps), style="bar"
            ),
        ),
        source=words.say("source", source=origin.unseen),
        horizontal=True,
    )


def _step(step: StoryStep, words: Words) -> str:
    """A concept with its value, where it may be told."""
    name, value = _concept(step, words), _value(step, words)
    return name if value is None else words.say("with value", concept=name, value=value)


def _concept(step: StoryStep, words: Words) -> str:
    axis: Axis = step.axis
    if step.matter is None:
        return words.say(f"others {axis}")
    return (
        named(step.matter, words)
        if step.fact is not None
        else words.name(step.matter.concept.name, longest=28)
    )


def _value(step: StoryStep, words: Words) -> str | None:
    if step.fact is None:
        return None
    return value(step.fact, words)


def _table(told: tuple[Story, ...], words: Words, origin: FigureSources) -> Table:
    columns = (
        TableColumn(words.say("lead")),
        TableColumn(words.say("axis")),
        TableColumn(words.say("concept")),
        TableColumn(words.say("value")),
        TableColumn(words.say("points"), "number"),
        TableColumn(words.say("chance then"), "share"),
    )
    rows: list[tuple[CellValue, ...]] = []
    for story in told:
        name = _name(story, words)
        rows.append((name, "", words.say("start"), "", None, story.start))
        for step in story.steps:
            value = _value(step, words) if step.matter is not None else ""
            rows.append(
                (
                    name,
                    words.say(f"axis {step.axis}"),
                    _concept(step, words),
                    value,
                    100 * step.change,
                    step.chance,
                )
            )
    source = words.say("source", source=origin.unseen)
    return Table("leads-told", words.say("table"), columns, tuple(rows), source)
