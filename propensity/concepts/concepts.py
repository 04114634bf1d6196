"""Concepts: what a salesperson would name; all features of one make one reason."""

from dataclasses import dataclass

from features.settings import Axis
from features.spec import FeatureSpec


@dataclass(frozen=True)
class Concept:
    """What a salesperson would name: features of one axis that make one reason.

    Attributes:
        name: Name by which the features call it.
        axis: fit or interest.
        columns: Column numbers of its features.
    """

    name: str
    axis: Axis
    columns: tuple[int, ...]


def concepts_of(spec: FeatureSpec) -> tuple[Concept, ...]:
    """The concepts of a spec, in order of first appearance; a name used on both axes makes two."""
    columns: dict[tuple[str, Axis], list[int]] = {}
    for column, feature in enumerate(spec.features):
        columns.setdefault((feature.concept, feature.axis), []).append(column)
    return tuple(Concept(name, axis, tuple(found)) for (name, axis), found in columns.items())
