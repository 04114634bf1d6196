"""Who is open at an as-of: the rows that are scored, and that training learns from."""

from collections.abc import Iterable

import pyarrow as pa

from features.build.behaviour import make_signs_of_life
from features.phase import make_phases
from features.settings import PopulationSettings
from features.spec import EventReading
from features.store import Store

#: Columns of a table of rows: a lead's episode looked at on a day.
ROWS = pa.schema([("lead", pa.int32()), ("episode", pa.int32()), ("as_of_day", pa.int32())])


def open_rows(
    store: Store,
    population: PopulationSettings,
    reading: EventReading,
    as_of_days: Iterable[int],
    *,
    goal_stage: str = "won",
    spread_days: int = 1,
) -> pa.Table:
    """The population at each as-of, as the scorer saw it then.

    A lead's episode is in the population when its beginning had been recorded, its close had not
    been recorded, it had not reached the stage ``population.until`` (nor the goal), and somebody in
    ``population.kept_open_by`` did something within the last ``stale_after_days`` days.

    Args:
        store: The canonical tables.
        population: Who counts as open.
        reading: How events are read.
        as_of_days: Days looked at.
        goal_stage: The goal: who reached it is no longer asked about.
        spread_days: Days over which each look is spread: a lead is looked at as many days before
            the as-of as its phase says (see ``features.phase``), and its row holds that earlier
            day. 1 looks at everybody on the as-of itself.

    Returns:
        Table of ``lead``, ``episode``, ``as_of_day``, sorted by all three.
    """
    make_signs_of_life(store, reading, population.kept_open_by)
    if spread_days > 1:
        make_phases(store, spread_days)
        as_of, phases = "($as_of - p.phase)", "JOIN phases p ON p.lead = {}.lead"
        near = f" AND s.known_day < $as_of AND s.day > $as_of - $stale - {spread_days}"
    else:
        as_of, phases, near = "$as_of", "", ""
    stages = {population.until, goal_stage} - {"closed", "won"}
    not_reached = "".join(
        f" AND (s{store.stages.index(stage)}_day IS NULL OR s{store.stages.index(stage)}_day >="
        f" {as_of})"
        for stage in sorted(stages)
    )
    query = f"""
        SELECT e.lead, e.episode::INTEGER AS episode, {as_of}::INTEGER AS as_of_day
        FROM episodes e JOIN leads l ON e.lead = l.lead {phases.format("e")}
        WHERE l.known_day < {as_of} AND e.start_known_day < {as_of}
          AND (e.close_known_day IS NULL OR e.close_known_day >= {as_of}){not_reached}
          AND NOT EXISTS (SELECT 1 FROM episodes later WHERE later.lead = e.lead
              AND later.episode > e.episode
                          AND later.start_known_day < {as_of})
          AND e.lead IN (SELECT s.lead FROM signs_of_life s {phases.format("s")}
              WHERE s.known_day < {as_of} AND s.day >= {as_of} - $stale{near})
        ORDER BY e.lead, e.episode
    """
    found = [
        store.query(query, {"as_of": day, "stale": population.stale_after_days}).cast(ROWS)
        for day in as_of_days
    ]
    rows = pa.concat_tables(found) if found else ROWS.empty_table()
    return rows.sort_by(
        [("lead", "ascending"), ("episode", "ascending"), ("as_of_day", "ascending")]
    )


def flat_rows(store: Store) -> pa.Table:
    """Every row of a flat table, in file order; the as-of is the row's own day, or 0 where there is
    none.
    """
    query = (
        "SELECT lead, 1::INTEGER AS episode, coalesce(day, 0)::INTEGER AS as_of_day FROM leads"
        " ORDER BY lead"
    )
    return store.query(query).cast(ROWS)
