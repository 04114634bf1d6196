"""A first configuration, written from the files it is for: guesses are marked, what only people
know is left open.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from features.errors import ConfigError
from features.files.output import Inputs
from features.files.whole_file import write_new_text
from features.intake.values import RawColumn, Reader
from features.settings import MISSING_VALUES
from features.store import Store
from training.init.days_to_win import at_share, days_to_win, step_that_sees
from training.init.draft_config import DraftConfig, quoted
from training.init.guesses import (
    actors,
    named,
    place,
    shape,
    shared_id,
    times,
    won_column,
    won_values,
)
from training.init.table_profile import ColumnProfile, TableProfile, profile_all

_LISTS = ("fit", "interest", "hearing", "carry", "ignore")


def write(paths: Sequence[Path | str], target: Path | str) -> list[str]:
    """Write a configuration for these files; an existing one stays as it is.

    Returns:
        What was done and what is left to decide, a sentence each.

    Raises:
        ConfigError: The target exists, or the tables cannot be told apart.
        DataError: A file cannot be read.
    """
    target = Path(target)
    output = Inputs(("DATA", path) for path in paths).new_file(target, "--out")
    text = propose(paths, folder=target.parent)
    write_new_text(text, output)
    body = [line.strip() for line in text.splitlines() if not line.startswith("#")]
    open_lines = [line for line in body if "# you decide" in line]
    guesses = sum("# guess" in line for line in body)
    return [
        f"Wrote {target}: {guesses} guesses to confirm, {len(open_lines)} lines to decide.",
        *(f"  {line}" for line in open_lines),
    ]


def propose(paths: Sequence[Path | str], *, folder: Path | str = ".") -> str:
    """The text of a configuration for one flat table, or for leads, events, outcomes and attribute
    changes.

    Args:
        paths: One file or pattern per table.
        folder: Where the configuration will stand; its paths start there.

    Returns:
        YAML. Lines with ``# guess`` hold a proposal and its reason; lines with ``# you decide``
        have no value, and the file does not load before they do.

    Raises:
        ConfigError: The tables cannot be told apart.
        DataError: A file cannot be read.
    """
    if not paths:
        raise ConfigError("Expected at least one file.")
    with Store() as store:
        tables = profile_all(store, [str(path) for path in paths])
        draft = DraftConfig(Path(folder).resolve())
        draft.line(f"name: {_name(paths[0])}", "guess: from the first file")
        if len(tables) == 1:
            _flat(draft, store, tables[0])
        else:
            _three(draft, store, tables)
    return draft.text()


def _name(path: Path | str) -> str:
    """A model name from the first file's folder or name."""
    ends = r"(\.(csv|tsv|txt|xlsx|json|jsonl|ndjson|parquet|gz|zip))+$"
    stem = re.sub(ends, "", Path(path).name)
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", stem).strip("-.") or "leads"


def _flat(draft: DraftConfig, store: Store, table: TableProfile) -> None:
    lead_id = next(
        (c for c in table.columns if c.is_unique and named(table, "id", among=[c])), None
    )
    won = won_column(table)
    when = next(iter(times(table)), None)
    draft.line("input:")
    _common(draft, [table], [when])
    draft.line("  flat:")
    draft.source(4, table)
    draft.line("    columns:")
    if lead_id:
        draft.key(6, "lead_id", lead_id.name, "guess: every row has its own")
    draft.key(
        6,
        "outcome",
        won.name if won else None,
        "guess: by its name" if won else "the column to learn",
    )
    if when:
        draft.key(6, "time", when.name, "guess: the first column of times; rows are split by it")
    _won_values(draft, 4, won)
    own = {column.name for column in (lead_id, won, when) if column}
    _lead_columns(draft, table, own)
    _split(draft, store, table, has_time=when is not None)


def _three(draft: DraftConfig, store: Store, tables: Sequence[TableProfile]) -> None:
    lead_id = shared_id(tables)
    found = shape(tables, lead_id)
    leads, events, outcomes = found["leads"], found.get("events"), found.get("outcomes")
    changes = found.get("attribute_changes")
    created = named(leads, "created_at", among=times(leads)) or next(iter(times(leads)), None)
    account = named(leads, "account_id")
    draft.line("input:")
    _common(draft, tables, [column for table in tables for column in times(table)])
    draft.line("  leads:", "guess: one row per value of the id")
    draft.source(4, leads)
    draft.line("    columns:")
    draft.key(6, "lead_id", lead_id, "guess: all tables have it")
    _known(draft, "created_at", created, "when the lead came to be known")
    if account:
        draft.key(6, "account_id", account.name)
    closed = _outcomes(draft, outcomes, lead_id) if outcomes else None
    types = _events(draft, store, events, lead_id) if events else []
    if changes:
        _changes(draft, store, changes, lead_id)
    own = {lead_id, *(column.name for column in (created, account) if column)}
    _lead_columns(draft, leads, own)
    if types:
        _actors(draft, types)
    _decisions(draft, store, leads, outcomes, lead_id=lead_id, created=created, closed=closed)


