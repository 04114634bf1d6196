"""Champion against challenger in one go: they meet, the gate says its word, and what would change
is counted.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.errors import ConfigError, DataError, RefusedError
from propensity.config.config import Config
from propensity.definition.schema import Definition
from propensity.model.model import PropensityModel
from propensity.registry.champion import Champion
from training.gate.gate import GateResult, gate, refused
from training.gate.meeting import failed_to_meet, meet_models, meet_recipes
from training.gate.migration import Migration, migration
from training.gate.same_recipe import SameRecipe, same_recipe
from training.learn.learners.chosen import RecipeChoices
from training.learn.metrics.metrics import sigmoid
from training.learn.metrics.scores_compared import ScoreComparison
from training.learn.rows.history import History
from training.learn.rows.run import Run

#: What the first model is held against; plain logistic regression is no rival to be replaced.
FIRST_RIVALS = ("base_rate", "lead_age", "points_table")
_OTHER_SHAPE = (
    "the champion was trained on another shape of input (one flat table, or leads and events), so"
    " the two cannot meet"
)
#: Ends of the share of leads that a line may stand for: beyond them the comparison would hang on a
#: handful of leads.
_SHARES = (0.01, 0.5)


@dataclass(frozen=True)
class GateAnswer:
    """What came of it.

    Attributes:
        gated: What the gate found.
        migration: What would change; None without a champion, or where nobody is in the population.
        why_none: Why nothing is known about what would change; empty where something is.
        same_recipe: What changes where only the seed does; None where nobody asked.
    """

    gated: GateResult
    migration: Migration | None = None
    why_none: str = ""
    same_recipe: SameRecipe | None = None


def ask(
    run: Run,
    past: History,
    base: ScoreComparison,
    *,
    chosen: RecipeChoices,
    challenger: PropensityModel,
    champion: Champion | None,
    light: str,
    accepted: bool,
    on_fold: Callable[[], None] = lambda: None,
) -> GateAnswer:
    """Let a challenger that was just trained meet the champion: recipe against recipe, on the test
    part.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows and their parts.
        base: The challenger's recipe beside the baselines, on the test part.
        chosen: The challenger's choices.
        challenger: The challenger as it would be served.
        champion: Champion in use; None where there is none.
        light: Light of the audit.
        accepted: Whether a red audit was accepted.
        on_fold: Called at the start of each fold of the champion's calibration.
    """
    settings, seed = run.config.gate, run.config.learner.seed
    if champion is None:
        first = replace(
            base, rivals={name: base.rivals[name] for name in FIRST_RIVALS if name in base.rivals}
        )
        share = settings.capacity_share
        found = gate(
            first, settings, share=share, light=light, against=None, seed=seed, accepted=accepted
        )
        return GateAnswer(found)
    against = int(champion.version)
    if champion.model.config.input.is_flat != run.config.input.is_flat:
        return GateAnswer(refused(_OTHER_SHAPE, against=against), None, "")
    try:
        met = meet_recipes(run, past, base, champion.model, chosen, on_fold=on_fold)
    except (DataError, RefusedError) as error:
        found = refused(failed_to_meet(error), against=against)
    else:
        share = worked_share(run.config, champion, met)
        found = gate(
            met, settings, share=share, light=light, against=against, seed=seed, accepted=accepted
        )
    return replace(_moved(run, champion, challenger), gated=found)


def with_same_recipe(
    asked: GateAnswer,
    run: Run,
    past: History,
    *,
    chosen: RecipeChoices,
    challenger: PropensityModel,
    champion: Champion | None,
) -> GateAnswer:
    """The answer with what changes although nothing changed; see ``same_recipe``."""
    try:
        found = same_recipe(run, past, chosen=chosen, challenger=challenger, champion=champion)
    except (ConfigError, DataError) as error:
        why = f"what another seed changes is not known: {' '.join(str(error).split())[:300]}"
        return replace(asked, why_none=" ".join(filter(None, [asked.why_none, why])))
    return replace(asked, same_recipe=found)


def ask_models(
    run: Run,
    past: History,
    *,
    challenger: PropensityModel,
    champion: Champion,
    light: str,
    accepted: bool,
) -> GateAnswer:
    """Let two registered models meet themselves, on leads later than anything either learned from.

    Raises:
        DataError: The sources cannot be used with the columns of one of them.
        RefusedError: There are no such leads yet.
    """
    if champion.model.config.input.is_flat != run.config.input.is_flat:
        raise RefusedError(f"{_OTHER_SHAPE[0].upper()}{_OTHER_SHAPE[1:]}.")
    met = meet_models(run, past, champion.model, challenger)
    share = worked_share(run.config, champion, met)
    found = gate(
        met,
        run.config.gate,
        share=share,
        light=light,
        against=int(champion.version),
        seed=run.config.learner.seed,
        accepted=accepted,
    )
    return replace(_moved(run, champion, challenger), gated=found)


def worked_share(config: Config, champion: Champion, met: ScoreComparison) -> float:
    """Share of the leads that sales works: those over the definition's line by the champion, else
    as configured.
    """
    definition = champion.agreed.definition if champion.agreed else None
    line = _line(definition)
    if line is None:
        return config.gate.capacity_share
    score: NDArray[np.float64] = met.rivals["champion"]
    weight = met.rows.weight
    share = float(weight[sigmoid(score) >= line].sum() / weight.sum())
    return min(max(share, _SHARES[0]), _SHARES[1])


def _line(definition: Definition | None) -> float | None:
    return definition.mql.enter if definition and definition.mql.by == "model" else None


def _moved(run: Run, champion: Champion, challenger: PropensityModel) -> GateAnswer:
    """What would change, with a verdict still to come."""
    nobody = refused("", against=None)
    try:
        found = migration(run, champion, challenger, definition=champion.definition_number)
    except (ConfigError, DataError) as error:
        return GateAnswer(
            nobody, None, f"what would change is not known: {' '.join(str(error).split())[:300]}"
        )
    why = (
        ""
        if found
        else "what would change is not known: no lead is in the population on the newest day"
    )
    return GateAnswer(nobody, found, why)
