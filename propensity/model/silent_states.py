"""Silent states: that a value is missing, or no listed level, tells nothing of a lead where
training did not see it, or where the input shows it so often that it must mean something else.

A state is silent

- *in a model*, where no training row was in it: the members never had to say what it is worth, and
  would send it down one side of every split;
- *in an input*, where so many of its leads are in it that chance does not explain it: a list whose
  entries were all renamed reads as "other" throughout, and an absent column as missing.

What is silent adds nothing to the sum; see ``propensity.contributions.forest.unseen``.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.spec import AttributeSource, FeatureSpec, State
from features.states import STATES, in_state
from propensity.model.model_parts import ModelParts

#: How the reference distributions call the states.
NAMED: Mapping[State, str] = {"missing": "(missing)", "other": "(other)"}
#: Odds of a state in the input, as a multiple of those in training, from which on it is another.
_TIMES = 5.0
#: The chance of so many leads in a state, had nothing changed, below which it is another.
_BY_CHANCE = 1e-5
#: Share of the leads below which nobody needs to be told.
_LEAST = 0.05

#: Per feature, in the order of the spec, the states that are silent.
Silent = tuple[frozenset[State], ...]
#: The same by the name of the feature, without the features that have none.
SilentByName = Mapping[str, tuple[State, ...]]


def silent_in_training(model: ModelParts) -> Silent:
    """The states that no training row was in.

    A model that was stored before they were recorded tells them by its reference distributions; one
    without these is taken to have seen everything.
    """
    shares = reference_shares(model)
    return tuple(
        frozenset(
            feature.unseen
            if feature.unseen is not None
            else [state for state in STATES if shares.get((feature.name, state)) == 0.0]
        )
        for feature in model.spec.features
    )


def recorded_states(spec: FeatureSpec) -> Silent:
    """The states that no training row was in, as far as the spec records them."""
    return tuple(frozenset(feature.unseen or ()) for feature in spec.features)


def knows_states(model: ModelParts, feature: str) -> bool:
    """Whether a model tells which states of a feature its training saw."""
    recorded = {f.name for f in model.spec.features if f.unseen is not None}
    return feature in recorded or (feature, "missing") in reference_shares(model)


def reference_shares(model: ModelParts) -> dict[tuple[str, State], float]:
    """The share of the reference population in each state, by name of the feature; empty where the
    model was stored without.
    """
    if model.distributions is None:
        return {}
    rows = model.distributions.filter(pc.is_valid(model.distributions["level"]))
    state_of = {name: state for state, name in NAMED.items()}
    return {
        (row["feature"], state_of[row["level"]]): row["share"]
        for row in rows.select(["feature", "level", "share"]).to_pylist()
        if row["level"] in state_of
    }


def silent_in_input(
    model: ModelParts, counts: Mapping[tuple[str, State], int], leads: int
) -> SilentByName:
    """The states that an input shows far more often than training did.

    With q the share in training and p that among n leads of the input: p is 5 % or more, its odds
    p / (1 - p) are at least five times q / (1 - q), and chance would give so many leads less than
    once in 100,000. exp(-n KL(p, q)) bounds that chance (Chernoff 1952), with q rounded up by one
    lead of training.

    Args:
        model: Model in use.
        counts: Leads of the input in each state of each feature.
        leads: Number of leads in the input.
    """
    found: dict[str, tuple[State, ...]] = {}
    shares = reference_shares(model)
    for (name, state), count in counts.items():
        share = shares.get((name, state))
        if share is not None and _is_another(count, leads, share, model.reference.leads):
            found[name] = (*found.get(name, ()), state)
    return found


def counted(spec: FeatureSpec, matrix: NDArray[np.float64]) -> dict[tuple[str, State], int]:
    """Leads in each state of each attribute; silence is behaviour.

    Args:
        spec: Features of the columns.
        matrix: (n, features).
    """
    return {
        (feature.name, state): int(in_state(feature, matrix[:, i], state).sum())
        for i, feature in enumerate(spec.features)
        if isinstance(feature.source, AttributeSource)
        for state in STATES
    }


def in_silence(
    spec: FeatureSpec, silent: Sequence[frozenset[State]], matrix: NDArray[np.float64]
) -> NDArray[np.bool_] | None:
    """(n, features) whether a value is in a silent state; None where none is.

    Args:
        spec: Features of the columns.
        silent: States per feature.
        matrix: (n, features).
    """
    found: NDArray[np.bool_] | None = None
    for i, states in enumerate(silent):
        if states and _may_hold(matrix[:, i], is_category=spec.features[i].is_category):
            here = np.logical_or.reduce(
                [in_state(spec.features[i], matrix[:, i], state) for state in sorted(states)]
            )
            if here.any():
                found = np.zeros(matrix.shape, dtype=np.bool_) if found is None else found
                found[:, i] = here
    return found


def _may_hold(column: NDArray[np.float64], *, is_category: bool) -> bool:
    """Whether a value may be in a state: one pass over the column, which is all that most take."""
    if not len(column):
        return False
    least = column.min()
    return bool(np.isnan(least) or (is_category and least < len(STATES)))


def _is_another(count: int, leads: int, share: float, taught: int) -> bool:
    p, q = count / leads if leads else 0.0, (share * taught + 1) / (taught + 1)
    if p < _LEAST or p <= q or p * (1 - share) < _TIMES * share * (1 - p):
        return False
    rest = (1 - p) * np.log((1 - p) / (1 - q)) if p < 1 else 0.0
    return bool(leads * (p * np.log(p / q) + rest) > -np.log(_BY_CHANCE))
