"""Do the outcomes mean what they say: when wins come, who had no time, who was never worked, who
books them and how.
"""

from collections.abc import Iterator
from dataclasses import asdict
from fnmatch import fnmatchcase

import numpy as np

from features.build.behaviour import event_types_of, make_signs_of_life
from features.sql import quote_literal
from features.store import STAGE_MOMENTS, Store
from features.zone import midnight_of
from propensity.concepts.wording import plain
from training.audit.bookings import backwards, bulk_closes, carried_by_one
from training.audit.findings import Finding
from training.audit.maturity import MaturityMonth, close_rate_by_month, goal_stage, maturity
from training.audit.policy_strength import policy_strength
from training.audit.sufficiency import reading_of
from training.learn.rows.history import History
from training.learn.rows.run import Run
from training.learn.rows.snapshots import day_reached
from training.learn.rows.split import longest_horizon

#: Leads that have to show an event type for it to be looked at.
_FEWEST_WATCHED = 20
#: Amber below: share of the eventual wins that the horizon catches, counted from a lead's creation.
_CAUGHT = 0.1
#: Amber from here: share of the leads that nobody worked; of wins whose MQL was declared by one
#: action; of leads that fell silent and that nobody closed.
_UNWORKED, _DECLARED, _STALE = 0.3, 0.2, 0.5
#: An event type declares MQLs when so many of its leads become one within a day.
_FOLLOWED = 0.5
#: A month stands out when its close rate is so many times the average, or the average so many times
#: it, and by so many standard errors: with a dozen or three of months, chance alone hardly does.
_TIMES, _ERRORS = 2.5, 4.0
#: Fewer closes, or wins, say nothing about how they are spread.
_FEWEST_CLOSES = 50
#: Leads younger than this many days need not have been worked yet.
_TO_WORK_DAYS = 30


def label_health(run: Run, past: History | None = None) -> list[Finding]:
    """What is odd about the outcomes.

    ``past`` is not needed, because odd outcomes are what keeps it from existing.
    """
    del past
    if run.store.is_flat:
        return [
            *_months_that_stand_out(run),
            *_young_rows(run.store),
            *carried_by_one(run),
        ]
    return [
        *_maturity(run),
        *_censored(run),
        *_unworked(run),
        *policy_strength(run),
        *_declared(run),
        *_months_that_stand_out(run),
        *backwards(run.store),
        *bulk_closes(run),
        *carried_by_one(run),
        *_stale(run),
    ]


def _maturity(run: Run) -> Iterator[Finding]:
    """Age at close, and which horizon the wins ask for and the history can afford."""
    found = maturity(run)
    if found is None or run.config.goal is None:
        return
    horizon = run.config.goal.horizon_days
    history = run.store.observed_day - int(run.store.value("SELECT min(known_day) FROM leads"))
    affordable = longest_horizon(
        history, run.config.snapshots.test_days if run.config.snapshots else None
    )
    caught = found.caught_by(horizon)
    sentence = (
        f"Half of the wins are in {found.median} days after creation, 80 % after {found.p80}, 95 %"
        f" after {found.p95}; the horizon of {horizon} days catches {caught:.0%} of them from"
        f" creation, and this history carries a horizon of up to {affordable}"
    )
    short = caught < _CAUGHT
    advice = (
        "Most wins come later than the horizon and are learned as none. Take a longer one, as far"
        " as the history carries it, or a nearer goal (goal.stage)."
        if short
        else ""
    )
    evidence = {
        "median": found.median,
        "p80": found.p80,
        "p95": found.p95,
        "watched_days": found.watched_days,
        "caught": caught,
        "affordable": affordable,
    }
    yield Finding(
        "labels", "age at close", "amber" if short else "green", sentence, advice, evidence
    )


def _censored(run: Run) -> Iterator[Finding]:
    """Leads too young to have closed."""
    found = maturity(run)
    if found is None:
        return
    goal, until = day_reached(run.store, goal_stage(run.config)), run.store.observed_day
    leads, young, won = run.store.connection.execute(f"""
        SELECT count(*), count(*) FILTER (e.started_day > {until - found.p80}), count(*)
            FILTER ({goal} < {until})
        FROM episodes e WHERE e.started_day < {until}
    """).fetchall()[0]
    raw, mature = won / leads, float(found.incidence[-1])
    sentence = (
        f"{young:,} of {leads:,} leads ({young / leads:.0%}) are younger than the {found.p80} days"
        f" in which 80 % of the wins come. A raw count gives {raw:.1%} won, with young leads as"
        f" lost; with the time they still have {mature:.1%}"
    )
    yield Finding(
        "labels",
        "young leads",
        "green",
        sentence,
        "",
        {"leads": leads, "young": young, "raw_rate": raw, "rate_with_time": mature},
    )


