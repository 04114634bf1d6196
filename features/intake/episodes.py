"""Episodes: the stretches of time in which a lead was open, made of its deals.

A lead is open from its creation to its first close. It is open again from a reopening, or from the
opening of a later deal. A deal whose opening nobody wrote down cannot have been seen open: its
episode begins with its close. An episode's beginning is known once it was written down, and no
earlier than the close before it.
"""

from features.intake.events import tolerated
from features.intake.leads import LEFT_OUT_ROW
from features.intake.raw_table import RawTable
from features.intake.state import Intake
from features.store import STAGE_MOMENTS


def fill_episodes(intake: Intake, raw: RawTable | None, stages: int) -> None:
    """Fill the canonical episodes: every lead has a first one, and one more after each reopening
    and for each later deal.

    Args:
        intake: The intake, with its ``observed_until``.
        raw: The table that says how leads ended; None without any.
        stages: How many stages the configuration names.
    """
    intake.store.create("episodes")
    _take_plans_as_open(intake, raw)
    _chain(intake, stages)
    nulls = ", NULL" * stages
    days = "".join(f", s{i}_day" for i in range(stages))
    intake.run(
        "INSERT INTO episodes SELECT lead, episode, started_day, started_at, closed_at, closed_day,"
        " CASE WHEN closed_at IS NOT NULL THEN known_day END,"
        " CASE WHEN closed_at IS NOT NULL THEN won END, amount, lost_reason, start_known_day"
        f"{days} FROM chained"
    )
    _fill_stage_moments(intake, stages)
    intake.run(
        "INSERT INTO episodes SELECT lead, episode + 1, reopened_day, reopened_at, NULL, NULL,"
        " NULL, NULL, NULL, NULL, greatest(reopened_known_day, known_day)"
        f"{nulls} FROM chained WHERE is_last AND reopened_at IS NOT NULL AND NOT won"
    )
    intake.run(
        "INSERT INTO episodes SELECT lead, 1, created_day, created_at, NULL, NULL, NULL, NULL,"
        f" NULL, NULL, created_day{nulls} FROM numbered WHERE usable AND lead NOT IN"
        " (SELECT lead FROM chained)"
    )
    if raw is not None:
        _warn_of_several_deals(intake, raw)


def _take_plans_as_open(intake: Intake, raw: RawTable | None) -> None:
    """A close after the moment up to which the sources are complete is a plan: the deal is open.

    Where the configuration names that moment, the closes after it are kept: no label and no feature
    reaches them.
    """
    until = intake.store.observed_until
    if raw is None or until is None or intake.store.observed_from == "config":
        return
    later = f"closed_at > TIMESTAMP '{until}'"
    plans = intake.number(f"SELECT count(*) FROM outcome_rows WHERE {later}")
    if plans:
        intake.run(
            "UPDATE outcome_rows SET closed_at = NULL, closed_day = NULL, known_day = NULL"
            f" WHERE {later}"
        )
        intake.warnings.append(
            f"{raw.name}: {plans:,} closes lie after {until:%Y-%m-%d %H:%M} UTC, up to which the"
            " sources are complete: plans, their leads are open"
        )


