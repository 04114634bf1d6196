"""A version read straight from an SQLite registry: what MLflow would say, without the two seconds
of its import.

Only ever read, and only what is told apart without doubt; everything else is left to MLflow.
"""

import contextlib
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_RUN_ID = re.compile(r"[0-9a-f]{32}")
_SECONDS_TO_WAIT = 1.0
#: A version by number or alias; what was deleted stays in the table under another stage.
_VERSION = """
    SELECT version, run_id FROM model_versions
    WHERE name = :model AND status = 'READY'
        AND coalesce(current_stage, 'None') <> 'Deleted_Internal' AND (
        CAST(version AS TEXT) = :asked
        OR version IN (SELECT version FROM registered_model_aliases WHERE name = :model
            AND alias = :asked))
"""


@dataclass(frozen=True)
class StoredVersion:
    """A version as the registry holds it.

    Attributes:
        number: 1, 2, 3 …
        run_id: Identifier of the MLflow run that holds the artifacts.
        tags: Tags of the version.
    """

    number: int
    run_id: str
    tags: Mapping[str, str]


def stored_version(file: Path, model_name: str, asked: str) -> StoredVersion | None:
    """A version of an SQLite registry; None where MLflow has to be asked.

    That is where the file is none, locked, or of another layout, where several workspaces have a
    model of that name, and where there is no such version.

    Args:
        file: The database.
        model_name: Name of the registered model.
        asked: Number or alias.
    """
    try:
        address = f"{file.as_uri()}?mode=ro"
        with contextlib.closing(
            sqlite3.connect(address, uri=True, timeout=_SECONDS_TO_WAIT)
        ) as connection:
            return _read(connection, model_name, asked)
    except sqlite3.Error:
        return None


def _read(connection: sqlite3.Connection, model_name: str, asked: str) -> StoredVersion | None:
    names = connection.execute(
        "SELECT count(*) FROM registered_models WHERE name = ?", [model_name]
    ).fetchone()
    found = connection.execute(_VERSION, {"model": model_name, "asked": asked}).fetchall()
    if names != (1,) or len(found) != 1:
        return None
    number, run_id = found[0]
    if not isinstance(number, int) or not _RUN_ID.fullmatch(str(run_id)):
        return None
    query = "SELECT key, value FROM model_version_tags WHERE name = ? AND version = ?"
    return StoredVersion(number, run_id, dict(connection.execute(query, [model_name, number])))
