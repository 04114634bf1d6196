"""New leads by week and by the levels of the columns that the model reads, such as channels."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.days import day_number
from features.levels import codes_of, folded
from features.spec import FIRST_LEVEL, OTHER, AttributeSource, Feature
from training.monitor.answer import LEAST_LEADS
from training.monitor.channels import Vanished, vanished
from training.monitor.watched import Watched

#: Weeks of leads that are read, and newest weeks in which a level is new.
_WEEKS, _NEWEST = 104, 8
#: Weeks after which a level that has come no more had ended.
_ENDED = 26


@dataclass(frozen=True)
class ColumnLevels:
    """The levels of a column among the leads that came.

    Attributes:
        column: Name of the column.
        levels: Levels that the model knows and that 20 or more leads had.
        weekly: (levels, weeks) new leads with each, the oldest week first.
        appeared: Level that no lead had before the pair took over, to its leads of the newest
            weeks; 20 or more each.
        newest: All leads of the newest weeks.
    """

    column: str
    levels: tuple[str, ...]
    weekly: NDArray[np.float64]
    appeared: dict[str, int]
    newest: int

    @property
    def comes_and_goes(self) -> bool:
        """Whether levels have ended before, as campaigns do: then one more tells nothing."""
        return bool((self.weekly[:, -_ENDED:].sum(axis=1) == 0).any())


@dataclass(frozen=True)
class VanishedLevel:
    """A level with which hardly any lead comes any more."""

    column: str
    level: str
    found: Vanished


def column_levels(watched: Watched) -> tuple[ColumnLevels, ...]:
    """The columns of the model that hold levels, as far as 20 or more leads show each."""
    return tuple(_columns(watched))


def vanished_levels(columns: tuple[ColumnLevels, ...]) -> tuple[VanishedLevel, ...]:
    """Levels that new leads should have and do not, of the columns whose levels stay."""
    steady = [column for column in columns if not column.comes_and_goes]
    compared = sum(len(column.levels) for column in steady)
    return tuple(
        VanishedLevel(column.column, column.levels[found.level], found)
        for column in steady
        for found in vanished(column.weekly, compared=compared)
    )


def _columns(watched: Watched) -> Iterator[ColumnLevels]:
    spec, store = watched.champion.model.spec, watched.store
    places = {attribute.name: place for place, attribute in enumerate(store.attributes)}
    for feature in spec.features:
        source = feature.source
        if (
            isinstance(source, AttributeSource)
            and source.reading == "category"
            and source.column in places
        ):
            yield _of_column(watched, feature, source.column, places[source.column])


def _of_column(watched: Watched, feature: Feature, column: str, place: int) -> ColumnLevels:
    spec, until = watched.champion.model.spec, watched.until
    rows = watched.store.query(
        f"""
        SELECT l.a{place}::VARCHAR AS value, (($until - 1 - created_day) // 7)::INTEGER AS ago,
            count(*) AS leads, min(created_day) AS first
        FROM leads l WHERE created_day < $until AND known_day < $until
        GROUP BY ALL ORDER BY ALL
        """,
        {"until": until},
    ).to_pylist()
    values = sorted({row["value"] for row in rows if row["value"] is not None})
    codes = codes_of(feature, values, spec.texts)
    code = {value: int(each) for value, each in zip(values, codes, strict=True)}
    weeks = min(max((row["ago"] for row in rows), default=-1) + 1, _WEEKS)
    weekly = np.zeros((len(feature.levels), weeks))
    seen: dict[str, tuple[int, int]] = {}
    newest = 0
    for row in rows:
        ago, leads, value = row["ago"], row["leads"], row["value"]
        newest += leads * (ago < _NEWEST)
        if value is None:
            continue
        if code[value] >= FIRST_LEVEL and ago < weeks:
            weekly[code[value] - FIRST_LEVEL, weeks - 1 - ago] += leads
        elif code[value] == OTHER:
            text = folded(value, spec.texts)
            came, first = seen.get(text, (0, row["first"]))
            seen[text] = came + leads * (ago < _NEWEST), min(first, row["first"])
    told = weekly.sum(axis=1) >= LEAST_LEADS
    began = day_number(watched.since)
    appeared = {
        text: came for text, (came, first) in seen.items() if first >= began and came >= LEAST_LEADS
    }
    levels = tuple(np.array(feature.levels, dtype=object)[told])
    return ColumnLevels(column, levels, weekly[told], appeared, newest)
