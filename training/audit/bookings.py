"""Who books the outcomes and how: before the lead was there, in bulk, by one account or person."""

from collections.abc import Iterator

import numpy as np

from features.days import date_of
from features.store import Store
from propensity.config.config import Config
from training.audit.findings import Finding
from training.audit.maturity import goal_stage
from training.learn.rows.lead_columns import attribute_column
from training.learn.rows.run import Run
from training.learn.rows.snapshots import day_reached

#: Amber from here: share of the outcomes that lie before their lead's creation.
_BACKWARDS = 0.01
#: A day of bulk closes is at least so many times a usual one.
_BULK_TIMES = 5.0
#: Fewer closes, or wins, say nothing about how they are spread.
_FEWEST_CLOSES = 50


def backwards(store: Store) -> Iterator[Finding]:
    """Outcomes that were put aside because they lie before their lead's creation."""
    counts = store.report.tables.get("outcomes")
    if counts is None or not counts.read:
        return
    rows = sum(
        n
        for reason, n in counts.quarantined.items()
        if reason == "closed before the lead was created"
    )
    share = rows / counts.read
    sentence = (
        f"{rows:,} of {counts.read:,} outcomes ({share:.1%}) lie before their lead was created"
    )
    advice = (
        "created_at may be the day of an import: then the lead's age, and all that happened before,"
        " is wrong. Name the column of its first contact."
        if share >= _BACKWARDS
        else ""
    )
    yield Finding(
        "labels",
        "outcome before creation",
        "amber" if share >= _BACKWARDS else "green",
        sentence,
        advice,
        {"outcomes": counts.read, "before": rows},
    )


def bulk_closes(run: Run) -> Iterator[Finding]:
    """Closes that were booked on one day: the day somebody tidied up."""
    days = run.store.connection.execute("""
        SELECT closed_day, count(*) AS closes, count(*) FILTER (won) FROM episodes
            WHERE closed_day IS NOT NULL
        GROUP BY closed_day ORDER BY closes DESC, closed_day
    """).fetchall()
    total = sum(closes for _, closes, _ in days)
    if total < _FEWEST_CLOSES:
        return
    usual = float(np.median([closes for _, closes, _ in days]))
    bulk = [
        d
        for d in days
        if d[1] >= run.config.audit.bulk_share * total and d[1] >= _BULK_TIMES * usual
    ]
    told = ", ".join(
        f"{date_of(day)} ({closes:,} closes, {won:,} won)"
        for day, closes, won in (bulk or days)[:3]
    )
    sentence = f"No day stands out among {total:,} closes; the most on {told}"
    if bulk:
        share = sum(closes for _, closes, _ in bulk) / total
        sentence = (
            f"{share:.0%} of all {total:,} closes were booked on {told}; on a usual day {usual:.0f}"
        )
    advice = (
        "closed_at says when somebody tidied up, not when the lead was lost or won: take those days"
        " out, or use the column that says when it happened."
        if bulk
        else ""
    )
    yield Finding(
        "labels",
        "bulk closes",
        "amber" if bulk else "green",
        sentence,
        advice,
        {
            "closes": total,
            "usual": usual,
            "days": [{"day": str(date_of(d[0])), "closes": d[1], "wins": d[2]} for d in bulk],
        },
    )


def carried_by_one(run: Run) -> Iterator[Finding]:
    """One account, or one salesperson, that carries the wins; never named."""
    columns = {
        "account": "l.account",
        "salesperson": attribute_column(run.store, run.config.audit.salesperson),
    }
    won = "SELECT lead FROM leads WHERE won"
    if not run.store.is_flat:
        goal = day_reached(run.store, goal_stage(run.config))
        won = f"SELECT lead FROM episodes e WHERE {goal} < {run.store.observed_day}"
    for name, column in columns.items():
        if column is None:
            continue
        found = run.store.connection.execute(f"""
            WITH winners AS ({won})
            SELECT count(DISTINCT l.lead) AS leads, count(w.lead) AS wins
            FROM leads l LEFT JOIN winners w USING (lead) WHERE {column} IS NOT NULL
            GROUP BY {column} ORDER BY wins DESC, leads
        """).fetchall()
        yield from _carrier(run.config, name, found)


def _carrier(config: Config, name: str, found: list[tuple[int, int]]) -> Iterator[Finding]:
    wins, leads = sum(row[1] for row in found), sum(row[0] for row in found)
    if wins < _FEWEST_CLOSES:
        return
    share, of_leads = found[0][1] / wins, found[0][0] / leads
    heavy = share >= max(config.audit.carried_share, 2 / len(found))
    sentence = (
        f"One {name} of {len(found):,} has {share:.0%} of the wins, with {of_leads:.0%} of the"
        " leads"
    )
    advice = (
        f"The model may learn this {name} and not the leads: judge it without, and count intervals"
        " by account (input.leads.columns.account_id)."
        if heavy
        else ""
    )
    yield Finding(
        "labels",
        f"wins of one {name}",
        "amber" if heavy else "green",
        sentence,
        advice,
        {"of": len(found), "share_of_wins": share, "share_of_leads": of_leads},
    )