def _known(draft: DraftConfig, key: str, column: ColumnProfile | None, meaning: str) -> None:
    draft.key(6, key, column.name if column else None, "guess: by its name" if column else meaning)


def _common(
    draft: DraftConfig, tables: Iterable[TableProfile], moments: Iterable[ColumnProfile | None]
) -> None:
    """Time zone and missing values."""
    if any(column and column.naive for column in moments):
        draft.line(
            "  timezone:", "you decide: the zone of times without offset, such as Asia/Tokyo"
        )
    extra = sorted(
        {value for table in tables for column in table.columns for value in column.not_chosen}
    )
    if extra:
        listed = ", ".join(quoted(value) for value in [*MISSING_VALUES, *extra])
        draft.line(
            f"  missing_values: [{listed}]", "guess: the last ones say that nothing was chosen"
        )


def _won_values(draft: DraftConfig, indent: int, won: ColumnProfile | None) -> None:
    if won is None:
        return
    values, blank = won_values(won), " " * indent
    if values:
        draft.line(
            f"{blank}won_values: [{', '.join(map(quoted, values))}]",
            "guess: every other value is a loss",
        )
    else:
        draft.line(f"{blank}won_values:", "you decide: a list of the values that mean a win")


def _outcomes(draft: DraftConfig, table: TableProfile, lead_id: str) -> ColumnProfile | None:
    moments = times(table)
    won = won_column(table)
    closed = named(table, "closed_at", among=moments) or (moments[0] if len(moments) == 1 else None)
    draft.line("  outcomes:", "guess: it says how leads ended")
    draft.source(4, table)
    draft.line("    columns:")
    draft.key(6, "lead_id", lead_id, "guess: all tables have it")
    _known(draft, "closed_at", closed, "when the lead was won or lost")
    _known(draft, "won", won, "the column that says how it ended")
    used = {column.name for column in (closed, won) if column} | {lead_id}
    used |= _more(draft, table, ("reopened_at", "recorded_at"), moments, used)
    numbers = [column for column in table.columns if column.kind == "number"]
    texts = [column for column in table.columns if column.kind == "text"]
    used |= _more(draft, table, ("amount",), numbers, used) | _more(
        draft, table, ("lost_reason",), texts, used
    )
    _won_values(draft, 4, won)
    stages = [column for column in moments if column.name not in used]
    if stages:
        draft.line(
            "    stages:",
            "guess: the other times, in the order of the file; put them in funnel order",
        )
        for column in stages:
            draft.line(
                f"      {quoted(re.sub(r'[_ ]?(at|date|time)$', '', column.name))}:"
                f" {quoted(column.name)}"
            )
    return closed


def _more(
    draft: DraftConfig,
    table: TableProfile,
    keys: Sequence[str],
    among: Sequence[ColumnProfile],
    used: set[str],
) -> set[str]:
    """Write the optional keys whose column can be told by its name; returns the columns."""
    taken: set[str] = set()
    for key in keys:
        column = named(table, key, among=[c for c in among if c.name not in used | taken])
        if column:
            draft.key(6, key, column.name)
            taken.add(column.name)
    return taken


def _events(draft: DraftConfig, store: Store, table: TableProfile, lead_id: str) -> list[str]:
    """The events section; returns the types, most frequent first."""
    moments = times(table)
    texts = [column for column in table.columns if column.kind == "text" and column.name != lead_id]
    kind = named(table, "event_type", among=texts)
    draft.line("  events:", "guess: many rows per lead")
    draft.source(4, table)
    draft.line("    columns:")
    draft.key(6, "lead_id", lead_id, "guess: all tables have it")
    when = named(table, "occurred_at", among=moments) or (moments[0] if len(moments) == 1 else None)
    _known(draft, "occurred_at", when, "when it happened")
    _known(draft, "event_type", kind, "what happened")
    used = {lead_id, *(column.name for column in (when, kind) if column)}
    numbers = [column for column in table.columns if column.kind == "number"]
    used |= _more(draft, table, ("value",), numbers, used) | _more(
        draft, table, ("detail",), texts, used
    )
    used |= _more(draft, table, ("channel",), texts, used)
    _more(draft, table, ("recorded_at",), moments, used)
    column = table.raw.column(kind.name) if kind else None
    return _values(store, table, column) if column else []


