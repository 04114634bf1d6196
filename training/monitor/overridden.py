"""What became of the leads of which people decided, beside what the model had expected."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.days import day_number
from propensity.grading.overrides import OverrideDecision
from propensity.ledger.ledger import LedgerFact
from training.monitor.looks import NEVER, outcomes_of
from training.monitor.watched import Watched

DECISIONS: tuple[OverrideDecision, ...] = ("hand over", "hold")


@dataclass(frozen=True)
class OverriddenLeads:
    """Leads of which people decided in one way.

    Attributes:
        decision: Hand over, or hold.
        leads: Leads, each once, by the first such decision on it.
        mature: Leads among these whose horizon is over.
        closed: Leads among the mature that reached the goal within the horizon.
        expected: Such closes that the model expected when people decided.
    """

    decision: OverrideDecision
    leads: int
    mature: int
    closed: int
    expected: float


def judged_overrides(
    is_hold: NDArray[np.bool_],
    chance: NDArray[np.float64],
    won: NDArray[np.bool_],
    is_mature: NDArray[np.bool_],
) -> tuple[OverriddenLeads, ...]:
    """Hold what became of overridden leads against what the model expected.

    Args:
        is_hold: (n,) whether people held the lead; else they handed it over. Each lead once for
            each of the two.
        chance: (n,) chance that the model gave it then, 0..1.
        won: (n,) whether it reached the goal within the horizon.
        is_mature: (n,) whether the horizon is over.

    Returns:
        One for each decision that was made.
    """
    found = []
    for decision in DECISIONS:
        mine = is_hold == (decision == "hold")
        over = mine & is_mature
        if mine.any():
            found.append(
                OverriddenLeads(
                    decision,
                    int(mine.sum()),
                    int(over.sum()),
                    int((won & over).sum()),
                    float(chance[over].sum()),
                )
            )
    return tuple(found)


def overridden(watched: Watched) -> tuple[OverriddenLeads, ...]:
    """The leads of which people decided, up to the look."""
    facts = _first(watched.facts)
    night = np.array([day_number(fact.as_of) for fact in facts], dtype=np.int64)
    keys = pa.table(
        {
            "lead_id": pa.array([fact.lead_id for fact in facts], pa.string()),
            "episode": pa.array([fact.episode for fact in facts], pa.int32()),
        }
    )
    goal = outcomes_of(watched, keys)["goal"].fill_null(NEVER).to_numpy().astype(np.int64)
    return judged_overrides(
        np.array([_is_hold(fact) for fact in facts], dtype=np.bool_),
        np.array([fact.probability for fact in facts], dtype=np.float64),
        (goal >= night) & (goal < night + watched.horizon),
        night + watched.horizon <= watched.until,
    )


def _first(facts: Sequence[LedgerFact]) -> list[LedgerFact]:
    """The first decision of each kind on each lead."""
    first: dict[tuple[str, bool], LedgerFact] = {}
    for fact in sorted(facts, key=lambda fact: fact.as_of):
        if fact.kind == "overridden":
            first.setdefault((fact.lead_id, _is_hold(fact)), fact)
    return list(first.values())


def _is_hold(fact: LedgerFact) -> bool:
    return fact.detail.startswith("hold:")
