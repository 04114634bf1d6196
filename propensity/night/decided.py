"""What a night does: who is handed over, who crossed the line, who cooled, who is gone."""

from collections.abc import Iterator
from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from propensity.grading.hand_over import HANDED_OVER, HELD
from propensity.grading.memory import Memory
from propensity.grading.overrides import episode_key
from propensity.ledger.ledger import LedgerFact
from propensity.ledger.tables import Kind

#: Columns of a scored table that a night's facts are read off.
READ = (
    "lead_id",
    "episode",
    "decided_by",
    "is_mql",
    "handed_over_on",
    "requested_on",
    "owner",
    "respond_by",
    "probability",
    "grade",
    "override",
)


def decided(
    scored: pa.Table,
    memory: Memory,
    night: date,
    moment: datetime,
    *,
    overridden: set[tuple[str, int, str]],
) -> Iterator[LedgerFact]:
    """The facts of a night, from its scores and what the nights before left.

    Args:
        scored: Columns ``READ`` of every lead that was scored.
        memory: What the nights before left.
        night: The day.
        moment: Its start, UTC without a zone.
        overridden: What people decided of leads, as recorded before.
    """
    if not memory.hands_over:
        return
    place = memory.place(scored["lead_id"].combine_chunks(), scored["episode"].combine_chunks())
    was_mql, was_handed, had_cooled = (
        pc.fill_null(values, False).to_numpy(zero_copy_only=False)
        for values in (
            memory.of("is_mql", place),
            memory.of("handed_over_on", place).is_valid(),
            memory.of("cooled_on", place).is_valid(),
        )
    )
    is_mql = pc.fill_null(scored["is_mql"], False).to_numpy()
    tonight = pc.equal(scored["handed_over_on"], pa.scalar(night, pa.date32()))
    is_over = pc.is_in(scored["decided_by"], value_set=pa.array(HANDED_OVER)).to_numpy()
    is_held = pc.equal(scored["decided_by"], HELD).to_numpy()
    yield from _handed_over(scored.filter(pc.fill_null(tonight, False)), night, moment)
    yield from _overridden(scored, memory, night, moment, overridden)
    marks: tuple[tuple[Kind, NDArray[np.bool_]], ...] = (
        ("entered", is_mql & ~was_mql),
        ("left", was_mql & ~is_mql),
        ("cooled", was_handed & ~had_cooled & ~is_over & ~is_held),
    )
    for kind, holds in marks:
        for row in scored.filter(pa.array(holds)).select(["lead_id", "episode"]).to_pylist():
            yield LedgerFact(kind=kind, as_of=night, happened_at=moment, **row)
    yield from _gone(scored, memory, night, moment)


def _handed_over(scored: pa.Table, night: date, moment: datetime) -> Iterator[LedgerFact]:
    for row in scored.to_pylist():
        due = row["respond_by"]
        yield LedgerFact(
            lead_id=row["lead_id"],
            episode=row["episode"],
            kind="handed over",
            as_of=night,
            happened_at=moment,
            handed_over_as=row["decided_by"],
            owner=row["owner"],
            respond_by=due.replace(tzinfo=None) if due else None,
            requested_on=row["requested_on"] if row["decided_by"] == "hand-raiser" else None,
            probability=row["probability"],
            grade=row["grade"],
        )


def _overridden(
    scored: pa.Table,
    memory: Memory,
    night: date,
    moment: datetime,
    known: set[tuple[str, int, str]],
) -> Iterator[LedgerFact]:
    """What people decided, once for each lead's episode and decision, with what the model said."""
    rows = scored.filter(scored["override"].is_valid())
    names = ["lead_id", "episode", "probability", "grade"]
    places = memory.overrides.place(
        rows["lead_id"].combine_chunks(), rows["episode"].combine_chunks()
    )
    for row, place in zip(rows.select(names).to_pylist(), places.tolist(), strict=True):
        detail = memory.overrides.in_words(place)
        if (row["lead_id"], row["episode"], detail) not in known:
            yield LedgerFact(
                kind="overridden", as_of=night, happened_at=moment, detail=detail, **row
            )


def _gone(scored: pa.Table, memory: Memory, night: date, moment: datetime) -> Iterator[LedgerFact]:
    """Leads of the memory that are not in the population tonight: closed, past the stage, silent.

    Who is gone is over the line no more.
    """
    here = episode_key(scored["lead_id"].combine_chunks(), scored["episode"].combine_chunks())
    keys = episode_key(
        memory.leads["lead_id"].combine_chunks(), memory.leads["episode"].combine_chunks()
    )
    absent = memory.leads.filter(pc.invert(pc.is_in(keys, value_set=here)))
    names = ["lead_id", "episode", "is_mql", "handed_over_on", "cooled_on"]
    for row in absent.select(names).to_pylist():
        key = {"lead_id": row["lead_id"], "episode": row["episode"]}
        if row["handed_over_on"] is not None and row["cooled_on"] is None:
            yield LedgerFact(kind="gone", as_of=night, happened_at=moment, **key)
        if row["is_mql"]:
            yield LedgerFact(kind="left", as_of=night, happened_at=moment, **key)
