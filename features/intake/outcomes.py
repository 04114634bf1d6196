"""Outcomes: how leads ended, and the episodes that follow from it."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.intake.deals import Deal, check_levels, deal_of
from features.intake.leads import NO_ID, known_day, unmatched, unreadable
from features.intake.raw_table import RawTable
from features.intake.state import Intake, case
from features.intake.values import RawColumn, utc
from features.settings import OutcomesTable

COPY = "an exact copy of another row"
#: When a deal was opened or reopened, and when that was written down.
_NOTED = {"opened_at": "opened_recorded_at", "reopened_at": "reopened_recorded_at"}

#: Hashes of rows fetched at a time.
_KEYS_AT_A_TIME = 1 << 20


def stage_outcomes(
    intake: Intake, raw: RawTable, table: OutcomesTable, timezone: str | None, *, matched: bool
) -> None:
    """Fill ``outcome_rows`` with the usable outcomes and ``bad_outcomes`` with the keys of leads
    whose are not.

    Args:
        intake: The intake.
        raw: The outcomes.
        table: Its configuration.
        timezone: Time zone as configured.
        matched: Whether ``lead_keys`` is there.
    """
    columns = _columns(intake, raw, table)
    if not {"lead_id", "closed_at", "won"} <= set(columns) or not intake.check_filled(raw):
        return
    times = [
        "closed_at",
        "recorded_at",
        "reopened_at",
        "opened_at",
        *_NOTED.values(),
        *(f"stages.{stage}" for stage in table.stages),
    ]
    intake.check_times(raw, [columns.get(name) for name in times], timezone=timezone)
    deal = deal_of(
        intake,
        raw,
        table,
        level=columns["won"],
        closed_at=columns["closed_at"],
        closed=columns.get("closed"),
    )
    if intake.purpose == "train":
        check_wins(intake, raw, columns["won"], table.won_values)
        check_levels(intake, raw, deal)
    if matched:
        _read_rows(intake, raw, table, columns, deal)
        quarantine_copies(intake, raw)
        _warn(intake, raw, columns)
        _warn_of_early_stages(intake, raw, list(table.stages))
    bad = intake.quarantine.bad_rows(raw)
    if matched:
        if intake.purpose == "train":  # a doubt about a label stops no score
            intake.run(
                "INSERT INTO bad_outcomes SELECT DISTINCT key FROM outcome_rows JOIN"
                f" ({bad} AND reason <> '{COPY}') USING (file, row) WHERE key IS NOT NULL"
            )
        intake.run(
            f"DELETE FROM outcome_rows USING ({bad}) AS q WHERE outcome_rows.file = q.file AND"
            " outcome_rows.row = q.row"
        )


def create_outcome_tables(intake: Intake, stages: int) -> None:
    """Create the empty temporary tables that :func:`stage_outcomes` fills."""
    days = "".join(f", s{i}_day INTEGER" for i in range(stages))
    moments = "".join(f", s{i}_at TIMESTAMP" for i in range(stages))
    intake.run("CREATE TEMP TABLE bad_outcomes (key INTEGER)")
    intake.run("CREATE TEMP TABLE win_rows (file INTEGER, row BIGINT, key INTEGER)")
    intake.run(
        "CREATE TEMP TABLE outcome_rows (file INTEGER, row BIGINT, key INTEGER, closed_at"
        " TIMESTAMP, closed_day INTEGER, known_day INTEGER, opened_at TIMESTAMP, opened_day"
        " INTEGER, recorded_at TIMESTAMP, recorded_day INTEGER, reopened_at TIMESTAMP,"
        " reopened_day INTEGER, opened_known_day INTEGER, reopened_known_day INTEGER, won BOOLEAN,"
        " amount DOUBLE, lost_reason"
        f" VARCHAR{days}{moments})"
    )


def quarantine_copies(intake: Intake, raw: RawTable) -> None:
    """Quarantine all but the first of rows that are equal in every column; candidates are found by
    hash first.
    """
    cells = raw.cells
    repeated = _repeated(intake, raw, f"hash({cells})")
    if not len(repeated):
        return
    counted = f" SEMI JOIN {raw.relation} USING (file, row)" if raw.is_part else ""
    intake.store.connection.register("repeated", pa.table({"h": repeated}))
    intake.quarantine.add(
        raw,
        f"SELECT file, row, '{COPY}' AS reason FROM (SELECT file, row, "
        f"row_number() OVER (PARTITION BY {cells} ORDER BY file, row) AS nth "
        f"FROM {raw.source} WHERE hash({cells}) IN (SELECT h FROM repeated)){counted}"
        " WHERE nth > 1",
    )
    intake.store.connection.unregister("repeated")


def _repeated(intake: Intake, raw: RawTable, key: str) -> NDArray[np.uint64]:
    """The keys that several rows have.

    NumPy sorts them in a fraction of the time that grouping takes.
    """
    query = f"SELECT {key} FROM {raw.source}"
    batches = intake.store.batches(query, rows=_KEYS_AT_A_TIME)
    found = [batch.column(0).to_numpy() for batch in batches]
    keys = np.concatenate(found) if found else np.empty(0, dtype=np.uint64)
    keys.sort()
    return np.unique(keys[1:][keys[1:] == keys[:-1]])


def _columns(intake: Intake, raw: RawTable, table: OutcomesTable) -> dict[str, RawColumn]:
    names = table.columns
    required = intake.required(
        raw,
        {
            "lead_id": names.lead_id,
            "closed_at": names.closed_at,
            "won": names.won,
            "recorded_at": names.recorded_at,
            "opened_at": names.opened_at,
            "opened_recorded_at": names.opened_recorded_at,
            "reopened_at": names.reopened_at,
            "reopened_recorded_at": names.reopened_recorded_at,
            "closed": table.closed,
        },
    )
    stages = {f"stages.{stage}": column for stage, column in table.stages.items()}
    optional = intake.optional(
        raw, {"amount": names.amount, "lost_reason": names.lost_reason, **stages}
    )
    return required | optional


def _read_rows(
    intake: Intake,
    raw: RawTable,
    table: OutcomesTable,
    columns: dict[str, RawColumn],
    deal: Deal,
) -> None:
    reader = intake.reader
    closing, won = deal.closing, deal.won
    recorded = columns.get("recorded_at")

    def moment(name: str) -> str:
        column = columns.get(name)
        return "CAST(NULL AS TIMESTAMPTZ)" if column is None else reader.moment(column)

    stages = [columns.get(f"stages.{stage}") for stage in intake.store.stages]
    times = [
        f"{utc(moment(name))} AS {name}, {reader.day(moment(name))} AS {name[:-3]}_day"
        for name in ("opened_at", "recorded_at", "reopened_at")
    ]

    def noted(name: str) -> str:
        """The day on which an opening or reopening was known."""
        column = columns.get(_NOTED[name])
        own = known_day(intake, moment(name), column, table.delay_days)
        if column is not None or recorded is None or name != "opened_at":
            return own
        # the row of an open deal was written down when the deal was opened
        row = known_day(intake, moment(name), recorded, table.delay_days)
        return f"CASE WHEN {closing} IS NULL THEN {row} ELSE {own} END"

    values = [
        "file",
        "row",
        "key",
        f"{utc(closing)} AS closed_at",
        f"{reader.day(closing)} AS closed_day",
        f"{known_day(intake, closing, recorded, table.delay_days)} AS known_day",
        *times,
        *(f"{noted(name)} AS {name[:-3]}_known_day" for name in _NOTED),
        f"CASE WHEN NOT {deal.is_open} THEN {won} END AS won",
        f"{reader.number(columns['amount']) if 'amount' in columns else 'NULL'} AS amount",
        (
            f"{reader.category(columns['lost_reason']) if 'lost_reason' in columns else 'NULL'} AS"
            " lost_reason"
        ),
        *(
            f"{reader.day(reader.moment(c)) if c else 'NULL'} AS s{i}_day"
            for i, c in enumerate(stages)
        ),
        *(f"{utc(reader.moment(c)) if c else 'NULL'} AS s{i}_at" for i, c in enumerate(stages)),
    ]
    matched = (
        f"FROM {raw.relation} LEFT JOIN lead_keys AS k ON k.lead_id ="
        f" {reader.text(columns['lead_id'])}"
    )
    intake.run(f"INSERT INTO outcome_rows SELECT {', '.join(values)} {matched}")
    intake.run(
        f"INSERT INTO win_rows SELECT file, row, key {matched} WHERE {deal.won} AND NOT"
        f" {deal.is_open}"
    )
    reasons = _reasons(intake, table, columns, deal)
    intake.quarantine.add(
        raw,
        f"SELECT * FROM (SELECT file, row, {case(reasons)} AS reason {matched}) WHERE reason IS NOT"
        " NULL",
    )


def _reasons(
    intake: Intake, table: OutcomesTable, columns: dict[str, RawColumn], deal: Deal
) -> dict[str, str]:
    reader = intake.reader
    closed, reopened = columns["closed_at"], columns.get("reopened_at")
    closing = deal.closing
    reasons = {
        NO_ID: f"{reader.text(columns['lead_id'])} IS NULL",
        **unmatched(reader.text(columns["lead_id"]), "k.key"),
        **unreadable(intake, closed, "closed_at"),
        **unreadable(intake, columns.get("recorded_at"), "recorded_at"),
        **unreadable(intake, columns.get("opened_at"), "opened_at"),
        **unreadable(intake, reopened, "reopened_at"),
        **{
            reason: condition
            for name in _NOTED.values()
            for reason, condition in unreadable(intake, columns.get(name), name).items()
        },
    }
    for stage in table.stages:
        reasons |= unreadable(intake, columns.get(f"stages.{stage}"), f"stage {stage}")
    reasons |= {
        "won, but without closed_at": f"{closing} IS NULL AND {deal.won} AND NOT {deal.is_open}",
        "closed, but neither won nor lost": (
            f"{closing} IS NOT NULL AND {reader.text(columns['won'])} IS NULL"
        ),
        # by days: forms book a lead seconds after its order, and a bare date has no time
        "closed before the lead was created": f"{reader.day(closing)} < k.created_day",
    }
    if reopened is not None:
        reopening = reader.moment(reopened)
        reasons |= {
            "reopened, but without closed_at": f"{closing} IS NULL AND {reopening} IS NOT NULL",
            "reopened before it was closed": f"{reader.day(reopening)} < {reader.day(closing)}",
        }
    return reasons


def check_wins(intake: Intake, raw: RawTable, won: RawColumn, won_values: tuple[str, ...]) -> None:
    """Refuse a table without a single win."""
    text = intake.reader.text(won)
    values = intake.store.connection.execute(
        f"SELECT v, count(*) FROM (SELECT {text} AS v FROM {raw.relation}) WHERE v IS NOT NULL"
        " GROUP BY v ORDER BY count(*) DESC, v LIMIT 11"
    ).fetchall()
    if not values:
        intake.problems.append(f"{raw.name}: column {won.name!r} is empty; expected an outcome")
        return
    if intake.spelled(raw, won, won_values):
        return
    seen = (
        ""
        if len(values) > 10
        else ": it holds " + ", ".join(f"{value[:30]!r} ({rows:,})" for value, rows in values)
    )
    intake.problems.append(
        f"{raw.name}: no value of column {won.name!r} means a win{seen}; set `won_values` (now"
        f" {list(won_values)})"
    )


def _warn(intake: Intake, raw: RawTable, columns: dict[str, RawColumn]) -> None:
    open_losses = intake.number(
        "SELECT count(*) FROM outcome_rows WHERE NOT won AND closed_at IS NULL"
    )
    if open_losses:
        intake.warnings.append(
            f"{raw.name}: {open_losses:,} rows are lost, but without closed_at: taken as open"
        )
    ignored = intake.number(
        "SELECT count(*) FROM outcome_rows WHERE won AND reopened_at IS NOT NULL"
    )
    if ignored:
        intake.warnings.append(
            f"{raw.name}: {ignored:,} wins have a reopened_at: not taken as a new episode"
        )
    warn_of_numbers(intake, raw, columns.get("amount"))


def _warn_of_early_stages(intake: Intake, raw: RawTable, stages: list[str]) -> None:
    """Count the times of stages that lie before their lead was created."""
    for number, stage in enumerate(stages):
        early = intake.number(
            "SELECT count(*) FROM outcome_rows JOIN lead_keys AS k USING (key)"
            f" WHERE s{number}_day < k.created_day"
        )
        if early:
            intake.warnings.append(
                f"{raw.name}: {early:,} times of stage {stage!r} lie before the lead was created:"
                " their leads count as having reached it from the beginning"
            )


def warn_of_numbers(intake: Intake, raw: RawTable, column: RawColumn | None) -> None:
    """Count the values of a number column that are none."""
    if column is None or any(r.column == column.name and r.lost for r in raw.readings):
        return  # said with how the column was read
    reader = intake.reader
    bad = intake.number(
        f"SELECT count(*) FROM {raw.relation} WHERE {reader.present(column)} AND"
        f" {reader.number(column)} IS NULL"
    )
    if bad:
        intake.warnings.append(
            f"{raw.name}: column {column.name!r}: {bad:,} values are no number: taken as missing"
        )
