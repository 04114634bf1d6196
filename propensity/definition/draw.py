"""Leads that are drawn by lot, so that those like them can be told from them."""

from typing import Annotated

from pydantic import Field

from features.settings import StrictModel
from propensity.definition.texts import ShortText


class Draw(StrictModel):
    """A draw among leads.

    Attributes:
        share: Share of the leads that are drawn.
        seed: The same seed picks the same leads.
        because: Why.
    """

    share: Annotated[float, Field(gt=0, le=0.2)]
    seed: Annotated[int, Field(ge=0)] = 0
    because: ShortText
