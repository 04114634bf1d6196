"""A ledger: facts go in by nights, what is true of leads comes out."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, Engine, Select, case, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from features.errors import LeadNotFoundError
from propensity.concepts.wording import plain
from propensity.config.config import Config
from propensity.grading.memory import REMEMBERED, Memory
from propensity.ledger.address import address_of
from propensity.ledger.database import LedgerError, in_our_words, opened
from propensity.ledger.standing import LedgerStatus, standing, statuses, with_statuses
from propensity.ledger.tables import FACTS, NIGHTS, Kind

#: Facts that one statement adds: SQLite takes at most 32,766 values.
_FACTS_AT_A_TIME = 1_000  # of 13 values
#: Databases that can leave out what stands there already, in one statement.
_DIALECTS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Night:
    """A night that was run to its end.

    Attributes:
        as_of: The day at whose start leads were looked at.
        model_version: Version of the model that scored.
        definition_version: Version of the definition it scored by.
        scored_sha256: Hash of the scored file.
        leads: Scored.
        handed_over: Handed over in this night.
    """

    as_of: date
    model_version: str
    definition_version: str
    scored_sha256: str
    leads: int
    handed_over: int


@dataclass(frozen=True)
class LedgerFact:
    """Something that happened to a lead's episode.

    Attributes:
        lead_id: Identifier as in the source.
        episode: Number of the episode.
        kind: What happened; see ``propensity.ledger.tables.Kind``.
        as_of: The night that wrote it down.
        happened_at: The moment, UTC without a zone; of what a night does, the start of its day.
        detail: What people decided, why and who; event type of an attempt; why a lead was sent
            back; name of a stage, or of the rule by which it is recycled; ``won`` or ``lost``; else
            empty.
        handed_over_as: Case of the decision table by which the lead was handed over.
        owner: Who has the lead.
        respond_by: Deadline of a hand-over, UTC without a zone.
        requested_on: Day on which a hand-raiser asked.
        probability: Chance at the hand-over.
        grade: Grade at the hand-over.
    """

    lead_id: str
    episode: int
    kind: Kind
    as_of: date
    happened_at: datetime
    detail: str = ""
    handed_over_as: str | None = None
    owner: str | None = None
    respond_by: datetime | None = None
    requested_on: date | None = None
    probability: float | None = None
    grade: str | None = None


class Ledger:
    """The ledger of one model. Facts are added, never changed; :meth:`record` adds a night's at
    once or not at all.
    """

    def __init__(self, engine: Engine, address: str, model: str) -> None:
        """See ``ledger_of``.

        Args:
            engine: The database, with the newest schema.
            address: Its URL, for messages.
            model: Name of the model whose ledger it is.
        """
        self._engine, self._address, self._model = engine, address, model

    def nights(self) -> list[Night]:
        """The nights that were run, the oldest first."""
        names = [NIGHTS.c[name] for name in Night.__dataclass_fields__]
        query = select(*names).where(NIGHTS.c.model == self._model).order_by(NIGHTS.c.as_of)
        return [Night(*row) for row in self._read(query)]

    def before(self, night: date) -> Memory:
        """What the nights before left: what a night has to know of its leads.

        A night that lies before one that was run already, and was not run itself, hands over
        nothing.
        """
        ran = [found.as_of for found in self.nights()]
        earlier = [day for day in ran if day < night]
        rows = [dict(row._mapping) for row in self._read(standing(self._model, night))]
        said = [LedgerStatus(*row) for row in self._read(statuses(self._model, night))]
        return Memory(
            earlier[-1] if earlier else None,
            with_statuses(pa.Table.from_pylist(rows, REMEMBERED), said),
            hands_over=night in ran or not any(day > night for day in ran),
        )

    def facts(self) -> list[LedgerFact]:
        """All facts, lead by lead, in the order of their moments."""
        return self._facts()

    def course(self, lead_id: str) -> list[LedgerFact]:
        """What happened to a lead, in the order of the moments.

        Raises:
            LeadNotFoundError: The ledger knows nothing of it.
        """
        found = self._facts(FACTS.c.lead_id == lead_id)
        if not found:
            raise LeadNotFoundError(
                f"The ledger knows nothing of {plain(lead_id)!r}: it was never handed over."
            )
        return found

    def _facts(self, *only: ColumnElement[bool]) -> list[LedgerFact]:
        names = [FACTS.c[name] for name in LedgerFact.__dataclass_fields__]
        order = (FACTS.c.lead_id, FACTS.c.episode, FACTS.c.happened_at, FACTS.c.id)
        query = select(*names).where(FACTS.c.model == self._model, *only).order_by(*order)
        return [LedgerFact(*row) for row in self._read(query)]

    def worked_on(self, night: date) -> set[tuple[str, int]]:
        """Lead and episode of those with whom sales did something after the last hand-over, as far
        as it was known in a night.
        """
        mine = (FACTS.c.model == self._model, FACTS.c.as_of <= night)
        newest = {
            kind: func.max(case((FACTS.c.kind == kind, FACTS.c.happened_at)))
            for kind in ("handed over", "attempt")
        }
        query = (
            select(FACTS.c.lead_id, FACTS.c.episode)
            .where(*mine, FACTS.c.kind.in_(newest))
            .group_by(FACTS.c.lead_id, FACTS.c.episode)
            .having(newest["attempt"] >= newest["handed over"])
        )
        return {(lead, episode) for lead, episode in self._read(query)}

    def overridden(self, night: date) -> set[tuple[str, int, str]]:
        """Lead, episode and detail of what people decided of leads, as recorded before a night."""
        query = select(FACTS.c.lead_id, FACTS.c.episode, FACTS.c.detail).where(
            FACTS.c.model == self._model, FACTS.c.as_of < night, FACTS.c.kind == "overridden"
        )
        return {(lead, episode, detail) for lead, episode, detail in self._read(query)}

    def recycled(self, night: date) -> list[LedgerFact]:
        """Leads that were due to be approached again before a night, those left alone included."""
        kinds = ("recycled", "recycle control")
        return self._facts(FACTS.c.kind.in_(kinds), FACTS.c.as_of < night)

    def record(self, night: Night, facts: Sequence[LedgerFact]) -> int:
        """Write a night down: all of it in one transaction. What stands there already stays.

        Args:
            night: The night; one that was recorded before is not recorded again.
            facts: What it did and learned.

        Returns:
            Number of facts that were new.

        Raises:
            LedgerError: Another run recorded the same night with another pair, or the database
                cannot be written; nothing was added.
        """
        rows = [{"model": self._model, **vars(fact)} for fact in facts]
        with in_our_words(self._address), self._engine.begin() as connection:
            known = connection.execute(
                select(NIGHTS.c.model_version, NIGHTS.c.definition_version).where(
                    NIGHTS.c.model == self._model, NIGHTS.c.as_of == night.as_of
                )
            ).one_or_none()
            pair = (night.model_version, night.definition_version)
            if known is not None and tuple(known) != pair:
                raise LedgerError(_other_pair(night, *known))
            if known is None:
                try:
                    connection.execute(insert(NIGHTS).values(model=self._model, **asdict(night)))
                except IntegrityError:
                    raise LedgerError(
                        f"The night of {night.as_of} was recorded by another run meanwhile;"
                        " nothing was handed over twice. Run it again to write the files."
                    ) from None
            added = 0
            for start in range(0, len(rows), _FACTS_AT_A_TIME):
                some = rows[start : start + _FACTS_AT_A_TIME]
                added += _add(connection, some)
            return added

    def _read(self, query: Select[Any]) -> Sequence[Any]:
        with in_our_words(self._address), self._engine.connect() as connection:
            return connection.execute(query).all()


@contextlib.contextmanager
def ledger_of(config: Config) -> Iterator[Ledger]:
    """Open the ledger of the model that a configuration names.

    Raises:
        LedgerError: It cannot be reached.
        ConfigError: No place for it is known, or a newer Propensity wrote it.
    """
    address = address_of(config)
    with opened(address) as engine:
        if engine.dialect.name not in _DIALECTS:
            raise LedgerError(
                f"ledger.url: expected a database of {' or '.join(_DIALECTS)}, got"
                f" {engine.dialect.name}."
            )
        yield Ledger(engine, address, config.model_name)


def was_run(nights: Sequence[Night], night: date, pair: tuple[str, str]) -> bool:
    """Whether a night was run before, which only the same pair may do again.

    Args:
        nights: The nights that were run.
        night: The day.
        pair: Version of the model, and of the definition.

    Raises:
        LedgerError: Another pair ran it.
    """
    found = next((ran for ran in nights if ran.as_of == night), None)
    if found is None:
        return False
    known = (found.model_version, found.definition_version)
    if known != pair:
        raise LedgerError(_other_pair(found, *known))
    return True


def _other_pair(night: Night, model: str, definition: str) -> str:
    return (
        f"The night of {night.as_of} was run with model {model} and definition {definition}; its"
        " hand-overs stand. Another pair takes over from the next night on."
    )


def _add(connection: Connection, rows: list[dict[str, Any]]) -> int:
    """Add rows where they are new; return how many were.

    SQLite takes them one by one as fast, and one statement for all takes seconds to be put
    together; a server is asked once.
    """
    if connection.dialect.name == "sqlite":
        return connection.execute(sqlite.insert(FACTS).on_conflict_do_nothing(), rows).rowcount
    added = postgresql.insert(FACTS).values(rows).on_conflict_do_nothing()
    return connection.execute(added).rowcount
