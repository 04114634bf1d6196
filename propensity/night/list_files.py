"""The lists as tables that a spreadsheet opens: one for each list, and one for each team."""

import io
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from features.files.cells import harmless, harmless_cells
from features.files.output import Output
from features.files.whole_file import write_bytes
from features.zone import zone
from propensity.language import CATALOGUES
from propensity.night.lists import ListName, Morning
from propensity.night.teams import WorkingTeam

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # Excel reads UTF-8 only with it
#: Columns of rows that no reader needs.
_INNER = ("episode", "is_new")
#: Columns of chances, and what is said instead of their names.
_CHANCES = {
    "probability": "chance",
    "probability_low": "chance_from",
    "probability_high": "chance_to",
}


def write_lists(lists: Mapping[ListName, pa.Table], morning: Morning, folder: Output) -> None:
    """Write each list, such as ``new.csv``.

    Raises:
        ConfigError: A file cannot be written.
    """
    for name, rows in lists.items():
        _write(_cells(rows, morning), morning, folder / f"{name}.csv")


def write_teams(teams: Sequence[WorkingTeam], morning: Morning, folder: Output) -> None:
    """Write what each team has to do, such as ``inside_sales.csv``.

    Raises:
        ConfigError: A file cannot be written.
    """
    words = CATALOGUES[morning.language]
    for team in teams:
        tables = [
            _cells(rows, morning).add_column(
                0, "list", pa.array([words[f"list: {name}"]] * rows.num_rows, pa.string())
            )
            for name, rows in team.lists.items()
        ]
        _write(pa.concat_tables(tables), morning, folder / f"{team.file}.csv")


def _cells(rows: pa.Table, morning: Morning) -> pa.Table:
    """Rows as people read them: percent, and local times."""
    local = zone(morning.timezone)
    due = pc.dictionary_encode(rows["respond_by"].combine_chunks())
    times = [at.astimezone(local).strftime("%Y-%m-%d %H:%M") for at in due.dictionary.to_pylist()]
    told = {
        **{name: pc.round(pc.multiply(rows[name], 100.0), 1) for name in _CHANCES},
        "respond_by": pa.array(times, pa.string()).take(due.indices),
        "handed_over_on": rows["handed_over_on"].cast(pa.string()),
    }
    names = [name for name in rows.column_names if name not in _INNER]
    headings = [_CHANCES.get(name, name) for name in names]
    return pa.table([told.get(name, rows[name]) for name in names], names=headings)


def _write(table: pa.Table, morning: Morning, output: Output) -> None:
    words = CATALOGUES[morning.language]
    headings = [
        words[f"column: {column}"] if f"column: {column}" in words else harmless(column)
        for column in table.column_names
    ]
    content = io.BytesIO()
    content.write(_BYTE_ORDER_MARK)
    cells = [harmless_cells(values.combine_chunks()) for values in table.columns]
    pa_csv.write_csv(pa.Table.from_arrays(cells, names=headings), content)
    write_bytes(content.getvalue(), output)
