"""The rows a run learns from, and which of them teach and judge."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from features.build.behaviour import check_actors
from features.days import date_of, day_number
from features.errors import ConfigError, RefusedError
from features.spec import EventReading
from features.store import Store
from propensity.model.model_parts import Reference
from training.learn.rows import monotone
from training.learn.rows.cadence import cadence_of
from training.learn.rows.obeyed import obeyed
from training.learn.rows.part_size import days_that_hold, share_that_holds
from training.learn.rows.run import Run
from training.learn.rows.snapshots import (
    Coverage,
    LabelledRows,
    flat_snapshot,
    sampled,
    snapshots,
)
from training.learn.rows.split import SplitPlan, flat_parts, plan
from training.learn.rows.worked_rows import WorkedRows, refuse_flat, reweighted

#: Wins the older part and the test need at the very least; below, no figure means anything.
_LEAST_WINS = 10


@dataclass(frozen=True)
class History:
    """All mature rows and the recipe's two parts.

    Attributes:
        rows: Rows with their outcomes, sorted by lead, episode and as-of (flat: by lead_id).
        older: (n,) mask of the rows that train and calibrate.
        test: (n,) mask of the rows that judge.
        reference: The reference population: all mature rows, before any sampling.
        plan: The days of the parts; None for flat input.
        coverage: What the snapshots see; None for flat input.
        warnings: What a person should know about the rows, one sentence each.
        worked: The weights of ``learner.selection: reweight``; None where all rows count.
    """

    rows: LabelledRows
    older: NDArray[np.bool_]
    test: NDArray[np.bool_]
    reference: Reference
    plan: SplitPlan | None = None
    coverage: Coverage | None = None
    warnings: tuple[str, ...] = ()
    worked: WorkedRows | None = None


def history(run: Run) -> History:
    """Take the snapshots (or the flat table) and split them.

    Raises:
        ConfigError: There are no outcomes to learn from, or a decision on a way cannot be obeyed.
        DataError: An event type has no actor.
        RefusedError: The history is too short, a part has too few wins or losses, or rows are to be
            weighed by a hand-over of which too little is known.
        LedgerError: The hand-overs cannot be read.
    """
    monotone.check(run)
    refuse_flat(run.config)
    taken = _flat(run) if run.store.is_flat else _snapshots(run)
    for part, mask in (("older part", taken.older), ("test part", taken.test)):
        _check_part(part, taken, mask, run)
    return replace(taken, warnings=(*taken.warnings, *obeyed(run.config, run.store)))


def since(past: History, day: date) -> History:
    """The rows with a test part that begins on a day, or later.

    Args:
        past: The rows.
        day: Day until which a model saw outcomes, which the test part has not.

    Raises:
        RefusedError: Too little of the test part is later.
    """
    test = past.test & (past.rows.time >= day_number(day))
    rows = past.rows.take(test)
    if min(rows.wins, rows.others) < _LEAST_WINS:
        newest = int(past.rows.time.max())
        raise RefusedError(
            f"Your own model saw outcomes until {day}. Of leads looked at since, {len(rows):,} rows"
            f" (looked at until {date_of(newest)}, the newest whose horizon is over) can judge it,"
            f" {rows.wins:,} of them wins; at least {_LEAST_WINS} wins and {_LEAST_WINS} others are"
            " needed. Keep the newest rows from it, or bring an estimator that is not fitted: then"
            " it learns from the older part alone, and is fitted again to all."
        )
    return replace(past, test=test)


def _check_part(part: str, taken: History, mask: NDArray[np.bool_], run: Run) -> None:
    rows = taken.rows.take(mask)
    others = rows.others
    if rows.wins >= _LEAST_WINS and others >= _LEAST_WINS:
        return
    holding = _holding(taken, run)
    remedy = f"{holding}. Or learn" if holding else "Wait for more closes, learn"
    hints = "".join(f"\n  {warning}" for warning in run.store.report.warnings)
    which = "default " if _by_default(run) else ""
    wins = f"{rows.wins or 'no'} win{'s' * (rows.wins > 1)}"
    raise RefusedError(
        f"The {which}{part} holds {wins} and {others:,} leads that did not win; at least"
        f" {_LEAST_WINS} of each are needed to learn or to judge anything."
        f" {remedy} a nearer goal (goal.stage), or look at each lead by eye.{hints}"
    )


def _by_default(run: Run) -> bool:
    """Whether nobody said how large the test is."""
    config = run.config
    if config.split is not None:
        return "test_share" not in config.split.model_fields_set
    return config.snapshots is None or config.snapshots.test_days is None


def _holding(taken: History, run: Run) -> str:
    """A size of the test that would do, as a sentence's beginning; empty where none would."""
    config = run.config
    if config.split is not None:
        return share_that_holds(taken.rows, seed=config.learner.seed, least=_LEAST_WINS)
    if taken.plan is None or config.goal is None:
        return ""
    cadence = cadence_of(
        run.store,
        horizon_days=config.goal.horizon_days,
        every_days=config.snapshots.every_days if config.snapshots else config.goal.horizon_days,
    )
    return days_that_hold(
        taken.rows, cadence, horizon_days=config.goal.horizon_days, least=_LEAST_WINS
    )


