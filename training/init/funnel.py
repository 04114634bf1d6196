"""The stages of a funnel: their times in columns, or a table of moves from stage to stage."""

import re
from collections.abc import Iterable, Sequence

from training.init.actors import is_act_of_lead
from training.init.level_words import levels_of, meaning_of
from training.init.name_words import NAMES, says
from training.init.table_profile import ColumnProfile, TableProfile

#: Stages with the words they go by, in the order of a funnel.
STAGES: Sequence[tuple[str, tuple[str, ...]]] = (
    ("MQL", ("mql", "marketing qualified", "marketingqualifiedlead", "引き渡し", "引渡")),
    ("accepted", ("sal", "accepted", "sales accepted", "受け入れ")),
    ("SQL", ("sql", "sales qualified", "salesqualifiedlead", "qualified", "有効")),
    ("opportunity", ("opportunity", "opp", "deal created", "商談", "案件化")),
    ("proposal", ("proposal", "quote", "offer", "見積", "提案")),
)
#: What a name says beside the act.
_DATE = re.compile(r"(?i)(?:^|[ _-])(?:first|last|date|at|on|time)(?=$|[ _-])|__c$|初回|日時$|日$")
#: Dates of today's state, which every change moves.
_TODAY = (
    *("modified", "updated", "changed", "last", "latest", "modstamp", "next", "due", "export"),
    *("最終", "最新", "更新", "次回", "予定"),
)
#: Dates of other facts than steps of a funnel or acts of a lead.
_FACT = (
    *("birth", "born", "birthday", "founded", "established", "renewal", "expiry", "expires"),
    *("created", "create", "closed", "close", "recorded", "loaded", "synced"),
    *("生年月日", "設立", "創業", "作成", "登録", "更新", "取込"),
)


def is_todays(column: ColumnProfile) -> bool:
    """Whether a date only says when something last changed, or is planned."""
    return says(column.name, _TODAY)


def stage_of(name: str) -> str | None:
    """The stage that a name speaks of."""
    return next((stage for stage, terms in STAGES if says(name, terms)), None)


def stage_times(columns: Iterable[ColumnProfile]) -> dict[str, ColumnProfile]:
    """Stage to the column of its time, in the order of a funnel."""
    order = {stage: i for i, (stage, _) in enumerate(STAGES)}
    found: dict[str, ColumnProfile] = {}
    for column in columns:
        stage = stage_of(column.name)
        if stage and column.kind == "date" and not is_todays(column):
            found.setdefault(stage, column)
    return dict(sorted(found.items(), key=lambda pair: order[pair[0]]))


def other_times(columns: Iterable[ColumnProfile]) -> dict[str, ColumnProfile]:
    """Name of a moment to its column: times of an outcomes table that are no stage of the list."""
    return {
        re.sub(r"[_ ]?(at|date|time)$", "", column.name, flags=re.IGNORECASE): column
        for column in columns
        if column.kind == "date" and not is_todays(column)
    }


def wide_times(columns: Iterable[ColumnProfile]) -> dict[str, ColumnProfile]:
    """Event type to a column whose filled dates are such events: a date that only some rows have,
    and that names an act of a lead.
    """
    found: dict[str, ColumnProfile] = {}
    for column in columns:
        if column.kind != "date" or not 0 < column.present < column.rows:
            continue
        if says(column.name, _FACT) or stage_of(column.name) or not is_act_of_lead(column.name):
            continue
        name = _DATE.sub("", column.name).strip(" _-") or column.name
        found.setdefault(name, column)
    return found


def stage_levels(values: Sequence[str]) -> dict[str, list[str]]:
    """Stage to the values that mean it, of a column of stages."""
    found: dict[str, list[str]] = {}
    for value in values:
        stage = stage_of(value)
        if stage:
            found.setdefault(stage, []).append(value)
    order = {stage: i for i, (stage, _) in enumerate(STAGES)}
    return dict(sorted(found.items(), key=lambda pair: order[pair[0]]))


def moved_stage(table: TableProfile) -> tuple[ColumnProfile | None, ColumnProfile] | None:
    """Of a table of moves: the column that names the field (None where all rows are of stages), and
    the column of the stage moved to; None where the table is no such.
    """
    field = next(
        (
            column
            for column in table.columns
            if column.values
            and any(says(value, NAMES["stage"]) for value in column.values)
            and says(column.name, NAMES["attribute"])
        ),
        None,
    )
    if field is not None:
        new = next((c for c in table.columns if says(c.name, ("new", "to", "after"))), None)
        value = next((c for c in table.columns if says(c.name, NAMES["value"])), None)
        stage = new or value
        if stage is None or stage is field or (stage.values and not _known(stage)):
            return None
        return field, stage
    stages = [
        column
        for column in table.columns
        if column.kind == "text"
        and len(column.values) >= 2
        and (says(column.name, NAMES["stage"]) or says(column.name, ("new", "to")))
        and _known(column) >= 2
    ]
    newer = [c for c in stages if not says(c.name, ("old", "from", "previous", "before"))]
    return (None, newer[0]) if newer else None


def holds_ends(table: TableProfile) -> bool:
    """Whether a table of moves says plainly that some were won and others lost."""
    moved = moved_stage(table)
    levels = levels_of(moved[1].counted) if moved else ()
    return {"won", "lost"} <= {level.meaning for level in levels if level.plainly}


def _known(column: ColumnProfile) -> int:
    """How many stages and ends its values speak of."""
    ends = {meaning_of(value)[0] for value in column.values} & {"won", "lost"}
    return len(stage_levels(column.values)) + len(ends)
