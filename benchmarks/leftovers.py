"""What lies in a company's folder, as users and the next run see it: outputs, what the registry
serves, and what nobody reads.
"""

import contextlib
import hashlib
import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from propensity.registry.log import Pair, log_of

#: What somebody else's files hold; they lie where commands write and sweep.
FOREIGN = {
    "out/notes.txt": b"mine",
    "out/.s.parquet.part": b"mine",
    "tmp/propensity-notes/in use": b"mine",
    "tmp/propensity.txt": b"mine",
}


@dataclass(frozen=True)
class Left:
    """What a moment left.

    Attributes:
        files: Output to hash.
        served: The pair that scores, the challenger, the log of promotions, whatever their numbers,
            and how much the ledger holds; as JSON.
        rest: What nobody reads, each by its kind.
    """

    files: Mapping[str, str]
    served: str
    rest: tuple[str, ...]


_DRAFT = re.compile(r"^\..*\.part(\.folder)?$|^\.propensity-")
_REGISTRY = re.compile(r"^propensity((-ledger)?\.db|_artifacts)")


def left(home: Path) -> Left:
    """What lies in a folder, as users and the next run see it."""
    files, rest = {}, set()
    for path in sorted(home.rglob("*")):
        inside = path.relative_to(home)
        if path.is_dir() or inside.parts[0] == "data" or str(inside) in FOREIGN:
            continue
        if any(_DRAFT.match(part) for part in inside.parts):
            rest.add("draft")
        elif inside.parts[0] == "tmp":
            rest.add("temporary folder")
        elif _REGISTRY.match(inside.parts[0]):
            if inside.name.endswith("-journal"):
                rest.add("journal")
        else:
            files[str(inside)] = hashlib.sha256(path.read_bytes()).hexdigest()
    served, unused = _registry(home)
    return Left(files, served, tuple(sorted({*rest, *unused})))


def _registry(home: Path) -> tuple[str, set[str]]:
    """What the registry says is in use, and what in it nobody uses."""
    with tempfile.TemporaryDirectory() as place:  # to look may roll a journal back
        for path in home.glob("propensity*.db*"):
            shutil.copy(path, place)
        with contextlib.closing(sqlite3.connect(Path(place) / "propensity.db")) as database:
            served, unused = _told(database, home)
        served["ledger"] = _facts(Path(place) / "propensity-ledger.db")
    return json.dumps(served, sort_keys=True), unused


def _facts(ledger: Path) -> list[int]:
    """How many nights and facts a ledger holds."""
    if not ledger.exists():
        return [0, 0]
    with contextlib.closing(sqlite3.connect(ledger)) as database:
        known = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        return [
            database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] if name in known else 0
            for name in ("propensity_nights", "propensity_facts")
        ]


def _told(database: sqlite3.Connection, home: Path) -> tuple[dict[str, object], set[str]]:
    read = database.execute
    ((name,),) = read(
        "SELECT name FROM registered_models WHERE name NOT LIKE '%.definition'"
    ).fetchall()
    tags: dict[int, dict[str, str]] = {}
    for number, key, value in read(
        "SELECT version, key, value FROM model_version_tags WHERE name = ?", [name]
    ):
        tags.setdefault(number, {})[key] = value
    aliases = dict(
        read("SELECT alias, version FROM registered_model_aliases WHERE name = ?", [name])
    )
    aliases = {alias: int(number) for alias, number in aliases.items()}
    of_model = dict(
        read("SELECT key, value FROM registered_model_tags WHERE name = ?", [name]).fetchall()
    )
    definitions = {
        int(number): value
        for number, value in read(
            "SELECT version, value FROM model_version_tags WHERE name = ? AND key ="
            " 'propensity.signed_by'",
            [f"{name}.definition"],
        )
    }
    model = {number: held.get("propensity.model_sha256", "none") for number, held in tags.items()}

    def pair(number: int | None) -> object:
        tag = tags.get(number or 0, {}).get("propensity.definition", "")
        return [model.get(number or 0), definitions.get(int(tag)) if tag.isdigit() else None]

    number = aliases.get("champion")
    tag = tags.get(number or 0, {}).get("propensity.definition", "")
    now = Pair(number, int(tag) if tag.isdigit() else None) if number else None
    challenger = aliases.get("challenger", 0)
    served: dict[str, object] = {
        "champion": pair(number),
        "challenger": model.get(challenger if challenger != number else 0),
        "log": [[model.get(entry.version), entry.kind] for entry in log_of(of_model, now)],
    }
    used = {
        int(number)
        for (number,) in read("SELECT version FROM model_versions WHERE name = ?", [name])
    }
    runs = {run for (run,) in read("SELECT run_id FROM model_versions")}
    unused = {"challenger that is the champion"} if challenger and challenger == number else set()
    started = read("SELECT run_uuid, status FROM runs").fetchall()
    if any(run not in runs for run, _ in started):
        unused.add("run without a version")
    if any(run in runs and status == "RUNNING" for run, status in started):
        unused.add("version whose run is not marked as finished")
    known_before = {entry.version for entry in log_of(of_model, now)}
    if used - set(aliases.values()) - known_before:
        unused.add("version without an alias")
    in_use = {tags[number].get("propensity.definition") for number in tags}
    if {str(number) for number in definitions} - in_use:
        unused.add("definition in no use")
    kept = {run for run, _ in started}
    folders = {path.parent.name for path in home.glob("propensity_artifacts/*/*/artifacts")}
    if folders - kept:
        unused.add("folder of a run that is not there")
    return served, unused
