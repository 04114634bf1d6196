"""Leads, told: one that is typical of each quadrant, and the one that surprised most."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.settings import Axis
from propensity.grading.grading import AREAS, areas_on
from propensity.model.model import probability
from training.review.findings.anonymous import AnonymousFacts, Fact
from training.review.findings.concept_effects import ConceptEffect
from training.review.findings.material import Material

AXES: tuple[Axis, ...] = ("fit", "interest")
#: Leads that an area needs for one of them to be told, and those nearest to its middle that are
#: looked at.
_FEWEST, _LOOKED_AT = 20, 15
#: Steps on each axis, at most, and log-odds below which one is not drawn by itself; the rest are
#: added up.
_STEPS, _THINNEST = 4, 0.02


@dataclass(frozen=True)
class StoryStep:
    """From one chance to the next.

    Attributes:
        axis: fit or interest.
        matter: The concept; None for all others of the axis together.
        fact: Its value, where it may be told.
        change: Change of the chance, -1..1.
        chance: Chance after the step, 0..1.
    """

    axis: Axis
    matter: ConceptEffect | None
    fact: Fact | None
    change: float
    chance: float


@dataclass(frozen=True)
class Story:
    """A lead as the sum of what is known of it.

    Attributes:
        area: Where it stands: a quadrant, or a half of the only axis.
        is_surprise: Whether it is the one whose end was expected least.
        start: Chance of a lead of which nothing is known, 0..1.
        steps: Fit first, then interest; the largest first.
        chance: Where they end.
        won: What became of it.
    """

    area: str
    is_surprise: bool
    start: float
    steps: tuple[StoryStep, ...]
    chance: float
    won: bool

    def after(self, axis: Axis) -> float:
        """The chance once everything on an axis is known."""
        return next((step.chance for step in reversed(self.steps) if step.axis == axis), self.start)


def stories(material: Material) -> tuple[Story, ...]:
    """Tell them: hot, nurture, keen, leave (of one axis high and low), and the surprise."""
    facts = AnonymousFacts(material)
    typical = list(_typical(material, facts))
    judged = material.unseen.judged
    surprise = np.abs(judged.won - judged.probability)
    surprise[typical] = -1.0
    found = [_story(material, facts, row, is_surprise=False) for row in typical]
    if len(judged) >= _FEWEST:
        found.append(_story(material, facts, int(surprise.argmax()), is_surprise=True))
    return tuple(found)


def _typical(material: Material, facts: AnonymousFacts) -> Iterator[int]:
    """A row of each area: of those nearest to the middle of it the one of which most may be
    told.
    """
    unseen = material.unseen
    places = np.column_stack([unseen.judged.fit, unseen.judged.interest])
    spread = np.maximum(places.std(axis=0), 1e-9)
    for code in areas_on(unseen.graded.axes):
        rows = np.flatnonzero(unseen.graded.area == code)
        if len(rows) >= _FEWEST:
            away = ((places[rows] - np.median(places[rows], axis=0)) / spread) ** 2
            nearest = rows[np.argsort(away.sum(axis=1), kind="stable")[:_LOOKED_AT]].tolist()
            yield max(nearest, key=lambda row: len(_told(material, facts, row)))


def _story(material: Material, facts: AnonymousFacts, row: int, *, is_surprise: bool) -> Story:
    unseen = material.unseen
    shares, drawn = _drawn(material, facts, row)
    told = _told(material, facts, row)
    running, steps = unseen.sums.base, []
    totals: dict[Axis, float] = {
        "fit": float(unseen.sums.fit[row]),
        "interest": float(unseen.sums.interest[row]),
    }
    for axis, total in totals.items():
        known = [
            (facts.matters[place], told.get(place), float(shares[place])) for place in drawn[axis]
        ]
        rest = total - sum(share for *_, share in known)
        for matter, fact, share in (*known, *([(None, None, rest)] if abs(rest) > 1e-9 else [])):
            before, running = running, running + share
            steps.append(
                StoryStep(axis, matter, fact, _chance(running) - _chance(before), _chance(running))
            )
    return Story(
        area=AREAS[int(unseen.graded.area[row])],
        is_surprise=is_surprise,
        start=_chance(unseen.sums.base),
        steps=tuple(steps),
        chance=float(unseen.judged.probability[row]),
        won=bool(unseen.judged.won[row]),
    )


def _drawn(
    material: Material, facts: AnonymousFacts, row: int
) -> tuple[NDArray[np.float64], dict[Axis, list[int]]]:
    """What each matter adds to the log-odds of a lead, and the places of those that are drawn, the
    largest first.
    """
    unseen = material.unseen
    number = {
        (concept.name, concept.axis): place for place, concept in enumerate(unseen.model.concepts)
    }
    shares = unseen.sums.contributions[row, [number[matter.effect.key] for matter in facts.matters]]
    order = [
        place
        for place in np.argsort(-np.abs(shares), kind="stable").tolist()
        if abs(shares[place]) >= _THINNEST
    ]
    return shares, {
        axis: [place for place in order if facts.matters[place].concept.axis == axis][:_STEPS]
        for axis in AXES
    }


def _told(material: Material, facts: AnonymousFacts, row: int) -> dict[int, Fact]:
    """Values of what is drawn, as far as they may be told and do not speak against what the concept
    did here.
    """
    shares, drawn = _drawn(material, facts, row)
    order = sorted(
        [*drawn["fit"], *drawn["interest"]], key=lambda place: -abs(float(shares[place]))
    )
    agreeing = [place for place in order if facts.change(row, place) * shares[place] > 0]
    return facts.of(row, agreeing, most=len(agreeing))


def _chance(log_odds: float) -> float:
    return float(probability(np.array([log_odds]))[0])
