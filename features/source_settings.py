"""Where a table comes from, which of its rows count, and how its values are written."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler

from features.date_pattern import date_style
from features.kinds import ValueKind

FileEncoding = Literal["utf-8", "utf-16", "cp932", "cp1252"]
Decimal = Literal[".", ","]
#: How an id of one table finds the same id of another.
JoinRule = Literal["exact", "number", "salesforce", "email", "text"]


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


ShortFormat = Annotated[ColumnFormat, BeforeValidator(_short_format)]


def _as_text(value: object) -> object:
    """What YAML takes for a date, a number or a truth value, as a file would have it."""
    match value:
        case bool():
            return str(value).lower()
        case date():
            return value.isoformat()
        case int() | float():
            return str(value)
        case _:
            return value


def _listed(value: object) -> object:
    """One value stands for a list of it."""
    return (value,) if isinstance(value, str | bool | int | float | date) else value


#: A value of a cell, as YAML has it.
CellText = Annotated[str, BeforeValidator(_as_text)]
CellTexts = Annotated[tuple[CellText, ...], BeforeValidator(_listed)]
ColumnNames = Annotated[tuple[str, ...], BeforeValidator(_listed)]


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
        constant: Name under ``columns`` to the value that every row has; no column is read for it.
        where: Column to the values of the rows that count, compared without regard to case, width
            and spacing; other rows are passed over.
        database: SQLAlchemy URL of a database (its password belongs into an environment variable,
            ``${NAME}``).
        query: SQL query whose result is the table; needs ``database``. ``:as_of`` in it is the
            start of the day at which leads are looked at (long after everything in training),
            ``:since`` that of ``input.since``.
        table: Name of a table or view in the database, with its schema as ``schema.table``; the
            other way to say what is read.
        timeout_seconds: How long the database may take for it.
        incremental: Whether what was read once is not asked for again: the query asks for the rows
            that came to be known from ``:since`` to before ``:as_of``, and those never change.
    """

    #: Whether the columns that it does not name are lead columns.
    holds_lead_columns: ClassVar[bool] = False

    path: str | None = None
    encoding: FileEncoding | None = None
    delimiter: OneSign | None = None
    quote: OneSign | None = None
    skip_lines: Annotated[int, Field(ge=0, le=10_000)] | None = None
    sheet: str | None = None
    format: DatePattern | None = None
    decimal: Decimal | None = None
    thousands: Thousands | None = None
    formats: dict[str, Annotated[ColumnFormat, BeforeValidator(_short_format)]] = Field(
        default_factory=dict
    )
    constant: dict[str, CellText] = Field(default_factory=dict)
    where: dict[str, CellTexts] = Field(default_factory=dict)
    database: str | None = None
    query: str | None = None
    table: Annotated[str, Field(min_length=1)] | None = None
    timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None
    incremental: bool = False

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.path is None) == (self.database is None):
            raise ValueError(
                "expected exactly one of `path` (files) and `database` (with `query` or `table`)"
            )
        if self.database is not None and (self.query is None) == (self.table is None):
            raise ValueError("`database` goes together with one of `query` and `table`")
        if self.incremental and not all(m in (self.query or "") for m in (":since", ":as_of")):
            raise ValueError(
                "`incremental` needs a `query` that asks for :since and :as_of, such as `WHERE"
                " recorded_at >= :since AND recorded_at < :as_of`"
            )
        asked = ("query", "table", "timeout_seconds")
        if self.database is None and (lone := [k for k in asked if getattr(self, k) is not None]):
            raise ValueError(f"`{lone[0]}` goes together with `database`")
        return self

    @model_validator(mode="after")
    def _constants_are_columns(self) -> Self:
        names = getattr(self, "columns", None)
        known = list(type(names).model_fields) if isinstance(names, StrictModel) else []
        unknown = [name for name in self.constant if name not in known]
        if unknown:
            raise ValueError(
                f"constant: expected names that stand under `columns` ({', '.join(known) or 'none'}"
                f" here), got {', '.join(map(repr, unknown))}"
            )
        return self

    @property
    def origin(self) -> tuple[object, ...]:
        """What two sections have in common that read the same rows."""
        read = (self.encoding, self.delimiter, self.quote, self.skip_lines, self.sheet)
        return (self.path, self.database, self.query, self.table, *read)

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


def _short_join(value: object) -> object:
    """A bare word stands for a rule."""
    return {"rule": value} if isinstance(value, str) else value


class JoinSettings(StrictModel):
    """How the lead_id of a table finds its lead.

    Attributes:
        to: Lead columns that hold the same values; none: the lead_id and its aliases.
        rule: ``exact``; ``number`` (00123 is 123); ``salesforce`` (15 and 18 characters);
            ``email`` (without regard to case and ``mailto:``); ``text`` (without regard to case,
            width and spaces).
    """

    to: ColumnNames = ()
    rule: JoinRule = "exact"


class MatchedSource(RecordedSource):
    """A source whose rows belong to leads.

    Attributes:
        key: Columns that together are the lead_id, instead of ``columns.lead_id``.
        join: How its lead_id finds the lead: a rule, or ``to`` and ``rule``.
    """

    key: ColumnNames = ()
    join: Annotated[JoinSettings, BeforeValidator(_short_join)] = JoinSettings()

    @model_validator(mode="after")
    def _as_many_columns(self) -> Self:
        if len(self.join.to) > 1 and len(self.join.to) != len(self.key):
            raise ValueError(
                f"join: `to` names {len(self.join.to)} columns; expected as many under `key`, got"
                f" {len(self.key)}"
            )
        return self


def one_or_several(value: Any) -> Any:  # noqa: ANN401 — whatever the file holds
    """One table stands for a list of it; nothing for an empty one."""
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)
