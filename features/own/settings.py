"""What the configuration says of features that a company writes itself."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, FiniteFloat, model_validator

from features.source_settings import StrictModel

_FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


def _reference(text: str) -> str:
    if not _FUNCTION.fullmatch(text):
        raise ValueError(
            "expected `module:function`, such as `my_features:pricing_depth` for the function"
            f" pricing_depth in my_features.py beside the configuration, got {text!r:.80}"
        )
    return text


class OwnColumn(StrictModel):
    """A feature that own code computes.

    Attributes:
        axis: fit or interest.
        concept: What a salesperson would call it; default the name of the feature. Features of one
            concept make one reason.
        unit: Unit of the value, said behind it: ``pages``.
        default: The value of a row for which the code gives none; without one it is missing.
    """

    axis: Literal["fit", "interest"]
    concept: str = ""
    unit: str = ""
    default: FiniteFloat | None = None


class OwnFeatures(StrictModel):
    """Features that one function, or one query, computes.

    Attributes:
        function: ``module:function``, in a file beside the configuration, else where Python finds
            modules.
        query: A SELECT of DuckDB.
        columns: Name of each feature, as the code calls it, to what it is.
    """

    function: Annotated[str, AfterValidator(_reference)] | None = None
    query: str | None = None
    columns: Annotated[dict[str, OwnColumn], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_code(self) -> Self:
        if (self.function is None) == (self.query is None):
            raise ValueError("expected either `function` or `query`")
        return self
