"""What a scored row says of the definition: grade, MQL or not, what keeps it from it, and the one
instruction.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from propensity.definition.schema import CASES
from propensity.grading.agreed import Agreed
from propensity.grading.decision_table import CaseDecisions, RuleResults, decide
from propensity.grading.draws import held_out, lots
from propensity.grading.grading import Graded, graded
from propensity.grading.hand_over import hand_overs
from propensity.grading.instruction_texts import INSTRUCTED, GradedRows, InstructionTexts, named
from propensity.grading.memory import Memory
from propensity.grading.overrides import no_overrides
from propensity.model.model import Sums

#: Cases that people decided.
_BY_CHOICE = [CASES.index("override"), CASES.index("hold")]


def instructed(
    agreed: Agreed,
    sums: Sums,
    ruled: RuleResults | None,
    rows: GradedRows,
    *,
    memory: Memory | None,
    language: str,
) -> tuple[Graded, dict[str, pa.Array]]:
    """Grade rows and read the table for each.

    Args:
        agreed: The definition in use.
        sums: Sums of the rows.
        ruled: What the rules say of them; None without a definition.
        rows: The rows.
        memory: What the nights before handed over; None where nothing is handed over.
        language: Language of standard sentences.

    Returns:
        The grades, and the columns of ``INSTRUCTED``.
    """
    definition, n = agreed.definition, len(sums.probability)
    place = memory.place(rows.lead_id, rows.episode) if memory else np.full(n, -1)
    was_mql, was_handed = _before(memory, place)
    chosen = memory.overrides if memory else no_overrides()
    at = chosen.place(rows.lead_id, rows.episode)
    on_axes, decided = decided_of(
        agreed,
        sums,
        ruled,
        rows.lead_id,
        was_mql=was_mql,
        was_handed=was_handed,
        override=chosen.code(at),
    )
    if definition is None or ruled is None or decided is None:
        return on_axes, {field.name: pa.nulls(n, field.type) for field in INSTRUCTED}
    over = hand_overs(decided, ruled, rows.as_of_day, memory, place) if memory else None
    telling = InstructionTexts(agreed, definition, ruled, decided, language)
    by_choice = pa.array(np.isin(decided.case, _BY_CHOICE))
    columns = {
        "journey_stage": named([stage.name for stage in definition.stages], ruled.stage),
        "is_mql": pa.array(decided.is_mql),
        "mql_since": telling.since(rows, memory, np.where(was_mql, place, -1)),
        "blocked_by": telling.blocked_by(),
        "decided_by": pa.array(CASES, pa.string()).take(pa.array(decided.case)),
        "instruction": pc.if_else(
            telling.is_chosen(over),
            telling.chosen(chosen, at, over),
            telling.instruction(over, rows.timezone),
        ),
        "owner": telling.owner(over),
        "respond_by": telling.respond_by(rows, over),
        "handed_over_on": over.on if over else pa.nulls(n, pa.date32()),
        "requested_on": over.requested_on if over else pa.nulls(n, pa.date32()),
        "sent_back_on": telling.sent_back_on(over, rows.timezone),
        "toss_up": telling.toss_up(over),
        "override": pc.if_else(by_choice, chosen.of("decision", at), None),
    }
    return on_axes, columns


def _before(
    memory: Memory | None, place: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_] | None]:
    """(n,) whether the lead was an MQL in the night before, and whether it was ever handed over;
    None where nobody remembers.
    """
    if memory is None:
        return np.zeros(len(place), dtype=np.bool_), None
    mql, handed = (memory.of(name, place) for name in ("is_mql", "handed_over_on"))
    was = (pc.fill_null(mql, False), handed.is_valid())
    was_mql, was_handed = (values.to_numpy(zero_copy_only=False) for values in was)
    return was_mql, was_handed


def decided_of(
    agreed: Agreed,
    sums: Sums,
    ruled: RuleResults | None,
    lead_id: pa.Array,
    *,
    was_mql: NDArray[np.bool_] | None = None,
    was_handed: NDArray[np.bool_] | None = None,
    override: NDArray[np.int8] | None = None,
) -> tuple[Graded, CaseDecisions | None]:
    """The grades of n rows, and what is done with each: the one way from sums to an instruction.

    Args:
        agreed: The definition in use.
        sums: Sums of the rows.
        ruled: What the rules say of them; None without a definition.
        lead_id: (n,) strings.
        was_mql: (n,) whether the lead was an MQL at the last scoring; None where that is not known.
        was_handed: (n,) whether it was handed over before; None where that is not known.
        override: (n,) what people decided of each; see ``decide``.

    Returns:
        The grades; the decisions, or None without a definition.
    """
    on_axes = graded(agreed.axes, sums.fit, sums.interest)
    definition = agreed.definition
    if definition is None or ruled is None:
        return on_axes, None
    return on_axes, decide(
        definition,
        on_axes,
        sums.probability,
        ruled,
        was_mql=was_mql,
        lot=lots(definition, lead_id),
        held=held_out(definition, lead_id, was_handed),
        override=override,
    )
