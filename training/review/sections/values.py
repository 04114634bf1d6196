"""Facts about one lead in words that fit many: numbers with two digits, open at both ends."""

from features.spec import BehaviourSource
from training.review.findings.anonymous import Fact
from training.review.findings.concept_effects import ConceptEffect
from training.review.sections.matters import point_label, rounded
from training.review.words import Words


def named(matter: ConceptEffect, words: Words) -> str:
    """What is told of a lead: a concept, and within how many days where it is a behaviour.

    Args:
        matter: The concept.
        words: Words of any section; gives the language.
    """
    name, source = words.name(matter.concept.name, longest=28), matter.shape.feature.source
    if isinstance(source, BehaviourSource) and source.window is not None:
        return words.of("told").say("within", concept=name, n=source.window)
    return (
        words.of("told").say("in days", concept=name)
        if matter.shape.feature.unit == "days"
        else name
    )


def value(fact: Fact, words: Words) -> str:
    """What is told of a value.

    Args:
        fact: The group of values that it is in.
        words: Words of any section; gives the language.
    """
    shape, point, said = fact.matter.shape, fact.point, words.of("matters")
    ranges = [each for each in shape.points if each.low is not None]
    if point.low is None or point.high is None or point.low == point.high:
        return point_label(point, shape.feature, said)
    if point is ranges[-1]:
        return words.of("told").say("or more", low=rounded(point.low, words, digits=2))
    if point is ranges[0]:
        return words.of("told").say("or less", high=rounded(point.high, words, digits=2))
    return said.say(
        "range", low=rounded(point.low, words, digits=2), high=rounded(point.high, words, digits=2)
    )