def _chain(intake: Intake, stages: int) -> None:
    """Create ``chained``: the deals that make an episode each, with its number and beginning.

    Of several open deals of a lead the one that was opened first stands for all. A close after a
    win whose opening nobody wrote down is repeat business, and no episode.
    """
    stage_times = [f"s{i}_at" for i in range(stages)]
    stage_days = [f"s{i}_day" for i in range(stages)]
    opening = f"coalesce(opened_at, {_least(stage_times)}, recorded_at)"
    opening_day = f"coalesce(opened_day, {_least(stage_days)}, recorded_day)"
    intake.run(
        f"CREATE TEMP TABLE deals AS SELECT n.lead, n.created_at, n.created_day, o.*,"
        f" CASE WHEN closed_at IS NULL THEN {opening}"
        f" ELSE coalesce(opened_at, {_least(stage_times)}) END AS opening_at,"
        f" CASE WHEN closed_at IS NULL THEN {opening_day}"
        f" ELSE coalesce(opened_day, {_least(stage_days)}) END AS opening_day,"
        f" coalesce(opened_known_day, CASE WHEN closed_at IS NULL"
        f" THEN greatest({_least(stage_days)}, recorded_day) ELSE {_least(stage_days)} END)"
        " AS opening_known_day,"
        " row_number() OVER (PARTITION BY key, closed_at IS NULL ORDER BY"
        f" coalesce({opening}, TIMESTAMP '1900-01-01'), closed_at, file, row) AS nth_open"
        " FROM outcome_rows AS o JOIN numbered AS n USING (key) WHERE n.usable"
    )
    order = "PARTITION BY key ORDER BY closed_at NULLS LAST, reopened_at NULLS LAST, won, file, row"
    intake.run(
        f"CREATE TEMP TABLE sequence AS SELECT *, coalesce(bool_or(won) OVER ({order}"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) AS after_a_win"
        " FROM deals WHERE closed_at IS NOT NULL OR nth_open = 1"
    )
    reopened = (
        "CASE WHEN NOT lag(won) OVER w AND lag(reopened_at) OVER w <="
        " coalesce(closed_at, TIMESTAMP '9999-01-01') THEN lag(reopened_{}) OVER w END"
    )
    intake.run(
        "CREATE TEMP TABLE linked AS SELECT *, row_number() OVER w AS episode,"
        f" coalesce({reopened.format('at')}, opening_at,"
        " closed_at, lag(closed_at) OVER w) AS begun_at,"
        f" coalesce({reopened.format('day')}, opening_day,"
        " closed_day, lag(closed_day) OVER w) AS begun_day,"
        f" coalesce(least({reopened.format('known_day')}, opening_known_day), known_day)"
        " AS begun_known_day,"
        " lag(closed_at) OVER w AS before_at, lag(closed_day) OVER w AS before_day,"
        " lag(known_day) OVER w AS before_known_day, lead(row) OVER w IS NULL AS is_last"
        " FROM sequence WHERE NOT (after_a_win AND closed_at IS NOT NULL AND opening_at IS NULL)"
        f" WINDOW w AS ({order})"
    )
    intake.run(
        "CREATE TEMP TABLE chained AS SELECT *,"
        " CASE WHEN episode = 1 THEN created_at ELSE greatest(begun_at, before_at) END"
        " AS started_at,"
        " CASE WHEN episode = 1 THEN created_day ELSE greatest(begun_day, before_day) END"
        " AS started_day,"
        " CASE WHEN episode = 1 THEN created_day"
        " ELSE greatest(begun_day, begun_known_day, before_day, before_known_day) END"
        " AS start_known_day FROM linked"
    )


def _least(columns: list[str]) -> str:
    return f"least({', '.join(columns)})" if columns else "NULL"


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


def count_outcomes(intake: Intake, raw: RawTable) -> None:
    """Take down how many rows of the outcomes are used."""
    intake.quarantine.add(
        raw,
        f"SELECT o.file, o.row, '{LEFT_OUT_ROW}' AS reason FROM outcome_rows AS o "
        "JOIN numbered USING (key) WHERE NOT usable AND o.file >= 0",
    )
    kept = intake.number("SELECT count(*) FROM deals WHERE file >= 0")
    intake.count(raw, kept=kept, tolerated=tolerated(intake))


def _warn_of_several_deals(intake: Intake, raw: RawTable) -> None:
    """Say what was made of leads with several deals."""
    repeats = intake.number("SELECT count(*) FROM sequence") - intake.number(
        "SELECT count(*) FROM chained"
    )
    unseen = intake.number(
        "SELECT count(*) FROM chained WHERE episode > 1 AND won AND started_at = closed_at"
    )
    if repeats:
        intake.warnings.append(
            f"{raw.name}: {repeats:,} closes follow an earlier win of their lead: repeat business,"
            " counted here and learned nowhere; a column `opened_at` would make each an episode"
        )
    if unseen:
        intake.warnings.append(
            f"{raw.name}: {unseen:,} wins follow an earlier close, and nobody wrote when their deal"
            " was opened: they count for looks at their lead before that close, and no later ones"
        )
