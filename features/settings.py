"""What the configuration says about the input, its time, its population and its features.

One pydantic model per section. Whatever the business has to decide has no default.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    model_validator,
)

from features.date_pattern import date_style
from features.kinds import ValueKind
from features.zone import zone

Axis = Literal["fit", "interest"]
Actor = Literal["lead", "sales", "marketing"]
FileEncoding = Literal["utf-8", "utf-16", "cp932", "cp1252"]
Decimal = Literal[".", ","]

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


class StrictModel(BaseModel):
    """A typed, frozen model that is closed to unknown keys.

    The sections of the configuration and the files stored with a model are such models.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)

    @model_validator(mode="wrap")
    @classmethod
    def _no_number_from_yes_or_no(
        cls, given: object, handler: ModelWrapValidatorHandler[Self]
    ) -> Self:
        """Refuse yes, on and true where a number is expected: YAML reads them as true, and pydantic
        would take that for 1.
        """
        made = handler(given)
        items = given.items() if isinstance(given, Mapping) else ()
        wrong = [
            f"`{key}`: expected a number, got {'yes or true' if value else 'no or false'}"
            for key, value in items
            if isinstance(value, bool) and not isinstance(getattr(made, str(key), True), bool)
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return made


def _date_pattern(pattern: str) -> str:
    date_style(pattern)
    return pattern


DatePattern = Annotated[str, AfterValidator(_date_pattern)]
Thousands = Literal[",", ".", " ", "'", ""]
OneSign = Annotated[str, Field(min_length=1, max_length=1)]


class ColumnFormat(StrictModel):
    """How one column is written, where its values do not tell or tell it wrongly.

    Attributes:
        kind: What it holds: ``number``, ``date`` or ``text``; cells that are none are missing.
        format: How its dates are written, such as ``dd/mm/yyyy``.
        decimal: The decimal sign of its numbers.
        thousands: What parts groups of three digits.
    """

    kind: ValueKind | None = None
    format: DatePattern | None = None
    decimal: Decimal | None = None
    thousands: Thousands | None = None


def _short_format(value: object) -> object:
    """A bare word stands for a kind, any other text for the way dates are written."""
    if isinstance(value, str):
        return {"kind": value} if value in ("number", "date", "text") else {"format": value}
    return value


class Source(StrictModel):
    """Where a table comes from: a file, a glob of files, or a query to a SQL database.

    What is None of the following is found by content.

    Attributes:
        path: CSV, Excel, JSON lines or Parquet file, or a glob of them; relative paths start at the
            config file's folder.
        encoding: Encoding of text files. ``utf-8`` accepts a byte-order mark.
        delimiter: Delimiter of CSV files; one character.
        quote: Quote around cells of CSV files; one character.
        skip_lines: Number of lines above the header.
        sheet: Sheet of an Excel file, or the file inside a zip.
        format: How times are written, such as ``dd.mm.yyyy``.
        decimal: The decimal sign of numbers.
        thousands: What parts groups of three digits.
        formats: Column to how it is written.
        database: SQLAlchemy URL of a database (its password belongs into an environment variable,
            ``${NAME}``).
        query: SQL query whose result is the table; needs ``database``.
    """

    path: str | None = None
    encoding: FileEncoding | None = None
    delimiter: OneSign | None = None
    quote: OneSign | None = None
    skip_lines: Annotated[int, Field(ge=0, le=10_000)] | None = None
    sheet: str | None = None
    format: DatePattern | None = None
    decimal: Decimal | None = None
    thousands: Thousands | None = None
    formats: dict[str, Annotated[ColumnFormat, BeforeValidator(_short_format)]] = {}
    database: str | None = None
    query: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.path is None) == (self.database is None):
            raise ValueError("expected exactly one of `path` (files) and `database` (with `query`)")
        if (self.database is None) != (self.query is None):
            raise ValueError("`database` and `query` go together")
        return self

    def format_of(self, column: str) -> ColumnFormat:
        """How a column is said to be written; the table's keys count where its own say nothing."""
        own = self.formats.get(column, ColumnFormat())
        table = {"format": self.format, "decimal": self.decimal, "thousands": self.thousands}
        said = {name: getattr(own, name) for name in table}
        return own.model_copy(
            update={name: table[name] if value is None else value for name, value in said.items()}
        )


