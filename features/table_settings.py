"""The tables of the input, one model per section: what their columns are called, and what their
values mean.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from features.folding import fold
from features.source_settings import (
    CellTexts,
    ColumnNames,
    JoinRule,
    MatchedSource,
    RecordedSource,
    Source,
    StrictModel,
)

#: What a status of the company can mean.
StatusMeaning = Literal["accepted", "sent back", "toss-up"]


class LeadColumns(StrictModel):
    """Names of the leads table's own columns in the file."""

    lead_id: str = "lead_id"
    created_at: str = "created_at"
    account_id: str | None = None
    recorded_at: str | None = None


class EventColumns(StrictModel):
    """Names of the events table's columns in the file.

    Attributes:
        user_agent: The program that made the event, for filters of machines.
    """

    lead_id: str = "lead_id"
    occurred_at: str = "occurred_at"
    event_type: str = "event_type"
    value: str | None = None
    detail: str | None = None
    channel: str | None = None
    user_agent: str | None = None
    recorded_at: str | None = None


class OutcomeColumns(StrictModel):
    """Names of the outcomes table's columns in the file."""

    lead_id: str = "lead_id"
    closed_at: str = "closed_at"
    won: str = "won"
    amount: str | None = None
    lost_reason: str | None = None
    opened_at: str | None = None
    opened_recorded_at: str | None = None
    reopened_at: str | None = None
    reopened_recorded_at: str | None = None
    recorded_at: str | None = None


class ChangeColumns(StrictModel):
    """Names of the attribute changes table's columns in the file."""

    lead_id: str = "lead_id"
    changed_at: str = "changed_at"
    attribute: str = "attribute"
    value: str = "value"
    recorded_at: str | None = None


class StageColumns(StrictModel):
    """Names of the stage history's columns in the file."""

    lead_id: str = "lead_id"
    entered_at: str = "entered_at"
    stage: str = "stage"
    recorded_at: str | None = None


class StatusColumns(StrictModel):
    """Names of the statuses table's columns in the file."""

    lead_id: str = "lead_id"
    changed_at: str = "changed_at"
    status: str = "status"
    reason: str | None = None
    recorded_at: str | None = None


class TrafficColumns(StrictModel):
    """Names of the traffic table's columns in the file."""

    month: str = "month"
    channel: str = "channel"
    visits: str = "visits"
    cost: str | None = None


class GoalColumns(StrictModel):
    """Names of the goals table's columns in the file."""

    month: str = "month"
    segment: str = "segment"
    revenue: str = "revenue"
    target_close_rate: str | None = None


class FlatColumns(StrictModel):
    """Names of the flat table's own columns in the file.

    Attributes:
        lead_id: Identifier; without one, leads are called by their row number, from 1.
        outcome: The column to learn.
        time: When the row was looked at; orders the rows and dates their ages.
        account_id: Groups the people of one company.
    """

    lead_id: str | None = None
    outcome: str
    time: str | None = None
    account_id: str | None = None


class LeadsTable(RecordedSource):
    """The leads: one row each.

    Attributes:
        key: Columns that together are the lead_id, instead of ``columns.lead_id``.
        aliases: Columns with other ids of the lead: rows of other tables that hold one are its own.
    """

    holds_lead_columns: ClassVar[bool] = True

    columns: LeadColumns = LeadColumns()
    key: ColumnNames = ()
    aliases: ColumnNames = ()


