"""Business time as people say it: ``1 business day``, ``4 hours``."""

from propensity.definition.business_hours import Span
from training.review.words import Words


def spoken(span: Span, words: Words) -> str:
    """A span of business time.

    Args:
        span: Span of business time as the definition names it.
        words: Words of any section; gives the language.
    """
    said = words.of("promise")
    if span.days:
        return said.say("span day") if span.days == 1 else said.say("span days", n=span.days)
    hours, minutes = divmod(span.minutes, 60)
    if minutes:
        return said.say("span minutes", n=span.minutes)
    return said.say("span hour") if hours == 1 else said.say("span hours", n=hours)
