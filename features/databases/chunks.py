"""Rows of a driver as Arrow: each column with the type that its values have."""

import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

#: Whole numbers that a DOUBLE holds exactly.
_EXACT = 2**53
_MOMENT, _LOCAL = pa.timestamp("us", tz="UTC"), pa.timestamp("us")
_TEXT = pa.string()
#: Mark of a column without values: it is text, for want of a type.
_EMPTY = b"empty"
#: Digits of the largest DECIMAL.
_DIGITS = 38


def write_parquet(names: Sequence[str], chunks: Iterable[Sequence[pa.Array]], target: Path) -> None:
    """Write columns to a Parquet file; what fits one type is that type, all else is text.

    The chunks wait in a file, because only the last one tells what all values of a column have in
    common.

    Args:
        names: Names of the columns.
        chunks: Some rows each, as an array per column.
        target: The file.
    """
    types = [pa.null()] * len(names)
    waiting = target.with_suffix(".chunks")
    sizes: list[int] = []
    with ExitStack() as stack:
        stack.callback(waiting.unlink, missing_ok=True)
        with waiting.open("wb") as file:
            for columns in chunks:
                types = [common(a, b.type) for a, b in zip(types, columns, strict=True)]
                start = file.tell()
                table = pa.table(list(columns), names=list(map(str, range(len(names)))))
                with pa.ipc.new_stream(file, table.schema) as writer:
                    writer.write_table(table)
                sizes.append(file.tell() - start)
        schema = pa.schema([_field(name, kind) for name, kind in zip(names, types, strict=True)])
        types = schema.types
        writer = stack.enter_context(pq.ParquetWriter(target, schema))
        spooled = stack.enter_context(waiting.open("rb"))
        for size in sizes:
            table = pa.ipc.open_stream(spooled.read(size)).read_all()
            columns = [
                as_type(column.combine_chunks(), kind)
                for column, kind in zip(table.columns, types, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _field(name: str, kind: pa.DataType) -> pa.Field:
    if pa.types.is_null(kind):
        return pa.field(name, _TEXT, metadata={_EMPTY: b"true"})
    return pa.field(name, kind)


def type_of(field: pa.Field) -> pa.DataType:
    """The type of a column that ``write_parquet`` wrote; null where it had no value."""
    return pa.null() if _EMPTY in (field.metadata or {}) else field.type


def columns_of(rows: Sequence[Sequence[Any]], width: int) -> list[pa.Array]:
    """Rows of a driver as a column per value."""
    if not rows:
        return [pa.nulls(0)] * width
    return [typed(values) for values in zip(*rows, strict=True)]


def typed(values: Sequence[Any]) -> pa.Array:
    """Values of one column as an array; as text where they have no type in common."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pa.nulls(len(values))
    if kinds <= {int, float, Decimal}:
        return _numbers(values, kinds)
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {date}:
        return pa.array(values, pa.date32())
    if all(issubclass(kind, datetime) for kind in kinds):
        aware = {value.tzinfo is not None for value in values if value is not None}
        if len(aware) == 1:
            return pa.array(values, _MOMENT if aware == {True} else _LOCAL)
    return pa.array([as_text(value) for value in values], _TEXT)


def _numbers(values: Sequence[Any], kinds: set[type]) -> pa.Array:
    try:
        if kinds == {int}:
            return pa.array(values, pa.int64())
        if float not in kinds:
            found = pa.array([None if v is None else Decimal(v) for v in values])
            if pa.types.is_decimal128(found.type) and found.type.scale >= 0:
                return found
    except (pa.ArrowInvalid, OverflowError):  # beyond 64 bits, or NaN among decimals
        pass
    if all(_is_exact(value) for value in values):
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    return pa.array([as_text(value) for value in values], _TEXT)


def _is_exact(value: float | Decimal | None) -> bool:
    """Whether a DOUBLE can stand for it: a large whole number may be an id."""
    if value is None or isinstance(value, float) or not Decimal(value).is_finite():
        return True
    return value != int(value) or abs(value) <= _EXACT


def common(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """The type that holds values of both; text where there is none."""
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    decimals = [_decimal(kind) for kind in (one, other)]
    if None not in decimals:
        whole = max(kind.precision - kind.scale for kind in decimals if kind)
        scale = max(kind.scale for kind in decimals if kind)
        return pa.decimal128(whole + scale, scale) if whole + scale <= _DIGITS else _TEXT
    numeric = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    if all(any(holds(kind) for holds in numeric) for kind in (one, other)):
        return pa.float64()
    return _TEXT


def _decimal(kind: pa.DataType) -> pa.Decimal128Type | None:
    if pa.types.is_integer(kind):
        return pa.decimal128(19, 0)
    return kind if pa.types.is_decimal(kind) else None


def as_type(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """A column in a type that ``common`` found."""
    if column.type == kind:
        return column
    if kind == _TEXT:
        return pa.array([as_text(value) for value in column.to_pylist()], _TEXT)
    if pa.types.is_floating(kind):
        return pa.array([None if v is None else float(v) for v in column.to_pylist()], kind)
    return column.cast(kind)


def as_text(value: object) -> str | None:  # noqa: PLR0911 — a case per type
    """A value as a CSV would have it."""
    match value:
        case None | str():
            return value
        case bytes() | bytearray() | memoryview():
            return bytes(value).decode("utf-8", "replace")
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str)
        case datetime() if value.tzinfo is not None:
            return value.astimezone(UTC).isoformat()
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case bool():
            return str(value).lower()
        case _:
            return str(value)
