"""A sum of terms as data: each stands on one feature alone, so every one is on one axis by
itself.
"""

from collections.abc import Iterator
from itertools import pairwise
from math import isfinite
from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from features.settings import StrictModel
from features.spec import FeatureSpec

Column = Annotated[int, Field(ge=0)]


class NumberTerm(StrictModel):
    """A curve: linear between the knots, constant outside of them.

    Attributes:
        feature: Column of the matrix.
        knots: Strictly ascending, in the feature's unit.
        values: Log-odds at the knots.
        missing: Log-odds where the value is missing (NaN).
    """

    type: Literal["number"] = "number"
    feature: Column
    knots: Annotated[tuple[FiniteFloat, ...], Field(min_length=1)]
    values: tuple[FiniteFloat, ...]
    missing: FiniteFloat

    @model_validator(mode="after")
    def _is_a_curve(self) -> Self:
        if len(self.values) != len(self.knots):
            raise ValueError(
                f"expected a value per knot, got {len(self.values)} for {len(self.knots)} knots"
            )
        if any(low >= high for low, high in pairwise(self.knots)):
            raise ValueError("expected knots that ascend, none twice")
        if not isfinite(self.knots[-1] - self.knots[0]):
            raise ValueError("expected knots less than 1.8e308 apart")
        return self


class CategoryTerm(StrictModel):
    """A value per level.

    Attributes:
        feature: Column of the matrix.
        levels: Log-odds by code: 0 any other value, 1 missing, 2 … the levels of the spec. A code
            beyond the last one, or below 0, counts as 0.
    """

    type: Literal["category"] = "category"
    feature: Column
    levels: Annotated[tuple[FiniteFloat, ...], Field(min_length=2)]


Term = Annotated[NumberTerm | CategoryTerm, Field(discriminator="type")]


class Terms(StrictModel):
    """One additive model of the sum, such as a spline logistic regression.

    Each term is centred on the rows it was fitted on, so that its value is its contribution: the
    interventional Shapley value of an additive function (Štrumbelj and Kononenko 2014).

    Attributes:
        intercept: Log-odds before anything is known.
        terms: One per feature that is used, in ascending order of the features.
        weight: Its share in the raw score.
    """

    intercept: FiniteFloat
    terms: tuple[Term, ...]
    weight: FiniteFloat = 1.0

    @model_validator(mode="after")
    def _one_per_feature(self) -> Self:
        features = [term.feature for term in self.terms]
        if any(low >= high for low, high in pairwise(features)):
            raise ValueError(
                "expected at most one term per feature, in ascending order of the features"
            )
        return self

    def misfits(self, spec: FeatureSpec) -> Iterator[str]:
        """What does not go with a spec, one clause each."""
        for term in self.terms:
            if term.feature >= len(spec.features):
                yield f"a term of feature {term.feature}, where there are {len(spec.features)}"
            elif spec.features[term.feature].is_category != isinstance(term, CategoryTerm):
                yield f"a {term.type} term of feature {term.feature}, which is of the other kind"
