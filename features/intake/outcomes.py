"""Outcomes: how leads ended, and the episodes that follow from it."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.intake.leads import NO_ID, known_day, unreadable
from features.intake.sources import RawTable
from features.intake.state import Intake, case
from features.intake.values import RawColumn, utc
from features.settings import OutcomesTable
from features.sql import one_of
from features.store import STAGE_MOMENTS

UNKNOWN_LEAD = "of a lead that is not in leads"
COPY = "an exact copy of another row"
SECOND = "a second outcome, and the one before was not lost and reopened earlier"

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
        *(f"stages.{stage}" for stage in table.stages),
    ]
    intake.check_times(raw, [columns.get(name) for name in times], timezone=timezone)
    _check_won(intake, raw, columns["won"], table)
    if matched:
        _read_rows(intake, raw, table, columns)
        quarantine_copies(intake, raw)
        _quarantine_seconds(intake, raw)
        _warn(intake, raw, columns)
    bad = intake.quarantine.bad_rows(raw)
    if matched:
        intake.run(
            f"INSERT INTO bad_outcomes SELECT DISTINCT key FROM outcome_rows JOIN ({bad} AND reason"
            f" <> '{COPY}') USING (file, row) WHERE key IS NOT NULL"
        )
        intake.run(
            f"DELETE FROM outcome_rows USING ({bad}) AS q WHERE outcome_rows.file = q.file AND"
            " outcome_rows.row = q.row"
        )


def fill_episodes(intake: Intake, raw: RawTable | None, stages: int) -> None:
    """Fill the canonical episodes: every lead has a first one, and one more after each
    reopening.
    """
    intake.store.create("episodes")
    days = "".join(f", s{i}_day" for i in range(stages))
    nulls = ", NULL" * stages
    intake.run(
        "CREATE TEMP TABLE chained AS SELECT n.lead, o.*, row_number() OVER w AS episode, "
        "lag(reopened_at) OVER w AS before_at, lag(reopened_day) OVER w AS before_day, "
        "lead(o.row) OVER w IS NULL AS is_last, n.created_at, n.created_day "
        "FROM outcome_rows AS o JOIN numbered AS n USING (key) WHERE n.usable "
        "WINDOW w AS (PARTITION BY o.key ORDER BY closed_at NULLS LAST)"
    )
    intake.run(
        "INSERT INTO episodes SELECT lead, episode, coalesce(before_day, created_day), "
        "coalesce(before_at, created_at), "
        "closed_at, closed_day, CASE WHEN closed_at IS NOT NULL THEN known_day END, "
        f"CASE WHEN closed_at IS NOT NULL THEN won END, amount, lost_reason{days} FROM chained"
    )
    kept = intake.store.rows("episodes")
    _fill_stage_moments(intake, stages)
    intake.run(
        "INSERT INTO episodes SELECT lead, episode + 1, reopened_day, reopened_at, NULL, NULL,"
        f" NULL, NULL, NULL, NULL{nulls} FROM chained WHERE is_last AND reopened_at IS NOT NULL AND"
        " NOT won"
    )
    intake.run(
        "INSERT INTO episodes SELECT lead, 1, created_day, created_at, NULL, NULL, NULL, NULL,"
        f" NULL, NULL{nulls} FROM numbered WHERE usable AND lead NOT IN (SELECT lead FROM chained)"
    )
    if raw is not None:
        intake.quarantine.add(
            raw,
            "SELECT o.file, o.row, 'its lead cannot be used' AS reason FROM outcome_rows AS o "
            "JOIN numbered USING (key) WHERE NOT usable",
        )
        intake.count(raw, kept=kept, tolerated=_tolerated(intake))


def _fill_stage_moments(intake: Intake, stages: int) -> None:
    """Keep when stages were reached, to the second: deadlines run from moments, all else from
    days.
    """
    reached = " UNION ALL ".join(
        f"SELECT lead, episode, {i} AS stage, s{i}_at AS reached_at FROM chained WHERE s{i}_at IS"
        " NOT NULL"
        for i in range(stages)
    )
    if reached:
        intake.run(f"INSERT INTO {STAGE_MOMENTS} {reached}")


def create_outcome_tables(intake: Intake, stages: int) -> None:
    """Create the empty temporary tables that :func:`stage_outcomes` fills."""
    days = "".join(f", s{i}_day INTEGER" for i in range(stages))
    moments = "".join(f", s{i}_at TIMESTAMP" for i in range(stages))
    intake.run("CREATE TEMP TABLE bad_outcomes (key INTEGER)")
    intake.run(
        "CREATE TEMP TABLE outcome_rows (file INTEGER, row BIGINT, key INTEGER, closed_at"
        " TIMESTAMP, closed_day INTEGER, known_day INTEGER, reopened_at TIMESTAMP, reopened_day"
        f" INTEGER, won BOOLEAN, amount DOUBLE, lost_reason VARCHAR{days}{moments})"
    )


def quarantine_copies(intake: Intake, raw: RawTable) -> None:
    """Quarantine all but the first of rows that are equal in every column; candidates are found by
    hash first.
    """
    cells = ", ".join(column.internal for column in raw.columns)
    repeated = _repeated(intake, raw, f"hash({cells})")
    if not len(repeated):
        return
    intake.store.connection.register("repeated", pa.table({"h": repeated}))
    intake.quarantine.add(
        raw,
        f"SELECT file, row, '{COPY}' AS reason FROM (SELECT file, row, "
        f"row_number() OVER (PARTITION BY {cells} ORDER BY file, row) AS nth "
        f"FROM {raw.source} WHERE hash({cells}) IN (SELECT h FROM repeated)) WHERE nth > 1",
    )
    intake.store.connection.unregister("repeated")


def _repeated(intake: Intake, raw: RawTable, key: str) -> NDArray[np.uint64]:
    """The keys that several rows have.

    NumPy sorts them in a fraction of the time that grouping takes.
    """
    keys, done = np.empty(raw.rows, dtype=np.uint64), 0
    for batch in intake.store.batches(f"SELECT {key} FROM {raw.source}", rows=_KEYS_AT_A_TIME):
        keys[done : done + batch.num_rows] = batch.column(0).to_numpy()
        done += batch.num_rows
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
            "reopened_at": names.reopened_at,
        },
    )
    stages = {f"stages.{stage}": column for stage, column in table.stages.items()}
    optional = intake.optional(
        raw, {"amount": names.amount, "lost_reason": names.lost_reason, **stages}
    )
    return required | optional


def _read_rows(
    intake: Intake, raw: RawTable, table: OutcomesTable, columns: dict[str, RawColumn]
) -> None:
    reader = intake.reader
    closed, reopened = columns["closed_at"], columns.get("reopened_at")
    closing = reader.moment(closed)
    reopening = reader.moment(reopened) if reopened else "CAST(NULL AS TIMESTAMPTZ)"
    won = one_of(reader.text(columns["won"]), table.won_values)
    stages = [columns.get(f"stages.{stage}") for stage in table.stages]
    values = [
        "file",
        "row",
        "key",
        f"{utc(closing)} AS closed_at",
        f"{reader.day(closing)} AS closed_day",
        f"{known_day(intake, closing, columns.get('recorded_at'), table.delay_days)} AS known_day",
        f"{utc(reopening)} AS reopened_at",
        f"{reader.day(reopening)} AS reopened_day",
        f"{won} AS won",
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
    reasons = _reasons(intake, table, columns, won=won)
    intake.quarantine.add(
        raw,
        f"SELECT * FROM (SELECT file, row, {case(reasons)} AS reason {matched}) WHERE reason IS NOT"
        " NULL",
    )


def _reasons(
    intake: Intake, table: OutcomesTable, columns: dict[str, RawColumn], *, won: str
) -> dict[str, str]:
    reader = intake.reader
    closed, reopened = columns["closed_at"], columns.get("reopened_at")
    closing = reader.moment(closed)
    reasons = {
        NO_ID: f"{reader.text(columns['lead_id'])} IS NULL",
        UNKNOWN_LEAD: "k.key IS NULL",
        **unreadable(intake, closed, "closed_at"),
        **unreadable(intake, columns.get("recorded_at"), "recorded_at"),
        **unreadable(intake, reopened, "reopened_at"),
    }
    for stage in table.stages:
        reasons |= unreadable(intake, columns.get(f"stages.{stage}"), f"stage {stage}")
    reasons |= {
        "won, but without closed_at": f"{closing} IS NULL AND {won}",
        "closed, but neither won nor lost": (
            f"{closing} IS NOT NULL AND {reader.text(columns['won'])} IS NULL"
        ),
        "closed before the lead was created": _before(
            intake, closing, "k.created_at", "k.created_day"
        ),
    }
    if reopened is not None:
        reopening = reader.moment(reopened)
        reasons |= {
            "reopened, but without closed_at": f"{closing} IS NULL AND {reopening} IS NOT NULL",
            "reopened before it was closed": _before(
                intake, reopening, utc(closing), reader.day(closing)
            ),
        }
    return reasons


def _before(intake: Intake, moment: str, other: str, other_day: str) -> str:
    """Whether a moment lies before another; a bare date (a local midnight) may be of the same
    day.
    """
    reader = intake.reader
    is_date = f"CAST({moment} AT TIME ZONE '{reader.timezone}' AS TIME) = TIME '00:00:00'"
    return f"({utc(moment)} < {other} AND ({reader.day(moment)} < {other_day} OR NOT {is_date}))"


def _quarantine_seconds(intake: Intake, raw: RawTable) -> None:
    """Quarantine an outcome that follows one that was not lost and reopened in time."""
    intake.quarantine.add(
        raw,
        f"SELECT file, row, '{SECOND}' AS reason FROM (SELECT file, row, row_number() OVER w AS"
        " nth, coalesce(lag(NOT won) OVER w, false) AS lost, closed_day, lag(reopened_day) OVER w"
        f" AS reopened_day FROM outcome_rows ANTI JOIN ({intake.quarantine.bad_rows(raw)}) USING"
        " (file, row) WINDOW w AS (PARTITION BY key ORDER BY closed_at NULLS LAST, reopened_at"
        " NULLS LAST, won, file, row)) WHERE nth > 1 AND NOT (lost AND reopened_day IS NOT NULL"
        " AND coalesce(closed_day >= reopened_day, true))",
    )


def _check_won(intake: Intake, raw: RawTable, won: RawColumn, table: OutcomesTable) -> None:
    """In training, refuse outcomes without a single win: the values that mean one are probably
    others.
    """
    if intake.purpose == "train":
        check_wins(intake, raw, won, table.won_values)


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
    if intake.number(f"SELECT count(*) FROM {raw.relation} WHERE {one_of(text, won_values)}"):
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


def warn_of_numbers(intake: Intake, raw: RawTable, column: RawColumn | None) -> None:
    """Count the values of a number column that are none."""
    if column is None:
        return
    reader = intake.reader
    bad = intake.number(
        f"SELECT count(*) FROM {raw.relation} WHERE {reader.present(column)} AND"
        f" {reader.number(column)} IS NULL"
    )
    if bad:
        intake.warnings.append(
            f"{raw.name}: column {column.name!r}: {bad:,} values are no number: taken as missing"
        )


def _tolerated(intake: Intake) -> tuple[str, ...]:
    """Scoring may give the open leads alone, with everybody's outcomes."""
    return (
        (UNKNOWN_LEAD, "its lead cannot be used")
        if intake.purpose == "score"
        else ("its lead cannot be used",)
    )
