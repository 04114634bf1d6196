"""How systems write ids, times and files."""

import uuid
from pathlib import Path

import pandas as pd

_BASE = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def write_csv(
    path: Path, table: pd.DataFrame, *, encoding: str = "utf-8", delimiter: str = ","
) -> None:
    """Write a table; nothing is written for what is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, encoding=encoding, sep=delimiter)


def iso(times: pd.Series) -> pd.Series:
    """``2024-03-01T09:30:00.000Z``, as interfaces give it."""
    return written(times, "UTC", "%Y-%m-%dT%H:%M:%S.000Z")


def written(times: pd.Series, zone: str, pattern: str) -> pd.Series:
    """Times of a zone, by a pattern of strftime; nothing for what is missing."""
    local = pd.to_datetime(times, utc=True).dt.tz_convert(zone)
    return local.dt.strftime(pattern).where(local.notna(), None)


def american(times: pd.Series, zone: str) -> pd.Series:
    """``3/1/2024 9:30 AM``, as reports for Americans have it."""
    padded = written(times, zone, "%m/%d/%Y %I:%M %p")
    return padded.str.replace(r"(^|[/ ])0(\d[/:])", r"\1\2", regex=True)


def midnight(times: pd.Series, zone: str) -> pd.Series:
    """The moment at which the local day of each began: what is left of a time in a date."""
    return pd.to_datetime(times, utc=True).dt.tz_convert(zone).dt.normalize().dt.tz_convert("UTC")


def salesforce_id(prefix: str, number: int) -> str:
    """An id of 18 characters; the last three tell the case of the others.

    >>> salesforce_id("00Q", 12345)
    '00Q5g000000003D7AAI'
    """
    digits = ""
    for _ in range(8):
        number, digit = divmod(number, 62)
        digits = _BASE[digit] + digits
    short = f"{prefix}5g00{digits}"
    parts = (short[i : i + 5] for i in (0, 5, 10))
    return short + "".join(
        _CHECK[sum(letter.isupper() << place for place, letter in enumerate(part))]
        for part in parts
    )


def salesforce_ids(prefix: str, numbers: pd.Series) -> pd.Series:
    """Such an id for each number of 0 or more; nothing for others."""
    return numbers.map(
        lambda number: salesforce_id(prefix, int(number)) if number >= 0 else None,
        na_action="ignore",
    )


def guid(kind: str, number: int) -> str:
    """The id of a row in Dynamics."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{kind} {number}"))