def _changes(draft: DraftConfig, store: Store, table: TableProfile, lead_id: str) -> None:
    moments = times(table)
    draft.line("  attribute_changes:", "guess: it has attributes and values")
    draft.source(4, table)
    draft.line("    columns:")
    draft.key(6, "lead_id", lead_id, "guess: all tables have it")
    _known(
        draft, "changed_at", named(table, "changed_at", among=moments) or moments[0], "since when"
    )
    attribute, value = named(table, "attribute"), named(table, "value")
    _known(draft, "attribute", attribute, "which attribute")
    _known(draft, "value", value, "its value from then on")
    column = table.raw.column(attribute.name) if attribute else None
    names = _values(store, table, column) if column else []
    draft.line(f"    attributes: [{', '.join(map(quoted, names))}]", "guess: all that occur")


def _values(store: Store, table: TableProfile, column: RawColumn) -> list[str]:
    text = Reader(MISSING_VALUES, "UTC").text(column)
    rows = store.connection.execute(
        f"SELECT v FROM (SELECT {text} AS v FROM {table.raw.relation}) WHERE v IS NOT NULL "
        "GROUP BY v ORDER BY count(*) DESC, v LIMIT 200"
    ).fetchall()
    return [value for (value,) in rows]


def _lead_columns(draft: DraftConfig, table: TableProfile, own: set[str]) -> None:
    """Every lead column in one of the five lists."""
    guesses = [(column, *place(column)) for column in table.columns if column.name not in own]
    draft.line(
        "columns:",
        "guess: move a line to the list where it belongs; fit: what the lead is, interest: what"
        " it did",
    )
    for name in _LISTS:
        members = [(column, why) for column, where, why in guesses if where == name]
        if not members:
            continue
        draft.line(f"  {name}:")
        for column, why in members:
            draft.line(f"    - {quoted(column.name)}", f"guess: {why}")


def _actors(draft: DraftConfig, types: Sequence[str]) -> None:
    draft.line("behaviour:")
    draft.line("  actors:", "only what the lead itself did is behaviour")
    for pattern, guess in actors(types).items():
        if guess.value:
            draft.line(f"    {quoted(pattern)}: {guess.value}", f"guess: {guess.why}")
        else:
            draft.line(f"    {quoted(pattern)}:", f"you decide: {guess.why}")


def _split(draft: DraftConfig, store: Store, table: TableProfile, *, has_time: bool) -> None:
    draft.line("split:")
    order = "time" if has_time else _row_order(store, table)
    if order == "time":
        draft.line("  order: time", "guess: there is a column of times")
    elif order:
        way = "falls" if order == "rows_newest_first" else "rises"
        draft.line(
            f"  order: {order}", f"guess: a column that numbers the leads {way} from row to row"
        )
    else:
        draft.line(
            "  order:",
            "you decide: rows (oldest first), rows_newest_first, or random where there is no time",
        )


def _row_order(store: Store, table: TableProfile) -> str | None:
    """Whether a column that numbers the leads rises or falls with the rows."""
    reader = Reader(MISSING_VALUES, "UTC")
    for column in table.columns:
        raw = table.raw.column(column.name)
        if (
            raw is None
            or column.kind != "number"
            or not (column.is_unique and named(table, "id", among=[column]))
        ):
            continue
        slope = (
            store.value(
                f"SELECT corr({reader.number(raw)}, row) FROM {table.raw.relation} WHERE file = 0"
            )
            or 0.0
        )
        if abs(slope) > 0.9:
            return "rows" if slope > 0 else "rows_newest_first"
    return None


def _decisions(
    draft: DraftConfig,
    store: Store,
    leads: TableProfile,
    outcomes: TableProfile | None,
    *,
    lead_id: str,
    created: ColumnProfile | None,
    closed: ColumnProfile | None,
) -> None:
    """What only the business can say, with the figures it needs for that."""
    won = won_column(outcomes) if outcomes else None
    days: list[int] = []
    if outcomes and created and closed and won:
        days = days_to_win(store, leads, outcomes, lead_id, created.name, closed.name, won)
    hint = (
        f"; half of the wins close within {at_share(days, 0.5)} days, nine of ten within"
        f" {at_share(days, 0.9)}"
        if days
        else ""
    )
    draft.line("population:")
    draft.line("  until:", "you decide: closed, or the stage at which a lead is sales' own")
    draft.line(
        "  stale_after_days:", "you decide: silent days after which a lead is no longer open"
    )
    draft.line("goal:")
    draft.line("  horizon_days:", f"you decide: within how many days a win counts{hint}")
    draft.line("snapshots:")
    if days:
        step, share = step_that_sees(days)
        draft.line(
            f"  every_days: {step}",
            f"guess: {share:.0%} of the wins are seen by a snapshot before they close",
        )
    else:
        draft.line("  every_days:", "you decide: days from one snapshot to the next")
