"""Who has what to do: the lists divided by team, each lead once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from propensity.concepts.wording import plain
from propensity.grading.overrides import episode_key
from propensity.night.lists import LISTS, ListName, Morning

#: Names in a night's folder that belong to other files.
_TAKEN = frozenset({*LISTS, "scored", "overrides"})


@dataclass(frozen=True)
class WorkingTeam:
    """What a team has to do this morning.

    Attributes:
        name: What the company calls the team; None for leads that nobody has.
        file: Name of its files, without an ending.
        lists: Name of the list to its rows; a lead stands in the first that applies.
    """

    name: str | None
    file: str
    lists: Mapping[ListName, pa.Table]


def teams_of(lists: Mapping[ListName, pa.Table], morning: Morning) -> list[WorkingTeam]:
    """The teams that have something to do, or that anything is handed to, in the order of roles."""
    once = dict(_each_once(lists))
    names = {plain(label): key for key, label in reversed(list(morning.roles.items()))}
    found = {
        name for rows in once.values() for name in pc.unique(rows["owner"]).to_pylist() if name
    }
    ordered = [*(n for n in reversed(names) if n in found), *sorted(found - set(names))]
    files = _file_names([names.get(name, name) for name in ordered])
    teams = [
        WorkingTeam(name, file, {key: _of(rows, name) for key, rows in once.items()})
        for name, file in zip(ordered, files, strict=True)
    ]
    nobodys = {key: rows.filter(rows["owner"].is_null()) for key, rows in once.items()}
    if any(rows.num_rows for rows in nobodys.values()):
        (file,) = set(_file_names([*files, "without_owner"])) - set(files)
        teams.append(WorkingTeam(None, file, nobodys))
    return teams


def _each_once(lists: Mapping[ListName, pa.Table]) -> Iterator[tuple[ListName, pa.Table]]:
    """The lists in their order, without the leads of those before."""
    seen = pa.array([], pa.string())
    for name in LISTS:
        rows = lists[name]
        keys = episode_key(rows["lead_id"].combine_chunks(), rows["episode"].combine_chunks())
        yield name, rows.filter(pc.invert(pc.is_in(keys, value_set=seen)))
        seen = pa.concat_arrays([seen, keys])


def _of(rows: pa.Table, name: str) -> pa.Table:
    return rows.filter(pc.fill_null(pc.equal(rows["owner"], name), False))


def _file_names(keys: list[str]) -> list[str]:
    """A name for each key that any file system takes, and that no other file has."""
    found: list[str] = []
    for key in keys:
        stem = re.sub(r"[^\w-]+", "_", key).strip("_")[:60] or "team"
        if stem.lower() in _TAKEN or stem.lower().startswith("crm-"):
            stem += "_team"
        taken, free, number = {name.lower() for name in found}, stem, 2
        while free.lower() in taken:
            free, number = f"{stem}_{number}", number + 1
        found.append(free)
    return found
