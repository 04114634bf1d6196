"""What leads did, row by row: kinds of their own behaviour, and how they came.

The counts are features like any other, built by the code that scores, so that nothing known at or
after an as-of is in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from features.build.behaviour import coverage, event_types_of
from features.build.build import built
from features.selection import Selection, attribute_features
from features.spec import (
    FIRST_LEVEL,
    AttributeSource,
    BehaviourSource,
    EventReading,
    Feature,
    FeatureSpec,
)
from features.store import Store
from propensity.config.config import Config
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows

#: No rate from a handful of leads.
FEWEST_LEADS = 20
#: Kinds of behaviour looked at, and values of one lead column; the widest first.
_MOST_KINDS, _MOST_LEVELS = 100, 20


@dataclass(frozen=True)
class Action:
    """Something a lead can do.

    Attributes:
        concept: Kind of behaviour, or name of a lead column.
        level: Value of the lead column; None for behaviour, and for a counter above zero.
        window: Days before the as-of within which it counts; None for how a lead came, which has no
            time.
        whole: Whether it is an event type as a whole, of which groups name parts.
    """

    concept: str
    level: str | None = None
    window: int | None = None
    whole: bool = False

    @property
    def name(self) -> str:
        """For people who read code: ``download``, or ``source: web``."""
        return self.concept if self.level is None else f"{self.concept}: {self.level}"


@dataclass(frozen=True)
class ActionCounts:
    """How often the leads did one thing, at each row.

    Attributes:
        concept: Kind of behaviour, event type, or lead column that holds a counter.
        window: Days before the as-of; None for ever.
        count: (n,) times, NaN where unknown.
        whole: Whether it is an event type as a whole, of which groups name parts.
        is_column: Whether it is a lead column, which may hold amounts as well as times.
    """

    concept: str
    window: int | None
    count: NDArray[np.float64]
    whole: bool = False
    is_column: bool = False


@dataclass(frozen=True)
class ActionHistory:
    """Who did what.

    Attributes:
        actions: The columns of ``did``: what at least 20 leads did, and 20 did not (do before every
            as-of).
        did: (n, actions) whether the row's lead did it, in Fortran order.
        counted: What can be done often.
        kinds: Kinds of behaviour among them, the widest first.
        rare: Actions that fewer leads did, or did not do, which are not looked at.
        todays: Lead columns among the actions whose past values nobody kept.
    """

    actions: tuple[Action, ...]
    did: NDArray[np.bool_]
    counted: tuple[ActionCounts, ...]
    kinds: tuple[str, ...]
    rare: int
    todays: tuple[str, ...] = ()


def reading_of(config: Config) -> EventReading:
    """How the configuration reads events."""
    return EventReading(**config.behaviour.model_dump(include={"actors", "groups", "sends"}))


def action_history(run: Run, rows: LabelledRows) -> ActionHistory:
    """Find the actions of the leads in ``rows`` and see who did them."""
    columns = _columns(run, rows)
    kinds: list[ActionCounts] = []
    wholes: list[ActionCounts] = []
    wide: list[str] = []
    rare_kinds = 0
    if not run.store.is_flat:
        reading = reading_of(run.config)
        found = coverage(run.store, reading, before_day=run.store.observed_day)
        wide = [kind for kind, leads, _ in found if leads >= FEWEST_LEADS][:_MOST_KINDS]
        rare_kinds = len(found) - len(wide)
        windows = (run.config.closed_loop.window_days, None)
        wholes = _counts(
            run.store,
            rows,
            EventReading(actors=reading.actors),
            _split_types(run.store, reading),
            windows,
        )
        kinds = _counts(run.store, rows, reading, wide, windows)
    did = [(Action(k.concept, window=k.window), k.count > 0) for k in kinds if k.window is not None]
    levels, counters, todays = columns
    did += [*levels, *((Action(c.concept), c.count > 0) for c in counters if (c.count == 0).any())]
    kept = [
        (action, who)
        for action, who in did
        if _leads(rows, who) >= FEWEST_LEADS <= _leads(rows, ~who)
    ]
    whole = [ActionCounts(w.concept, w.window, w.count, whole=True) for w in wholes]
    return ActionHistory(
        actions=tuple(action for action, _ in kept),
        did=np.asfortranarray(np.column_stack([who for _, who in kept]))
        if kept
        else np.zeros((len(rows), 0), bool),
        counted=(*kinds, *whole, *counters),
        kinds=tuple(wide),
        rare=rare_kinds + len(did) - len(kept),
        todays=todays,
    )


def _leads(rows: LabelledRows, who: NDArray[np.bool_]) -> int:
    return int(np.unique(rows.lead[who & (rows.weight > 0)]).size)


def _split_types(store: Store, reading: EventReading) -> list[str]:
    """The leads' own event types of which groups take parts: as a whole they are no kind."""
    own = event_types_of(store, "lead", reading.actors)
    return [
        t
        for t in own
        if any(g.detail is not None and fnmatchcase(t, g.event_type) for g in reading.groups)
    ]


def _counts(
    store: Store,
    rows: LabelledRows,
    reading: EventReading,
    kinds: Sequence[str],
    windows: Sequence[int | None],
) -> list[ActionCounts]:
    """How often each kind was done, per window."""
    wanted = [(kind, window) for kind in kinds for window in windows]
    features = [
        Feature(
            name=f"{number}",
            axis="interest",
            concept=kind,
            unit="events",
            source=BehaviourSource(kind=kind, measure="count", window=window),
        )
        for number, (kind, window) in enumerate(wanted)
    ]
    if not features:
        return []
    spec = FeatureSpec(
        features=tuple(features), events=reading, kinds=tuple(kinds), timezone=store.timezone
    )
    matrix = built(store, rows.rows, spec).matrix
    return [
        ActionCounts(kind, window, matrix[:, number])
        for number, (kind, window) in enumerate(wanted)
    ]


_Columns = tuple[list[tuple[Action, NDArray[np.bool_]]], list[ActionCounts], tuple[str, ...]]


def _columns(run: Run, rows: LabelledRows) -> _Columns:
    """Lead columns on the interest axis: values, counters, and those of them without a history."""
    changes = run.config.input.attribute_changes
    history = changes.attributes if changes else ()
    selection = Selection(
        behaviour=run.config.behaviour, settings=run.config.features, history=history
    )
    features, _ = attribute_features(run.store, rows.rows, selection)
    features = [
        feature for feature in features if feature.axis == "interest" and _is_action(feature)
    ]
    if not features:
        return [], [], ()
    spec = FeatureSpec(features=tuple(features), timezone=run.store.timezone)
    matrix = built(run.store, rows.rows, spec).matrix
    levels = [
        (Action(feature.concept, level=level), matrix[:, column] == code)
        for column, feature in enumerate(features)
        for code, level in enumerate(feature.levels[:_MOST_LEVELS], start=FIRST_LEVEL)
    ]
    counters = [
        ActionCounts(f.concept, None, matrix[:, i], is_column=True)
        for i, f in enumerate(features)
        if _counts_up(f, matrix[:, i])
    ]
    todays = (
        () if run.store.is_flat else tuple(f.concept for f in features if f.concept not in history)
    )
    return levels, counters, todays


def _is_action(feature: Feature) -> bool:
    return isinstance(feature.source, AttributeSource) and feature.source.reading in (
        "number",
        "category",
    )


def _counts_up(feature: Feature, values: NDArray[np.float64]) -> bool:
    """Whether a column of numbers can be a counter: never below zero."""
    return not feature.is_category and bool(np.nanmin(values, initial=0.0) >= 0)
