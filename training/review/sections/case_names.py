"""What people call the cases of the decision table, and who does what."""

from propensity.definition.schema import Definition, Promise
from propensity.grading.grading import AREAS
from propensity.language import CATALOGUES
from training.review.words import Words


def case_name(case: str, words: Words) -> str:
    """A case within a sentence, such as ``hand-raisers``; a quadrant by its name."""
    if case in AREAS:
        return words.quadrant(case)
    name = CATALOGUES[words.language][f"case: {case}"]
    return name if name.startswith("MQL") else name[:1].lower() + name[1:]


def role_name(role: str, definition: Definition | None, words: Words) -> str:
    """What the company calls a role: as the definition says, in the reader's language where
    ``labels`` hold it.
    """
    return words.name(definition.roles.get(role, role) if definition else role)


def segment_name(by: str, name: str, words: Words) -> str:
    """What the company calls a segment: a channel, a persona, or a value of a column.

    Args:
        by: ``channel``, ``persona`` or a column.
        name: As the configuration or the data call it.
        words: Words of any section.
    """
    return words.name(words.labels.get(f"{by}: {name}", name))


def promised_to(agreed: Promise, definition: Definition | None, words: Words) -> str:
    """For whom a promise is: a segment, all leads, or all that no other promise is for."""
    if agreed.rule is not None or agreed.segment in words.labels:
        return words.name(agreed.segment)
    promise = words.of("promise")
    others = definition.promises if definition else ()
    return promise.say("others" if any(one.rule for one in others) else "everybody")
