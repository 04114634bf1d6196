"""Ten leads to bet on: what was known of them, what the model said, and what became of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.settings import Axis
from training.review.findings.anonymous import AnonymousFacts, Fact
from training.review.findings.close_rates import over_line
from training.review.findings.concept_effects import ConceptEffect
from training.review.findings.material import Material

LEADS = 10
AXES: tuple[Axis, ...] = ("fit", "interest")
#: Concepts of each axis that are asked for, and leads looked at for each of the ten.
_EACH, _LOOKED_AT = 3, 25
#: Leads, closed and others, that there have to be.
_FEWEST = 20


@dataclass(frozen=True)
class Bet:
    """A lead to bet on.

    Attributes:
        facts: Facts by place among ``Bets.matters``; None where telling one would tell who it is.
        chance: Chance by the model, 0..1.
        over: Whether the definition hands it over.
        won: What became of it.
    """

    facts: tuple[Fact | None, ...]
    chance: float
    over: bool
    won: bool

    @property
    def is_right(self) -> bool:
        """Whether the line was right about it."""
        return self.over == self.won


@dataclass(frozen=True)
class Bets:
    """The leads, and what is asked of each.

    Attributes:
        matters: Concepts that are told, fit first.
        leads: Leads in an order that says nothing.
    """

    matters: tuple[ConceptEffect, ...]
    leads: tuple[Bet, ...]

    @property
    def right(self) -> int:
        """Leads the line was right about."""
        return sum(bet.is_right for bet in self.leads)


def bets(material: Material) -> Bets | None:
    """Choose ten leads, half of them closed where there are as many, from low chances to high ones.

    Returns:
        None where there are too few leads of one kind.
    """
    won = material.unseen.judged.won
    if min(won.sum(), (~won).sum()) < _FEWEST:
        return None
    facts = AnonymousFacts(material)
    asked = [place for axis in AXES for place in _weightiest(facts, axis)]
    order = sorted(asked)  # matters stand with the weightiest first
    chosen: list[int] = []
    profiles: set[tuple[int | None, ...]] = set()
    for outcome in (True, False):
        rows = np.flatnonzero(won == outcome)
        ranked = rows[np.argsort(material.unseen.judged.probability[rows], kind="stable")]
        for part in np.array_split(ranked, LEADS // 2):
            row = _best(part, facts, order, profiles)
            profiles.add(_profile(facts, row, order))
            chosen.append(row)
    drawn = np.random.default_rng(material.config.learner.seed).permutation(chosen).tolist()
    over, judged = over_line(material), material.unseen.judged
    leads = []
    for row in drawn:
        told = facts.of(row, order, most=len(order))
        leads.append(
            Bet(
                tuple(told.get(place) for place in asked),
                float(judged.probability[row]),
                bool(over[row]),
                bool(won[row]),
            )
        )
    return Bets(tuple(facts.matters[place] for place in asked), tuple(leads))


def _weightiest(facts: AnonymousFacts, axis: Axis) -> list[int]:
    """Places of the concepts of an axis that move chances most."""
    return [place for place, matter in enumerate(facts.matters) if matter.concept.axis == axis][
        :_EACH
    ]


def _best(
    rows: NDArray[np.intp],
    facts: AnonymousFacts,
    order: list[int],
    taken: set[tuple[int | None, ...]],
) -> int:
    """The one of some rows that most may be told of, and that is unlike those taken."""
    looked = rows[
        np.unique(np.linspace(0, len(rows) - 1, _LOOKED_AT).round().astype(np.int64))
    ].tolist()

    def merit(row: int) -> tuple[bool, int]:
        profile = _profile(facts, row, order)
        return profile not in taken, sum(place is not None for place in profile)

    return int(max(looked, key=merit))


def _profile(facts: AnonymousFacts, row: int, order: list[int]) -> tuple[int | None, ...]:
    told = facts.of(row, order, most=len(order))
    return tuple(int(facts.place[row, place]) if place in told else None for place in order)
