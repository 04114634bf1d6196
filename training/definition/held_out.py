"""Leads with outcomes that a model had not seen: by these a definition is judged.

Most of the leads it may know from earlier looks that taught it; only their later outcomes are new
to it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.build.build import built
from features.spec import FeatureSpec
from features.store import Store
from propensity.definition.schema import Definition
from propensity.grading.decision_table import RuleResults
from propensity.grading.rule_reader import RuleReader
from propensity.model.model import PropensityModel
from training.learn.rows.history import History
from training.learn.rows.snapshots import LabelledRows


@dataclass(frozen=True)
class HeldOut:
    """The test part, a row per lead (episode): the first as-of at which it was open.

    Attributes:
        fit: (n,) log-odds.
        interest: (n,) log-odds.
        probability: (n,) probability of reaching the goal within the horizon.
        won: (n,) whether it did.
        cluster: (n,) number of the lead or its account.
        known: (n,) whether the model learned from earlier looks at the lead.
        matrix: (n, features) matrix of the rows.
        spec: What its columns mean.
        ruled: What the rules of a definition say of the rows; None without one.
    """

    fit: NDArray[np.float64]
    interest: NDArray[np.float64]
    probability: NDArray[np.float64]
    won: NDArray[np.bool_]
    cluster: NDArray[np.int64]
    known: NDArray[np.bool_]
    matrix: NDArray[np.float64]
    spec: FeatureSpec
    ruled: RuleResults | None = None

    def __len__(self) -> int:
        return len(self.won)

    @property
    def close_rate(self) -> float:
        """Share that reached the goal."""
        return float(self.won.mean())


def held_out(
    store: Store,
    model: PropensityModel,
    past: History,
    definition: Definition | None = None,
    *,
    taught: LabelledRows | None = None,
) -> HeldOut:
    """Score the test part.

    Args:
        store: The canonical tables.
        model: Fitted on the older part; see ``training.learn.recipe.held_out_model``.
        past: The rows and their parts.
        definition: The definition whose rules are read.
        taught: Rows the model learned from; default the older part.

    Raises:
        ConfigError: A rule asks for what the input does not have.
    """
    test, taught = first_rows(past), taught or past.rows.take(past.older)
    matrix = built(store, test.rows, model.spec).matrix
    sums = model.concept_sums(matrix)
    reader = RuleReader(store, definition, model.spec.events) if definition else None
    return HeldOut(
        fit=sums.fit,
        interest=sums.interest,
        probability=sums.probability,
        won=test.label == 1,
        cluster=test.cluster,
        known=np.isin(test.lead, taught.lead),
        matrix=matrix,
        spec=model.spec,
        ruled=reader.read(test.rows.combine_chunks()) if reader else None,
    )


def first_rows(past: History) -> LabelledRows:
    """The test part, a row per lead (episode): the first as-of at which it was open."""
    test = past.rows.take(past.test)
    return test.take(_first_of_each(test.lead, test.rows["episode"].to_numpy(), test.time))


def _first_of_each(
    lead: NDArray[np.int64], episode: NDArray[np.int32], time: NDArray[np.int64]
) -> NDArray[np.intp]:
    """Positions, ascending, of the earliest row of each episode."""
    order = np.lexsort((time, episode, lead))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (np.diff(lead[order]) != 0) | (np.diff(episode[order]) != 0)
    return np.sort(order[first])
