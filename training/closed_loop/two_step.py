"""Actions in two steps: who registered is the denominator of who attended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.errors import ConfigError
from propensity.config.sections import TwoStep
from training.closed_loop.actions import FEWEST_LEADS, ActionHistory
from training.closed_loop.rates import ActionRate, Looked, judgeable, rates
from training.closed_loop.strata import Strata
from training.learn.metrics.clustered_intervals import SimultaneousInterval
from training.learn.rows.snapshots import LabelledRows


@dataclass(frozen=True)
class TwoStepResult:
    """What became of those who took the first step.

    Attributes:
        first: Kind of behaviour that comes first.
        then: Kind of behaviour that may follow.
        began: Leads that took the first step.
        went_on: Leads among these that took the second step too; compared with all that took the
            first.
        stayed: Leads that have not taken the second step; compared with the same. None for fewer
            than 20 leads.
        of_first: Share of those that took the first step that took the second and won.
    """

    first: str
    then: str
    began: ActionRate
    went_on: ActionRate
    stayed: ActionRate | None
    of_first: SimultaneousInterval


def two_steps(
    rows: LabelledRows, strata: Strata, done: ActionHistory, wanted: Sequence[TwoStep], *, seed: int
) -> list[TwoStepResult]:
    """The figures of every two-step action of which 20 leads took both steps.

    Raises:
        ConfigError: A step is no kind of behaviour that 20 leads show; all such are listed.
    """
    column = {
        action.concept: number
        for number, action in enumerate(done.actions)
        if action.window is not None
    }
    _check(wanted, column)
    found = []
    for pair in wanted:
        first = done.did[:, column[pair.first]]
        both = first & done.did[:, column[pair.then]]
        alone = first & ~both
        if not judgeable(rows, both, fewest=FEWEST_LEADS):
            continue
        looked = [Looked(pair.first, first), Looked(pair.then, both, among=first)]
        if judgeable(rows, alone, fewest=FEWEST_LEADS):
            looked.append(Looked(pair.first, alone, among=first))
        began, went_on, *stayed = rates(rows, strata, looked, seed=seed)
        counted = replace(rows, label=np.where(both, rows.label, 0).astype(np.int8))
        of_first = rates(counted, strata, looked[:1], seed=seed)[0].rate
        found.append(
            TwoStepResult(
                pair.first, pair.then, began, went_on, stayed[0] if stayed else None, of_first
            )
        )
    return found


def _check(wanted: Sequence[TwoStep], known: dict[str, int]) -> None:
    missing = sorted(
        {step for pair in wanted for step in (pair.first, pair.then) if step not in known}
    )
    if missing:
        raise ConfigError(
            f"closed_loop.two_step: {', '.join(map(repr, missing))}: no kind of the leads' own"
            f" behaviour that {FEWEST_LEADS} leads show before a snapshot; there are"
            f" {', '.join(map(repr, known)) or 'none'}."
        )