class RecordedSource(Source):
    """A source whose facts may have become known later than they happened.

    Attributes:
        delay_days: Where the table has no ``recorded_at``, the days after which a fact is taken as
            known.
    """

    delay_days: Annotated[int, Field(ge=0, le=3660)] = 0


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
    """The leads: one row each."""

    columns: LeadColumns = LeadColumns()


class EventsTable(RecordedSource):
    """What leads (and sales and marketing) did: one row per event."""

    columns: EventColumns = EventColumns()


class OutcomesTable(RecordedSource):
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
    won_values: tuple[str, ...] = ("1", "1.0", "true", "True", "TRUE", "yes", "Yes", "won", "Won")
    lost_values: tuple[str, ...] = ()
    open_values: tuple[str, ...] = ()
    closed: str | None = None
    stages: dict[str, str] = {}


class ChangesTable(RecordedSource):
    """History of attributes: the value from ``changed_at`` on.

    Attributes:
        attributes: Lead columns whose value at an as-of is the latest change known then, the column
            of ``account_id`` too. Before its first change a lead has the value of the leads table:
            where the value did change, write the first one as a change at the creation.
    """

    columns: ChangeColumns = ChangeColumns()
    attributes: Annotated[tuple[str, ...], Field(min_length=1)]


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
        won_values: Values of the outcome column that mean a win. An empty cell means that nothing
            is decided.
        lost_values: Values that mean a loss. Where neither these nor ``open_values`` are given, the
            one other value does.
        open_values: Values that mean that nothing is decided.
    """

    columns: FlatColumns
    won_values: tuple[str, ...] = ("1", "1.0", "true", "True", "TRUE", "yes", "Yes", "won", "Won")
    lost_values: tuple[str, ...] = ()
    open_values: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _in_one_list_only(self) -> Self:
        lists = (self.won_values, self.lost_values, self.open_values)
        listed = {value for values in lists for value in values}
        twice = sorted(value for value in listed if sum(value in each for each in lists) > 1)
        if twice:
            raise ValueError(
                "won_values, lost_values, open_values: expected each value in one list, got"
                f" {twice} in several"
            )
        return self


class InputSettings(StrictModel):
    """The sources, and how their values are read.

    Attributes:
        timezone: IANA name. Required as soon as one time has no offset; days and as-ofs are local
            to it.
        observed_until: The moment up to which the sources are complete; else the newest event or
            outcome.
        missing_values: Strings that mean "missing".
        traffic: Visits and cost by month and channel; only the review reads them.
        goals: Revenue promised by month and segment; only the review reads them.
    """

    leads: LeadsTable | None = None
    events: EventsTable | None = None
    outcomes: OutcomesTable | None = None
    attribute_changes: ChangesTable | None = None
    traffic: TrafficTable | None = None
    goals: GoalsTable | None = None
    flat: FlatTable | None = None
    timezone: TimezoneName | None = None
    observed_until: date | datetime | None = None
    missing_values: tuple[str, ...] = MISSING_VALUES

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        names = ("leads", "events", "outcomes", "attribute_changes", "traffic", "goals")
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

    actors: dict[str, Actor] = {}
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
    """

    windows: Annotated[tuple[Days, ...], Field(min_length=1, max_length=8)] = (7, 30, 90)
    half_life_days: Annotated[float, Field(gt=0, le=3660)] = 14.0
    min_level_leads: Annotated[int, Field(ge=20)] = 20
    max_levels: Annotated[int, Field(ge=2, le=1000)] = 200
    case_matters: bool = False

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
