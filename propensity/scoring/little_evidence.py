"""Little evidence: how far a lead lies from anything that training has seen.

The *surprise* of a value is -log(t), where t is the share of the training population whose bin (of
a number) or level (of a category) is as rare as this value's, or rarer: 0 for the commonest,
log(leads + 1) for what no lead showed. The surprise of a concept is that of the rarest of its
features, and a lead's *rarity* is the sum over its concepts. A sum of -log(t) is how Fisher (1925)
combines tail shares; because concepts go together, its limit is not taken from theory
but from training: the 99.9 % point of the training population's own sums.

Every value is looked at by itself, so a combination that nobody saw of values that many have is not
noticed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, FiniteFloat

from features.errors import ArtifactError
from features.files.canonical_json import RESTORE, validated
from features.settings import StrictModel
from features.spec import OTHER
from propensity.concepts.concepts import concepts_of
from propensity.model.model_parts import ModelParts

#: Where a model's facts hold it.
FACT = "rarity"
#: Rows whose columns stay in the processor's cache while they are looked up.
_BLOCK = 16_384
#: A concept is called unusual from here: one lead in a hundred is as rare in it.
_UNUSUAL = float(np.log(100.0))

Surprise = Annotated[FiniteFloat, Field(ge=0)]


class FeatureRarity(StrictModel):
    """What surprises in one feature.

    Attributes:
        edges: Edges of a number's bins, ascending: low < value <= high. Empty for a category.
        surprise: Surprise of each bin (one more than edges), or of each code of a category.
        missing: Surprise of a number's missing value.
    """

    edges: tuple[FiniteFloat, ...] = ()
    surprise: Annotated[tuple[Surprise, ...], Field(min_length=1)]
    missing: Surprise = 0.0


class Rarity(StrictModel):
    """What surprises in the features of a model, and from which sum on.

    Attributes:
        features: Features in the order of the spec.
        limit: Sum above which a lead has little evidence.
    """

    features: tuple[FeatureRarity, ...]
    limit: FiniteFloat


def rarity_of(model: ModelParts) -> Rarity | None:
    """What a model stores of it; None for a model stored without.

    Raises:
        ArtifactError: What is stored does not fit the model's features.
    """
    raw = model.facts.get(FACT)
    if raw is None:
        return None
    found = validated(Rarity, raw, Path("facts.json"))
    sizes = [len(feature.surprise) - len(feature.edges) for feature in found.features]
    fits = len(sizes) == len(model.spec.features) and all(
        size == 2 + len(feature.levels) if feature.is_category else size == 1
        for size, feature in zip(sizes, model.spec.features, strict=True)
    )
    if not fits:
        raise ArtifactError(
            f"facts.json: expected {FACT} to fit the {len(model.spec.features)} features. {RESTORE}"
        )
    return found


def concept_surprises(
    rarity: Rarity, model: ModelParts, matrix: NDArray[np.float64]
) -> Iterator[NDArray[np.float64]]:
    """(n,) surprise of each concept in turn, in nats: that of the rarest of its features.

    Args:
        rarity: Rarity of the model.
        model: The model whose concepts are measured.
        matrix: (n, features) as built by the spec.
    """
    for concept in concepts_of(model.spec):
        found = np.zeros(len(matrix))
        for column in concept.columns:
            np.maximum(found, _surprise(rarity.features[column], matrix[:, column]), out=found)
        yield found


def sums(rarity: Rarity, model: ModelParts, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) rarity of each row, in nats; it depends on the row alone, to the bit.

    Args:
        rarity: Rarity of the model.
        model: The model whose concepts are measured.
        matrix: (n, features) as built by the spec.
    """
    total = np.zeros(len(matrix))
    for start in range(0, len(matrix), _BLOCK):
        here = slice(start, start + _BLOCK)
        for surprise in concept_surprises(rarity, model, matrix[here]):
            total[here] += surprise
    return total


def little_evidence(model: ModelParts, matrix: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) whether a row is further out than all but one in a thousand that taught; never in a
    model stored without.
    """
    rarity = rarity_of(model)
    if rarity is None:
        return np.zeros(len(matrix), dtype=np.bool_)
    far: NDArray[np.bool_] = sums(rarity, model, matrix) > rarity.limit
    return far


def unusual(model: ModelParts, row: NDArray[np.float64]) -> tuple[int, ...]:
    """Numbers of the concepts that make a row one of little evidence, the rarest first; none where
    it is none.

    Args:
        model: Model in use.
        row: (1, features) as built by the spec.
    """
    rarity = rarity_of(model)
    if rarity is None or not little_evidence(model, row).any():
        return ()
    found = [float(surprise[0]) for surprise in concept_surprises(rarity, model, row)]
    order = sorted(range(len(found)), key=lambda concept: -found[concept])
    rare = [concept for concept in order if found[concept] >= _UNUSUAL]
    return tuple(rare or order[:1])


def _surprise(feature: FeatureRarity, column: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) surprise of values; a code that no level has counts as "other"."""
    table = np.array([*feature.surprise, feature.missing])
    if feature.edges:
        place = np.zeros(len(column), dtype=np.intp)
        # adding up comparisons is faster than a search where there are few edges
        for edge in feature.edges:
            place += column > edge
        place[np.isnan(column)] = len(table) - 1
    elif len(feature.surprise) == 1:  # a number that was never known
        place = np.where(np.isnan(column), 1, 0)
    else:
        known = (column >= 0) & (column < len(feature.surprise))
        place = np.where(known, column, OTHER).astype(np.intp)
    found: NDArray[np.float64] = table[place]
    return found
