"""The ways in which features may act, because people decided so."""

import difflib
from collections.abc import Iterator
from fnmatch import fnmatchcase

from features.build.behaviour import actor_of, event_types
from features.errors import ConfigError
from features.spec import AttributeSource, BehaviourSource, Feature, FeatureSpec
from features.store import Store
from propensity.config.config import Config
from propensity.config.decisions import Decision, Decisions
from training.learn.rows.run import Run

#: Measures of behaviour that grow with every event of today, and those that shrink. The latest
#: value does neither.
_GROWING = ("count", "active_days", "decayed", "momentum", "sum")
_SHRINKING = ("days_since",)


def check(run: Run) -> None:
    """See that every decision on a way can be obeyed, before anything is fitted.

    Raises:
        ConfigError: Lists the columns and event types that have no order, are no feature, or are
            not there.
    """
    found = problems(run)
    if found:
        lines = "\n".join(f"  - {problem}" for problem in found)
        raise ConfigError(
            f"{run.config.decisions.path}: {len(found)} `monotone` decision(s) cannot be"
            f" obeyed.\n{lines}"
        )


def problems(run: Run) -> list[str]:
    """Why decisions on a way cannot be obeyed, one sentence each."""
    return [
        problem
        for entry in run.config.decisions.directions
        for problem in _problems(entry, run.config, run.store)
    ]


def constraints(spec: FeatureSpec, decisions: Decisions) -> dict[int, int]:
    """Column to +1 (a greater value never lowers the chance) or -1 (never raises it).

    Of a lead column its number as it was decided. Of an event type (or group of them) every count,
    active days, recent count, momentum and sum of values, in all windows, as it was decided, and
    the days since the last one the
    other way round: one more event today never speaks against what was decided. Decisions on what
    became no feature of this spec ask for nothing.

    Raises:
        ConfigError: A decision is about a category, which has no order.
    """
    ways: dict[int, int] = {}
    for entry in decisions.directions:
        for column, feature in enumerate(spec.features):
            if (
                feature.is_category
                and isinstance(feature.source, AttributeSource)
                and _is_about(entry, feature)
            ):
                raise ConfigError(f"{decisions.path}: {_no_order(entry)}")
            way = _way(entry, feature)
            if way:
                ways[column] = way
    return ways


# --- what is decided ------------------------------------------------------------------------------


def _is_about(entry: Decision, feature: Feature) -> bool:
    match feature.source:
        case AttributeSource(column=column):
            return entry.column == column
        case BehaviourSource(kind=kind):
            return entry.event_type == kind
    return False


def _way(entry: Decision, feature: Feature) -> int:
    """+1, -1, or 0 where the decision is not about this feature."""
    if not _is_about(entry, feature):
        return 0
    up = 1 if entry.direction == "up" else -1
    match feature.source:
        case BehaviourSource(measure=measure):
            return up * ((measure in _GROWING) - (measure in _SHRINKING))
    return up


def _no_order(entry: Decision) -> str:
    return (
        f"column {entry.column!r} holds categories, which have no order, so that none can be more"
        " than another; remove the decision, or give the column as a number"
    )


def _problems(entry: Decision, config: Config, store: Store) -> Iterator[str]:
    if entry.about[1] in config.decisions.columns("drop") or entry.about[
        1
    ] in config.decisions.event_types("drop"):
        return  # said in the list of what was obeyed
    yield from (
        _column_problems(entry, store)
        if entry.column is not None
        else _event_problems(entry, config, store)
    )


def _column_problems(entry: Decision, store: Store) -> Iterator[str]:
    known = {attribute.name: attribute for attribute in store.attributes}
    attribute = known.get(str(entry.column))
    if attribute is None or attribute.role not in ("fit", "interest"):
        where = (
            f"stands under columns.{attribute.role}"
            if attribute
            else "is read by no list of `columns`"
        )
        yield (
            f"column {entry.column!r} is no feature: it {where}; list it under columns.fit or"
            " columns.interest"
        )
    elif attribute.kind == "text":
        yield _no_order(entry)


def _event_problems(entry: Decision, config: Config, store: Store) -> Iterator[str]:
    name = str(entry.event_type)
    if store.is_flat:
        yield f"event type {name!r}: a flat table has no events; name a column instead"
        return
    types, groups = event_types(store), config.behaviour.groups
    if any(group.name == name for group in groups):
        return
    around = [group for group in groups if fnmatchcase(name, group.event_type)]
    if name not in types:
        near = difflib.get_close_matches(
            name, [*types, *(group.name for group in groups)], n=1, cutoff=0.5
        )
        yield f"there is no event of type {name!r}" + (
            f"; did you mean {near[0]!r}?" if near else ""
        )
    elif actor_of(name, config.behaviour.actors) != "lead":
        who = actor_of(name, config.behaviour.actors)
        yield (
            f"event type {name!r} is no feature: {who or 'nobody that behaviour.actors names'} does"
            " it, not the lead"
        )
    elif any(group.detail is None for group in around):
        names = ", ".join(repr(group.name) for group in around)
        yield (
            f"event type {name!r} is counted within the groups {names}; decide about these instead"
        )
