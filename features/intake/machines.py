"""Events of machines, left out as decided: by their program while they are read, and by how soon
they follow a message once all are there.
"""

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from features.event_filter import EventFilter
from features.intake.state import Intake
from features.intake.values import RawColumn
from features.sql import one_of, quote_literal


def by_program(intake: Intake, columns: dict[str, RawColumn]) -> str:
    """BOOLEAN: whether a raw event is of a program that is filtered; empty where none is asked
    for.
    """
    asked = [each for each in intake.filters if each.user_agents]
    program = columns.get("user_agent")
    if not asked or program is None:
        return ""
    event_type = intake.reader.text(columns["event_type"])
    agent = f"lower({intake.reader.text(program)})"
    parts = []
    for each in asked:
        matches = " OR ".join(
            f"{agent} GLOB {quote_literal(pattern.lower())}" for pattern in each.user_agents
        )
        parts.append(f"({event_type} = {quote_literal(each.event_type)} AND ({matches}))")
    return f"coalesce({' OR '.join(parts)}, false)"


def check_programs(intake: Intake, tables: Sequence[Collection[str]]) -> None:
    """Refuse a filter by program where no column of any table tells the program.

    Args:
        intake: The intake.
        tables: What each table of events has a column of.
    """
    asked = [each.event_type for each in intake.filters if each.user_agents]
    if asked and tables and not any("user_agent" in columns for columns in tables):
        intake.problems.append(
            f"events: a filter on {asked[0]!r} asks for user agents, and `columns.user_agent`"
            " names no column that is there"
        )


def leave_out_machines(intake: Intake) -> None:
    """Delete events that follow a message too soon, and say how many were left out and why."""
    for each in intake.filters:
        quick = _delete_quick(intake, each)
        programs = intake.machines.get(each.event_type, 0)
        ways = [
            *([f"{quick:,} within {each.seconds} seconds of a message"] if each.messages else []),
            *([f"{programs:,} by their user agent"] if each.user_agents else []),
        ]
        intake.warnings.append(
            f"events: {quick + programs:,} of {each.event_type!r} left out, as decided:"
            f" {', '.join(ways)}"
        )
    intake.store.filters = intake.filters


def _delete_quick(intake: Intake, filtered: EventFilter) -> int:
    types = [
        str(name)
        for (name,) in intake.store.connection.execute(
            "SELECT DISTINCT event_type FROM events ORDER BY 1"
        ).fetchall()
    ]
    sent = tuple(
        name
        for name in types
        if name != filtered.event_type and any(fnmatchcase(name, p) for p in filtered.messages)
    )
    if filtered.seconds is None or not sent:
        return 0
    before = intake.store.rows("events")
    intake.run(f"""
        DELETE FROM events WHERE event_type = {quote_literal(filtered.event_type)} AND rowid IN (
            SELECT e.rowid FROM events e JOIN events m ON m.lead = e.lead
                AND {one_of("m.event_type", sent)} AND m.known_day <= e.known_day
                AND m.occurred_at <= e.occurred_at
                AND e.occurred_at <= m.occurred_at + INTERVAL {filtered.seconds} SECOND
            WHERE e.event_type = {quote_literal(filtered.event_type)})
    """)
    return before - intake.store.rows("events")
