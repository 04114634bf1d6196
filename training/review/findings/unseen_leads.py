"""The leads that the recipe had not seen: by them go what matters, the map, and the close rate of
all leads.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from features.days import date_of
from propensity.definition.schema import Axes
from propensity.grading.centring import average_rate, axes_of
from propensity.grading.decision_table import CaseDecisions, decide
from propensity.grading.grading import Graded, graded
from propensity.model.model import PropensityModel, Sums
from training.closed_loop.compare import present_score
from training.definition.held_out import HeldOut, first_rows, held_out
from training.definition.recipe_axes import recipe_axes
from training.learn.rows.cadence import Cadence
from training.learn.rows.history import History
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows, snapshots
from training.review.findings.reviewed import ReviewedVersion


@dataclass(frozen=True)
class UnseenLeads:
    """Leads with outcomes that the recipe had not seen, each once: the first as-of of the test part
    at which it was open.

    Attributes:
        model: The recipe under review, fitted on the older part alone.
        judged: Their sums, outcomes and features.
        sums: The same with a contribution per concept of ``model``.
        rows: The leads' rows in the store; never written.
        axes: Zeros and cuts for ``model``.
        graded: The leads on both axes.
        decided: What the definition decides for them; None without one.
        present: (n,) the company's present score, NaN where unknown; None where none is configured.
        first: First as-of; None of a flat table.
        last: Last as-of; None of a flat table.
        horizon_days: Days after the as-of in which the goal counts; None of a flat table.
    """

    model: PropensityModel
    judged: HeldOut
    sums: Sums
    rows: LabelledRows
    axes: Axes
    graded: Graded
    decided: CaseDecisions | None
    present: NDArray[np.float64] | None
    first: date | None
    last: date | None
    horizon_days: int | None

    def __len__(self) -> int:
        return len(self.judged)

    def over_line(self, line: float) -> NDArray[np.bool_]:
        """(n,) whether each is over the line: by the definition, else by the chance alone.

        Args:
            line: The line on the chance, where there is no definition.
        """
        if self.decided is not None:
            return self.decided.is_mql
        over: NDArray[np.bool_] = self.judged.probability >= line
        return over


def unseen_leads(
    run: Run, under: ReviewedVersion, model: PropensityModel, past: History
) -> UnseenLeads:
    """The leads of the test part, scored and graded by the recipe.

    Args:
        run: The configuration, and the canonical tables.
        under: Version under review.
        model: The recipe, fitted on the older part.
        past: The rows and their parts.
    """
    axes = reviewed_axes(run, under, model, past)
    taught, past = past.rows.take(past.older), _whole_test(run, under, past)
    rows = first_rows(past)
    judged = held_out(run.store, model, past, under.definition, taught=taught)
    on_axes = graded(axes, judged.fit, judged.interest)
    decided = None
    if under.definition is not None and judged.ruled is not None:
        decided = decide(under.definition, on_axes, judged.probability, judged.ruled)
    known = present_score(run, rows, run.config.compare_with) if run.config.compare_with else None
    return UnseenLeads(
        model=model,
        judged=judged,
        sums=model.concept_sums(judged.matrix),
        rows=rows,
        axes=axes,
        graded=on_axes,
        decided=decided,
        present=known,
        first=date_of(past.plan.test[0]) if past.plan else None,
        last=date_of(past.plan.test[-1]) if past.plan else None,
        horizon_days=run.config.goal.horizon_days if run.config.goal else None,
    )


def reviewed_axes(run: Run, under: ReviewedVersion, model: PropensityModel, past: History) -> Axes:
    """The cuts under review around the zeros of the recipe.

    Args:
        run: The configuration, and the canonical tables.
        under: Version under review.
        model: The recipe, fitted on the older part.
        past: The rows and their parts.
    """
    reference, definition = under.model.reference, under.definition
    axes = axes_of(reference, definition, is_agreed_model=True)
    return recipe_axes(run, axes, average_rate(reference, definition), reference, model, past)


def _whole_test(run: Run, under: ReviewedVersion, past: History) -> History:
    """All rows of the test part, where the history is so long that its rows were drawn."""
    if (
        past.plan is None
        or (past.rows.weight == 1).all()
        or run.config.population is None
        or run.config.goal is None
        or run.config.snapshots is None
    ):
        return past
    first, last = past.plan.test[0], past.plan.test[-1]
    test = Cadence(first - 1, last, run.config.snapshots.every_days)
    rows, _ = snapshots(
        run.store,
        run.config.population,
        under.model.spec.events,
        test,
        goal_stage=run.config.goal.stage,
        horizon_days=run.config.goal.horizon_days,
    )
    return replace(
        past, rows=rows, older=np.zeros(len(rows), np.bool_), test=np.ones(len(rows), np.bool_)
    )
