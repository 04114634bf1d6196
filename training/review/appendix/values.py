"""Facts about one lead in words that fit many: numbers with two digits, open at both ends."""

import numpy as np

from features.spec import BehaviourSource
from propensity.numerals import numbers
from training.review.anonymous import Fact
from training.review.matter import Matter
from training.review.meeting.matters import point_label
from training.review.words import Words


def named(matter: Matter, words: Words) -> str:
    """What is told of a lead: a concept, and within how many days where it is a behaviour.

    Args:
        matter: The concept.
        words: Of any section; gives the language.
    """
    name, source = words.name(matter.concept.name, longest=28), matter.shape.feature.source
    if isinstance(source, BehaviourSource) and source.window is not None:
        return words.of("told").say("within", concept=name, n=source.window)
    return words.of("told").say("in days", concept=name) if matter.shape.feature.unit == "days" else name


def value(fact: Fact, words: Words) -> str:
    """What is told of a value.

    Args:
        fact: The group of values that it is in.
        words: Of any section; gives the language.
    """
    shape, point, said = fact.matter.shape, fact.point, words.of("matters")
    ranges = [each for each in shape.points if each.low is not None]
    if point.low is None or point.high is None or point.low == point.high:
        return point_label(point, shape.feature, said)
    if point is ranges[-1]:
        return words.of("told").say("or more", low=_rounded(point.low))
    if point is ranges[0]:
        return words.of("told").say("or less", high=_rounded(point.high))
    return said.say("range", low=_rounded(point.low), high=_rounded(point.high))


def _rounded(number: float) -> str:
    """A number with two significant digits."""
    return str(numbers(np.array([float(f"{number:.2g}")]))[0].as_py())
