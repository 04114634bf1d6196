"""The configured tables as raw rows: read, restricted to what counts, with how their columns are
written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from features.databases.moments import QueryMoments
from features.errors import DataError
from features.intake.inference import roles
from features.intake.question import Question
from features.intake.raw_table import RawTable
from features.intake.recognition import Want, recognised
from features.intake.sources import cleaned, locate, read
from features.intake.stated import Stating, stated
from features.kinds import ValueKind
from features.settings import (
    ColumnSettings,
    EventsTable,
    InputSettings,
    JoinedTable,
    OutcomesTable,
    Source,
    StageHistoryTable,
)
from features.store import Store
from features.writing import PLAIN, Writing

#: Names under ``columns`` that hold moments.
_TIMES = (
    "created_at",
    "occurred_at",
    "opened_at",
    "opened_recorded_at",
    "closed_at",
    "reopened_at",
    "reopened_recorded_at",
    "changed_at",
    "entered_at",
    "recorded_at",
    "time",
)


@dataclass(frozen=True)
class ReadTable:
    """A table that was read.

    Attributes:
        raw: Its rows.
        source: Its section, with the names that its columns have in ``raw``.
    """

    raw: RawTable
    source: Source


def read_tables(
    store: Store, input: InputSettings, stating: Stating, moments: QueryMoments
) -> dict[str, ReadTable]:
    """Every configured table as raw rows; what cannot be read is a problem, and the others are read
    all the same. Sections of one file read it once.
    """
    located, failed = {}, set()
    for name, source in input.tables().items():
        if source.origin in located or source.origin in failed:
            continue
        try:
            located[source.origin] = locate(
                name, source, store.folder, moments, cache=Path(input.cache)
            )
        except DataError as error:
            failed.add(source.origin)
            stating.problems += error.problems
    store.restrict(path for found in located.values() for path in found.files)
    loaded = {}
    for origin, found in located.items():
        try:
            loaded[origin] = read(store.connection, found)
        except DataError as error:
            stating.problems += error.problems
    return {
        name: _restricted(replace(loaded[source.origin], name=name), source, stating)
        for name, source in input.tables().items()
        if source.origin in loaded
    }


def _restricted(raw: RawTable, source: Source, stating: Stating) -> ReadTable:
    used = None if source.holds_lead_columns else named_columns(source)
    clean = cleaned(stating.connection, raw, stating.reader, used)
    return ReadTable(*stated(stating, clean, source))


def named_columns(source: Source) -> set[str]:
    """Names of the columns that a section names."""
    columns = getattr(source, "columns", None)
    found = {*source.where, *getattr(source, "key", ())}
    if columns is not None:
        found |= {name for name in columns.model_dump().values() if name is not None}
    if isinstance(source, OutcomesTable):
        found |= {*source.stages.values(), *([source.closed] if source.closed else [])}
    if isinstance(source, EventsTable | StageHistoryTable):
        found |= set(source.wide)
    return found


def outcome_columns(source: Source) -> set[str]:
    """Names of the columns that tell how leads ended, or when something was: no feature may."""
    if isinstance(source, OutcomesTable):
        names = source.columns
        told = (names.won, names.closed_at, names.lost_reason, names.reopened_at, source.closed)
        return {name for name in told if name is not None}
    return set(source.wide) if isinstance(source, EventsTable | StageHistoryTable) else set()


@dataclass(frozen=True)
class Wanted:
    """What the columns of each table are read for.

    Attributes:
        columns: The lead columns.
        kinds: Column name to kind, from the model that scores.
    """

    columns: ColumnSettings
    kinds: Mapping[str, ValueKind] = field(default_factory=dict)

    def of(self, source: Source) -> dict[str, Want]:
        """Column name to what it is read for."""
        columns = getattr(source, "columns", None)
        names = columns.model_dump() if columns is not None else {}
        moments = [names.get(key) for key in _TIMES]
        figures = [names.get("amount")]
        if isinstance(source, EventsTable):
            figures.append(names.get("value"))
        if isinstance(source, EventsTable | StageHistoryTable):
            moments += source.wide
        if isinstance(source, OutcomesTable):
            moments += source.stages.values()
        wanted = self._attributes(source)
        wanted |= {name: "number" for name in figures if name is not None}
        return wanted | {name: "time" for name in moments if name is not None}

    def _attributes(self, source: Source) -> dict[str, Want]:
        if not source.holds_lead_columns:
            return {}
        prefix = source.prefix if isinstance(source, JoinedTable) else ""
        return {
            name.removeprefix(prefix): self.kinds.get(name, "any")
            for name, role in roles(self.columns)
            if role != "carry" and name.startswith(prefix)
        }


def recognised_table(
    stating: Stating,
    table: ReadTable,
    wanted: Mapping[str, Want],
    frozen: Mapping[str, Writing],
) -> ReadTable:
    """The table with how its columns are written; what has to be asked is a problem."""
    raw, source = table.raw, table.source
    absent = [repr(column) for column in source.formats if raw.column(column) is None]
    if absent:
        stating.problems.append(
            f"{raw.name}: `formats` names columns that are absent: {', '.join(absent)}"
        )
    questions: list[Question] = []
    found = recognised(
        stating.connection,
        raw,
        stating.reader,
        wanted=wanted,
        source=source,
        frozen=frozen,
        questions=questions,
    )
    stating.problems += [question.sentence for question in questions]
    return replace(table, raw=found)


def writings_of(raw: RawTable) -> dict[str, Writing]:
    """Column to how it is written, where that is not the plain way."""
    return {c.name: c.writing for c in raw.columns if c.writing != PLAIN}
