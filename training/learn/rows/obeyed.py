"""The decisions that a training obeys."""

from collections.abc import Iterator

from features.store import Store
from propensity.config.config import Config
from propensity.config.decisions import Decision


def obeyed(config: Config, store: Store | None = None) -> Iterator[str]:
    """What training does because it was decided, one sentence each; ``keep`` included.

    Args:
        config: Configuration with the decisions.
        store: Where given, event types that nothing is of are told.
    """
    types = set()
    if store is not None and not store.is_flat:
        types = {
            name
            for (name,) in store.connection.execute(
                "SELECT DISTINCT event_type FROM events"
            ).fetchall()
        }
    done = {"drop": "dropped", "impute": "missing values drawn", "keep": "kept"}
    for entry in (*config.decisions.in_force, *config.decisions.directions):
        kind, name = entry.about
        action = done.get(entry.action or "", f"counts {entry.days} days later")
        if entry.direction is not None:
            action = (
                f"never {'lowers' if entry.direction == 'up' else 'raises'} the chance where there"
                " is more of it"
            )
        if entry.action == "filter":
            ways = [
                *([f"within {entry.seconds} seconds of a message"] if entry.seconds else []),
                *(["by its user agent"] if entry.user_agents else []),
            ]
            action = f"of machines left out: {' or '.join(ways)}"
        groups = (
            {group.name for group in config.behaviour.groups}
            if entry.action == "monotone"
            else set()
        )
        absent = kind == "event type" and types and name not in types | groups
        nothing = " (there is no such event)" if absent else ""
        yield f"decided: {kind} {name!r} {action}{nothing}: {entry.because} ({signed(entry)})"
    for entry in config.decisions.names:
        kind, name = entry.about
        yield (
            f"decided: {kind} {name!r} is called {entry.label!r}: {entry.because} ({signed(entry)})"
        )
    stated = [name for name, known in config.decisions.known.items() if known == "at_creation"]
    if stated:
        yield f"stated: written when the lead comes: {', '.join(map(repr, stated))}"


def signed(entry: Decision) -> str:
    """Who decided, and when where that was written."""
    return entry.by if entry.at is None else f"{entry.by}, {entry.at}"
