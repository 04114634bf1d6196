"""Which features there are: learned from the rows a model is trained on, and from nothing else."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.build.attributes import changed_value
from features.build.behaviour import coverage
from features.build.build import Builder, built
from features.build.filling import learned_fill
from features.build.mail import COMPANY_MAIL, FREE_MAIL
from features.build.own_features import check_own, own_features
from features.build.table import FeatureTable
from features.event_filter import EventFilter
from features.kinds import Attribute
from features.levels import folded
from features.settings import Axis, BehaviourSettings, FeatureSettings
from features.spec import (
    ANY_KIND,
    COLLEAGUES,
    DROPPED,
    OTHER_KIND,
    AttributeSource,
    BehaviourSource,
    ClockSource,
    EventReading,
    Feature,
    FeatureSpec,
    Measure,
    Texts,
    Unusable,
)
from features.store import Store

#: A text column counts as e-mail addresses when this share of its values look like one.
_MAIL_SHARE = 0.8
#: A whole-number column counts as a running number when nearly every value differs and the values
#: are this dense.
_RUNNING_DIFFERENT, _RUNNING_DENSITY = 0.99, 0.5

#: Names of columns whose whole numbers name something: owner_id, Owner Id, OwnerID, 顧客番号.
_KEY_NAME = re.compile(r"(?:^|[\s_.-])(?i:id|guid|uuid|key)$|[a-z](?:ID|Id|Key)$|(?:ID|ＩＤ|番号)$")

_UNITS: dict[str, str] = {
    "count": "events",
    "active_days": "days",
    "days_since": "days",
    "decayed": "events",
    "momentum": "events a week",
    "sum": "value",
    "latest": "value",
}
_WORDS: dict[str, str] = {
    "count": "count",
    "active_days": "active days",
    "days_since": "days since",
    "decayed": "recent count",
    "momentum": "momentum",
    "sum": "sum of values",
    "latest": "latest value",
}


@dataclass(frozen=True)
class Selection:
    """What selection is told.

    Attributes:
        behaviour: How events are read.
        settings: Windows, half-life, levels.
        history: Lead columns whose values come from the history of changes.
        missing_values: Strings that mean missing.
        dropped: Lead columns that become no feature.
        imputed: Lead columns whose missing values are drawn, so that they cannot be recognised.
        delays: Lead column with history to the days after which a change counts.
        dropped_events: Event types that count as nothing.
        event_delays: Event type to the days after which its events count.
        filters: Events of machines that were left out of the tables.
    """

    behaviour: BehaviourSettings
    settings: FeatureSettings
    history: tuple[str, ...] = ()
    missing_values: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    imputed: tuple[str, ...] = ()
    delays: Mapping[str, int] = field(default_factory=dict)
    dropped_events: tuple[str, ...] = ()
    event_delays: Mapping[str, int] = field(default_factory=dict)
    filters: tuple[EventFilter, ...] = ()

    @property
    def texts(self) -> Texts:
        """How the texts of levels are compared."""
        return "folded, case matters" if self.settings.case_matters else "folded"

    @property
    def reading(self) -> EventReading:
        """How events become kinds of behaviour."""
        return EventReading(
            actors=self.behaviour.actors,
            groups=self.behaviour.groups,
            sends=self.behaviour.sends,
            dropped=self.dropped_events,
            delays=dict(self.event_delays),
            filters=self.filters,
        )


def learn(
    store: Store, rows: pa.Table, selection: Selection, *, build: Builder = built
) -> tuple[FeatureSpec, FeatureTable]:
    """Learn the features of training rows, and build them.

    Categories, kinds of behaviour and everything else the data decides come from the leads in
    ``rows`` and from what was known before the newest as-of in it. Features that are constant on
    ``rows``, or equal to an earlier one, are left out and listed.

    Args:
        store: The canonical tables.
        rows: ``lead``, ``episode``, ``as_of_day``.
        selection: What to offer.
        build: Who builds the rows.

    Returns:
        The spec, and the feature table of ``rows``.

    Raises:
        ConfigError: An own feature cannot be computed, or looks into the future.
    """
    attributes, unusable = attribute_features(store, rows, selection)
    kinds: tuple[str, ...] = ()
    behaviours: list[Feature] = []
    if not store.is_flat:
        kinds, behaviours, dropped = _behaviour_features(store, rows, selection)
        unusable += dropped
    own = own_features(store, selection.settings.own)
    spec = FeatureSpec(
        features=(*_named_apart(attributes, [*behaviours, *own]), *behaviours, *own),
        events=selection.reading,
        kinds=kinds,
        column_kinds={a.name: a.kind for a in store.attributes if a.role in ("fit", "interest")},
        writings=store.writings,
        half_life_days=selection.settings.half_life_days,
        timezone=store.timezone,
        missing_values=selection.missing_values,
        unusable=tuple(unusable),
        texts=selection.texts,
    )
    check_own(store, rows, spec)
    return _without_idle_features(build(store, rows, spec, teaching=True))


def _named_apart(attributes: Sequence[Feature], behaviours: Sequence[Feature]) -> Iterator[Feature]:
    """The attributes; one that is called like a behaviour feature says that it is a column."""
    taken = {feature.name for feature in (*attributes, *behaviours)}
    ours = {feature.name for feature in behaviours}
    for feature in attributes:
        name = feature.name
        while name in ours or (name != feature.name and name in taken):
            name += " (column)"
        yield feature.model_copy(update={"name": name})


# --- attributes -----------------------------------------------------------------------------------


def attribute_features(
    store: Store, rows: pa.Table, selection: Selection
) -> tuple[list[Feature], list[Unusable]]:
    """The features of the lead columns on both axes, learned on rows; and the columns that became
    none, with why.
    """
    features: list[Feature] = []
    unusable: list[Unusable] = []
    has_days = not store.is_flat or pc.max(rows["as_of_day"]).as_py() > 0
    for number, attribute in enumerate(store.attributes):
        if attribute.role not in ("fit", "interest"):
            continue
        if attribute.name in selection.dropped:
            unusable.append(Unusable(column=attribute.name, reason=DROPPED))
            continue
        found = _attribute_feature(store, rows, number, attribute, selection, has_days=has_days)
        if isinstance(found, Feature):
            features.append(found)
        else:
            unusable.append(Unusable(column=attribute.name, reason=found))
    return features, unusable


def _attribute_feature(
    store: Store,
    rows: pa.Table,
    number: int,
    attribute: Attribute,
    selection: Selection,
    *,
    has_days: bool,
) -> Feature | str:
    """The feature of a lead column, or why there is none."""
    axis: Axis = "interest" if attribute.role == "interest" else "fit"
    history = attribute.name in selection.history
    values = _values(store, rows, number, history=history)
    if values.num_rows == 0:
        return "all missing"

    def feature(
        reading: Literal["number", "category", "age", "mail_domain"],
        unit: str,
        levels: Sequence[str] = (),
    ) -> Feature:
        delay = selection.delays.get(attribute.name, 0)
        source = AttributeSource(
            column=attribute.name, reading=reading, history=history, delay_days=delay
        )
        found = Feature(
            name=attribute.name,
            axis=axis,
            concept=attribute.name,
            unit=unit,
            source=source,
            levels=tuple(levels),
        )
        if attribute.name not in selection.imputed:
            return found
        drawn = learned_fill(found, values, selection.texts)
        return found.model_copy(
            update={"source": source.model_copy(update={"fill": drawn, "gap": "silent"})}
        )

    match attribute.kind:
        case "date":
            return (
                feature("age", "days")
                if has_days
                else "a date, and rows have no time to measure its age from"
            )
        case "number":
            reason = _running_number(values) or _named_key(attribute.name, values)
            return reason or feature("number", "as in the data")
        case "text":
            if _looks_like_mail(values):
                return feature("mail_domain", "level", [FREE_MAIL, COMPANY_MAIL])
            alike = _alike(values, selection.texts)
            if alike is not None:
                values = _values(store, rows, number, history=history, alike=alike)
            levels = _levels(values, selection.settings)
            if not levels:
                return _why_no_levels(values, selection.settings.min_level_leads)
            return feature("category", "level", levels)


def _alike(values: pa.Table, texts: Texts) -> pa.Table | None:
    """How each ``value`` is ``spelled`` by most leads, of values that count as the same; None where
    no two do.

    Args:
        values: Different values, the most frequent first.
        texts: How they are compared.
    """
    spelled: dict[str, str] = {}
    written = [str(value) for value in values["value"].to_pylist()]
    usual = [spelled.setdefault(folded(value, texts), value) for value in written]
    if len(spelled) == len(written):
        return None
    return pa.table({"value": pa.array(written), "spelled": pa.array(usual)})


def _values(
    store: Store, rows: pa.Table, number: int, *, history: bool, alike: pa.Table | None = None
) -> pa.Table:
    """Different non-missing values (``value``) of a lead column with the number of leads
    (``leads``), as they are or as ``alike`` spells them.
    """
    store.connection.register("chosen", pa.table({"lead": pc.unique(rows["lead"])}))
    newest = pc.max(rows["as_of_day"]).as_py()
    kind = store.attributes[number].kind
    changed = (
        f"SELECT lead, {changed_value(kind)} AS value FROM changes WHERE attribute = {number} AND"
        " known_day < $newest"
    )
    source = f"SELECT lead, a{number} AS value FROM leads" + (
        f" UNION ALL {changed}" if history else ""
    )
    if alike is not None:
        store.connection.register("alike", alike)
        source = f"SELECT lead, spelled AS value FROM ({source}) JOIN alike USING (value)"
    table = store.query(
        f"""
        SELECT value, count(DISTINCT lead) AS leads FROM ({source}) JOIN chosen USING (lead)
        WHERE value IS NOT NULL GROUP BY value ORDER BY leads DESC, value
    """,
        {"newest": newest} if history else None,
    )
    store.connection.unregister("chosen")
    if alike is not None:
        store.connection.unregister("alike")
    return table


def _running_number(values: pa.Table) -> str | None:
    """Why a number is an identifier, or None."""
    numbers = (
        values["value"].cast(pa.float64()).to_numpy()
        if pa.types.is_floating(values["value"].type)
        else None
    )
    if numbers is None or len(numbers) < 100 or not (numbers == np.floor(numbers)).all():
        return None
    leads = values["leads"].to_numpy().sum()
    dense = len(numbers) / (numbers.max() - numbers.min() + 1)
    if len(numbers) >= _RUNNING_DIFFERENT * leads and dense >= _RUNNING_DENSITY:
        return "identifier: a running number, different for every lead"
    return None


def _named_key(name: str, values: pa.Table) -> str | None:
    """Why a number is a key of something, by its column's name; None where it is none."""
    if not _KEY_NAME.search(name.strip()):
        return None
    numbers = values["value"].cast(pa.float64()).to_numpy()
    if not (numbers == np.floor(numbers)).all():
        return None
    return f"a key: numbers that only name something; `formats: {{{name}: text}}` makes them words"


