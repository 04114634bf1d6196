"""What the reading of the sources put aside, warned of, or took for what it is not."""

from collections.abc import Iterator

from features.store import Store
from propensity.concepts.wording import plain
from training.audit.findings import Finding, Light
from training.audit.tables import listed

#: Amber from here, and red: share of the wins that the reading lost.
_SOME_WINS_LOST, _WINS_LOST = 0.02, 0.1
#: Amber from here: share of the rows of a table that it put aside.
_ROWS_LOST = 0.05
#: Reasons told in a sentence.
_REASONS = 3
#: Losses, and wins, below which nothing is said about their dates.
_FEWEST = 20
#: Open leads are suspected among the losses: wins have a date so often, losses at most so often;
#: losses are dated after all that is known so often, and wins so much less often.
_WINS_DATED, _LOSSES_DATED = 0.9, 0.5
_PLANNED, _LESS_OFTEN = 0.2, 0.25


def intake(store: Store) -> Iterator[Finding]:
    """What the report of the intake says, and which losses may be open leads."""
    yield from _wins_lost(store)
    yield from _put_aside(store)
    yield from _undated_losses(store) if store.is_flat else _planned_losses(store)
    for warning in store.report.warnings:
        yield Finding("tables", "reading", "green", warning[:1].upper() + warning[1:])


# --- rows -----------------------------------------------------------------------------------------


def _put_aside(store: Store) -> Iterator[Finding]:
    for name, counts in store.report.tables.items():
        if counts.quarantined:
            rows = sum(counts.quarantined.values())
            yield Finding(
                "tables",
                f"{name}: rows put aside",
                "amber" if rows >= _ROWS_LOST * counts.read else "green",
                f"{rows:,} of {counts.read:,} rows of {name} cannot be used:"
                f" {_reasons(store, name)}",
                "",
                dict(counts.quarantined),
            )
        for place, said in enumerate(store.report.notable(name), start=1):
            yield Finding("tables", f"{name}: read as, {place}", "green", f"{name}: {said}")


def _reasons(store: Store, name: str) -> str:
    counts = store.report.tables[name].quarantined
    return ", ".join(f"{reason} ({rows:,})" for reason, rows in list(counts.items())[:_REASONS])


def _wins_lost(store: Store) -> Iterator[Finding]:
    """Wins that the sources tell of and that no lead in the store has."""
    wins, lost = store.report.wins, store.report.wins_lost
    if not lost:
        return
    places = [name for name, counts in store.report.tables.items() if counts.quarantined]
    rows = sum(sum(store.report.tables[name].quarantined.values()) for name in places)
    why = "; ".join(f"{name}: {_reasons(store, name)}" for name in places) or "no reason was noted"
    yield Finding(
        "tables",
        "wins lost",
        _light(lost / wins),
        f"{lost:,} of {wins:,} wins ({lost / wins:.1%}) were lost in reading, with {rows:,} rows:"
        f" {why}",
        "The quarantine files hold the rows. Mend the rows, or the key of the configuration that"
        " names the column or the way its values are written; a model that does not see these wins"
        " learns that such leads do not buy.",
        {"wins": wins, "lost": lost, "rows": rows},
    )


def _light(share: float) -> Light:
    if share > _WINS_LOST:
        return "red"
    return "amber" if share > _SOME_WINS_LOST else "green"


# --- losses that may be open ----------------------------------------------------------------------


def _planned_losses(store: Store) -> Iterator[Finding]:
    """Losses dated after everything else that is known, where wins are not: plans, not closes."""
    newest = store.value(
        "SELECT max(day) FROM (SELECT max(created_day) AS day FROM leads UNION ALL"
        " SELECT max(day) FROM events)"
    )
    if newest is None:
        return
    losses, late, wins, late_wins = store.connection.execute(f"""
        SELECT count(*) FILTER (NOT won), count(*) FILTER (NOT won AND closed_day > {newest}),
               count(*) FILTER (won), count(*) FILTER (won AND closed_day > {newest})
        FROM episodes WHERE closed_day IS NOT NULL
    """).fetchall()[0]
    if min(losses, wins) < _FEWEST or late < _FEWEST:
        return
    share, of_wins = late / losses, late_wins / wins
    if share < _PLANNED or of_wins > _LESS_OFTEN * share:
        return
    yield Finding(
        "labels",
        "open counted as lost",
        "amber",
        f"{late:,} of {losses:,} losses ({share:.0%}) close after the newest lead and event, but"
        f" {of_wins:.0%} of the wins: planned dates of open deals may be booked as losses",
        "Say what is open: `closed:` (a column such as IsClosed) or `open_values:` under"
        " input.outcomes.",
        {"losses": losses, "late": late, "wins": wins, "late_wins": late_wins},
    )


def _undated_losses(store: Store) -> Iterator[Finding]:
    """Dates that nearly every win has and most losses have not, or that lie in the future for most
    losses: such losses may be open.
    """
    newest = store.value("SELECT max(day) FROM leads")
    undated, planned = [], []
    for i, attribute in enumerate(store.attributes):
        if attribute.kind != "date":
            continue
        wins, dated_wins, losses, dated, late, late_wins = store.connection.execute(f"""
            SELECT count(*) FILTER (won), count(a{i}) FILTER (won),
                   count(*) FILTER (NOT won), count(a{i}) FILTER (NOT won),
                   count(*) FILTER (NOT won AND a{i} > {_day(newest)}),
                   count(*) FILTER (won AND a{i} > {_day(newest)})
            FROM leads
        """).fetchall()[0]
        if min(wins, losses) < _FEWEST:
            continue
        if dated_wins >= _WINS_DATED * wins and dated <= _LOSSES_DATED * losses:
            undated.append((attribute.name, losses - dated, losses))
        elif late >= _LOSSES_DATED * losses and late_wins <= _LESS_OFTEN * wins:
            planned.append((attribute.name, late, losses))
    for found, what in ((undated, "have no"), (planned, "have a planned")):
        if found:
            name, n, losses = max(found, key=lambda each: each[1])
            yield Finding(
                "labels",
                "open counted as lost",
                "amber",
                f"{n:,} of {losses:,} losses ({n / losses:.0%}) {what} {plain(name)!r}, which wins"
                f" {'have' if what == 'have no' else 'have had'}: they may be open, and are counted"
                " as lost",
                "Leave the outcome of undecided rows empty, or leave the rows out: an empty outcome"
                " is open, and teaches nothing.",
                {"columns": [listed([each[0]]) for each in found], "losses": losses, "open": n},
            )


def _day(newest: int | None) -> str:
    return "NULL" if newest is None else str(newest)
