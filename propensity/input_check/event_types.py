"""Event types that appeared since training, and those that came in every day and have stopped.

A kind of behaviour that is renamed does both: the old name stops, and a new one appears. That no
lead has a kind at all any more is told by its values, a whole window later.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from features.build.behaviour import actor_of, event_types, kind_name
from features.days import date_of
from features.store import Store
from propensity.config.sections import InputCheckSettings
from propensity.input_check.ends import DAYS, Rhythm
from propensity.model.model import PropensityModel
from propensity.scoring.differences import InputDifference

#: Event types named in a sentence, and characters of each.
_NAMED, _CHARACTERS = 5, 40


@dataclass(frozen=True)
class Recent:
    """What came in of one kind of event.

    Attributes:
        leads: Leads with any in the last ``DAYS`` days.
        rhythm: How often it came in.
    """

    leads: int
    rhythm: Rhythm


def compared_event_types(
    model: PropensityModel,
    store: Store,
    limits: InputCheckSettings,
    as_of_day: int,
    *,
    skill: Mapping[str, float],
) -> Iterator[InputDifference]:
    """What is wrong with event types.

    Args:
        model: In use.
        store: The opened input, of leads and events.
        limits: Beyond which a difference is told.
        as_of_day: Number of the day at whose start leads are looked at.
        skill: Kind of behaviour to its share in the model.
    """
    recent = _recent(store, kind_name(store, model.spec.events), as_of_day)
    if not recent:
        return
    end = max(found.rhythm.newest for found in recent.values())
    stopped = []
    # those counted as other behaviour carry no share of their own
    known = {*model.spec.kinds, *(unusable.column for unusable in model.spec.unusable)}
    for kind in sorted(recent.keys() & known):
        rhythm = recent[kind].rhythm
        silent = end - rhythm.newest
        if rhythm.is_broken_by(silent):
            stopped.append(kind)
            yield InputDifference(
                "events-stopped",
                "stop" if skill.get(kind, 0.0) >= limits.skill else "look",
                f"events {kind!r}",
                f"events {kind!r}: none for {silent} days, since {date_of(rhythm.newest)};"
                f" before, they came in on {rhythm.active} of {DAYS} days; they carry"
                f" {skill.get(kind, 0.0):.0%} of the model: not tracked any more, or renamed?",
            )
    new = {kind: found.leads for kind, found in recent.items() if kind not in known}
    yield from _appeared(model, store, limits, as_of_day, new, stopped)


def _appeared(
    model: PropensityModel,
    store: Store,
    limits: InputCheckSettings,
    as_of_day: int,
    new: dict[str, int],
    stopped: Collection[str],
) -> Iterator[InputDifference]:
    """Kinds that training did not know, and event types of which nobody said who acts.

    Args:
        model: In use.
        store: The opened input.
        limits: Beyond which a difference is told.
        as_of_day: Number of the day at whose start leads are looked at.
        new: Kind that training did not know to its leads.
        stopped: Kinds that stopped.
    """
    reading = model.spec.events
    mute = {name for name in event_types(store) if actor_of(name, reading.actors) is None}
    if mute:
        by_type = _recent(store, "event_type", as_of_day)
        new = new | {kind: found.leads for kind, found in by_type.items() if kind in mute}
    active = _active_leads(store, as_of_day)
    wide = {kind: leads for kind, leads in new.items() if leads > limits.appeared * active}
    if not wide:
        return
    order = sorted(wide, key=lambda kind: (-wide[kind], kind))
    named = ", ".join(
        f"{kind[:_CHARACTERS]!r} ({wide[kind] / active:.0%} of the active leads"
        f"{', no actor' if kind in mute else ''})"
        for kind in order[:_NAMED]
    )
    more = f" and {len(order) - _NAMED} more" if len(order) > _NAMED else ""
    gone = [repr(kind[:_CHARACTERS]) for kind in sorted(stopped)[:_NAMED]]
    renamed = f": is it what was called {' or '.join(gone)}?" if gone else ""
    yield InputDifference(
        "events-appeared",
        "look",
        "events",
        f"events: training did not know {named}{more}{renamed}; expected at most"
        f" {limits.appeared:.0%} of the leads with a new one (`input_check.appeared`). They count"
        " as other behaviour, or not at all where no actor is named, until a model is trained",
    )


def _recent(store: Store, kind: str, as_of_day: int) -> dict[str, Recent]:
    """Kind of event to what was known of it; ``kind`` is SQL."""
    found = store.query(f"""
        WITH named AS (
            SELECT lead, day, {kind} AS kind FROM events
            WHERE known_day < {as_of_day} AND day < {as_of_day}
        ), ends AS (
            SELECT kind, max(day) AS newest FROM named WHERE kind IS NOT NULL GROUP BY kind
        )
        SELECT kind, any_value(newest) AS newest,
            count(DISTINCT lead) FILTER (day >= {as_of_day - DAYS}) AS leads,
            count(DISTINCT day) FILTER (day > newest - {DAYS}) AS active
        FROM named JOIN ends USING (kind) WHERE day > newest - {DAYS}
        GROUP BY kind ORDER BY kind
    """)
    return {
        row["kind"]: Recent(row["leads"], Rhythm(row["newest"], row["active"]))
        for row in found.to_pylist()
    }


def _active_leads(store: Store, as_of_day: int) -> int:
    """Leads with any event in the last ``DAYS`` days."""
    return int(
        store.value(
            f"SELECT count(DISTINCT lead) FROM events WHERE known_day < {as_of_day}"
            f" AND day < {as_of_day} AND day >= {as_of_day - DAYS}"
        )
    )
