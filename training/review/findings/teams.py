"""What changes on Monday: the open leads by what is done with them and by whom, under the pair in
use and the new.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.build import build, prepare
from features.population import open_rows
from features.store import Store
from propensity.definition.schema import CASES, Case
from propensity.grading.agreed import Agreed
from propensity.grading.decision_table import decide
from propensity.grading.draws import held_out, lots
from propensity.grading.grading import graded
from propensity.grading.rule_reader import RuleReader
from propensity.model.model import PropensityModel
from propensity.model.same_input import why_other_input
from propensity.registry.champion import Champion
from training.learn.rows.run import Run

#: Nobody has to act; no role is called so.
_NOBODY = ""


@dataclass(frozen=True)
class Cases:
    """Open leads by what decides their instruction.

    Attributes:
        leads: All of them; scaled, as everything here.
        by_case: Leads by case.
        by_owner: Leads by the role that has to act; those nobody acts on are in none.
    """

    leads: float
    by_case: Mapping[Case, float]
    by_owner: Mapping[str, float]


@dataclass(frozen=True)
class MovedLeads:
    """Open leads that a role newly has to act on, or no longer.

    Attributes:
        leads: How many; scaled.
        closing: Leads among these that close within the horizon, by the model under review; scaled.
    """

    leads: float
    closing: float

    @property
    def rate(self) -> float:
        """Share of them that closes."""
        return self.closing / self.leads


@dataclass(frozen=True)
class TeamChanges:
    """The newest as-of under both pairs.

    Attributes:
        now: Leads under the pair under review.
        before: Leads under the pair in use; None where there is none, or where it is the same.
        won: Leads that a role newly has to act on, by role; empty without a pair in use.
        lost: Leads that it no longer has to act on.
        other_case: Share of the leads whose instruction changes; None without a pair in use.
        other_area: Share of the leads whose quadrant changes, or whose half where there is one axis
            only; None without a pair in use.
    """

    now: Cases
    before: Cases | None = None
    won: Mapping[str, MovedLeads] = field(default_factory=dict)
    lost: Mapping[str, MovedLeads] = field(default_factory=dict)
    other_case: float | None = None
    other_area: float | None = None


def team_changes(
    run: Run,
    model: PropensityModel,
    agreed: Agreed,
    champion: Champion | None,
    *,
    scale: float,
) -> TeamChanges | None:
    """Score the leads that are open at "observed until", and read the table for each.

    Args:
        run: The configuration, and the canonical tables.
        model: Model under review, as it would be served.
        agreed: Its definition.
        champion: The pair in use; None where that is the same, or there is none.
        scale: Leads that each one stands for.

    Returns:
        None of a flat table, without a definition, or where no lead is open.
    """
    if (
        run.store.is_flat
        or run.config.population is None
        or run.config.goal is None
        or agreed.definition is None
    ):
        return None
    day = [run.store.observed_day]
    rows = open_rows(
        run.store, run.config.population, model.spec.events, day, goal_stage=run.config.goal.stage
    ).combine_chunks()
    if not rows.num_rows:
        return None
    case, area, chance = _read(run.store, model, agreed, rows)
    now = _counted(case, agreed, scale)
    if champion is None or champion.agreed is None or champion.agreed.definition is None:
        return TeamChanges(now)
    if why_other_input(run.config, champion.model) is not None:
        return TeamChanges(now)
    old_case, old_area, _ = _read(run.store, champion.model, champion.agreed, rows)
    owner, old_owner = _owners(case, agreed), _owners(old_case, champion.agreed)
    return TeamChanges(
        now,
        _counted(old_case, champion.agreed, scale),
        won=_moved(owner, old_owner, chance, scale),
        lost=_moved(old_owner, owner, chance, scale),
        other_case=float((case != old_case).mean()),
        other_area=float((area != old_area).mean()),
    )


def _read(
    store: Store, model: PropensityModel, agreed: Agreed, rows: pa.Table
) -> tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.float64]]:
    """(n,) place in ``CASES`` and in ``AREAS`` of each row, and its chance."""
    if agreed.definition is None:
        raise ValueError("expected a definition")
    prepare(store, model.spec, rows)
    table = build(store, rows, model.spec)
    sums = model.concept_sums(table.matrix)
    on_axes = graded(agreed.axes, sums.fit, sums.interest)
    ruled = RuleReader(store, agreed.definition, model.spec.events).read(rows)
    lead_id = table.keys["lead_id"].combine_chunks()
    decided = decide(
        agreed.definition,
        on_axes,
        sums.probability,
        ruled,
        lot=lots(agreed.definition, lead_id),
        held=held_out(agreed.definition, lead_id),
    )
    return decided.case, on_axes.area, sums.probability


def _counted(case: NDArray[np.int8], agreed: Agreed, scale: float) -> Cases:
    counts = scale * np.bincount(case, minlength=len(CASES))
    by_case = {name: float(n) for name, n in zip(CASES, counts, strict=True) if n}
    roles, leads = np.unique(_owners(case, agreed), return_counts=True)
    by_owner = {
        str(role): scale * float(n) for role, n in zip(roles, leads, strict=True) if role != _NOBODY
    }
    return Cases(scale * len(case), by_case, by_owner)


def _owners(case: NDArray[np.int8], agreed: Agreed) -> NDArray[np.str_]:
    """(n,) role that has to act on each lead."""
    told = agreed.definition.instructions if agreed.definition else {}
    role = [instruction.owner if (instruction := told.get(name)) else None for name in CASES]
    owners: NDArray[np.str_] = np.array([name or _NOBODY for name in role])[case]
    return owners


def _moved(
    here: NDArray[np.str_], there: NDArray[np.str_], chance: NDArray[np.float64], scale: float
) -> dict[str, MovedLeads]:
    """What is somebody's on one side and is not on the other."""
    return {
        str(role): MovedLeads(scale * float(moved.sum()), scale * float(chance[moved].sum()))
        for role in np.unique(here)
        if role != _NOBODY and (moved := (here == role) & (there != role)).any()
    }
