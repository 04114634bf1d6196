"""What was handed over before a night: a line with two ends and a deadline have to remember."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from propensity.grading.overrides import Overrides, episode_key, no_overrides

#: A lead's episode as the nights before left it.
REMEMBERED = pa.schema(
    [
        pa.field("lead_id", pa.string()),
        pa.field("episode", pa.int32()),
        pa.field("is_mql", pa.bool_()),
        pa.field("mql_since", pa.date32()),
        pa.field("handed_over_on", pa.date32()),
        pa.field("handed_over_as", pa.string()),
        pa.field("owner", pa.string()),
        pa.field("respond_by", pa.timestamp("us", tz="UTC")),
        pa.field("requested_on", pa.date32()),
        pa.field("cooled_on", pa.date32()),
        pa.field("status", pa.string()),
        pa.field("status_at", pa.timestamp("us", tz="UTC")),
        pa.field("status_because", pa.string()),
    ]
)


@dataclass(frozen=True)
class Memory:
    """The leads that are over the line, or were handed over, before a night.

    Attributes:
        as_of: The night before, the newest that was run; None for the first night.
        leads: (m rows) Columns of ``REMEMBERED``: each episode once. ``handed_over_on``,
            ``handed_over_as``, ``owner`` and ``respond_by`` are those of the last hand-over,
            ``requested_on`` is the newest request that was handed over; ``cooled_on`` is set where
            the lead has cooled, or left the population, since the last hand-over; ``status`` is the
            newest that sales said of it since then: ``accepted``, ``sent back`` or ``toss-up``.
        hands_over: Whether this night may hand over; a night that is made up after later ones hands
            over nothing.
        overrides: What people decided of single leads, as far as it is in force.
    """

    as_of: date | None
    leads: pa.Table
    hands_over: bool = True
    overrides: Overrides = field(default_factory=no_overrides)

    def place(self, lead_id: pa.Array, episode: pa.Array) -> NDArray[np.int64]:
        """(n,) the row of ``leads`` of each lead's episode, or -1."""
        found = pc.index_in(episode_key(lead_id, episode), value_set=self._keys)
        places: NDArray[np.int64] = (
            found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        )
        return places

    def of(self, column: str, place: NDArray[np.int64]) -> pa.Array:
        """(n,) a column's value at each place; null where the place is -1."""
        values = self.leads[column].combine_chunks()
        return values.take(pa.array(place, mask=place < 0))

    @cached_property
    def _keys(self) -> pa.Array:
        table = self.leads.combine_chunks()
        return episode_key(table["lead_id"], table["episode"])


def nothing_yet() -> Memory:
    """The memory before the first night."""
    return Memory(None, REMEMBERED.empty_table())
