"""What is handed over tonight, and what was before: once per request, and once per crossing."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from propensity.definition.schema import CASES, Case
from propensity.grading.decision_table import CaseDecisions, RuleResults
from propensity.grading.memory import REMEMBERED, Memory

#: Cases in which a lead is handed over, in the order of the decision table.
HANDED_OVER: tuple[Case, ...] = ("hand-raiser", "MQL", "random slice", "override")
#: The case in which people hold a lead.
HELD: Case = "hold"
_NEVER = np.iinfo(np.int32).min
_RAISED, _MQL, _SLICE, _CHOSEN = (CASES.index(case) for case in HANDED_OVER)


@dataclass(frozen=True)
class HandOvers:
    """The hand-overs of n rows.

    Attributes:
        tonight: (n,) whether the lead is handed over tonight.
        standing: (n,) whether it was handed over before tonight, and is over the line or asks.
        sent_back: (n,) whether it would be standing, but sales gave it back: nobody has it.
        cooled: (n,) whether it was handed over and not given back, and is neither over the line nor
            asking any more, nor held.
        held: (n,) whether it was handed over and not given back, and people hold it: a pause.
        on: (n,) date32, the night of the last hand-over, tonight's included; null without one.
        requested_on: (n,) date32, the day on which a hand-raiser last asked; null for others.
        owner: (n,) string, who has the lead by the hand-over before; null without one.
        respond_by: (n,) timestamp, the deadline of the hand-over before; null without one.
        sent_back_at: (n,) timestamp, when sales gave back what nobody has since; null for others.
        because: (n,) string, why it was given back; null where nobody said.
    """

    tonight: NDArray[np.bool_]
    standing: NDArray[np.bool_]
    sent_back: NDArray[np.bool_]
    cooled: NDArray[np.bool_]
    held: NDArray[np.bool_]
    on: pa.Array
    requested_on: pa.Array
    owner: pa.Array
    respond_by: pa.Array
    sent_back_at: pa.Array
    because: pa.Array


def hand_overs(
    decided: CaseDecisions,
    ruled: RuleResults,
    as_of_day: NDArray[np.int32],
    memory: Memory,
    place: NDArray[np.int64],
) -> HandOvers:
    """Hand n rows over, each once.

    A hand-raiser is handed over once per request: again only where it asked on a later day than it
    was handed over for. An MQL is handed over once per crossing: again only after it had cooled. A
    lead of the random slice is handed over once. Who already has a lead does not get it anew for
    another reason, but for a request. A lead that was sent back is with nobody, and is handed over
    again as one that somebody has: after it had cooled and crosses anew, or when it asks. A lead
    that people chose is handed over unless somebody has it; one that was sent back or has cooled is
    chosen anew, but one that was handed over because people chose it is not chosen twice. A hold
    pauses: who has the lead keeps it, and the hand-over stands when the hold ends.

    Args:
        decided: What the table says.
        ruled: What the rules say, with ``request_age``.
        as_of_day: (n,) day numbers of the night.
        memory: What the nights before handed over.
        place: (n,) the row of the memory, or -1.
    """
    before, cooled_before = (
        memory.of(name, place).is_valid().to_numpy(zero_copy_only=False)
        for name in ("handed_over_on", "cooled_on")
    )
    case = decided.case
    asked = _requested_on(ruled, as_of_day, case == _RAISED)
    is_new = _is_later(asked, memory.of("requested_on", place)) | ~before
    returned = pc.fill_null(pc.equal(memory.of("status", place), "sent back"), False)
    with_nobody = returned.to_numpy(zero_copy_only=False)
    was_chosen = pc.fill_null(pc.equal(memory.of("handed_over_as", place), "override"), False)
    by_choice = cooled_before | (with_nobody & ~was_chosen.to_numpy(zero_copy_only=False))
    tonight = np.select(
        [case == _RAISED, case == _MQL, case == _SLICE, case == _CHOSEN],
        [is_new, ~before | cooled_before, ~before, ~before | by_choice],
        default=False,
    ).astype(np.bool_)
    if not memory.hands_over:
        tonight = np.zeros_like(tonight)
    is_handed = np.isin(case, [_RAISED, _MQL, _SLICE, _CHOSEN])
    is_held = case == CASES.index(HELD)
    because = memory.of("status_because", place)
    return HandOvers(
        tonight=tonight,
        standing=is_handed & before & ~tonight & ~with_nobody,
        sent_back=is_handed & before & ~tonight & with_nobody,
        cooled=before & ~is_handed & ~is_held & ~with_nobody,
        held=before & is_held & ~with_nobody,
        on=pc.if_else(
            pa.array(tonight),
            pa.array(as_of_day, pa.int32()).cast(pa.date32()),
            memory.of("handed_over_on", place),
        ),
        requested_on=asked,
        owner=memory.of("owner", place),
        respond_by=memory.of("respond_by", place),
        sent_back_at=pc.if_else(
            pc.and_not(returned, pa.array(tonight)), memory.of("status_at", place), None
        ),
        because=pc.if_else(pc.equal(because, ""), None, because),
    )


def _requested_on(
    ruled: RuleResults, as_of_day: NDArray[np.int32], raised: NDArray[np.bool_]
) -> pa.Array:
    """(n,) date32; null where the lead is no hand-raiser, or its rule asks for nothing it did."""
    if ruled.request_age is None:
        return pa.nulls(len(ruled), REMEMBERED.field("requested_on").type)
    day = as_of_day - ruled.request_age
    return pa.array(day, pa.int32(), mask=~raised | (ruled.request_age < 0)).cast(pa.date32())


def _is_later(asked: pa.Array, answered: pa.Array) -> NDArray[np.bool_]:
    """(n,) whether a request was made on a later day than the newest that was handed over."""
    days = pc.cast(asked, pa.int32()).fill_null(_NEVER).to_numpy(zero_copy_only=False)
    known = pc.cast(answered, pa.int32()).fill_null(_NEVER).to_numpy(zero_copy_only=False)
    later: NDArray[np.bool_] = days > known
    return later