def _young_rows(store: Store) -> Iterator[Finding]:
    """Whether the newest tenth of a flat table closed so seldom that it had no time to."""
    found = store.connection.execute("""
        WITH placed AS (
            SELECT won, percent_rank() OVER (ORDER BY "at") AS place FROM leads
            WHERE won IS NOT NULL AND "at" IS NOT NULL
        )
        SELECT count(*) FILTER (place >= 0.9), count(*) FILTER (place >= 0.9 AND won),
               count(*) FILTER (place < 0.9), count(*) FILTER (place < 0.9 AND won) FROM placed
    """).fetchall()[0]
    young, young_wins, old, old_wins = found
    if min(young, old) < _FEWEST_CLOSES or not old_wins:
        return
    average, rate = old_wins / old, young_wins / young
    falls = rate * _TIMES < average and _errors(young, young_wins, average) < -_ERRORS
    sentence = f"The newest tenth of the rows won {rate:.1%}, the older ones {average:.1%}"
    yield Finding(
        "labels",
        "young leads",
        "amber" if falls else "green",
        f"{sentence}: young leads may be counted as lost" if falls else sentence,
        "Leave out rows that had no time to close, or give the three tables." if falls else "",
        {"newest_tenth": rate, "older": average},
    )


def _unworked(run: Run) -> Iterator[Finding]:
    """Leads without any event of sales, stage or close: their outcome says what sales did, not what
    they wanted.
    """
    reading = reading_of(run.config)
    types = event_types_of(run.store, "sales", reading.actors)
    if not types and not run.store.stages:
        return
    stage = "".join(
        f" OR s{i}_day < {run.store.observed_day}" for i in range(len(run.store.stages))
    )
    leads, unworked = run.store.connection.execute(f"""
        WITH worked AS (
            SELECT DISTINCT lead FROM events
                WHERE event_type IN ({", ".join(map(quote_literal, types)) or "NULL"})
            UNION SELECT lead FROM episodes WHERE closed_day IS NOT NULL{stage}
        )
        SELECT count(*), count(*) FILTER (lead NOT IN (SELECT lead FROM worked)) FROM leads
        WHERE created_day < {run.store.observed_day - _TO_WORK_DAYS}
    """).fetchall()[0]
    if not leads:
        return
    share = unworked / leads
    many = share >= _UNWORKED
    sentence = (
        f"{unworked:,} of {leads:,} leads older than {_TO_WORK_DAYS} days ({share:.0%}) were never"
        " worked: no event of sales, no stage, no close"
    )
    advice = (
        "A lead that nobody worked cannot close, so the model also learns whom sales picks. Work a"
        " small random slice of them, marked, and compare."
        if many
        else ""
    )
    yield Finding(
        "labels",
        "never worked",
        "amber" if many else "green",
        sentence,
        advice,
        {"leads": leads, "unworked": unworked},
    )


def _declared(run: Run) -> Iterator[Finding]:
    """Event types that are followed by the first stage within a day: there the MQL is made, not
    found.

    With ``audit.mql_events`` these types; else every type of which half of the leads reach the
    stage so. What happened after the stage on its day, such as the call that answers a hand-over,
    did not make it.
    """
    if not run.store.stages:
        return
    goal = day_reached(run.store, goal_stage(run.config))
    wins = int(
        run.store.value(f"SELECT count(*) FROM episodes e WHERE {goal} < {run.store.observed_day}")
    )
    midnight = midnight_of("e.s0_day", run.store.timezone)  # of a stage of which the day is known
    found = run.store.connection.execute(f"""
        WITH paired AS (
            SELECT a.event_type, e.lead, e.episode,
                   bool_or(coalesce(e.s0_day BETWEEN a.day AND a.day + 1, false)) AS follows,
                   any_value(coalesce({goal} < {run.store.observed_day}, false)) AS won
            FROM events a JOIN episodes e ON e.lead = a.lead AND a.day >= e.started_day
                 AND (e.s0_day IS NULL OR e.s0_day >= a.day)
            LEFT JOIN {STAGE_MOMENTS} m ON m.lead = e.lead AND m.episode = e.episode AND m.stage = 0
            WHERE NOT coalesce(
                a.occurred_at > m.reached_at AND a.day = e.s0_day AND m.reached_at <> {midnight},
                false)
            GROUP BY a.event_type, e.lead, e.episode
        )
        SELECT event_type, count(*) AS leads, count(*) FILTER (follows), count(*)
            FILTER (follows AND won)
        FROM paired GROUP BY event_type HAVING leads >= {_FEWEST_WATCHED}
            ORDER BY 4 DESC, event_type
    """).fetchall()
    patterns = run.config.audit.mql_events
    for name, leads, followed, won in found:
        named = any(fnmatchcase(name, pattern) for pattern in patterns)
        if not (named or (not patterns and followed >= _FOLLOWED * leads)) or not wins:
            continue
        many = won / wins >= _DECLARED
        sentence = (
            f"{followed:,} of {leads:,} leads with {plain(name)} reached"
            f" {plain(run.store.stages[0])} within a day;"
            f" {won:,} of {wins:,} wins ({won / wins:.0%}) came that way"
        )
        advice = (
            f"Where {plain(name)} itself declares the stage, it makes MQLs instead of finding them:"
            " judge the model without these leads too, or learn a later goal."
            if many
            else ""
        )
        yield Finding(
            "labels",
            f"MQLs made by {plain(name)}",
            "amber" if many else "green",
            sentence,
            advice,
            {"event_type": name, "leads": leads, "followed": followed, "wins": won},
        )


