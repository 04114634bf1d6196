"""What changes on Monday: the open leads by what is done with them and by whom, under the pair in
use and the new.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from propensity.definition.schema import CASES, Case
from propensity.grading.agreed import Agreed
from propensity.model.model import PropensityModel
from propensity.model.same_input import why_other_input
from propensity.registry.champion import Champion
from training.learn.rows.run import Run
from training.threshold.waiting_leads import WaitingLeads, read, rows_now, waiting_leads

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
    standing: WaitingLeads | None = None,
) -> TeamChanges | None:
    """What the table says of each lead that is open at "observed until".

    Args:
        run: The configuration, and the canonical tables.
        model: Model under review, as it would be served.
        agreed: Its definition.
        champion: The pair in use; None where that is the same, or there is none.
        scale: Leads that each one stands for.
        standing: The open leads by the model under review, where they were read before.

    Returns:
        None of a flat table, without a definition, or where no lead is open.
    """
    found = standing or waiting_leads(run, model, agreed)
    if found is None or found.case is None:
        return None
    now = _counted(found.case, agreed, scale)
    if champion is None or champion.agreed is None or champion.agreed.definition is None:
        return TeamChanges(now)
    rows = rows_now(run, model)
    if rows is None or why_other_input(run.config, champion.model) is not None:
        return TeamChanges(now)
    old = read(run, champion.model, champion.agreed, rows)
    if old.case is None:
        return TeamChanges(now)
    owner, old_owner = _owners(found.case, agreed), _owners(old.case, champion.agreed)
    return TeamChanges(
        now,
        _counted(old.case, champion.agreed, scale),
        won=_moved(owner, old_owner, found.chance, scale),
        lost=_moved(old_owner, owner, found.chance, scale),
        other_case=float((found.case != old.case).mean()),
        other_area=float((found.area != old.area).mean()),
    )


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
