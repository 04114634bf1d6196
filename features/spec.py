"""What a feature is: its axis, its concept, its unit, and where it is read from.

A ``FeatureSpec`` is learned once, on training rows, stored with the model as JSON, and from then on
builds the same features for training and for scoring.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from features.event_filter import EventFilter
from features.kinds import ValueKind
from features.settings import MISSING_VALUES, Actor, Axis, EventGroup, StrictModel
from features.writing import Writing

Measure = Literal["count", "active_days", "days_since", "decayed", "momentum", "sum", "latest"]
Clock = Literal["lead_age", "first_touch_age", "earlier_losses", "unanswered"]

#: Code of a category level that is not in the list, and of a missing one; listed levels follow from
#: ``FIRST_LEVEL``.
OTHER, MISSING, FIRST_LEVEL = 0, 1, 2

#: States of a value that are no value: missing, and a level that is not in the list.
State = Literal["missing", "other"]
#: How the texts of levels are compared: sign by sign, or as ``features.folding.fold`` folds them.
Texts = Literal["as written", "folded", "folded, case matters"]

#: Why a lead column is no feature where a decision says so.
DROPPED = "dropped by decision"

#: Kinds of behaviour that are no single event type.
ANY_KIND, OTHER_KIND, COLLEAGUES = "any activity", "other activity", "colleagues"


class AttributeSource(StrictModel):
    """A lead column.

    Attributes:
        column: Its name in the leads or flat table.
        reading: ``number`` as it is; ``category`` by level; ``age`` in whole days at the as-of, of
            a date; ``mail_domain`` the kind of an e-mail address (``free mail`` or ``company
            mail``).
        history: Whether the value at an as-of comes from the history of changes; else it is today's
            value.
        delay_days: Days after which a change counts.
        fill: What missing values are drawn from, so that they cannot be recognised; empty where
            they stay missing. Of a category the share of each code, of a number its values in the
            middle of parts of equal share.
        gap: What a missing value is when leads are scored, where ``fill`` says what it was drawn
            from in training. ``silent``: still missing, a state that training did not show, so that
            it adds what the value adds on average, and leads alike score alike. ``drawn``: drawn
            again, as in models that were stored before there was a choice.
    """

    type: Literal["attribute"] = "attribute"
    column: str
    reading: Literal["number", "category", "age", "mail_domain"]
    history: bool = False
    delay_days: int = 0
    fill: tuple[float, ...] = ()
    gap: Literal["drawn", "silent"] = "drawn"

    @model_serializer(mode="wrap")
    def _without_default(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Older models had no such choice; they keep their bytes, and so their hash."""
        return _without(write(self), "gap", "drawn")

    def is_drawn(self, *, teaching: bool) -> bool:
        """Whether missing values are drawn, for rows that teach or for leads that are scored."""
        return bool(self.fill) and (teaching or self.gap == "drawn")


class BehaviourSource(StrictModel):
    """A measure of one kind of the lead's own events.

    Attributes:
        kind: Name of an event group, an event type, or one of ``any activity``, ``other activity``
            and ``colleagues`` (other people of the account).
        measure: What is measured.
        window: Days before the as-of that count; None for ever.
    """

    type: Literal["behaviour"] = "behaviour"
    kind: str
    measure: Measure
    window: int | None = None


class OwnSource(StrictModel):
    """Code of the company's own; see ``features.own.code``.

    Attributes:
        code: Its name.
        sha256: Hash of the code that training ran; no other runs for this feature.
        default: Value of a row for which the code gives none; None leaves it missing.
    """

    type: Literal["own"] = "own"
    code: str
    sha256: str
    default: float | None = None


class ClockSource(StrictModel):
    """A measure of the lead's own history as a whole."""

    type: Literal["clock"] = "clock"
    clock: Clock


