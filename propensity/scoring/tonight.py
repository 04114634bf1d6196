"""The leads of one night, looked at once: who they are, and the features of an even sample.

The comparison with training, the verdict on the whole input and the scores all ask for these.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.build.build import build, prepare
from features.build.table import FeatureTable
from features.population import flat_rows, open_rows
from features.store import Store
from propensity.model.model import PropensityModel

#: Leads in the sample, spread over the whole population: more would tell nothing more.
SAMPLED = 20_000


@dataclass(frozen=True)
class Tonight:
    """The population of a scoring, in a store that is prepared for it.

    Attributes:
        rows: ``lead``, ``episode``, ``as_of_day`` of everybody who is scored.
        sample: Features of at most ``SAMPLED`` of them, evenly drawn.
    """

    rows: pa.Table
    sample: FeatureTable

    @property
    def is_whole(self) -> bool:
        """Whether the sample is everybody."""
        return len(self.sample) == int(self.rows.num_rows)


def look_at(model: PropensityModel, store: Store, as_of_day: int) -> Tonight:
    """Look at the population of a store.

    Args:
        model: In use.
        store: The canonical tables.
        as_of_day: Number of the day at whose start leads are looked at; of no meaning for a flat
            table.
    """
    rows = population(model, store, as_of_day)
    prepare(store, model.spec, rows)
    return Tonight(rows, build(store, even_sample(rows), model.spec))


def even_sample(rows: pa.Table) -> pa.Table:
    """At most ``SAMPLED`` rows, evenly drawn."""
    step = max(-(-rows.num_rows // SAMPLED), 1)
    return rows.take(pa.array(np.arange(0, rows.num_rows, step))).combine_chunks()


def population(model: PropensityModel, store: Store, as_of_day: int) -> pa.Table:
    """The rows that are scored: the model's population at the as-of; every row of a flat table."""
    config = model.config
    if store.is_flat or config.population is None or config.goal is None:
        return flat_rows(store)
    return open_rows(
        store, config.population, model.spec.events, [as_of_day], goal_stage=config.goal.stage
    )
