"""Overrides in a night: which count, and what became of them in the scored rows."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from features.files.output import Output
from features.files.whole_file import write_bytes
from features.store import Store
from propensity.config.config import Config
from propensity.grading.overrides import episode_key, no_overrides
from propensity.night.overrides_file import OverridesRead, read_overrides


@dataclass(frozen=True)
class OverridesUsed:
    """What became of the overrides in a night; leads, but for ``other_episode`` and
    ``past``.

    Attributes:
        handed_over: Handed over, or with sales already, because somebody decided so.
        held: Not handed over because somebody decided so.
        disqualified: A disqualifier holds, which goes before an override.
        other_episode: Rows whose lead is open, but in another episode than the row names.
        not_open: In the leads table, but not open on the day.
        unknown: Not in the leads table.
        past: Rows whose ``until`` is over.
    """

    handed_over: int = 0
    held: int = 0
    disqualified: int = 0
    other_episode: int = 0
    not_open: int = 0
    unknown: int = 0
    past: int = 0


def overrides_of(
    config: Config, night: date, folder: Output, *, is_repeated: bool
) -> OverridesRead:
    """The overrides of a night: those of the file, of which the night keeps a copy.

    A night that is run again reads its copy, so that it does what it did.

    Args:
        config: Names the file.
        night: The day.
        folder: Folder of the night.
        is_repeated: Whether the night was recorded before.

    Raises:
        DataError: Everything that is wrong with the file.
        ConfigError: The copy cannot be written.
    """
    if config.nightly.overrides is None:
        return OverridesRead(no_overrides(), 0)
    path = Path(config.nightly.overrides)
    copy = folder / f"overrides{path.suffix}"
    if is_repeated and copy.path.exists():
        return read_overrides(copy.path, night, config.input)
    found = read_overrides(path, night, config.input)
    write_bytes(path.read_bytes(), copy)
    return found


def overrides_used(read: OverridesRead, scored: pa.Table, store: Store) -> OverridesUsed:
    """Count what became of the overrides.

    Args:
        read: The overrides in force.
        scored: Columns lead_id, episode, decided_by and override of every lead that was scored.
        store: The canonical tables.
    """
    rows = read.overrides.rows.combine_chunks()
    asked = pc.unique(rows["lead_id"])
    theirs = scored.filter(pc.is_in(scored["lead_id"], value_set=asked)).combine_chunks()
    keys = theirs["lead_id"].combine_chunks(), theirs["episode"].combine_chunks()
    mine = theirs.filter(pa.array(read.overrides.place(*keys) >= 0))
    is_open = pc.is_in(rows["lead_id"], value_set=keys[0])
    named = episode_key(rows["lead_id"].combine_chunks(), rows["episode"].combine_chunks())
    is_other = pc.and_(rows["episode"].is_valid(), _absent(named, episode_key(*keys)))
    told = mine["override"]
    known = store.query("SELECT lead_id FROM leads")["lead_id"]
    unknown = len(asked) - _count(pc.is_in(asked, value_set=known.combine_chunks()))
    scored_leads = len(pc.unique(theirs["lead_id"]))
    return OverridesUsed(
        handed_over=_count(pc.equal(told, "hand over")),
        held=_count(pc.equal(told, "hold")),
        disqualified=_count(pc.and_(told.is_null(), pc.equal(mine["decided_by"], "disqualified"))),
        other_episode=_count(pc.and_(is_open, is_other)),
        not_open=len(asked) - unknown - scored_leads,
        unknown=unknown,
        past=read.past,
    )


def _absent(keys: pa.Array, known: pa.Array) -> pa.Array:
    return pc.invert(pc.is_in(keys, value_set=known))


def _count(holds: pa.Array | pa.ChunkedArray) -> int:
    return int(pc.sum(holds).as_py() or 0)
