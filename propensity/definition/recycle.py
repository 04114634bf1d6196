"""What is agreed on leads that were lost: who approaches which of them again, and when."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from features.settings import Days, StrictModel
from features.source_settings import one_or_several
from propensity.definition.draw import Draw
from propensity.definition.texts import RuleText, ShortText


class RecycleRule(StrictModel):
    """Lost leads that are approached again in the same way, or never.

    Attributes:
        name: What people call them; unique.
        lost_reason: Patterns of lost reasons (``*`` any text); none for whatever reason.
        rule: Which leads; none for all.
        after_days: Days after the loss from which a lead is due.
        until_days: Days after the loss from which it is due no more; none for ever.
        never: Whether they are left alone instead.
        to: The role that approaches them.
        say: What it says.
        because: Why.
    """

    name: ShortText
    lost_reason: Annotated[tuple[ShortText, ...], BeforeValidator(one_or_several)] = ()
    rule: RuleText | None = None
    after_days: Days | None = None
    until_days: Days | None = None
    never: bool = False
    to: str | None = None
    say: ShortText | None = None
    because: ShortText

    @model_validator(mode="after")
    def _said_whole(self) -> Self:
        named = {"after_days": self.after_days, "to": self.to, "say": self.say}
        if self.never:
            told = [name for name, value in named.items() if value is not None]
            if told:
                raise ValueError(f"`never` and {', '.join(told)} exclude each other")
            return self
        missing = [name for name, value in named.items() if value is None]
        if missing:
            raise ValueError(f"expected {', '.join(missing)}, or `never: true`")
        if self.until_days is not None and self.until_days <= (self.after_days or 0):
            raise ValueError(
                f"expected `until_days` above `after_days`, got {self.until_days} and"
                f" {self.after_days}"
            )
        return self


class RecycleControl(Draw):
    """Lost leads that are due and left alone, to see what approaching the others brings.

    Attributes:
        share: Share of the leads that are due.
    """

    share: Annotated[float, Field(gt=0, le=0.5)]


class Recycle(StrictModel):
    """What is done with leads that were lost.

    Attributes:
        rules: The first one that holds counts; leads for which none does are left alone.
        control: Leads that are left alone although they are due.
    """

    rules: Annotated[tuple[RecycleRule, ...], Field(min_length=1)]
    control: RecycleControl | None = None

    @property
    def wrong(self) -> Iterator[str]:
        """What keeps the rules from being told apart, a sentence each."""
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            yield f"recycle.rules: each name once, got {twice} more than once"
