"""What "has the world moved" is read off: the sources, the scores by week, and the levels."""

from collections.abc import Iterator

from training.monitor.answer import Cell, Figures, Form, figure_columns
from training.monitor.moved_figures import MovedFigures
from training.monitor.watched import Watched
from training.threshold.ranges import QUARTER

#: Sources, weeks and levels that are shown.
_SOURCES, _WEEKS, _LEVELS = 12, 26, 12


def tables(watched: Watched, found: MovedFigures) -> Iterator[Figures]:
    """The figures, in the order in which they are shown."""
    if found.weeks:
        yield _scores(watched, found)
    if found.inputs and found.inputs[-1].stability:
        yield _sources(watched, found)
    appeared = [
        (column, name, leads)
        for column in found.columns
        for name, leads in sorted(column.appeared.items(), key=lambda each: -each[1])
    ]
    if appeared:
        rows: list[tuple[Cell, ...]] = [
            (column.column, name, leads, leads / max(column.newest, 1))
            for column, name, leads in appeared[:_LEVELS]
        ]
        yield _figures(
            watched,
            "new levels",
            (("column", "text"), ("level", "text"), ("leads", "count"), ("share", "share")),
            rows,
            note="new levels",
        )


def _scores(watched: Watched, found: MovedFigures) -> Figures:
    rows: list[tuple[Cell, ...]] = [
        (week.night, week.leads, week.chance, week.index, week.limit)
        for week in found.weeks[-_WEEKS:]
    ]
    return _figures(
        watched,
        "scores",
        (
            ("night", "day"),
            ("leads", "count"),
            ("chance", "chance"),
            ("index", "number"),
            ("limit", "number"),
        ),
        rows,
        note="scores",
    )


def _sources(watched: Watched, found: MovedFigures) -> Figures:
    """The sources that have moved furthest, as the nights saw them."""
    newest, before = found.inputs[-1], found.inputs[-1 - QUARTER : -QUARTER]
    highest = {
        name: max(night.stability.get(name, 0.0) for night in found.inputs)
        for name in newest.stability
    }
    told = {each.found.about: each.since for each in found.differences}
    order = sorted(newest.stability, key=lambda name: (name not in told, -newest.stability[name]))
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            found.skill.get(name, 0.0),
            before[0].stability.get(name) if before else None,
            newest.stability[name],
            highest[name],
            told.get(name),
        )
        for name in order[:_SOURCES]
    ]
    return _figures(
        watched,
        "sources",
        (
            ("source", "text"),
            ("skill", "share"),
            ("before", "number"),
            ("now", "number"),
            ("highest", "number"),
            ("since", "day"),
        ),
        rows,
        note="sources",
    )


def _figures(
    watched: Watched,
    key: str,
    columns: tuple[tuple[str, Form], ...],
    rows: list[tuple[Cell, ...]],
    *,
    note: str,
) -> Figures:
    words, limit = watched.words("moved"), f"{watched.config.input_check.stability:g}"
    return Figures(
        key.replace(" ", "_"),
        words.say(f"title: {key}"),
        figure_columns(words, columns),
        tuple(rows),
        (words.say(f"note: {note}", limit=limit),),
    )
