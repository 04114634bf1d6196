"""Rows of a driver as Arrow: each column with the type that its values have."""

import json
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.databases.address import DriverError

#: Whole numbers that a DOUBLE holds exactly.
_EXACT = 2**53
_EPOCH = date(1970, 1, 1).toordinal()
_MOMENT, _LOCAL = pa.timestamp("us", tz="UTC"), pa.timestamp("us")
_TEXT = pa.string()
#: Mark of a column without values: it is text, for want of a type.
_EMPTY = b"empty"
#: Digits of the largest DECIMAL.
_DIGITS = 38
#: Days from 1970 to the start of the year 1, and to the end of 9999.
_YEARS = (date.min.toordinal() - _EPOCH, date.max.toordinal() - _EPOCH + 1)
_IN_A_DAY = {"D": 1, "s": 86_400, "ms": 86_400 * 10**3, "us": 86_400 * 10**6, "ns": 86_400 * 10**9}
_ENDLESS = "infinity"
#: How PostgreSQL's ``infinity`` comes through ADBC, as a moment and as a day: it counts from 2000,
#: and the sum with the days since 1970 is larger than the number can be.
_WRAPPED = (2**63 - 1 + 10_957 * _IN_A_DAY["us"] - 2**64, 2**31 - 1 + 10_957 - 2**32)


def write_parquet(names: Sequence[str], chunks: Iterable[Sequence[pa.Array]], target: Path) -> None:
    """Write columns to a Parquet file; what fits one type is that type, all else is text.

    The chunks wait in a file, because only the last one tells what all values of a column have in
    common.

    Args:
        names: Names of the columns.
        chunks: Some rows each, as an array per column.
        target: The file.

    Raises:
        DriverError: Two columns bear one name.
    """
    refuse_twice(names)
    types = [pa.null()] * len(names)
    holds_large = [False] * len(names)
    waiting = target.with_suffix(".chunks")
    sizes: list[int] = []
    with ExitStack() as stack:
        stack.callback(waiting.unlink, missing_ok=True)
        with waiting.open("wb") as file:
            for columns in chunks:
                types = [common(a, b.type) for a, b in zip(types, columns, strict=True)]
                holds_large = [a or _is_large(b) for a, b in zip(holds_large, columns, strict=True)]
                start = file.tell()
                table = pa.table(list(columns), names=list(map(str, range(len(names)))))
                with pa.ipc.new_stream(file, table.schema) as writer:
                    writer.write_table(table)
                sizes.append(file.tell() - start)
        types = [
            _TEXT if large and pa.types.is_floating(kind) else kind
            for kind, large in zip(types, holds_large, strict=True)
        ]
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


def refuse_twice(names: Sequence[str]) -> None:
    """Refuse columns that cannot be told apart.

    Raises:
        DriverError: Two columns bear one name.
    """
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DriverError(
            f"expected columns of different names, got {', '.join(map(repr, twice))} more than"
            " once; name them in the query with AS"
        )


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


def plain(column: pa.Array) -> pa.Array:
    """A column of a driver that speaks Arrow, in a type that other drivers give as well.

    A number of 32 bits becomes the shortest decimal that it stands for, as in a text file: 1.1 and
    not 1.100000023841858. A moment outside of the years 1 to 9999 is no date here: the column
    becomes text with ``infinity`` in such a cell, which then counts as one that cannot be read.
    """
    kind = column.type
    if pa.types.is_float16(kind) or pa.types.is_float32(kind):
        return column.cast(_TEXT).cast(pa.float64())
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _dated(column)
    holds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_string)
    if any(each(kind) for each in (*holds, pa.types.is_decimal, pa.types.is_null)):
        return column
    return typed(column.to_pylist())


def _dated(column: pa.Array) -> pa.Array:
    kind = column.type
    unit = kind.unit if pa.types.is_timestamp(kind) else "D"
    first, end = (days * _IN_A_DAY[unit] for days in _YEARS)
    numbers = column.view(pa.int32() if unit == "D" else pa.int64())
    found = pc.min_max(numbers)
    if found["min"].as_py() is None or (
        found["min"].as_py() >= first and found["max"].as_py() < end
    ):
        return column if unit == "D" else column.cast(pa.timestamp("us", kind.tz), safe=False)
    texts = [
        as_text(value.as_py()) if first <= number < end else _endless(number)
        for value, number in zip(column, numbers.fill_null(0).to_pylist(), strict=True)
    ]
    return pa.array(texts, _TEXT)


def _endless(number: int) -> str:
    return _ENDLESS if number > 0 or number in _WRAPPED else f"-{_ENDLESS}"


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
    except (pa.ArrowInvalid, OverflowError, TypeError):  # beyond 64 bits, NaN or infinite decimals
        pass
    if all(_is_exact(value) for value in values):
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    return pa.array([as_text(value) for value in values], _TEXT)


def _is_exact(value: float | Decimal | None) -> bool:
    """Whether a DOUBLE can stand for it: a large whole number may be an id."""
    if value is None or isinstance(value, float) or not Decimal(value).is_finite():
        return True
    return value != int(value) or abs(value) <= _EXACT


def _is_large(column: pa.Array) -> bool:
    """Whether a column has whole numbers that a DOUBLE cannot hold: they may be ids."""
    if pa.types.is_decimal(column.type):
        return not all(map(_is_exact, column.to_pylist()))
    if not pa.types.is_integer(column.type):
        return False
    found = pc.min_max(column).as_py()
    return found["min"] is not None and max(found["max"], -found["min"]) > _EXACT


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
