"""The features that the members read: all but those the recipe dropped."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.spec import FeatureSpec, OwnSource, Unusable
from training.learn.learners.trees import LearnerRows


@dataclass(frozen=True)
class NarrowedSpec:
    """A spec with fewer features.

    Attributes:
        spec: Spec without the dropped features, which stand among the unusable.
        kept: Positions of the others in the whole spec.
    """

    spec: FeatureSpec
    kept: NDArray[np.intp]

    def matrix(self, whole: NDArray[np.float64]) -> NDArray[np.float64]:
        """The columns that are kept."""
        return whole if len(self.kept) == whole.shape[1] else np.asfortranarray(whole[:, self.kept])

    def rows(self, whole: LearnerRows) -> LearnerRows:
        """The rows with the columns that are kept."""
        place = {int(column): number for number, column in enumerate(self.kept)}
        drawn = {place[column]: mask for column, mask in whole.drawn.items() if column in place}
        return LearnerRows(self.matrix(whole.matrix), whole.label, whole.weight, drawn)


#: Why a feature of the company's own is left out.
_OWN = "an own feature, and later leads are judged no worse without it"
#: Why another one is, unless somebody says otherwise.
_CLOCK = "tells the time, and later leads are judged better without it"


def drop_features(
    spec: FeatureSpec, dropped: tuple[str, ...], *, reason: str | None = None
) -> NarrowedSpec:
    """The spec without the named features."""
    kept = np.array(
        [i for i, feature in enumerate(spec.features) if feature.name not in dropped], dtype=np.intp
    )
    if len(kept) == len(spec.features):
        return NarrowedSpec(spec, kept)
    gone = tuple(
        Unusable(
            column=feature.name,
            reason=reason or (_OWN if isinstance(feature.source, OwnSource) else _CLOCK),
        )
        for feature in spec.features
        if feature.name in dropped
    )
    features = tuple(spec.features[i] for i in kept)
    smaller = spec.model_copy(update={"features": features, "unusable": (*spec.unusable, *gone)})
    return NarrowedSpec(smaller, kept)
