"""What may be told of one lead: values that 20 others share, and of these only so many that five
leads fit them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.spec import FIRST_LEVEL, MISSING, FeatureSpec
from propensity.concepts.value_columns import value_columns
from training.review.findings.concept_effects import ConceptEffect
from training.review.findings.material import Material
from training.review.findings.shape import ShapePoint

#: Leads that fit everything told of one of them, at least.
ALIKE = 5


@dataclass(frozen=True)
class Fact:
    """What is told of a lead.

    Attributes:
        matter: A concept.
        point: The group of values that its own is in.
    """

    matter: ConceptEffect
    point: ShapePoint


class AnonymousFacts:
    """Tells facts of leads not seen.

    Args:
        material: Material with the leads, and the groups of values that concepts are shown by.
    """

    def __init__(self, material: Material) -> None:
        judged = material.unseen.judged
        self.matters = [
            matter
            for matter in material.matters
            if matter.effect.points > 0 and matter.shape.points
        ]
        found = [_places(judged.spec, matter, judged.matrix) for matter in self.matters]
        self.place = np.column_stack(found) if found else np.zeros((len(judged), 0), np.int64)

    def change(self, row: int, matter: int) -> float:
        """What a concept adds on average to the chance of leads in the same group; 0 where too few
        are.
        """
        at = int(self.place[row, matter])
        return self.matters[matter].shape.points[at].change if at >= 0 else 0.0

    def of(self, row: int, order: Sequence[int], *, most: int) -> dict[int, Fact]:
        """Facts of a lead by place of the matter: each that leaves five leads or more that fit all
        told so far.

        Args:
            row: Position of the lead among those not seen.
            order: Places of the matters, in which they are tried.
            most: Facts.
        """
        alike = np.ones(len(self.place), dtype=np.bool_)
        found: dict[int, Fact] = {}
        for matter in order:
            at = int(self.place[row, matter])
            still = alike & (self.place[:, matter] == at)
            if at >= 0 and still.sum() >= ALIKE:
                alike, found[matter] = (
                    still,
                    Fact(self.matters[matter], self.matters[matter].shape.points[at]),
                )
            if len(found) == most:
                break
        return found


def _places(
    spec: FeatureSpec, matter: ConceptEffect, matrix: NDArray[np.float64]
) -> NDArray[np.int64]:
    """(n,) place of each lead's value among the points of a shape; -1 where too few leads share
    it.
    """
    feature, points = matter.shape.feature, matter.shape.points
    values = matrix[:, value_columns(spec, matter.concept).main]
    ranges = [point for point in points if point.low is not None]
    if len(ranges) == 1 and ranges[0].low != ranges[0].high:
        # too few leads differ from the others: nothing can be told
        return np.full(len(values), -1, dtype=np.int64)
    missing = values == MISSING if feature.is_category else np.isnan(values)
    codes = {
        point.level: FIRST_LEVEL + feature.levels.index(point.level)
        for point in points
        if feature.is_category and point.kind == "value"
    }
    found = np.full(len(values), -1, dtype=np.int64)
    for place, point in enumerate(points):
        if point.kind == "missing":
            inside = missing
        elif point.kind == "other":
            inside = ~missing & ~np.isin(values, list(codes.values()))
        elif feature.is_category:
            inside = values == codes[point.level]
        else:
            inside = (values >= (point.low or 0.0)) & (values <= (point.high or 0.0))
        found[inside] = place
    return found
