"""One lead in an earlier scored file: what ``explain --since FILE`` compares with."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from features.errors import ConfigError, LeadNotFoundError
from propensity.concepts.wording import plain

_EARLIER = pa.schema(
    [
        pa.field("lead_id", pa.string()),
        pa.field("episode", pa.int32()),
        pa.field("as_of", pa.date32()),
        pa.field("log_odds", pa.float64()),
        pa.field("model_version", pa.string()),
    ]
)


def earlier_row(path: Path, lead_id: str) -> dict[str, Any]:
    """``as_of``, ``log_odds`` and ``model_version`` of a lead in an earlier scored file; of several
    episodes the last.

    Raises:
        ConfigError: No such file, or not a scored file.
        LeadNotFoundError: The lead is not in it.
    """
    table = _read(path)
    found = table.filter(pc.equal(table["lead_id"], lead_id)).sort_by("episode")
    if not found.num_rows:
        raise LeadNotFoundError(f"{path} holds no lead {plain(lead_id)!r}: it was not scored then.")
    return dict(found.slice(found.num_rows - 1).to_pylist()[0])


def _read(path: Path) -> pa.Table:
    names = _EARLIER.names
    try:
        if path.suffix.lower() == ".csv":
            options = pa_csv.ConvertOptions(
                include_columns=names,
                column_types={name: _EARLIER.field(name).type for name in names},
                strings_can_be_null=True,
                null_values=[""],
            )
            table = pa_csv.read_csv(path, convert_options=options)
            found = pc.replace_substring_regex(table["lead_id"], r"^'([=+\-@\t\r\n])", r"\1")
            table = table.set_column(table.schema.get_field_index("lead_id"), "lead_id", found)
        else:
            table = pq.read_table(path, columns=names)
            missing = [name for name in names if name not in table.column_names]
            if missing:
                raise ConfigError(
                    f"{path}: expected a scored file with {names}, got none of {missing}."
                )
        return table.select(names).cast(_EARLIER)
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: expected the scored file of an earlier day, got no such file."
        ) from None
    except (pa.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0][:200]
        raise ConfigError(
            f"{path}: expected a file that `propensity score` wrote; {reason}"
        ) from None
