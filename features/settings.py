"""What the configuration says about the input, its time, its population and its features.

One pydantic model per section. Whatever the business has to decide has no default.
"""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from features.own.settings import OwnFeatures
from features.source_settings import (
    ColumnFormat,
    Decimal,
    FileEncoding,
    JoinRule,
    JoinSettings,
    MatchedSource,
    RecordedSource,
    Source,
    StrictModel,
    one_or_several,
)
from features.table_settings import (
    ChangeColumns,
    ChangesTable,
    EventColumns,
    EventsTable,
    FlatColumns,
    FlatTable,
    GoalColumns,
    GoalsTable,
    JoinedTable,
    LeadColumns,
    LeadsTable,
    OutcomeColumns,
    OutcomesTable,
    StageColumns,
    StageHistoryTable,
    StatusColumns,
    StatusesTable,
    StatusMeaning,
    TrafficColumns,
    TrafficTable,
    called_apart,
    has_column,
)
from features.zone import zone

__all__ = [
    "MISSING_VALUES",
    "Actor",
    "Axis",
    "BehaviourSettings",
    "ChangeColumns",
    "ChangesTable",
    "ColumnFormat",
    "ColumnSettings",
    "Days",
    "Decimal",
    "EventColumns",
    "EventGroup",
    "EventsTable",
    "FeatureSettings",
    "FileEncoding",
    "FlatColumns",
    "FlatTable",
    "GoalColumns",
    "GoalsTable",
    "InputSettings",
    "JoinRule",
    "JoinSettings",
    "JoinedTable",
    "LeadColumns",
    "LeadsTable",
    "MatchedSource",
    "OutcomeColumns",
    "OutcomesTable",
    "PopulationSettings",
    "RecordedSource",
    "Source",
    "StageColumns",
    "StageHistoryTable",
    "StatusColumns",
    "StatusMeaning",
    "StatusesTable",
    "StrictModel",
    "TimezoneName",
    "TrafficColumns",
    "TrafficTable",
]

Axis = Literal["fit", "interest"]
Actor = Literal["lead", "sales", "marketing"]

#: Strings that mean "missing" in every source, the same list pandas uses when it reads a CSV, so
#: that a model served through pandas and one served from the command line see the same values.
MISSING_VALUES = (
    "",
    "#N/A",
    "#N/A N/A",
    "#NA",
    "-1.#IND",
    "-1.#QNAN",
    "-NaN",
    "-nan",
    "1.#IND",
    "1.#QNAN",
    "<NA>",
    "N/A",
    "NA",
    "NULL",
    "NaN",
    "None",
    "n/a",
    "nan",
    "null",
)


def _known_timezone(name: str) -> str:
    try:
        zone(name)
    except KeyError:
        raise ValueError(
            f"unknown time zone {name!r}; expected an IANA name such as 'Asia/Tokyo' or"
            " 'Europe/Berlin'"
        ) from None
    return name


TimezoneName = Annotated[str, AfterValidator(_known_timezone)]
Days = Annotated[int, Field(ge=1, le=3660)]


class InputSettings(StrictModel):
    """The sources, and how their values are read.

    Attributes:
        timezone: IANA name. Required as soon as one time has no offset; days and as-ofs are local
            to it.
        observed_until: The moment up to which the sources are complete; else the newest event or
            outcome.
        since: What ``:since`` stands for in queries to databases: the first day of which they need
            to tell. Files are read whole.
        cache: Folder that keeps what sources with ``incremental`` have read.
        missing_values: Strings that mean "missing".
        events: What leads did: one table, or a list of tables, each with its own columns.
        joined: Tables whose columns become lead columns.
        stage_history: When leads entered stages, and how they ended.
        statuses: What sales says of the leads that it was given; the ledger reads it, no feature.
        traffic: Visits and cost by month and channel; only the review reads them.
        goals: Revenue promised by month and segment; only the review reads them.
    """

    leads: LeadsTable | None = None
    joined: Annotated[tuple[JoinedTable, ...], BeforeValidator(one_or_several)] = ()
    events: Annotated[tuple[EventsTable, ...], BeforeValidator(one_or_several)] = ()
    stage_history: StageHistoryTable | None = None
    outcomes: OutcomesTable | None = None
    attribute_changes: ChangesTable | None = None
    statuses: StatusesTable | None = None
    traffic: TrafficTable | None = None
    goals: GoalsTable | None = None
    flat: FlatTable | None = None
    timezone: TimezoneName | None = None
    observed_until: date | datetime | None = None
    since: date | None = None
    cache: str = "cache"
    missing_values: tuple[str, ...] = MISSING_VALUES

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        names = (
            "leads",
            "events",
            "stage_history",
            "outcomes",
            "attribute_changes",
            "statuses",
            "traffic",
            "goals",
        )
        tables = [name for name in names if getattr(self, name)]
        if self.flat is not None and tables:
            raise ValueError(
                f"`flat` and {', '.join(f'`{t}`' for t in tables)} exclude each other: one shape of"
                " input"
            )
        if self.flat is None and self.leads is None:
            raise ValueError(
                "expected either `flat` (one table) or `leads`, `events` and `outcomes`"
            )
        return self

    @model_validator(mode="after")
    def _one_history(self) -> Self:
        history, outcomes = self.stage_history, self.outcomes
        if history is None or outcomes is None:
            return self
        if history.won:
            raise ValueError(
                "`outcomes` and `stage_history.won` both say how leads ended: leave one of them out"
            )
        if history.stages and outcomes.stages:
            raise ValueError(
                "`outcomes.stages` and `stage_history.stages` both say when stages were reached:"
                " leave one of them out"
            )
        return self

    @property
    def stages(self) -> tuple[str, ...]:
        """The company's stages, in funnel order."""
        tables = (self.outcomes, self.stage_history)
        return tuple(stage for table in tables if table is not None for stage in table.stages)

    @property
    def has_columns(self) -> tuple[str, ...]:
        """Lead columns that no file has: whether there is a row in each joined table."""
        return tuple(map(has_column, called_apart(self.joined)))

    @property
    def tells_outcomes(self) -> bool:
        """Whether a table says how leads ended."""
        return self.outcomes is not None or bool(self.stage_history and self.stage_history.won)

    def tables(self) -> dict[str, Source]:
        """The configured tables that leads are made of, by name; further ones are numbered.

        >>> twice = (EventsTable(path="a.csv"), EventsTable(path="b.csv"))
        >>> list(InputSettings(leads=LeadsTable(path="l.csv"), events=twice).tables())
        ['leads', 'events', 'events 2']
        """
        lists: dict[str, tuple[Source | None, ...]] = {
            "flat": (self.flat,),
            "leads": (self.leads,),
            "joined": self.joined,
            "outcomes": (self.outcomes,),
            "stage_history": (self.stage_history,),
            "events": self.events,
            "attribute_changes": (self.attribute_changes,),
            "statuses": (self.statuses,),
        }
        return {
            name if place == 1 else f"{name} {place}": table
            for name, tables in lists.items()
            for place, table in enumerate(tables, start=1)
            if table is not None
        }

    @property
    def is_flat(self) -> bool:
        """Whether the input is one flat table."""
        return self.flat is not None


