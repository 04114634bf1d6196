"""What people decided of single leads, whatever the definition says: hand over, or hold."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from propensity.concepts.wording import plain

OverrideDecision = Literal["hand over", "hold"]
#: A decision that is in force; ``episode`` is null where it holds for all of the lead's.
OVERRIDES = pa.schema(
    [
        pa.field("lead_id", pa.string()),
        pa.field("episode", pa.int32()),
        pa.field("decision", pa.string()),
        pa.field("because", pa.string()),
        pa.field("by", pa.string()),
        pa.field("until", pa.date32()),
    ]
)


@dataclass(frozen=True)
class Overrides:
    """The decisions that are in force in a night.

    Attributes:
        rows: (m rows) Columns of ``OVERRIDES``: a lead's episode in one row at most.
    """

    rows: pa.Table

    def place(self, lead_id: pa.Array, episode: pa.Array) -> NDArray[np.int64]:
        """(n,) the row that decides of each lead's episode, or -1."""
        own = pc.index_in(episode_key(lead_id, episode), value_set=self._keys)
        all_ = pc.index_in(lead_id.cast(pa.string()), value_set=self._of_all_episodes)
        places: NDArray[np.int64] = (
            pc.coalesce(own, all_).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        )
        return places

    def of(self, column: str, place: NDArray[np.int64]) -> pa.Array:
        """(n,) a column's value at each place; null where the place is -1."""
        values = self.rows[column].combine_chunks()
        return values.take(pa.array(place, mask=place < 0))

    def code(self, place: NDArray[np.int64]) -> NDArray[np.int8]:
        """(n,) 1 hand over, -1 hold, 0 nothing decided."""
        decision = self.of("decision", place)
        over, hold = (
            pc.fill_null(pc.equal(decision, said), False).to_numpy(zero_copy_only=False)
            for said in ("hand over", "hold")
        )
        codes: NDArray[np.int8] = over.astype(np.int8) - hold.astype(np.int8)
        return codes

    def in_words(self, place: int) -> str:
        """A row as the ledger keeps it: ``hold: on parental leave (A. Sato)``."""
        row = self.rows.slice(place, 1).to_pylist()[0]
        return f"{row['decision']}: {plain(row['because'])} ({plain(row['by'])})"

    @cached_property
    def _keys(self) -> pa.Array:
        """Null, which nothing equals, where all episodes are meant."""
        table = self.rows.combine_chunks()
        return episode_key(table["lead_id"].combine_chunks(), table["episode"].combine_chunks())

    @cached_property
    def _of_all_episodes(self) -> pa.Array:
        table = self.rows
        names = pc.if_else(table["episode"].is_null(), table["lead_id"], None)
        return names.combine_chunks()


def no_overrides() -> Overrides:
    """Nothing was decided."""
    return Overrides(OVERRIDES.empty_table())


def episode_key(lead_id: pa.Array, episode: pa.Array) -> pa.Array:
    """(n,) one text for a lead's episode."""
    return pc.binary_join_element_wise(lead_id.cast(pa.string()), episode.cast(pa.string()), "\x1f")
