"""Cuts around the zeros of the recipe, which scored the held-out leads: another model than the one
that is served.
"""

import numpy as np

from features.build.build import built
from propensity.definition.schema import Axes
from propensity.grading.centring import centred_alike
from propensity.model.model import PropensityModel
from propensity.model.model_parts import Reference
from training.learn.learners.trees import LearnerRows
from training.learn.metrics.metrics import logit, sigmoid
from training.learn.recipe.axis_curves import with_curves
from training.learn.rows.history import History
from training.learn.rows.run import Run
from training.learn.rows.time_blocks import sample_leads

#: Rows by which the zeros of the axes are found, at most.
_REFERENCE_ROWS = 50_000


def recipe_axes(
    run: Run,
    axes: Axes,
    close_rate: float,
    reference: Reference,
    model: PropensityModel,
    past: History,
) -> Axes:
    """The same cuts around zeros that stand to the leads the recipe learned from as those of the
    model that is served stand to its reference population.

    The two populations do not close at quite the same rate; on an axis that tells little, that
    alone would put all leads on one side. So the average is moved as their odds are.

    Args:
        run: The configuration, and the canonical tables.
        axes: Zeros and cuts of the model that is served.
        close_rate: The rate that is average for it.
        reference: Its reference population.
        model: The recipe, fitted on the older part.
        past: The rows and their parts.
    """
    older = sample_leads(past.rows.take(past.older), _REFERENCE_ROWS, seed=run.config.learner.seed)
    seen = LearnerRows(built(run.store, older.rows, model.spec).matrix, older.label, older.weight)
    own = float(np.average(older.label, weights=older.weight))
    moved = sigmoid(logit(close_rate) + logit(own) - logit(reference.close_rate))
    return centred_alike(axes, with_curves(model, seen), float(moved))
