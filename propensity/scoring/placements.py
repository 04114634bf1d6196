"""Where a pair of model and definition puts the leads of a day: grade, instruction, MQL or not, and
why.

The gate's preview, the dry run of a promotion and the night's scores come from the same functions:
what is shown is what is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.build import build, prepare
from features.settings import Axis
from features.store import Store
from propensity.concepts.concepts import Concept
from propensity.grading.agreed import Agreed
from propensity.grading.instructions import decided_of
from propensity.grading.rule_reader import RuleReader
from propensity.model.model import PropensityModel
from propensity.scoring.muted import muted_by

#: Leads scored at a time.
_AT_A_TIME = 100_000


@dataclass(frozen=True)
class Placements:
    """n leads by one pair.

    Attributes:
        grade: (n,) place in ``GRADES``.
        area: (n,) place in ``AREAS``.
        axes: The axes that the pair grades by.
        case: (n,) place in ``CASES``; None without a definition.
        is_mql: (n,) None without a definition.
        probability: (n,) 0..1.
        concepts: Concepts of the model.
        contributions: (n, concepts) log-odds; empty where nobody asked.
    """

    grade: NDArray[np.int8]
    area: NDArray[np.int8]
    axes: tuple[Axis, ...]
    case: NDArray[np.int8] | None
    is_mql: NDArray[np.bool_] | None
    probability: NDArray[np.float64]
    concepts: tuple[Concept, ...]
    contributions: NDArray[np.float32]

    @property
    def instruction(self) -> NDArray[np.int8]:
        """(n,) what decides what is done: the case, else the area."""
        return self.area if self.case is None else self.case

    def of(self, name: str, axis: Axis) -> NDArray[np.float32]:
        """(n,) contributions of a concept; 0 where the model does not know it."""
        for number, concept in enumerate(self.concepts):
            if (concept.name, concept.axis) == (name, axis):
                return self.contributions[:, number]
        return np.zeros(len(self.grade), dtype=np.float32)


def place(
    store: Store,
    rows: pa.Table,
    model: PropensityModel,
    agreed: Agreed,
    *,
    rules_from: Store | None = None,
    explained: bool = False,
) -> Placements:
    """Put rows where a pair puts them.

    Args:
        store: The canonical tables as the model reads them.
        rows: ``lead``, ``episode``, ``as_of_day``: everybody who is scored on the day, because what
            the input mutes is one verdict for all of them.
        model: Model of the pair.
        agreed: The definition, as it is used with the model.
        rules_from: Store of the same leads from which the rules are read; by default ``store``.
        explained: Whether contributions are kept.

    Raises:
        DataError: The sources cannot be used with the model's columns.
        ConfigError: A rule asks for what the input does not have.
    """
    definition = agreed.definition
    reader = RuleReader(rules_from or store, definition, model.spec.events) if definition else None
    prepare(store, model.spec, rows)
    heard = model.silencing(muted_by(model, store, rows))
    found = []
    for part in _parts(rows):
        ruled = reader.read(part) if reader else None
        table = build(store, part, model.spec)
        sums = heard.concept_sums(table.matrix)
        lead_id = table.keys["lead_id"].combine_chunks()
        on_axes, decided = decided_of(agreed, sums, ruled, lead_id)
        kept = sums.contributions if explained else np.empty((len(table), 0))
        found.append((on_axes, decided, sums.probability, kept.astype(np.float32)))
    decisions = [decided for _, decided, _, _ in found if decided is not None]
    return Placements(
        grade=np.concatenate([on_axes.grade for on_axes, _, _, _ in found]),
        area=np.concatenate([on_axes.area for on_axes, _, _, _ in found]),
        axes=agreed.axes.names,
        case=np.concatenate([decided.case for decided in decisions]) if decisions else None,
        is_mql=np.concatenate([decided.is_mql for decided in decisions]) if decisions else None,
        probability=np.concatenate([chance for _, _, chance, _ in found]),
        concepts=model.concepts if explained else (),
        contributions=np.concatenate([kept for _, _, _, kept in found]),
    )


def _parts(rows: pa.Table) -> Sequence[pa.Table]:
    starts = range(0, max(rows.num_rows, 1), _AT_A_TIME)
    return [rows.slice(start, _AT_A_TIME).combine_chunks() for start in starts]
