"""The lines of a points table in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from features.build.mail import COMPANY_MAIL, FREE_MAIL
from features.spec import ANY_KIND, AttributeSource, BehaviourSource, Feature, FeatureSpec
from propensity.concepts.wording import label, plain
from propensity.language import CATALOGUES, catalogue
from propensity.language.audience import Audience
from training.closed_loop.numerals import number
from training.learn.learners.points_table import PointsRow


@dataclass(frozen=True)
class PointsCondition:
    """A line of a points table as somebody types it in.

    Attributes:
        text: What earns the points.
        points: Each time.
        at_most: Points from this line, at most.
        lapses_after: Days after which points lapse; None for never.
    """

    text: str
    points: int
    at_most: int
    lapses_after: int | None


def conditions(
    lines: Sequence[PointsRow], spec: FeatureSpec, language: str
) -> Iterator[PointsCondition]:
    """The lines in words."""
    for line in lines:
        feature = spec.features[line.column]
        window = feature.source.window if isinstance(feature.source, BehaviourSource) else None
        yield PointsCondition(
            _text(line, feature, language), line.points, line.points * line.cap, window
        )


def _text(line: PointsRow, feature: Feature, language: str) -> str:
    words = catalogue("training.closed_loop", language)
    concept = label(feature.concept, Audience(language))
    if line.code is not None:
        return f"{concept}: {_level(feature, feature.levels[line.code - 2], language)}"
    if isinstance(feature.source, BehaviourSource) and feature.source.kind == ANY_KIND:
        return words.say("silent", n=number(line.low or 0))
    if line.is_times:
        return words.say("once" if line.cap == 1 else "each time", label=concept)
    if line.high is None:
        return words.say("from", label=concept, low=number(line.low or 0))
    return words.say("from to", label=concept, low=number(line.low or 0), high=number(line.high))


def _level(feature: Feature, level: str, language: str) -> str:
    is_mail = (
        isinstance(feature.source, AttributeSource) and feature.source.reading == "mail_domain"
    )
    return (
        CATALOGUES[language][level]
        if is_mail and level in (FREE_MAIL, COMPANY_MAIL)
        else plain(level)
    )
