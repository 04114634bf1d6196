"""Leads that a draw parted: below the line those of the random slice and the others, over it those
handed over and those held out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.days import day_number
from features.store import Store
from propensity.definition.schema import HoldOut, Line, RandomSlice
from propensity.language import CATALOGUES
from propensity.ledger.ledger import Night
from propensity.registry.definitions import Definitions
from training.learn.rows.snapshots import goals_ahead
from training.monitor.watched import Watched

#: Below the line a draw hands leads over that nobody would have; over it another one leaves out
#: leads that everybody would have handed over.
Side = Literal["below", "over"]
SIDES: tuple[Side, ...] = ("below", "over")
_READ = [
    "lead_id",
    "episode",
    "decided_by",
    "is_mql",
    "blocked_by",
    "quadrant",
    "handed_over_on",
]
_PARTED = pa.schema(
    [
        pa.field("lead_id", pa.string()),
        pa.field("episode", pa.int32()),
        pa.field("area", pa.string()),
        pa.field("drawn", pa.bool_()),
        pa.field("day", pa.int32()),
    ]
)
_THRESHOLD = pa.array([words["blocked: threshold"] for words in CATALOGUES.values()])


@dataclass(frozen=True)
class PartedLeads:
    """Leads (episodes) of one side, each at the first night in which the draw decided about it, its
    horizon over since.

    Attributes:
        area: (n,) the quadrant it stood in.
        handed: (n,) whether the draw handed it over.
        won: (n,) whether it reached the goal within the horizon after that night.
        cluster: (n,) number of the account, else of the lead.
        waiting: Leads whose horizon is not over.
    """

    area: NDArray[np.object_]
    handed: NDArray[np.bool_]
    won: NDArray[np.bool_]
    cluster: NDArray[np.int64]
    waiting: int


def parted(watched: Watched) -> dict[Side, PartedLeads | None]:
    """The leads of both sides; None of a side on which nothing was ever drawn.

    They are those of the nights since the draw is as it is (or was, the last time there was one).
    Who had been handed over before the draw decided is left out, whatever it said.
    """
    lines = _lines(watched)
    nights = {side: drawn_nights(watched.nights, lines, side) for side in SIDES}
    first: dict[Side, dict[tuple[str, int], tuple[str, bool, int]]] = {side: {} for side in SIDES}
    for night in watched.nights:
        sides = [side for side in SIDES if night in nights[side]]
        scored = watched.served(night.as_of, _READ) if sides else None
        if scored is None:
            continue
        for side in sides:
            for key, area, drawn in _decided(scored, side, night):
                first[side].setdefault(key, (area, drawn, day_number(night.as_of)))
    return {side: _followed(watched, first[side], side) if nights[side] else None for side in SIDES}


def drawn_nights(
    nights: Sequence[Night], lines: Mapping[str, Line], side: Side
) -> tuple[Night, ...]:
    """The last nights in a row that had the same draw on a side; none where none had any.

    Args:
        nights: All nights, the oldest first.
        lines: Version of a definition to its line.
        side: The side of the line.
    """
    found: list[Night] = []
    draw: tuple[float, int] | None = None
    for night in reversed(nights):
        here = _draw(lines[night.definition_version], side)
        if found and here != draw:
            break
        if here is not None:
            draw = here
            found.append(night)
    return tuple(reversed(found))


def _draw(line: Line, side: Side) -> tuple[float, int] | None:
    drawn: RandomSlice | HoldOut | None = line.random_slice if side == "below" else line.hold_out
    return None if drawn is None else (drawn.share, drawn.seed)


def _lines(watched: Watched) -> dict[str, Line]:
    definitions = Definitions.of(watched.config)
    versions = sorted({night.definition_version for night in watched.nights})
    return {version: definitions.load(int(version)).mql for version in versions}


def _decided(
    scored: pa.Table, side: Side, night: Night
) -> Iterator[tuple[tuple[str, int], str, bool]]:
    """The leads about which the draw decided in a night, and what it said: whether the lead was
    drawn.
    """
    name = "random slice" if side == "below" else "hold-out"
    drawn = pc.equal(scored["decided_by"], name)
    if side == "below":
        kept_back = pc.is_in(scored["blocked_by"], value_set=_THRESHOLD)
        others = pc.and_(kept_back, pc.invert(pc.fill_null(scored["is_mql"], False)))
    else:
        others = pc.equal(scored["decided_by"], "MQL")
    day = pa.scalar(night.as_of, pa.date32())
    is_new = pc.fill_null(pc.greater_equal(scored["handed_over_on"], day), True)
    rows = scored.append_column("drawn", drawn).filter(pc.and_(pc.or_(drawn, others), is_new))
    columns = (rows[name].to_pylist() for name in ("lead_id", "episode", "quadrant", "drawn"))
    for lead, episode, area, is_drawn in zip(*columns, strict=True):
        yield (lead, episode), area, is_drawn


def _followed(
    watched: Watched, first: Mapping[tuple[str, int], tuple[str, bool, int]], side: Side
) -> PartedLeads:
    rows = [
        {"lead_id": lead, "episode": episode, "area": area, "drawn": drawn, "day": day}
        for (lead, episode), (area, drawn, day) in sorted(first.items())
    ]
    found = became_of(
        watched.store,
        pa.Table.from_pylist(rows, schema=_PARTED),
        goal_stage=watched.config.goal.stage if watched.config.goal else "won",
        horizon_days=watched.horizon,
    )
    mature = found["day"].to_numpy() + watched.horizon <= watched.until
    drawn = found["drawn"].to_numpy(zero_copy_only=False)[mature]
    return PartedLeads(
        found["area"].to_numpy(zero_copy_only=False)[mature],
        drawn if side == "below" else ~drawn,
        found["won"].to_numpy(zero_copy_only=False)[mature],
        found["cluster"].to_numpy().astype(np.int64)[mature],
        int((~mature).sum()),
    )


def became_of(store: Store, rows: pa.Table, *, goal_stage: str, horizon_days: int) -> pa.Table:
    """Rows with ``won`` (the goal reached within the horizon from their day on) and ``cluster`` (of
    the account, else of the lead); leads that the sources hold no more are left out.

    Args:
        store: The canonical tables.
        rows: ``lead_id``, ``episode``, ``day`` and others.
        goal_stage: ``won``, or a stage.
        horizon_days: Days.
    """
    store.connection.register("parted_leads", rows)
    try:
        return store.query(f"""
            WITH goals AS ({goals_ahead(store, goal_stage)})
            SELECT p.*, coalesce(g.goal_day >= p.day AND g.goal_day < p.day + {horizon_days}, false)
                    AS won,
                coalesce(l.account + (SELECT count(*) FROM leads), l.lead) AS cluster
            FROM parted_leads p JOIN leads l ON l.lead_id = p.lead_id
            JOIN goals g ON g.lead = l.lead AND g.episode = p.episode
            ORDER BY p.lead_id, p.episode
        """)
    finally:
        store.connection.unregister("parted_leads")
