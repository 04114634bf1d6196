"""What an input mutes: states that its leads are in far more often than training's were."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.build.attributes import fill_attributes
from features.build.batch import make_batch
from features.spec import AttributeSource
from features.store import Store
from propensity.model.model import PropensityModel
from propensity.model.silent_states import SilentByName, counted, silent_in_input
from propensity.scoring.tonight import even_sample


def muted_by(model: PropensityModel, store: Store, rows: pa.Table) -> SilentByName:
    """The states that are silent in an input; see ``propensity.model.silent_states``.

    Args:
        model: Model in use.
        store: The canonical tables.
        rows: The whole population that is scored: the verdict is one for all its leads.
    """
    read = [f for f in model.spec.features if isinstance(f.source, AttributeSource)]
    if model.distributions is None or not read or not rows.num_rows:
        return {}
    spec = model.spec.model_copy(update={"features": tuple(read)})
    some = even_sample(rows)
    matrix = np.empty((some.num_rows, len(read)), order="F")
    drawn = {
        i: np.zeros(some.num_rows, np.bool_)
        for i, f in enumerate(read)
        if isinstance(f.source, AttributeSource) and f.source.is_drawn(teaching=False)
    }
    make_batch(store, some)
    fill_attributes(store, spec, matrix, drawn)
    return silent_in_input(model, counted(spec, matrix), some.num_rows)


def muted_in(model: PropensityModel, matrix: NDArray[np.float64]) -> SilentByName:
    """The same, of leads whose features are there already.

    Args:
        model: Model in use.
        matrix: (n, features) values of leads drawn evenly from the population.
    """
    if model.distributions is None or not len(matrix):
        return {}
    return silent_in_input(model, counted(model.spec, matrix), len(matrix))