class JoinedTable(Source):
    """A table with at most one row per lead, or per account; its columns become lead columns.

    Attributes:
        to: Lead column that holds the same values as ``id``: ``lead_id``, ``account_id``, or any
            name; several go with as many under ``key``.
        id: Column that names the row.
        key: Columns that together name the row, instead of ``id``.
        join: Rule by which the values find each other; see ``JoinSettings.rule``.
        prefix: Put before the names of its columns.
    """

    holds_lead_columns: ClassVar[bool] = True

    to: ColumnNames = ("lead_id",)
    id: str | None = None
    key: ColumnNames = ()
    join: JoinRule = "exact"
    prefix: str = ""

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if bool(self.id) == bool(self.key):
            raise ValueError("expected exactly one of `id` (a column) and `key` (several)")
        if len(self.to) > 1 and len(self.to) != len(self.key):
            raise ValueError(
                f"`to` names {len(self.to)} columns; expected as many under `key`, got"
                f" {len(self.key)}"
            )
        return self

    @property
    def called(self) -> str:
        """What its rows are called where a lead has none: the prefix, or the name of its file."""
        stem = Path(self.path or "").stem.strip("*?_-. ")
        return self.prefix.strip("._-: ") or stem or "row"

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns that name the row."""
        return self.key or (self.id or "",)


def called_apart(tables: Iterable[JoinedTable]) -> list[str]:
    """What the rows of each table are called; further ones of the same name are numbered.

    >>> called_apart([JoinedTable(path=p, id="id") for p in ("a.csv", "b.csv", "a.csv")])
    ['a', 'b', 'a 2']
    """
    taken, names = Counter[str](), list[str]()
    for table in tables:
        taken[table.called] += 1
        place = taken[table.called]
        names.append(f"{table.called} {place}" if place > 1 else table.called)
    return names


def has_column(called: str) -> str:
    """Name of the column that says whether a lead has a row in a joined table."""
    return f"has {called}"


class EventsTable(MatchedSource):
    """What leads (and sales and marketing) did: one row per event.

    Attributes:
        wide: Column of dates to the type of the event that each date is, instead of ``occurred_at``
            and ``event_type``.
    """

    columns: EventColumns = EventColumns()
    wide: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _wide_says_time_and_type(self) -> Self:
        _said_once(self.wide, self.constant, "occurred_at", "event_type")
        return self


class OutcomesTable(MatchedSource):
    """How leads ended: a row per deal; an open lead has no row, or one that is not closed.

    Attributes:
        won_values: Values of the ``won`` column that mean a win.
        lost_values: Values that mean a loss. Where neither these nor ``open_values`` are given, the
            one other value means a loss; several others have to be listed.
        open_values: Values that mean that nothing is decided: ``closed_at`` is a plan then.
        closed: Column that says whether the deal is closed (true or false); where it says no,
            ``closed_at`` is a plan.
        stages: Stage name (the company's own) to the column that holds its time, in funnel order.
    """

    columns: OutcomeColumns = OutcomeColumns()
    won_values: CellTexts = ("1", "1.0", "true", "True", "TRUE", "yes", "Yes", "won", "Won")
    lost_values: CellTexts = ()
    open_values: CellTexts = ()
    closed: str | None = None
    stages: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _each_value_once(self) -> Self:
        _in_one_list(
            won_values=self.won_values, lost_values=self.lost_values, open_values=self.open_values
        )
        return self


class StageHistoryTable(MatchedSource):
    """Which stage leads entered, and when: a row per change, or a column of dates per stage.

    Attributes:
        wide: Column of dates to the value of the stage that was entered on each, instead of
            ``entered_at`` and ``stage``; without ``stages`` and ``won``, these are the stages.
        stages: Stage name (the company's own) to the values of ``columns.stage`` that mean it, in
            funnel order.
        won: Values that mean a win; then the outcomes are read here, and there is no ``outcomes``.
        lost: Values that mean a loss.
    """

    columns: StageColumns = StageColumns()
    wide: dict[str, str] = Field(default_factory=dict)
    stages: dict[str, CellTexts] = Field(default_factory=dict)
    won: CellTexts = ()
    lost: CellTexts = ()

    @model_validator(mode="before")
    @classmethod
    def _wide_names_stages(cls, given: Any) -> Any:  # noqa: ANN401 — whatever the file holds
        wide = given.get("wide") if isinstance(given, dict) else None
        if not isinstance(wide, dict) or given.get("stages") or given.get("won"):
            return given
        return {**given, "stages": {str(stage): stage for stage in wide.values()}}

    @model_validator(mode="after")
    def _wide_says_time_and_stage(self) -> Self:
        _said_once(self.wide, self.constant, "entered_at", "stage")
        return self

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.stages and not self.won:
            raise ValueError("expected `stages` (stage name to its values), `won`, or both")
        if self.lost and not self.won:
            raise ValueError("`lost` goes with `won`: which values mean a win?")
        _in_one_list(won=self.won, lost=self.lost)
        return self


def _said_once(wide: Mapping[str, str], constant: Mapping[str, str], *names: str) -> None:
    """Refuse a constant of what columns of dates say."""
    twice = [name for name in names if name in constant]
    if wide and twice:
        raise ValueError(
            f"`wide` says {' and '.join(names)}; `constant` says {twice[0]} too: leave one of them"
            " out"
        )


def _in_one_list(*, case_matters: bool = True, **lists: tuple[str, ...]) -> None:
    """Refuse a value that stands in two lists, which contradict each other."""
    home: dict[str, str] = {}
    for name, values in lists.items():
        for value in values:
            other = home.setdefault(fold(value, case_matters=case_matters), name)
            if other != name:
                raise ValueError(
                    f"{', '.join(lists)}: expected each value in one list, got {value!r} in"
                    f" {other} and {name}"
                )


class ChangesTable(MatchedSource):
    """History of attributes: the value from ``changed_at`` on.

    Attributes:
        attributes: Lead columns whose value at an as-of is the latest change known then, the column
            of ``account_id`` too. Before its first change a lead has the value of the leads table:
            where the value did change, write the first one as a change at the creation.
    """

    columns: ChangeColumns = ChangeColumns()
    attributes: Annotated[tuple[str, ...], Field(min_length=1)]


class StatusesTable(MatchedSource):
    """What sales says of the leads that it was given: a row per change of status.

    Attributes:
        words: What a status means: sales took the lead (``accepted``), gave it back (``sent back``;
            ``columns.reason`` says why), or passed it on from inside sales (``toss-up``), each to
            the words of the company. Other words are counted and not used.
    """

    columns: StatusColumns = StatusColumns()
    words: Annotated[dict[StatusMeaning, CellTexts], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_word_once(self) -> Self:
        _in_one_list(case_matters=False, **self.words)
        return self


class TrafficTable(Source):
    """Visits of the website and their cost: a row per month and channel; several of one month and
    channel add up.
    """

    columns: TrafficColumns = TrafficColumns()


class GoalsTable(Source):
    """What was promised: a row per month and segment."""

    columns: GoalColumns = GoalColumns()


class FlatTable(Source):
    """One table with a row per lead, behaviour totals in columns, and an outcome.

    Attributes:
        key: Columns that together are the lead_id, instead of ``columns.lead_id``.
        won_values: Values of the outcome column that mean a win. An empty cell means that nothing
            is decided.
        lost_values: Values that mean a loss. Where neither these nor ``open_values`` are given, the
            one other value does.
        open_values: Values that mean that nothing is decided.
    """

    holds_lead_columns: ClassVar[bool] = True

    columns: FlatColumns
    key: ColumnNames = ()
    won_values: CellTexts = ("1", "1.0", "true", "True", "TRUE", "yes", "Yes", "won", "Won")
    lost_values: CellTexts = ()
    open_values: CellTexts = ()

    @model_validator(mode="after")
    def _each_value_once(self) -> Self:
        _in_one_list(
            won_values=self.won_values, lost_values=self.lost_values, open_values=self.open_values
        )
        return self