def _looks_like_mail(values: pa.Table) -> bool:
    like = pc.match_substring_regex(
        values["value"].cast(pa.string()), r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
    )
    return bool(pc.mean(like.cast(pa.float64())).as_py() >= _MAIL_SHARE)


def _levels(values: pa.Table, settings: FeatureSettings) -> list[str]:
    enough = values.filter(pc.greater_equal(values["leads"], settings.min_level_leads))
    return [str(v) for v in enough["value"].to_pylist()[: settings.max_levels]]


def _why_no_levels(values: pa.Table, min_leads: int) -> str:
    different, leads = values.num_rows, int(pc.sum(values["leads"]).as_py())
    words = float(pc.mean(pc.count_substring(values["value"].cast(pa.string()), " ")).as_py()) + 1
    if different > 0.5 * leads:
        return "free text" if words >= 3 else "identifier: nearly every lead has a value of its own"
    return f"no value is shared by {min_leads} leads ({different:,} values on {leads:,} leads)"


# --- behaviour ------------------------------------------------------------------------------------


def _behaviour_features(
    store: Store, rows: pa.Table, selection: Selection
) -> tuple[tuple[str, ...], list[Feature], list[Unusable]]:
    reading = selection.reading
    newest = int(pc.max(rows["as_of_day"]).as_py())
    special = (ANY_KIND, OTHER_KIND, COLLEAGUES)
    found = coverage(store, reading, before_day=newest)
    wide = [c for c in found if c[1] >= selection.settings.min_level_leads and c[0] not in special]
    kept = wide[: selection.behaviour.keep]
    rest = [c for c in found if c not in kept]
    kinds = tuple(kind for kind, _, _ in kept)
    windows = (None, *reversed(selection.settings.windows))
    # The clocks come first: a copy of an earlier feature is left out, and age must not hide behind
    # a behaviour.
    features = list(_clock_features(store, reading))
    features += [
        f for kind, _, valued in kept for f in _kind_features(kind, windows, valued=valued)
    ]
    if rest:
        features += _kind_features(OTHER_KIND, windows, valued=False)
    features += [_behaviour_feature(ANY_KIND, "active_days", window) for window in windows]
    features += [
        _behaviour_feature(ANY_KIND, measure, None) for measure in ("days_since", "momentum")
    ]
    features += _colleague_features(store, windows)
    dropped = [
        Unusable(column=kind, reason=f"kind of event by {leads:,} leads: counted in {OTHER_KIND!r}")
        for kind, leads, _ in rest
        if leads >= selection.settings.min_level_leads
    ]
    return kinds, features, dropped


