"""The files of a night for other systems: the leads of which something changed."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from features.files.output import Output
from features.files.whole_file import write_bytes
from propensity.crm.cells import (
    compared_of,
    heading,
    key_of,
    runs_or_breaks,
    texts_of,
    texts_of_gone,
    trend_texts,
)
from propensity.crm.earlier import earlier_of, forget_profiles, note_profiles
from propensity.crm.encoding import encoded
from propensity.crm.profile import CrmProfile
from propensity.scoring.scored_file import SCORED_FILE

#: Sources that are new every night, or follow from others: alone they are no change.
_NOT_COMPARED = ("as_of", "trend")
#: Characters of a key, at most, where the field says nothing.
_LONGEST_KEY = 255


@dataclass(frozen=True)
class CrmFile:
    """A file that was written.

    Attributes:
        name: Its name in the night's folder; further parts have a number behind it.
        rows: Leads in it, those that are gone included.
        gone: Leads that were exported before and are scored no more.
        compared_with: The night whose file it follows; None where it holds every lead.
        parts: Files it was divided into, because the system reads no larger ones.
        replaced: Characters that the encoding does not have.
        without_key: Leads left out because the system's key is missing.
        doubled: Leads left out because a better one has the same key.
        unsafe: Leads left out because their key would run as a formula, or does not fit.
        is_other: Whether it holds every lead because its profile was changed since the last export.
    """

    name: str
    rows: int
    gone: int
    compared_with: date | None
    parts: int = 1
    replaced: int = 0
    without_key: int = 0
    doubled: int = 0
    unsafe: int = 0
    is_other: bool = False


@dataclass(frozen=True)
class _Leads:
    """Leads as a file tells them.

    Attributes:
        key: (n,) how the system knows them, each once.
        chance: (n,) 0..1.
        cells: Field to (n,) texts, but for the trend.
        compared: Field to (n,) texts by which a change is seen.
        left_out: Leads without a key, doubled, and unsafe.
    """

    key: pa.StringArray
    chance: pa.Array
    cells: dict[str, pa.StringArray]
    compared: dict[str, pa.StringArray]
    left_out: tuple[int, int, int]


def export(profiles: Sequence[CrmProfile], folder: Output, night: date) -> tuple[CrmFile, ...]:
    """Write the files of a night from its scored file, and from that of the night it follows.

    That is the newest night before with the same file. Without one, a file holds every lead, and
    also where the file was made by another profile then: what is compared would not be what the
    system holds. Delete the file of a night that was not imported, and the next one follows the
    one before. A lead that is scored no more gets one last row, which says so and empties the rest.

    Args:
        profiles: The files.
        folder: Folder of the night, with its scored file; beside it are those of other nights.
        night: The day whose start was looked at.

    Raises:
        ConfigError: A file cannot be written.
    """
    forget_profiles(folder)
    files = tuple(_export(profile, folder, night) for profile in profiles)
    note_profiles(profiles, folder)
    return files


def _export(profile: CrmProfile, folder: Output, night: date) -> CrmFile:
    now = _leads(folder.path / SCORED_FILE, profile)
    earlier = earlier_of(profile, folder.path, night)
    is_alike = earlier is not None and earlier.is_alike
    before = _leads_before(earlier.folder / SCORED_FILE, profile, is_alike) if earlier else None
    rows, gone = _changed(now, before, profile, night, is_alike=is_alike)
    contents, replaced = _contents(rows, profile)
    name = profile.settings.file_name
    for number, content in enumerate(contents, start=1):
        write_bytes(content, folder / _part(name, number))
    _remove_further_parts(folder.path, name, len(contents))
    return CrmFile(
        _part(name, 1),
        rows.num_rows,
        gone,
        earlier.night if earlier and is_alike else None,
        len(contents),
        replaced,
        *now.left_out,
        is_other=earlier is not None and earlier.is_other,
    )


def _part(name: str, number: int) -> str:
    return f"{name}.csv" if number == 1 else f"{name}-{number}.csv"


def _remove_further_parts(folder: Path, name: str, written: int) -> None:
    """Parts that an earlier run of the night wrote, and this one did not."""
    for path in folder.glob(f"{name}-*.csv"):
        number = path.stem.removeprefix(f"{name}-")
        if number.isdecimal() and int(number) > written:
            path.unlink()


def _leads_before(path: Path, profile: CrmProfile, is_alike: bool) -> _Leads | None:
    """The leads of an earlier night; of another profile only who they were, and their chances."""
    told = profile if is_alike else replace(profile, fields=profile.fields[:1])
    return _leads(path, told) if set(told.reads) <= set(pq.read_schema(path).names) else None


def _leads(path: Path, profile: CrmProfile) -> _Leads:
    """Each key once: of two leads the better one."""
    names = dict.fromkeys([*profile.reads, "probability", "rank"])
    scored = pq.read_table(path, columns=list(names))
    key = key_of(scored, profile)
    has_key = key.is_valid()
    longest = profile.fields[0].longest or _LONGEST_KEY
    fits = pc.fill_null(pc.invert(runs_or_breaks(key, longest, profile.encoding)), False)
    order = np.lexsort((scored["rank"].to_numpy(), np.asarray(pc.invert(fits))))
    count = int(pc.sum(fits).as_py() or 0)
    best = order[:count]
    codes = pc.dictionary_encode(key.take(pa.array(best))).indices
    _, first = np.unique(codes.to_numpy(zero_copy_only=False), return_index=True)
    kept = pa.array(np.sort(best[first]))
    chosen = scored.take(kept).combine_chunks()
    missing = int(pc.sum(pc.invert(has_key)).as_py() or 0)
    cells = texts_of(chosen, profile)
    return _Leads(
        key.take(kept),
        chosen["probability"].combine_chunks(),
        cells,
        cells | compared_of(chosen, profile),
        (missing, count - len(kept), len(key) - missing - count),
    )


def _changed(
    now: _Leads, before: _Leads | None, profile: CrmProfile, night: date, *, is_alike: bool
) -> tuple[pa.Table, int]:
    """The rows that are written, the text of every cell; and how many leads are gone."""
    n = len(now.key)
    known = pc.index_in(now.key, value_set=before.key) if before else pa.nulls(n, pa.int32())
    is_new = pc.is_null(known)
    differs = np.asarray(is_new) if is_alike else np.ones(n, dtype=np.bool_)
    chance = before.chance.take(known) if before else pa.nulls(n, pa.float64())
    cells = dict(now.cells)
    for field in profile.fields:
        if field.source == "trend":
            cells[field.name] = trend_texts(now.chance, chance, field, profile)
        elif before is not None and is_alike and field.source not in _NOT_COMPARED:
            new, old = now.compared[field.name], before.compared[field.name].take(known)
            same = pc.fill_null(pc.equal(new, old), False)
            both_empty = pc.and_(new.is_null(), old.is_null())
            differs = differs | ~np.asarray(pc.or_(same, both_empty))
    names = [field.name for field in profile.fields]
    rows = pa.table([cells[name] for name in names], names=names).filter(pa.array(differs))
    if before is None:
        return rows, 0
    gone = before.key.filter(pc.invert(pc.is_in(before.key, value_set=now.key)))
    last = texts_of_gone(gone, profile, night)
    return pa.concat_tables([rows, pa.table([last[name] for name in names], names=names)]), len(
        gone
    )


def _header(profile: CrmProfile) -> bytes:
    names = pa.table(
        [[heading(field.name, profile.encoding)] for field in profile.fields],
        names=_numbers(profile),
    )
    return encoded(_csv(names, profile), profile.encoding)[0]


def _contents(rows: pa.Table, profile: CrmProfile) -> tuple[list[bytes], int]:
    """The files, none larger than the system reads, and how many characters were replaced."""
    system = profile.system
    filled = [pc.fill_null(values, system.cleared) for values in rows.columns]
    table = pa.Table.from_arrays(filled, names=_numbers(profile))
    plain = "utf-8" if profile.encoding == "utf-8-bom" else profile.encoding
    body, replaced = encoded(_csv(table, profile), plain)
    header = _header(profile)
    parts = _divided(body, system.most_bytes - len(header), system.most_rows)
    return [header + part for part in parts], replaced


def _numbers(profile: CrmProfile) -> list[str]:
    return [str(number) for number in range(len(profile.fields))]


def _csv(table: pa.Table, profile: CrmProfile) -> str:
    """Rows of texts without a heading; no cell holds a line end."""
    content = io.BytesIO()
    options = pa_csv.WriteOptions(include_header=False, quoting_style="needed")
    pa_csv.write_csv(table, content, options)
    return content.getvalue().decode("utf-8").replace("\n", profile.system.line_end)


def _divided(body: bytes, most_bytes: int, most_rows: int) -> list[bytes]:
    """Whole lines in parts; one empty part where there are no lines."""
    parts: list[list[bytes]] = [[]]
    size = 0
    for line in body.splitlines(keepends=True):
        if size + len(line) > most_bytes or len(parts[-1]) == most_rows:
            parts.append([])
            size = 0
        parts[-1].append(line)
        size += len(line)
    return [b"".join(part) for part in parts]
