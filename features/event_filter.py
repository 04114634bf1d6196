"""Events that a machine made: what is decided away, in training and scoring alike."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from features.settings import StrictModel

#: Pattern of a text: ``*`` any text, ``?`` one character.
_Pattern = Annotated[str, Field(min_length=1)]


class EventFilter(StrictModel):
    """Which events of a type count as nothing, because no person made them.

    Attributes:
        event_type: Their type.
        seconds: So soon after a message to the same lead; a message that was recorded later than
            the event filters nothing, so that no event vanishes once it was counted.
        messages: Patterns of the event types of these messages.
        user_agents: Patterns of the program that made the event, whatever its case.
    """

    event_type: str
    seconds: Annotated[int, Field(ge=0, le=3600)] | None = None
    messages: tuple[str, ...] = ()
    user_agents: tuple[_Pattern, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.seconds is None and not self.user_agents:
            raise ValueError("expected `seconds` after a message, `user_agents`, or both, got none")
        if self.seconds is not None and not self.messages:
            raise ValueError("`seconds` after a message: expected which event types are messages")
        return self
