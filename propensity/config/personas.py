"""Channels and personas: the groups of leads that marketing and sales speak of, as rules over what
the data hold.
"""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from features.settings import Days, StrictModel
from propensity.config.funnel_stages import FunnelStages
from propensity.definition.texts import RuleText

#: What a group may be called: a heading of a column has to hold it.
Name = Annotated[str, Field(min_length=1, max_length=60)]


class Channel(StrictModel):
    """How leads come, such as organic search.

    Attributes:
        name: What people call it.
        rule: Which leads came by it, asked of what was known at the end of the day they came; the
            first channel that holds counts.
        traffic: Names under which the traffic table lists its visits and cost; default its own
            name.
        leads_per_month: Leads that marketing wants from it.
    """

    name: Name
    rule: RuleText
    traffic: tuple[str, ...] = ()
    leads_per_month: Annotated[float, Field(gt=0)] | None = None

    @property
    def listed_as(self) -> tuple[str, ...]:
        """Names in the traffic table."""
        return self.traffic or (self.name,)


class Persona(StrictModel):
    """A kind of customer, such as small companies.

    Attributes:
        name: What people call it; the goals table names its segments so.
        rule: Which leads are of it; see ``Channel.rule``.
        price: What such a customer pays, in the currency of the amounts; default the average of the
            won amounts.
    """

    name: Name
    rule: RuleText
    price: Annotated[float, Field(gt=0)] | None = None


class ReviewSettings(StrictModel):
    """What the definition review shows, beside what the other sections say.

    Attributes:
        out: Folder of the pack.
        most_leads: Leads looked at closely, at most; of more they are drawn at random, whole
            accounts at a time, and counts are scaled.
        resamplings: How often the recipe learns from leads drawn anew, to see whether what matters
            is steady.
        concepts: Concepts shown of each axis.
        currency: What stands beside amounts, such as JPY or €.
        channels: How leads come; the first that holds counts.
        personas: Kinds of customers; the first that holds counts.
        stages: Steps of the funnel; those not named here are taken from stages called so.
        mature_after_days: Days from a lead's creation after which its month is judged; default
            those within which four of five wins come, and at least the goal's horizon.
        sla_months: Newest months, the running one not included, whose leads the sheet both sides
            know counts.
        calls: Patterns of event types that are sales calling.
        mails: Patterns of event types that are sales writing.
        hypotheses: File of what people say of leads, each with a rule.
        backtest: File that `propensity backtest --json` wrote.
    """

    out: str = "review"
    most_leads: Annotated[int, Field(ge=1000)] = 30_000
    resamplings: Annotated[int, Field(ge=2, le=100)] = 10
    concepts: Annotated[int, Field(ge=1, le=30)] = 8
    currency: Annotated[str, Field(max_length=8)] = ""
    channels: tuple[Channel, ...] = ()
    personas: tuple[Persona, ...] = ()
    stages: FunnelStages = FunnelStages()
    mature_after_days: Days | None = None
    sla_months: Annotated[int, Field(ge=1, le=24)] = 6
    calls: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    hypotheses: str = "hypotheses.yaml"
    backtest: str = "backtest.json"

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for where, names in (
            ("channels", [channel.name for channel in self.channels]),
            (
                "channels: traffic",
                [name for channel in self.channels for name in channel.listed_as],
            ),
            ("personas", [persona.name for persona in self.personas]),
        ):
            if twice := _twice(names):
                raise ValueError(f"{where}: each name once, got {twice} more than once")
        return self


def _twice(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})
