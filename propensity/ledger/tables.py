"""The tables of a ledger, and the steps by which they came to be.

``nights`` holds one row per model and night; ``facts`` is only ever added to. What is true of a
lead is a query over its facts.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from sqlalchemy import (
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.schema import SchemaItem

from features.errors import ConfigError

if TYPE_CHECKING:
    from alembic.operations import Operations

#: What can happen to a lead's episode:
#:
#: ``handed over`` — to an owner, until a deadline; ``entered``, ``left`` — the MQL line;
#: ``overridden`` — people decided of it (``detail``: hand over or hold, why and who);
#: ``recycled`` — lost, and due to be approached again (``detail``: the rule); ``recycle control`` —
#: due as well, and left alone to compare;
#: ``cooled`` — handed over, and neither over the line nor asking any more, nor held; ``attempt`` —
#: sales did something with it (``detail``: the event type); ``accepted``, ``sent back``
#: (``detail``: why) and ``toss-up`` — what sales said of it: taken, given back, passed on from
#: inside sales; ``stage`` — it reached a stage (``detail``); ``closed`` — ``detail`` says won or
#: lost; ``gone`` — it is in the population no more, not closed.
Kind = Literal[
    "handed over",
    "overridden",
    "entered",
    "left",
    "cooled",
    "attempt",
    "accepted",
    "sent back",
    "toss-up",
    "stage",
    "closed",
    "gone",
    "recycled",
    "recycle control",
]

#: Number of the lock under which the tables are made.
_LOCK = 1_347_571_780


def _nights() -> tuple[SchemaItem, ...]:
    return (
        Column("id", Integer, primary_key=True),
        Column("model", String(255), nullable=False),
        Column("as_of", Date, nullable=False),
        Column("model_version", String(64), nullable=False),
        Column("definition_version", String(64), nullable=False),
        Column("scored_sha256", String(64), nullable=False),
        Column("leads", Integer, nullable=False),
        Column("handed_over", Integer, nullable=False),
        UniqueConstraint("model", "as_of"),
    )


def _facts() -> tuple[SchemaItem, ...]:
    return (
        Column("id", Integer, primary_key=True),
        Column("model", String(255), nullable=False),
        Column("lead_id", String, nullable=False),
        Column("episode", Integer, nullable=False),
        Column("kind", String(16), nullable=False),
        Column("as_of", Date, nullable=False),
        Column("happened_at", DateTime, nullable=False),
        Column("detail", String, nullable=False, server_default=""),
        Column("handed_over_as", String(16)),
        Column("owner", String),
        Column("respond_by", DateTime),
        Column("requested_on", Date),
        Column("probability", Float),
        Column("grade", String(2)),
        UniqueConstraint("model", "lead_id", "episode", "kind", "happened_at", "detail"),
    )


_METADATA = MetaData()

#: A night that was run to its end.
NIGHTS = Table("propensity_nights", _METADATA, *_nights())
#: Moments are UTC without a zone; ``as_of`` is the night that wrote a fact down, and
#: ``requested_on`` a day, both of the model's time zone.
FACTS = Table("propensity_facts", _METADATA, *_facts())
_SCHEMA = Table("propensity_ledger_schema", _METADATA, Column("revision", Integer, nullable=False))


def _first(operations: "Operations") -> None:
    operations.create_table("propensity_nights", *_nights())
    operations.create_table("propensity_facts", *_facts())
    operations.create_index(
        "propensity_facts_by_kind", "propensity_facts", ["model", "kind", "as_of"]
    )


#: Steps from one schema to the next; a step is never changed once it was released.
REVISIONS: tuple[Callable[["Operations"], None], ...] = (_first,)


def migrate(connection: Connection) -> None:
    """Bring a database to the newest schema, within the connection's transaction.

    Raises:
        ConfigError: The database was written by a newer Propensity.
    """
    from alembic.operations import Operations  # noqa: PLC0415 — 0.2 s that a new ledger needs
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    if connection.dialect.name == "postgresql":  # one run at a time makes the tables
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    if not inspect(connection).has_table(_SCHEMA.name):
        _SCHEMA.create(connection)
        connection.execute(insert(_SCHEMA).values(revision=0))
    revision = int(connection.execute(select(_SCHEMA.c.revision)).scalar_one())
    if revision > len(REVISIONS):
        raise ConfigError(
            f"The ledger has schema {revision}, written by a newer Propensity; this one knows up to"
            f" {len(REVISIONS)}. Install that version."
        )
    operations = Operations(MigrationContext.configure(connection))
    for step in REVISIONS[revision:]:
        step(operations)
    if revision < len(REVISIONS):
        connection.execute(update(_SCHEMA).values(revision=len(REVISIONS)))
