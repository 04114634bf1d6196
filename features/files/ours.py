"""Which files are ours: what Propensity wrote says so itself."""

import os
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

#: The first entry of every JSON file of ours.
MADE_BY = {"made_by": "propensity"}
_MARKS = ('"made_by": "propensity"', 'name="generator" content="propensity"', "<!-- propensity -->")
#: Columns that only a scored file has, in any order.
_SCORED = {"lead_id", "as_of", "log_odds", "probability"}
_ENOUGH = 8192


def is_ours(path: Path, headers: Iterable[str] = ()) -> bool:
    """Whether Propensity wrote a file, or nobody wrote anything into it.

    Told by its content: a mark in JSON, HTML and SVG, the columns of tables.

    Args:
        path: The file.
        headers: First lines by which a table is known that has no column of its own name.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(_ENOUGH)
        file.seek(max(file.seek(0, os.SEEK_END) - _ENOUGH, 0))
        end = file.read(_ENOUGH)
    if not start:
        return True
    if start.startswith(b"PAR1"):
        return _is_scored(path)
    text = (start + end).decode("utf-8-sig", "replace")
    first = text.split("\n", 1)[0]
    cells = {cell.strip('"\r') for cell in first.split(",")}
    return any(mark in text for mark in _MARKS) or cells >= _SCORED or first.rstrip("\r") in headers


def _is_scored(path: Path) -> bool:
    try:
        return set(pq.read_schema(path).names) >= _SCORED
    except (pa.ArrowException, OSError):  # a damaged file is nobody's
        return False