class Feature(StrictModel):
    """One column of the feature table.

    Attributes:
        name: Unique, readable: ``pricing: count, 30 days``.
        axis: fit or interest.
        concept: What a salesperson would name; features of one concept make one reason.
        unit: Unit of the value: ``events``, ``days``, ``level`` …
        levels: Levels of a category: the values with codes 2, 3 …; code 0 is any other value, 1 a
            missing one.
        unseen: The states that no training row showed; None where that was not recorded.
    """

    name: str
    axis: Axis
    concept: str
    unit: str
    source: Annotated[
        AttributeSource | BehaviourSource | ClockSource | OwnSource, Field(discriminator="type")
    ]
    levels: tuple[str, ...] = ()
    unseen: tuple[State, ...] | None = None

    @model_serializer(mode="wrap")
    def _without_blank(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Older models recorded no states; they keep their bytes, and so their hash."""
        return _without(write(self), "unseen", None)

    @property
    def is_category(self) -> bool:
        """Whether the values are codes of ``levels``."""
        return isinstance(self.source, AttributeSource) and self.source.reading in (
            "category",
            "mail_domain",
        )


class Unusable(StrictModel):
    """A column or kind of event that became no feature, and why."""

    column: str
    reason: str


class EventReading(StrictModel):
    """How events become kinds of behaviour; see ``features.settings.BehaviourSettings``.

    Attributes:
        actors: Pattern of event type to who acted.
        groups: Events that count as one kind.
        sends: Patterns of messages that ask for an answer.
        dropped: Event types that count as nothing.
        delays: Event type to the days after which its events count.
        filters: Events of machines, which count as nothing.
    """

    actors: dict[str, Actor] = Field(default_factory=dict)
    groups: tuple[EventGroup, ...] = ()
    sends: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    delays: dict[str, int] = Field(default_factory=dict)
    filters: tuple[EventFilter, ...] = ()

    @model_serializer(mode="wrap")
    def _without_blank(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Older models filtered nothing; they keep their bytes, and so their hash."""
        written = write(self)
        return {k: v for k, v in written.items() if k != "filters" or v}


class FeatureSpec(StrictModel):
    """The definition of a feature table.

    Attributes:
        features: Features in column order.
        events: How events become kinds.
        kinds: Kinds of behaviour with features of their own, in code order.
        column_kinds: Lead columns with the type they were read as in training.
        writings: Table to column to how it was written in training, where that was not the plain
            way.
        half_life_days: Half-life of the decayed count.
        timezone: IANA name in which days are cut.
        missing_values: Strings that mean missing.
        unusable: What became no feature.
        texts: How the texts of levels are compared.
    """

    features: tuple[Feature, ...]
    events: EventReading = EventReading()
    kinds: tuple[str, ...] = ()
    column_kinds: dict[str, ValueKind] = Field(default_factory=dict)
    writings: dict[str, dict[str, Writing]] = Field(default_factory=dict)
    half_life_days: float = 14.0
    timezone: str = "UTC"
    missing_values: tuple[str, ...] = MISSING_VALUES
    unusable: tuple[Unusable, ...] = ()
    texts: Texts = "as written"

    @model_serializer(mode="wrap")
    def _without_blank(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Older models compared levels as written; they keep their bytes, and so their hash."""
        return _without(write(self), "texts", "as written")

    @model_validator(mode="after")
    def _unique_names(self) -> Self:
        names = [feature.name for feature in self.features]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"feature names must be unique; twice: {twice[:5]}")
        return self

    @property
    def names(self) -> list[str]:
        """Feature names in column order."""
        return [feature.name for feature in self.features]

    @property
    def concepts(self) -> list[str]:
        """Concepts in order of first appearance."""
        return list(dict.fromkeys(feature.concept for feature in self.features))

    def columns_on(self, axis: Axis) -> list[int]:
        """Column numbers of the features on an axis."""
        return [i for i, feature in enumerate(self.features) if feature.axis == axis]

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes that have a feature."""
        named: tuple[Axis, ...] = ("fit", "interest")
        return tuple(axis for axis in named if self.columns_on(axis))

    @property
    def own_codes(self) -> tuple[str, ...]:
        """Names of the code that own features come from."""
        own = (f.source.code for f in self.features if isinstance(f.source, OwnSource))
        return tuple(dict.fromkeys(own))

    @property
    def categories(self) -> list[int]:
        """Column numbers of the categories."""
        return [i for i, feature in enumerate(self.features) if feature.is_category]


def _without(written: Mapping[str, Any], key: str, blank: object) -> dict[str, Any]:
    """What is written of a section, without a key that says nothing."""
    return {name: value for name, value in written.items() if name != key or value != blank}
