"""JSON lines as SQL: an object per line, or a list of objects; a column per key."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from features.errors import DataError
from features.intake.formats.containers import head, is_gzip
from features.sql import quote_literal


def json_objects(path: Path) -> str:
    """SQL of a table function that yields ``json``, one object per row; NULL where a line is
    none.
    """
    form = "array" if head(path).lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"[" else "newline_delimited"
    compression = "gzip" if is_gzip(path) else "uncompressed"
    ignore = "true" if form == "newline_delimited" else "false"
    return (
        f"read_json_objects({quote_literal(str(path))}, format = '{form}', compression ="
        f" '{compression}', ignore_errors = {ignore}, maximum_object_size = 67108864)"
    )


def json_names(
    connection: duckdb.DuckDBPyConnection, table: str, path: Path, label: str
) -> list[str]:
    """The keys of all objects, in the order in which they first appear.

    Raises:
        DataError: There is no object with a key.
    """
    rows = connection.execute(
        "SELECT k, min(n * 10000 + i) AS place FROM (SELECT n, unnest(json_keys(json)) AS k,"
        " generate_subscripts(json_keys(json), 1) AS i FROM (SELECT json, row_number() OVER () AS n"
        f" FROM {json_objects(path)}) WHERE json_type(json) = 'OBJECT') GROUP BY k ORDER BY place"
    ).fetchall()
    if not rows:
        raise DataError([f"{table}: {label} is empty; expected one JSON object per line"])
    return [str(name) for name, _ in rows]


def json_cells(names: Sequence[str]) -> str:
    """SQL of the values of these keys, as texts, from a row's ``json``."""
    pointers = ", ".join(quote_literal(_pointer(name)) for name in names)
    return f"json_extract_string(json, [{pointers}])"


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")
