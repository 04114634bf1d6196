"""A first configuration, written from the files it is for: guesses are marked, what only people
know is left open.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from features.errors import ConfigError
from features.files.output import Inputs
from features.files.whole_file import write_new_text
from features.store import Store
from training.init.composed import with_composed
from training.init.draft_config import DraftConfig, guesses, open_lines
from training.init.draft_flat import draft_flat, draft_timeless, is_timeless
from training.init.draft_tables import draft_tables
from training.init.given_files import Given, file_of, refuse_same_sheets, tables_of
from training.init.keys import key_of
from training.init.links import links_of
from training.init.moments import creation
from training.init.outcome import close_date, outcomes_in
from training.init.roles import PlacedTables, told_apart
from training.init.table_profile import TableProfile, profile_all

#: Roles that a person can give to files.
ROLES = ("leads", "joined", "events", "outcomes", "attribute_changes", "stage_history")


def write(
    paths: Sequence[Path | str],
    target: Path | str,
    *,
    declared: Mapping[str, Sequence[Path | str]] | None = None,
) -> list[str]:
    """Write a configuration for these files; an existing one stays as it is.

    Args:
        paths: Files whose values tell what they are.
        target: The configuration.
        declared: Role (one of ``ROLES``) to the files of which a person says that.

    Returns:
        What was done, what is left to decide, and the command to run next, a sentence each.

    Raises:
        ConfigError: The target exists, or the tables cannot be told apart.
        DataError: A file cannot be read.
    """
    target = Path(target)
    said = declared or {}
    given = [*paths, *(path for files in said.values() for path in files)]
    output = Inputs(
        ("DATA", file) for path in given if (file := file_of(str(path))) is not None
    ).new_file(target, "--out")
    draft = _draft(paths, target.parent, said)
    text = draft.text()
    write_new_text(text, output)
    left = open_lines(text)
    many = f"{len(left)} line{'s' * (len(left) != 1)} to decide"
    return [
        f"Wrote {target}: {guesses(text)} guesses to confirm, {many}.",
        *draft.notes,
        *(f"  line {n}: {line}" for n, line in left),
        f"Then run: propensity audit {target}",
    ]


def propose(
    paths: Sequence[Path | str],
    *,
    folder: Path | str = ".",
    declared: Mapping[str, Sequence[Path | str]] | None = None,
) -> str:
    """The text of a configuration for one flat table, or for leads and what belongs to them.

    Args:
        paths: One file or pattern per table.
        folder: Where the configuration will stand; its paths start there.
        declared: Role (one of ``ROLES``) to the files of which a person says that.

    Returns:
        YAML. Lines with ``# guess`` hold a proposal and its reason; lines with ``# you decide``
        have no value, and the file does not load before they do.

    Raises:
        ConfigError: The tables cannot be told apart.
        DataError: A file cannot be read.
    """
    return _draft(paths, folder, declared or {}).text()


def _draft(
    paths: Sequence[Path | str], folder: Path | str, declared: Mapping[str, Sequence[Path | str]]
) -> DraftConfig:
    given = tables_of([str(path) for path in paths])
    for role in ROLES:
        given += tables_of([str(path) for path in declared.get(role, ())], role)
    if not given:
        raise ConfigError("Expected at least one file.")
    if len(declared.get("leads", ())) > 1:
        raise ConfigError(
            "--leads names several files; write files of one table as one pattern in quotes, such"
            ' as "leads_*.csv".'
        )
    draft = DraftConfig(Path(folder).resolve())
    draft.line(f"name: {_name(given[0])}", "guess: from the first file")
    with Store() as store:
        tables = profile_all(store, given)
        _refuse_alike(tables)
        _fill(draft, store, tables)
    return draft


def _fill(draft: DraftConfig, store: Store, tables: Sequence[TableProfile]) -> None:
    """The configuration of these tables."""
    filled = [table for table in tables if table.rows]
    for table in tables:
        if not table.rows:
            draft.note(f"{table.name} is left out: it has no rows.")
    if not filled:
        raise ConfigError("Expected a table with rows; none of the files has any.")
    if len(filled) == 1 and filled[0].given.role in ("", "leads"):
        _draft_one(draft, store, filled[0])
    else:
        composed = with_composed(store, filled, links_of(store, filled))
        found = told_apart(composed, links_of(store, composed))
        (draft_timeless if is_timeless(found) else draft_tables)(draft, store, found)


def _draft_one(draft: DraftConfig, store: Store, table: TableProfile) -> None:
    """One table: flat, or leads that hold when and how they ended."""
    created, key = creation(store, table), key_of(table)
    guess = next(iter(outcomes_in(table)), None)
    closed = close_date(store, table, guess, created.name if created else None) if guess else None
    ends = closed is not None and created is not None and not closed.counts_rows
    if created and key and guess and guess.is_sure and ends:
        draft_tables(draft, store, PlacedTables(table, key, guess))
    else:
        draft_flat(draft, store, table)


def _refuse_alike(tables: Sequence[TableProfile]) -> None:
    """Files with the same columns may be parts of one table, or the won and the lost leads.

    Raises:
        ConfigError: There are such files.
    """
    refuse_same_sheets([t.given for t in tables], [_names(t) for t in tables])
    groups: dict[tuple[str, ...], list[str]] = {}
    for table in tables:
        if table.given.role == "":
            groups.setdefault(_names(table), []).append(table.name)
    for alike in groups.values():
        if len(alike) > 1:
            raise ConfigError(
                f"{len(alike)} files have the same columns: {', '.join(alike)}; write files of one"
                ' table as one pattern in quotes, such as "events_*.csv", or say what each is'
                " (--events FILE --events FILE)."
            )


def _names(table: TableProfile) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns)


def _name(given: Given) -> str:
    """A model name from the first file's name."""
    ends = r"(\.(csv|tsv|txt|xlsx|json|jsonl|ndjson|parquet|gz|zip))+$"
    stem = re.sub(ends, "", Path(given.source.path or given.stem).name)
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", stem).strip("-.") or "leads"
