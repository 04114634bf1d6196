"""The scored file: Parquet or CSV, safe to open in a spreadsheet."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from features.errors import ConfigError
from features.files.cells import harmless, harmless_cells
from features.files.output import Output
from features.files.whole_file import draft_of, sync, target_of
from propensity.scoring.ahead import ahead

#: Name of a night's file of scores, in the folder of the night.
SCORED_FILE = "scored.parquet"
#: Rows of a Parquet row group: fixed, so that the file does not depend on the batches it was
#: written in.
ROW_GROUP = 65_536


#: Texts that repeat; all others are stored as they are, without looking for repetitions first.
_REPEATING = (
    "as_of",
    "base",
    "quadrant",
    "percentile",
    "stage",
    "topic",
    "model",
    "model_version",
    "scored_at",
)


_REPEATING_IN_REASONS = ("concept", "value", "evidence", "evidence_verdict")


_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # Excel reads UTF-8 only with it


def check_path(path: Path) -> None:
    """Refuse a path that no scores can be written to, before the work is done.

    Raises:
        ConfigError: Neither ``.parquet`` nor ``.csv``, or a folder.
    """
    if path.suffix.lower() not in _SINKS:
        raise ConfigError(f"{path}: expected a name that ends in {' or '.join(_SINKS)}.")
    if path.is_dir():
        raise ConfigError(f"{path}: expected a file to write the scores to, got a folder.")


def write_whole(
    output: Output, schema: pa.Schema, tables: Iterable[pa.Table], *, reasons: int
) -> None:
    """Write scored tables to a file that appears, or replaces the old one, only when it is
    complete.

    Args:
        output: Ends in ``.parquet`` or ``.csv``.
        schema: Schema of the tables.
        tables: The tables to write, of any size.
        reasons: Reasons in each direction that a CSV has columns for.

    Raises:
        ConfigError: The path cannot be written to.
    """
    path = output.path
    check_path(path)
    with draft_of(output) as draft:
        with _SINKS[path.suffix.lower()](draft, schema, reasons) as sink:
            for table in ahead(_regrouped(tables), name="row groups"):
                sink.write(table)
        sync(draft)
        draft.replace(target_of(path))
        sync(target_of(path).parent)


def _regrouped(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """The same rows in tables of ``ROW_GROUP`` rows, the last one shorter; at least one table."""
    waiting: list[pa.Table] = []
    count, written = 0, False
    for table in tables:
        waiting.append(table)
        count += table.num_rows
        while count >= ROW_GROUP:
            together = pa.concat_tables(waiting)
            yield together.slice(0, ROW_GROUP).combine_chunks()
            waiting, count, written = [together.slice(ROW_GROUP)], count - ROW_GROUP, True
    if waiting and (count or not written):
        yield pa.concat_tables(waiting).combine_chunks()


class _ParquetSink:
    def __init__(self, path: Path, schema: pa.Schema, reasons: int) -> None:
        del reasons  # a list holds any number
        in_reasons = [
            f"{way}.list.element.{name}"
            for way in ("reasons_for", "reasons_against")
            for name in _REPEATING_IN_REASONS
        ]
        self.writer = pq.ParquetWriter(
            path,
            schema.remove_metadata(),
            version="2.6",
            compression="zstd",
            compression_level=1,
            use_dictionary=[*(name for name in _REPEATING if name in schema.names), *in_reasons],
        )

    def write(self, table: pa.Table) -> None:
        self.writer.write_table(table.replace_schema_metadata(None), row_group_size=ROW_GROUP)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.writer.close()


class _CsvSink:
    def __init__(self, path: Path, schema: pa.Schema, reasons: int) -> None:
        self.reasons = reasons
        self.file = path.open("wb")
        self.file.write(_BYTE_ORDER_MARK)
        flat = flattened(schema.empty_table(), reasons)
        self.writer = pa_csv.CSVWriter(self.file, flat.schema)

    def write(self, table: pa.Table) -> None:
        self.writer.write_table(flattened(table, self.reasons))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.writer.close()
        self.file.close()


_SINKS: Mapping[str, type[_ParquetSink] | type[_CsvSink]] = {
    ".parquet": _ParquetSink,
    ".csv": _CsvSink,
}


def flattened(table: pa.Table, reasons: int) -> pa.Table:
    """A scored table as a spreadsheet holds it: plain cells, reasons in columns of their own, no
    formulas.

    ``reason_for_1`` is the sentence of the first reason; ``reason_for_1_concept``,
    ``…_contribution`` and so on are its parts. Text that a spreadsheet would take for a formula
    gets an apostrophe in front.
    """
    columns: dict[str, pa.Array] = {}
    for name, values in zip(table.column_names, table.columns, strict=True):
        cells = values.combine_chunks()
        if name in ("reasons_for", "reasons_against"):
            columns |= _reason_columns(name.replace("reasons", "reason"), cells, reasons)
        else:
            columns[harmless(name)] = _cell(cells)
    return pa.table({name: harmless_cells(values) for name, values in columns.items()})


def _reason_columns(name: str, lists: pa.ListArray, reasons: int) -> dict[str, pa.Array]:
    offsets = lists.offsets.to_numpy()
    starts, lengths = offsets[:-1], np.diff(offsets)
    items = lists.values
    columns: dict[str, pa.Array] = {}
    for place in range(reasons):
        chosen = items.take(pa.array(starts + place, mask=lengths <= place))
        parts = {field.name: pc.struct_field(chosen, field.name) for field in items.type}
        columns[f"{name}_{place + 1}"] = parts.pop("sentence")
        columns |= {f"{name}_{place + 1}_{part}": values for part, values in parts.items()}
    return columns


def nth_reason(lists: pa.ListArray, place: int, part: str = "sentence") -> pa.StringArray:
    """(n,) a part of each lead's reason at a place, 0 for the first; null without one."""
    offsets = lists.offsets.to_numpy()
    starts, lengths = offsets[:-1], np.diff(offsets)
    chosen = lists.values.take(pa.array(starts + place, mask=lengths <= place))
    return pc.struct_field(chosen, part)


def joined_reasons(lists: pa.ListArray, part: str = "sentence") -> pa.StringArray:
    """(n,) a part of each of a lead's reasons, one after the other; empty without any."""
    parts = pa.ListArray.from_arrays(lists.offsets, pc.struct_field(lists.values, part))
    return pc.binary_join(parts, " / ")


def _cell(values: pa.Array) -> pa.Array:
    if pa.types.is_list(values.type):
        return pc.binary_join(values, "; ")
    if pa.types.is_timestamp(values.type):
        return pc.strftime(values.cast(pa.timestamp("s", tz="UTC")), format="%Y-%m-%dT%H:%M:%SZ")
    return values
