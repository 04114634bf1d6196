"""Who was an MQL at the last scoring, read from its scored file: a line with two ends has to
remember.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.errors import ConfigError, LeadNotFoundError
from propensity.concepts.wording import plain

_COLUMNS = pa.schema(
    [
        pa.field("lead_id", pa.string()),
        pa.field("episode", pa.int32()),
        pa.field("as_of", pa.date32()),
        pa.field("is_mql", pa.bool_()),
        pa.field("mql_since", pa.date32()),
        pa.field("respond_by", pa.timestamp("us", tz="UTC")),
    ]
)
_EARLIER = pa.schema(
    [
        pa.field("lead_id", pa.string()),
        pa.field("episode", pa.int32()),
        pa.field("as_of", pa.date32()),
        pa.field("log_odds", pa.float64()),
        pa.field("model_version", pa.string()),
    ]
)


@dataclass(frozen=True)
class Previous:
    """The MQLs of an earlier scoring.

    Attributes:
        as_of: As-of of the scoring.
        mqls: Its MQLs: ``lead_id``, ``episode``, ``mql_since``, ``respond_by``.
    """

    as_of: date
    mqls: pa.Table

    def place(self, lead_id: pa.Array, episode: pa.Array) -> NDArray[np.int64]:
        """(n,) the row of ``mqls`` of each lead's episode, or -1."""
        found = pc.index_in(_key(lead_id, episode), value_set=self._keys)
        places: NDArray[np.int64] = (
            found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        )
        return places

    @cached_property
    def _keys(self) -> pa.Array:
        table = self.mqls.combine_chunks()
        return _key(table["lead_id"], table["episode"])


def read_previous(path: Path | str, *, before: date) -> Previous:
    """Read the MQLs of an earlier scored file, ``.parquet`` or ``.csv``.

    Args:
        path: What ``propensity score`` wrote.
        before: As-of of the present scoring.

    Raises:
        ConfigError: No such file, not a scored file, or not an earlier one.
    """
    path = Path(path)
    table = _read(path)
    as_ofs = pc.unique(table["as_of"]).drop_null().to_pylist()
    if len(as_ofs) != 1:
        raise ConfigError(
            f"{path}: expected the scores of one as-of, got {len(as_ofs)}; name the last scored"
            " file."
        )
    if as_ofs[0] >= before:
        raise ConfigError(
            f"{path}: expected the scores of a day before {before}, got those of {as_ofs[0]}; the"
            " MQL line needs the scoring before this one."
        )
    return Previous(
        as_ofs[0],
        table.filter(pc.fill_null(table["is_mql"], False)).drop_columns(["as_of", "is_mql"]),
    )


def earlier_row(path: Path, lead_id: str) -> dict[str, Any]:
    """``as_of``, ``log_odds`` and ``model_version`` of a lead in an earlier scored file; of several
    episodes the last.

    Raises:
        ConfigError: No such file, or not a scored file.
        LeadNotFoundError: The lead is not in it.
    """
    table = _read(path, _EARLIER)
    found = table.filter(pc.equal(table["lead_id"], lead_id)).sort_by("episode")
    if not found.num_rows:
        raise LeadNotFoundError(f"{path} holds no lead {plain(lead_id)!r}: it was not scored then.")
    return dict(found.slice(found.num_rows - 1).to_pylist()[0])


def _read(path: Path, schema: pa.Schema = _COLUMNS) -> pa.Table:
    names = schema.names
    try:
        if path.suffix.lower() == ".csv":
            options = pa_csv.ConvertOptions(
                include_columns=names,
                column_types={name: schema.field(name).type for name in names},
                strings_can_be_null=True,
                null_values=[""],
            )
            table = pa_csv.read_csv(path, convert_options=options)
            plain = pc.replace_substring_regex(table["lead_id"], r"^'([=+\-@\t\r\n])", r"\1")
            table = table.set_column(table.schema.get_field_index("lead_id"), "lead_id", plain)
        else:
            table = pq.read_table(path, columns=names)
            missing = [name for name in names if name not in table.column_names]
            if missing:
                raise ConfigError(
                    f"{path}: expected a scored file with {names}, got none of {missing}."
                )
        return table.select(names).cast(schema)
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: expected the scored file of an earlier day, got no such file."
        ) from None
    except (pa.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0][:200]
        raise ConfigError(
            f"{path}: expected a file that `propensity score` wrote; {reason}"
        ) from None


def _key(lead_id: pa.Array, episode: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(lead_id.cast(pa.string()), episode.cast(pa.string()), "\x1f")