class ColumnSettings(StrictModel):
    """Which axis each lead column belongs to; a column in no list is an error.

    Attributes:
        fit: Attributes: what the lead is.
        interest: What the lead did, or how it came (source, origin, campaign).
        hearing: What sales learned by asking: for rules, never for the model.
        carry: Columns copied to the scored output only (company, owner).
        ignore: Columns that are used nowhere.
    """

    fit: tuple[str, ...] = ()
    interest: tuple[str, ...] = ()
    hearing: tuple[str, ...] = ()
    carry: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        exclusive = [*self.fit, *self.interest, *self.hearing, *self.ignore]
        twice = sorted({name for name in exclusive if exclusive.count(name) > 1})
        if twice:
            raise ValueError(
                f"a column belongs to one of fit, interest, hearing and ignore; in several: {twice}"
            )
        return self


class EventGroup(StrictModel):
    """Events that count as one kind of behaviour.

    Attributes:
        name: What a salesperson would call it; becomes the concept.
        event_type: Pattern of the event type (``*`` any text, ``?`` one character, ``[ab]`` one
            of).
        detail: Pattern of the detail; without it any detail, also none.
    """

    name: Annotated[str, Field(min_length=1)]
    event_type: str = "*"
    detail: str | None = None


class BehaviourSettings(StrictModel):
    """How events are read as behaviour.

    Attributes:
        actors: Pattern of event type to who acted (lead, sales, marketing); the first match counts.
        groups: The first group an event matches names its kind; else its event type does.
        sends: Patterns of event types of sales or marketing that ask for an answer; they count only
            for "unanswered since".
        keep: How many kinds get features of their own, by the number of leads that show them; the
            rest is "other".
    """

    actors: dict[str, Actor] = Field(default_factory=dict)
    groups: tuple[EventGroup, ...] = ()
    sends: tuple[str, ...] = ()
    keep: Annotated[int, Field(ge=1, le=200)] = 20


class FeatureSettings(StrictModel):
    """How features are built.

    Attributes:
        windows: Days before the as-of that counts look back; "ever" is always added.
        half_life_days: Days after which an event counts half in the decayed count.
        min_level_leads: Leads a category level needs to stand alone; fewer become "other". At least
            20: levels are stored with the model.
        max_levels: Levels a category keeps, by number of leads.
        case_matters: Whether levels that differ in upper and lower case alone are two; width and
            spacing never matter.
        own: Features that a function or a query of the company's own computes.
    """

    windows: Annotated[tuple[Days, ...], Field(min_length=1, max_length=8)] = (7, 30, 90)
    half_life_days: Annotated[float, Field(gt=0, le=3660)] = 14.0
    min_level_leads: Annotated[int, Field(ge=20)] = 20
    max_levels: Annotated[int, Field(ge=2, le=1000)] = 200
    case_matters: bool = False
    own: Annotated[tuple[OwnFeatures, ...], BeforeValidator(one_or_several)] = ()

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        names = [name for each in self.own for name in each.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"own: expected each feature once, got {twice[:5]} twice")
        return self

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if list(self.windows) != sorted(set(self.windows)):
            raise ValueError(
                "expected ascending, different windows such as [7, 30, 90], got"
                f" {list(self.windows)}"
            )
        return self


class PopulationSettings(StrictModel):
    """The leads a score is for.

    Attributes:
        until: The stage that ends a lead's time in the population: ``closed``, or a stage named in
            ``outcomes.stages``.
        stale_after_days: Silent days after which a lead no longer counts as open.
        kept_open_by: Actors whose events break the silence.
    """

    until: str
    stale_after_days: Days
    kept_open_by: Annotated[tuple[Actor, ...], Field(min_length=1)] = ("lead", "sales")
