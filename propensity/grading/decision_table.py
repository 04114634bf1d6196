"""One lead, one instruction: the table that decides, read from the top; the first match counts."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from propensity.definition.schema import CASES, Case, Definition
from propensity.grading.grading import AREAS, Graded

#: What keeps a lead from being handed over, the first that applies; ``""`` where it is handed over.
Obstacle = Literal[
    "", "disqualifier", "hold", "missing information", "qualifier", "hold-out", "threshold"
]
OBSTACLES: tuple[Obstacle, ...] = (
    "",
    "disqualifier",
    "hold",
    "missing information",
    "qualifier",
    "hold-out",
    "threshold",
)

_CODE: dict[Case, int] = {case: code for code, case in enumerate(CASES)}
_TO_SALES = [_CODE[case] for case in ("override", "hand-raiser", "MQL")]


@dataclass(frozen=True)
class RuleResults:
    """What the rules of a definition say of n rows; every number is a place in a list of the
    definition, or -1.

    Attributes:
        disqualifier: (n,) the first disqualifier that holds.
        hand_raiser: (n,) the first rule of ``always_hand_over`` that holds.
        missing: (n,) the first column of ``required_info`` that is unknown.
        qualifier: (n,) the first qualifier that is false, else the first that is unknown.
        qualifier_unknown: (n,) whether none is false, but one is unknown: somebody could ask.
        in_line: (n,) whether ``mql.rule`` holds; all false where there is none.
        stage: (n,) the last stage of the journey whose entry holds.
        segment: (n,) the first promise whose segment holds the lead.
        request_age: (n,) days since a hand-raiser last did what its rule asks for, -1 where it
            asks for nothing that leads do, and for others; None where nobody asked.
        toss_up: (n,) the first condition of ``toss_up`` that is not known to hold; None where there
            is none.
    """

    disqualifier: NDArray[np.int16]
    hand_raiser: NDArray[np.int16]
    missing: NDArray[np.int16]
    qualifier: NDArray[np.int16]
    qualifier_unknown: NDArray[np.bool_]
    in_line: NDArray[np.bool_]
    stage: NDArray[np.int16]
    segment: NDArray[np.int16]
    request_age: NDArray[np.int32] | None = None
    toss_up: NDArray[np.int16] | None = None

    def __len__(self) -> int:
        return len(self.disqualifier)

    @property
    def eligible(self) -> NDArray[np.bool_]:
        """(n,) whether nothing but the line keeps the lead from being an MQL."""
        return (self.disqualifier < 0) & (self.missing < 0) & (self.qualifier < 0)


@dataclass(frozen=True)
class CaseDecisions:
    """The table's answer for n rows.

    Attributes:
        case: (n,) place in ``CASES``: exactly one per row.
        is_mql: (n,) whether the lead is an MQL; a hand-raiser may be one too, and is counted apart.
        obstacle: (n,) place in ``OBSTACLES``.
    """

    case: NDArray[np.int8]
    is_mql: NDArray[np.bool_]
    obstacle: NDArray[np.int8]

    @property
    def handed_over(self) -> NDArray[np.bool_]:
        """(n,) whether the lead goes to sales now: hand-raisers, MQLs, and whom people chose."""
        over: NDArray[np.bool_] = np.isin(self.case, _TO_SALES)
        return over


def above_line(
    definition: Definition,
    probability: NDArray[np.float64],
    ruled: RuleResults,
    was_mql: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """(n,) whether a lead is over the line, with nothing else asked.

    A lead that was an MQL at the last scoring stays over it until its chance falls below ``leave``.
    """
    if definition.mql.by == "rules" or definition.mql.enter is None:
        return ruled.in_line
    over = np.asarray(probability >= definition.mql.enter, dtype=np.bool_)
    if was_mql is not None:
        over = np.asarray(
            over | (was_mql & (probability >= definition.mql.leave_below)), dtype=np.bool_
        )
    return over


def decide(
    definition: Definition,
    graded: Graded,
    probability: NDArray[np.float64],
    ruled: RuleResults,
    *,
    was_mql: NDArray[np.bool_] | None = None,
    lot: NDArray[np.float64] | None = None,
    held: NDArray[np.bool_] | None = None,
    override: NDArray[np.int8] | None = None,
) -> CaseDecisions:
    """Decide what is done with each of n rows.

    Args:
        definition: What was agreed on.
        graded: The rows on the two axes.
        probability: (n,) probability to win within the horizon.
        ruled: What the rules say.
        was_mql: (n,) whether the lead was an MQL at the last scoring; None where that is not known.
        lot: (n,) each lead's place in the draw for the random slice, 0 <= lot < 1; None where none
            is drawn.
        held: (n,) whether the lead is drawn for the hold-out; None where none is.
        override: (n,) what people decided of the lead: 1 hand over, -1 hold, 0 nothing; it goes
            before all but a disqualifier. None where nobody did.
    """
    over = above_line(definition, probability, ruled, was_mql)
    raised, complete, qualified = ruled.hand_raiser >= 0, ruled.missing < 0, ruled.qualifier < 0
    # what is unknown is not the lead's fault
    could_be = over & (qualified | ruled.qualifier_unknown)
    clean = ruled.disqualifier < 0
    share = definition.mql.random_slice.share if definition.mql.random_slice else 0.0
    drawn = lot < share if lot is not None else np.zeros(len(ruled), dtype=np.bool_)
    held = held if held is not None else np.zeros(len(ruled), dtype=np.bool_)
    chosen = override if override is not None else np.zeros(len(ruled), dtype=np.int8)
    wanted = raised | could_be
    case = np.array([_CODE[area] for area in AREAS], dtype=np.int8)[graded.area]
    table: tuple[tuple[Case, NDArray[np.bool_]], ...] = (
        ("disqualified", ~clean),
        ("override", chosen > 0),
        ("hold", chosen < 0),
        ("hand-raiser", raised & complete),
        ("incomplete", (raised & ~complete) | (could_be & ~(qualified & complete))),
        ("hold-out", over & qualified & held),
        ("MQL", over & qualified),
        ("random slice", qualified & complete & drawn),
    )
    for name, holds in reversed(table):  # the first match counts, so it is written last
        case[holds] = _CODE[name]
    is_mql = clean & complete & qualified & over
    return CaseDecisions(case, is_mql, _obstacles(ruled, wanted, case))


def _obstacles(
    ruled: RuleResults, wanted: NDArray[np.bool_], case: NDArray[np.int8]
) -> NDArray[np.int8]:
    obstacle = np.full(len(ruled), OBSTACLES.index("threshold"), dtype=np.int8)
    table: tuple[tuple[Obstacle, NDArray[np.bool_]], ...] = (
        ("", np.isin(case, _TO_SALES)),
        ("disqualifier", ruled.disqualifier >= 0),
        ("hold", case == _CODE["hold"]),
        ("missing information", wanted & (ruled.missing >= 0)),
        ("qualifier", ruled.qualifier >= 0),
        ("missing information", ruled.missing >= 0),
        ("hold-out", case == _CODE["hold-out"]),
    )
    for name, holds in reversed(table):
        obstacle[holds] = OBSTACLES.index(name)
    return obstacle
