"""Behaviour that no person showed: opens that machines made, answers within seconds."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from features.build.behaviour import actor_of, event_types
from features.sql import quote_list
from propensity.concepts.wording import plain
from training.audit.findings import Finding
from training.learn.rows.run import Run

#: Patterns of what marketing tools call the two; they only lead to a question, never to a verdict.
_OPENS, _CLICKS = ("*open*", "*開封*"), ("*click*", "*クリック*")
#: Opens after which a lead without any click is hardly a reader; amber from this share of all
#: opens, and from this share of an event type within seconds of a message.
_MANY_OPENS, _MACHINE_SHARE, _SECONDS = 8, 0.3, 3
#: Answers of a type below which nothing is said about it.
_FEWEST_ANSWERS = 200


def opens_without_clicks(run: Run) -> Iterator[Finding]:
    """Opens of leads that open everything and click nothing."""
    opens, clicks = (
        [
            name
            for name in event_types(run.store)
            if any(fnmatchcase(name.lower(), p) for p in patterns)
        ]
        for patterns in (_OPENS, _CLICKS)
    )
    if not opens or not clicks:
        return
    total, without, leads = run.store.connection.execute(f"""
        SELECT sum(opened), sum(opened) FILTER (opened >= {_MANY_OPENS} AND NOT clicked),
               count(*) FILTER (opened >= {_MANY_OPENS} AND NOT clicked) FROM (
            SELECT lead, count(*) FILTER (event_type IN {quote_list(opens)}) AS opened,
                   bool_or(event_type IN {quote_list(clicks)}) AS clicked FROM events
            WHERE event_type IN {quote_list([*opens, *clicks])} GROUP BY lead)
    """).fetchall()[0]
    if not without:
        return
    many = without >= _MACHINE_SHARE * total
    yield Finding(
        "tables",
        "opens without a click",
        "amber" if many else "green",
        f"{leads:,} leads opened {_MANY_OPENS} and more mails and clicked in none:"
        f" {without / total:.0%} of all opens, often a machine's",
        "Count clicks, not opens (`action: drop` of the opens), or leave the opens of mail filters"
        " out (`action: filter` with `seconds:` or `user_agents:`), in decisions.yaml."
        if many
        else "",
        {"leads": leads, "opens": int(without), "of": int(total)},
    )


def answers_at_once(run: Run) -> Iterator[Finding]:
    """Answers within seconds of a message: a mail filter's, not a reader's."""
    types = event_types(run.store)
    sends = [
        name for name in types if any(fnmatchcase(name, p) for p in run.config.behaviour.sends)
    ]
    own = [name for name in types if actor_of(name, run.config.behaviour.actors) == "lead"]
    if not sends or not own:
        return
    found = run.store.connection.execute(f"""
        WITH messages AS (SELECT DISTINCT lead, occurred_at FROM events
            WHERE event_type IN {quote_list(sends)}),
        answers AS (SELECT lead, occurred_at, event_type FROM events
            WHERE event_type IN {quote_list(own)}
                    AND lead IN (SELECT lead FROM messages))
        SELECT a.event_type, count(*), count(*)
            FILTER (a.occurred_at <= m.occurred_at + INTERVAL {_SECONDS} SECOND)
        FROM answers a ASOF JOIN messages m ON a.lead = m.lead AND a.occurred_at > m.occurred_at
        GROUP BY a.event_type HAVING count(*) >= {_FEWEST_ANSWERS} ORDER BY 1
    """).fetchall()
    for name, n, quick in found:
        if quick >= _MACHINE_SHARE * n:
            yield Finding(
                "tables",
                f"machines behind {plain(name)}",
                "amber",
                f"{quick / n:.0%} of {plain(name)} came within {_SECONDS} seconds of a message to"
                " the lead: a mail filter's, hardly a reader's",
                "Decide them away: `action: filter` with `seconds:` in decisions.yaml, where the"
                " audit proposes it; it holds in training and scoring from the next run on.",
                {"event_type": name, "events": n, "quick": quick, "seconds": _SECONDS},
            )
