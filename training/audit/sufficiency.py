"""Is there enough to learn from: closes counted as leads, months, what the snapshots see, and what
to do if not.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from features.population import open_rows
from features.spec import EventReading
from features.store import Store
from propensity.concepts.wording import label, plain
from propensity.config.config import Config
from propensity.language import CATALOGUES
from training.audit.findings import Finding, Light
from training.audit.segment_counts import segments_counted
from training.learn.rows.cadence import cadence_of, first_day
from training.learn.rows.history import History
from training.learn.rows.lead_columns import attribute_column
from training.learn.rows.run import Run
from training.learn.rows.snapshots import (
    LabelledRows,
    day_reached,
    flat_snapshot,
    snapshots,
)

#: Days of an average month, and of the quarter over which new leads per person and week are
#: counted.
_MONTH, _QUARTER = 30.44, 91


@dataclass(frozen=True)
class Counts:
    """What a history holds, counted as leads.

    Attributes:
        rows: Looks at leads in mature snapshots; of a flat table, rows with an outcome.
        leads: Different leads among them.
        wins: Different episodes among them that reached the goal within the horizon.
        losses: Different leads among them that did not, in any of the looks.
        goals: Episodes that reached the goal before observed until, seen or not.
        same_day: Episodes among these that did on the day they began: no snapshot can see them
            coming.
        closed_lost: Episodes booked as lost.
        open_leads: Open leads in the population at observed until; of a flat table, rows without an
            outcome.
        months: Months covered by mature snapshots; of a flat table by its times; None where it has
            none.
        stages: Episodes that reached each stage, in funnel order.
        per_person: New leads per person and week in the last quarter; None where nobody knows.
    """

    rows: int
    leads: int
    wins: int
    losses: int
    goals: int
    same_day: int = 0
    closed_lost: int = 0
    open_leads: int = 0
    months: float | None = None
    stages: dict[str, int] = field(default_factory=dict)
    per_person: float | None = None


def sufficiency(run: Run, past: History | None, *, refused: str = "") -> list[Finding]:
    """Whether this data is enough to learn from.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows of training; None where there are too few, and then everything is counted
            without them.
        refused: Why there is no ``past``, as training said it.

    Raises:
        DataError: An event type has no actor, or there is no lead.
    """
    rows = past.rows if past is not None else _rows(run)
    counts = count(run, rows, past)
    found = [_history(refused)] if past is None else []
    found += [
        _wins(run.config, counts),
        _losses(run.config, counts),
        *_unseen(run, counts),
        *_months(run.config, counts),
    ]
    found += [*segments_counted(run, rows), *_warranted(run.config, counts)]
    return found


def count(run: Run, rows: LabelledRows, past: History | None = None) -> Counts:
    """Count a history, given its mature rows.

    ``past`` knows how many there were before any sampling.
    """
    winners = len(np.unique(rows.lead[rows.label == 1]))
    n_rows, n_leads = (
        (past.reference.rows, past.reference.leads)
        if past is not None
        else (len(rows), len(np.unique(rows.lead)))
    )
    facts = _flat_facts(run.store) if run.store.is_flat else _facts(run)
    return Counts(rows=n_rows, leads=n_leads, wins=rows.wins, losses=n_leads - winners, **facts)


def nearer_goal(config: Config, counts: Counts) -> tuple[str, int] | None:
    """The stage nearest to the goal that enough leads reached; with nothing else, one that just
    passes red.

    Enough is ``audit.weak_wins``, else ``audit.least_wins``.
    """
    stages = list(counts.stages)
    goal = config.goal.stage if config.goal else "won"
    before = stages[: stages.index(goal)] if goal in stages else stages
    for enough in (config.audit.weak_wins, config.audit.least_wins):
        for stage in reversed(before):
            if counts.stages[stage] >= enough:
                return stage, counts.stages[stage]
    return None


def _rows(run: Run) -> LabelledRows:
    """The mature rows, however few: training refuses where nothing can be judged."""
    if run.store.is_flat and run.config.split is not None:
        return flat_snapshot(run.store, order=run.config.split.order)
    if run.config.goal is None or run.config.population is None or run.config.snapshots is None:
        # Config's own validation sees to it
        raise ValueError("expected a configuration of three tables")
    horizon = run.config.goal.horizon_days
    cadence = cadence_of(
        run.store, horizon_days=horizon, every_days=run.config.snapshots.every_days
    )
    return snapshots(
        run.store,
        run.config.population,
        reading_of(run.config),
        cadence,
        goal_stage=run.config.goal.stage,
        horizon_days=horizon,
    )[0]


def reading_of(config: Config) -> EventReading:
    """How the configuration reads events."""
    return EventReading(**config.behaviour.model_dump(include={"actors", "groups", "sends"}))


def _flat_facts(store: Store) -> dict[str, Any]:
    won, lost, unknown, days = store.connection.execute(
        "SELECT count(*) FILTER (won), count(*) FILTER (NOT won), count(*) FILTER (won IS NULL),"
        " max(day) - min(day) FROM leads"
    ).fetchall()[0]
    months = None if days is None else days / _MONTH
    return {"goals": won, "closed_lost": lost, "open_leads": unknown, "months": months}


def _facts(run: Run) -> dict[str, Any]:
    if run.config.goal is None or run.config.population is None:
        # Config's own validation sees to it
        raise ValueError("expected a configuration of three tables")
    goal, until = day_reached(run.store, run.config.goal.stage), run.store.observed_day
    goals, same_day, lost = run.store.connection.execute(f"""
        SELECT count(*) FILTER ({goal} < {until}), count(*)
            FILTER ({goal} < {until} AND {goal} <= e.started_day),
               count(*) FILTER (NOT e.won AND e.closed_day < {until}) FROM episodes e
    """).fetchall()[0]
    stages = {
        stage: int(run.store.value(f"SELECT count(*) FROM episodes WHERE s{i}_day < {until}"))
        for i, stage in enumerate(run.store.stages)
    }
    is_open = open_rows(
        run.store,
        run.config.population,
        reading_of(run.config),
        [until],
        goal_stage=run.config.goal.stage,
    )
    mature = until - run.config.goal.horizon_days - first_day(run.store)
    return {
        "goals": goals,
        "same_day": same_day,
        "closed_lost": lost,
        "open_leads": is_open.num_rows,
        "months": max(0, mature) / _MONTH,
        "stages": stages,
        "per_person": _per_person(run),
    }


def _per_person(run: Run) -> float | None:
    """New leads per person and week in the last quarter."""
    until = run.store.observed_day
    recent = f"created_day >= {until - _QUARTER} AND created_day < {until}"
    column = attribute_column(run.store, run.config.audit.salesperson)
    people = run.config.audit.people
    if people is None and column is not None:
        people = int(run.store.value(f"SELECT count(DISTINCT {column}) FROM leads WHERE {recent}"))
    if not people:
        return None
    return (
        float(run.store.value(f"SELECT count(*) FROM leads WHERE {recent}"))
        / people
        / (_QUARTER / 7)
    )


def _goal_name(config: Config, language: str) -> str:
    goal = config.goal.stage if config.goal else "won"
    return CATALOGUES[language]["audit: wins"] if goal == "won" else plain(goal)


def _history(refused: str) -> Finding:
    told = refused.strip().splitlines()
    sentence = told[0].rstrip(":") if told else "There is no history to train on"
    return Finding(
        "sufficiency",
        "history",
        "red",
        f"Training would refuse. {sentence}",
        "See the counts below for what is missing.",
        {"refused": refused},
    )


def _light(config: Config, wins: int) -> Light:
    return (
        "red"
        if wins < config.audit.least_wins
        else "amber"
        if wins < config.audit.good_wins
        else "green"
    )


def _wins(config: Config, counts: Counts) -> Finding:
    limits, light = config.audit, _light(config, counts.wins)
    goal = (
        "wins"
        if config.goal is None or config.goal.stage == "won"
        else f"leads that reached {plain(config.goal.stage)}"
    )
    says = {
        "red": f"too few to judge a model by (at least {limits.least_wins})",
        "amber": f"enough to begin (from {limits.good_wins} on figures are firm)",
        "green": "enough",
    }[light]
    if light == "amber" and counts.wins < limits.weak_wins:
        says = (
            f"few (below {limits.weak_wins}): a model can be told from chance, hardly from a"
            " better one"
        )
    sentence = (
        f"{counts.wins:,} {goal} in {counts.rows:,} mature rows of {counts.leads:,} leads: {says}; "
        f"{counts.open_leads:,} leads are open"
    )
    return Finding(
        "sufficiency", "wins", light, sentence, _advice(config, counts, light), asdict(counts)
    )


def _advice(config: Config, counts: Counts, light: Light) -> str:
    if light == "green":
        return ""
    near = nearer_goal(config, counts) if light == "red" else None
    if near is not None:
        return CATALOGUES[config.language].say(
            "audit: nearer goal",
            n=f"{counts.wins:,}",
            goal=_goal_name(config, config.language),
            stage=label(near[0], config.audience),
            m=f"{near[1]:,}",
        )
    if light == "red":
        return "Wait for more closes, or record a stage on the way to them and learn that."
    return (
        "Read every figure with its interval; the learning curve says what more closes would bring."
    )


def _losses(config: Config, counts: Counts) -> Finding:
    few = counts.losses < config.audit.least_losses
    sentence = (
        f"{counts.losses:,} leads had the time to be won and were not; {counts.closed_lost:,} are"
        " booked as lost"
    )
    advice = (
        "Keep leads that came to nothing in the tables: a model of winners alone learns nothing."
        if few
        else ""
    )
    return Finding(
        "sufficiency",
        "losses",
        "red" if few else "green",
        f"{sentence}: at least {config.audit.least_losses} are needed" if few else sentence,
        advice,
        {"losses": counts.losses, "closed_lost": counts.closed_lost},
    )


def _unseen(run: Run, counts: Counts) -> Iterator[Finding]:
    """Wins that no snapshot sees coming."""
    if run.store.is_flat or not counts.goals:
        return
    share = counts.wins / counts.goals
    sentence = (
        f"{counts.wins:,} of {counts.goals:,} wins ({share:.0%}) were seen coming by a snapshot; "
        f"{counts.same_day:,} came on the day the lead did, which none can see"
    )
    is_low = share < run.config.audit.seen_wins
    advice = (
        "Shorten snapshots.every_days; and see whether population.until or stale_after_days end"
        " leads before they are won."
        if is_low
        else ""
    )
    yield Finding(
        "sufficiency",
        "wins unseen",
        "amber" if is_low else "green",
        sentence,
        advice,
        {"goals": counts.goals, "seen": counts.wins, "same_day": counts.same_day},
    )


def _months(config: Config, counts: Counts) -> Iterator[Finding]:
    if counts.months is None:
        return
    short = counts.months < config.audit.months
    sentence = f"{counts.months:.1f} months are covered" + (
        ": not every season was seen" if short else ""
    )
    advice = (
        "Take a longer history, or do not read a seasonal change as one of the leads."
        if short
        else ""
    )
    yield Finding(
        "sufficiency",
        "months",
        "amber" if short else "green",
        sentence,
        advice,
        {"months": counts.months},
    )


def _warranted(config: Config, counts: Counts) -> Iterator[Finding]:
    """Where scoring is not needed: too few wins, or so few leads that each can be looked at."""
    few_wins = counts.wins < config.audit.least_wins
    few_leads = counts.per_person is not None and counts.per_person <= config.audit.by_eye
    if not (few_wins or few_leads):
        return
    key = (
        "few wins and leads" if few_wins and few_leads else "few wins" if few_wins else "few leads"
    )
    per_person = "" if counts.per_person is None else f"{counts.per_person:.0f}"
    figures = {
        "n": f"{counts.wins:,}",
        "goal": _goal_name(config, config.language),
        "per_person": per_person,
    }
    yield not_warranted(config, key, "red" if few_wins else "amber", figures)


def not_warranted(config: Config, key: str, light: Light, figures: dict[str, str]) -> Finding:
    """That scoring is not warranted, why, and what is offered instead, in the language of the
    configuration.
    """
    words = CATALOGUES[config.language]
    told = [words["audit: not warranted"], words.say(f"audit: {key}", **figures)]
    return Finding(
        "sufficiency",
        "not warranted",
        light,
        CATALOGUES[config.language]["between sentences"].join(told),
        words["audit: instead"],
        {"because": key, **figures},
    )
