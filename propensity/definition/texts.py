"""The texts and figures that a definition is made of."""

from typing import Annotated

from pydantic import AfterValidator, Field

from features.rules import parse


def _readable(text: str) -> str:
    parse(text)
    return text


#: A rule of the rule language; see ``features.rules``.
RuleText = Annotated[str, Field(min_length=1), AfterValidator(_readable)]
#: Characters of a name.
LONGEST_NAME = 300
ShortText = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Chance = Annotated[float, Field(gt=0, lt=1)]