def _snapshots(run: Run) -> History:
    if run.config.goal is None or run.config.population is None or run.config.snapshots is None:
        # Config's own validation sees to it
        raise ValueError("expected a configuration of three tables")
    if not run.config.input.tells_outcomes:
        raise ConfigError(
            "input.outcomes: training learns from outcomes; expected a table of them, got none."
        )
    reading = EventReading(**run.config.behaviour.model_dump(include={"actors", "groups", "sends"}))
    check_actors(run.store, reading)
    horizon = run.config.goal.horizon_days
    cadence = cadence_of(
        run.store, horizon_days=horizon, every_days=run.config.snapshots.every_days
    )
    parts = plan(cadence, horizon_days=horizon, test_days=run.config.snapshots.test_days)
    rows, coverage = snapshots(
        run.store,
        run.config.population,
        reading,
        cadence,
        goal_stage=run.config.goal.stage,
        horizon_days=horizon,
    )
    worked = None
    if run.config.learner.selection == "reweight":
        worked = reweighted(run.config, run.store, rows)
        rows = worked.rows
    reference = _reference(rows)
    rows = sampled(rows, run.config.snapshots.max_rows, seed=run.config.learner.seed)
    older, test = np.isin(rows.time, parts.older), np.isin(rows.time, parts.test)
    told = worked.sentences if worked else ()
    return History(rows, older, test, reference, parts, coverage, told, worked)


def _flat(run: Run) -> History:
    if run.config.split is None:
        # Config's own validation sees to it
        raise ValueError("expected a configuration of a flat table")
    split = run.config.split
    rows = flat_snapshot(run.store, order=split.order)
    reference = _reference(rows)
    if split.order == "time" and len(np.unique(rows.time)) < 2:
        raise RefusedError(
            "split.order is 'time', but all rows have the same time, or none. Name another time"
            " column, or say `order: rows` where the rows stand in their order of time, `order:"
            " random` where there is no time at all."
        )
    older, test = flat_parts(rows, test_share=split.test_share, seed=run.config.learner.seed)
    if not (older.any() and test.any()):
        raise RefusedError(
            "The table cannot be split: rows of one moment, or of one account, stay together, and"
            " here these are all rows of a part. Check split.test_share and the columns that `time`"
            " and `account_id` name."
        )
    return History(rows, older, test, reference, warnings=tuple(_silent_rows(run.store)))


def _silent_rows(store: Store) -> Iterator[str]:
    """What rows of a flat table do not say."""
    unknown = store.value("SELECT count(*) FROM leads WHERE won IS NULL")
    if unknown:
        yield f"flat: {unknown:,} rows have no outcome: they teach and judge nothing"


def _reference(rows: LabelledRows) -> Reference:
    if not len(rows):
        raise RefusedError(
            "No row can be learned from: no lead was open at any mature as-of (or no row has an"
            " outcome). Check population.until and population.stale_after_days, and the quarantine"
            " files."
        )
    return Reference(rows=len(rows), leads=len(np.unique(rows.lead)), close_rate=rows.close_rate)