def _kind_features(kind: str, windows: Sequence[int | None], *, valued: bool) -> Iterator[Feature]:
    # the longest first: where a shorter one is always equal, the longer one stays
    for window in windows:
        yield _behaviour_feature(kind, "count", window)
        yield _behaviour_feature(kind, "active_days", window)
    yield _behaviour_feature(kind, "days_since", None)
    yield _behaviour_feature(kind, "decayed", None)
    yield _behaviour_feature(kind, "momentum", None)
    if valued:
        for window in windows:
            yield _behaviour_feature(kind, "sum", window)
        yield _behaviour_feature(kind, "latest", None)


def _behaviour_feature(kind: str, measure: Measure, window: int | None) -> Feature:
    span = "" if measure in ("days_since", "decayed", "momentum", "latest") else ", ever"
    span = f", {window} days" if window is not None else span
    return Feature(
        name=f"{kind}: {_WORDS[measure]}{span}",
        axis="interest",
        concept=kind,
        unit=_UNITS[measure],
        source=BehaviourSource(kind=kind, measure=measure, window=window),
    )


def _colleague_features(store: Store, windows: Sequence[int | None]) -> list[Feature]:
    has_accounts = store.value("SELECT count(DISTINCT account) < count(account) FROM leads")
    return (
        [_behaviour_feature(COLLEAGUES, "count", window) for window in windows]
        if has_accounts
        else []
    )