def _months_that_stand_out(run: Run) -> Iterator[Finding]:
    months = close_rate_by_month(run)
    leads, wins = sum(month.leads for month in months), sum(month.wins for month in months)
    if len(months) < 2 or not 0 < wins < leads:
        return
    average = wins / leads
    odd = [month for month in months if _stands_out(month, average)]
    low, high = (
        min(months, key=lambda m: m.wins / m.leads),
        max(months, key=lambda m: m.wins / m.leads),
    )
    if odd:
        told = ", ".join(f"{month.month} ({month.wins:,} of {month.leads:,})" for month in odd[:6])
        more = f" and {len(odd) - 6} more" if len(odd) > 6 else ""
        sentence = (
            f"Close rates by month of creation stand apart from the average of {average:.1%}:"
            f" {told}{more}"
        )
    else:
        sentence = (
            f"Close rates by month of creation lie between {low.wins / low.leads:.1%} ({low.month})"
            f" and {high.wins / high.leads:.1%} ({high.month}), {average:.1%} on average"
        )
    advice = (
        "Ask what changed: outcomes that were not booked, an import, another source of leads,"
        " another rule for what counts as a lead. Start the history after it, or leave the months"
        " out."
        if odd
        else ""
    )
    yield Finding(
        "labels",
        "close rate by month",
        "amber" if odd else "green",
        sentence,
        advice,
        {"average": average, "months": [asdict(month) for month in odd]},
    )


def _stands_out(month: MaturityMonth, average: float) -> bool:
    rate = month.wins / month.leads
    is_far = rate > _TIMES * average or rate * _TIMES < average
    return is_far and abs(_errors(month.leads, month.wins, average, month.design)) > _ERRORS


def _errors(leads: int, wins: int, average: float, design: float = 1.0) -> float:
    """Binomial standard errors between the wins and those that the average would give, of leads
    that are worth ``design`` times fewer.
    """
    return float((wins - leads * average) / np.sqrt(design * leads * average * (1 - average)))


def _stale(run: Run) -> Iterator[Finding]:
    """Leads that fell silent and that nobody closed."""
    if run.config.population is None:
        return
    make_signs_of_life(run.store, reading_of(run.config), run.config.population.kept_open_by)
    silent = run.store.observed_day - run.config.population.stale_after_days
    leads, stale = run.store.connection.execute(f"""
        WITH latest AS (SELECT lead, max(day) AS day FROM signs_of_life GROUP BY lead),
        ends AS (SELECT lead, arg_max(closed_day IS NULL, episode) AS is_open FROM episodes
            GROUP BY lead)
        SELECT count(*), count(*) FILTER (latest.day < {silent} AND ends.is_open) FROM latest
            JOIN ends USING (lead)
    """).fetchall()[0]
    if not leads:
        return
    many = stale / leads >= _STALE
    sentence = (
        f"{stale:,} of {leads:,} leads ({stale / leads:.0%}) have been silent for more than "
        f"{run.config.population.stale_after_days} days and nobody closed them"
    )
    advice = (
        "They leave the population by stale_after_days, and teach as not won. Closing them with a"
        " reason would tell a lost lead from a forgotten one."
        if many
        else ""
    )
    yield Finding(
        "labels",
        "stale leads",
        "amber" if many else "green",
        sentence,
        advice,
        {"leads": leads, "stale": stale},
    )