def _clock_features(store: Store, reading: EventReading) -> Iterator[Feature]:
    def clock(
        name: str,
        concept: str,
        unit: str,
        which: Literal["lead_age", "first_touch_age", "earlier_losses", "unanswered"],
    ) -> Feature:
        return Feature(
            name=name, axis="interest", concept=concept, unit=unit, source=ClockSource(clock=which)
        )

    yield clock("age of the lead", "age of the lead", "days", "lead_age")
    yield clock("days since first touch", "age of the lead", "days", "first_touch_age")
    if store.value("SELECT max(episode) > 1 FROM episodes"):
        yield clock("lost before", "lost before", "times", "earlier_losses")
    if reading.sends:
        yield clock("unanswered messages", "unanswered messages", "messages", "unanswered")


# --- idle features --------------------------------------------------------------------------------


def _without_idle_features(table: FeatureTable) -> tuple[FeatureSpec, FeatureTable]:
    """Leave out constant features and exact copies of earlier ones, and say so in the spec."""
    spec, kept, unusable = table.spec, [], list(table.spec.unusable)
    seen: dict[bytes, list[int]] = {}
    for i, feature in enumerate(spec.features):
        column = table.matrix[:, i]
        twin = next(
            (
                j
                for j in seen.setdefault(_digest(column), [])
                if np.array_equal(column, table.matrix[:, j], equal_nan=True)
            ),
            None,
        )
        if _is_constant(column):
            unusable.append(Unusable(column=feature.name, reason="constant on the training rows"))
        elif (
            twin is not None
            and spec.features[twin].axis == feature.axis
            and not feature.is_category
        ):
            unusable.append(
                Unusable(
                    column=feature.name, reason=f"always equal to {spec.features[twin].name!r}"
                )
            )
        else:
            seen[_digest(column)].append(i)
            kept.append(i)
    features = tuple(spec.features[i] for i in kept)
    smaller = spec.model_copy(update={"features": features, "unusable": tuple(unusable)})
    drawn = {place: table.drawn[i] for place, i in enumerate(kept) if i in table.drawn}
    matrix = np.asfortranarray(table.matrix[:, kept])
    return smaller, FeatureTable(smaller, table.keys, matrix, drawn)


def _is_constant(column: NDArray[np.float64]) -> bool:
    missing = np.isnan(column)
    return bool(missing.all() or (not missing.any() and (column == column[0]).all()))


def _digest(column: NDArray[np.float64]) -> bytes:
    """A cheap key under which equal columns meet."""
    return bytes(np.nan_to_num(column[:: max(1, len(column) // 1000)], nan=-1.0).tobytes())
