"""Champion against challenger in one go: they meet, the gate says its word, and what would change
is counted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from features.errors import ConfigError, DataError, RefusedError
from propensity.config.config import Config
from propensity.definition.schema import Definition
from propensity.model.model import PropensityModel
from propensity.notebook import ResultTable
from propensity.registry.champion import Champion
from training.gate.gate import GateResult, gate, refused
from training.gate.looks import GateLook, note_of, number_of
from training.gate.meeting import failed_to_meet, meet_models, meet_recipes
from training.gate.migration import Migration, migration
from training.gate.same_recipe import SameRecipe, same_recipe
from training.learn.learners.chosen import RecipeChoices
from training.learn.metrics.metrics import sigmoid
from training.learn.metrics.scores_compared import ScoreComparison
from training.learn.rows.history import History
from training.learn.rows.run import Run

if TYPE_CHECKING:
    import pandas as pd

#: What the first model is held against; plain logistic regression is no rival to be replaced.
FIRST_RIVALS = ("base_rate", "lead_age", "points_table")
_OTHER_SHAPE = (
    "the champion was trained on another shape of input (one flat table, or leads and events), so"
    " the two cannot meet"
)
#: What a reader has to know about every outcome since a model is in use.
TREATED = (
    "Outcomes are those under the treatment given then: sales worked what the champion put on top,"
    " and worked leads close more often. So log loss and captured wins are asked on all leads, and"
    " on those that both models would treat alike; one of the two has to hold."
)
#: Ends of the share of leads that a line may stand for: beyond them the comparison would hang on a
#: handful of leads.
_SHARES = (0.01, 0.5)


@dataclass(frozen=True, repr=False)
class GateAnswer(ResultTable):
    """What came of it.

    Attributes:
        gated: What the gate found.
        migration: What would change; None without a champion, or where nobody is in the population.
        why_none: Why nothing is known about what would change; empty where something is.
        same_recipe: What changes where only the seed does; None where nobody asked.
        look: The closes that were looked at; None where nobody met.
    """

    gated: GateResult
    migration: Migration | None = None
    why_none: str = ""
    same_recipe: SameRecipe | None = None
    look: GateLook | None = None

    def to_pandas(self) -> "pd.DataFrame":
        """A row per check of the gate: ``check``, ``passed``, ``sentence``."""
        import pandas as pd  # noqa: PLC0415 — only who asks for a table needs it

        told = [(check.name, check.passed, check.sentence) for check in self.gated.checks]
        return pd.DataFrame(told, columns=["check", "passed", "sentence"])


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
    earlier: Sequence[GateLook] = (),
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
        earlier: Looks that versions before this one took; those at the same closes are paid for.
        on_fold: Called at the start of each fold of the champion's calibration.
    """
    word = _Word(run.config, light, accepted, earlier)
    if champion is None:
        rivals = {name: base.rivals[name] for name in FIRST_RIVALS if name in base.rivals}
        first = replace(base, rivals=rivals, days=_days(run, past))
        found, look = word.on(first, share=run.config.gate.capacity_share, against=None)
        return GateAnswer(found, look=look)
    against = int(champion.version)
    if champion.model.config.input.is_flat != run.config.input.is_flat:
        return GateAnswer(refused(_OTHER_SHAPE, against=against), None, "")
    try:
        met = meet_recipes(run, past, base, champion.model, chosen, on_fold=on_fold)
    except (DataError, RefusedError) as error:
        found = refused(failed_to_meet(error), against=against)
        return replace(_moved(run, champion, challenger), gated=found)
    share = worked_share(run.config, champion, met)
    found, look = word.on(met, share=share, against=against)
    return replace(_moved(run, champion, challenger), gated=found, look=look)


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
    earlier: Sequence[GateLook] = (),
    own: Sequence[GateLook] = (),
) -> GateAnswer:
    """Let two registered models meet themselves, on leads later than anything either learned from.

    Args:
        run: The configuration, and the canonical tables.
        past: The rows.
        challenger: The one that wants to be.
        champion: Champion in use.
        light: Light of the audit of the challenger's data.
        accepted: Whether a red audit was accepted.
        earlier: Looks that other versions took.
        own: Looks that the challenger took; one that is taken again is none.

    Raises:
        DataError: The sources cannot be used with the columns of one of them.
        RefusedError: There are no such leads yet.
    """
    if champion.model.config.input.is_flat != run.config.input.is_flat:
        raise RefusedError(f"{_OTHER_SHAPE[0].upper()}{_OTHER_SHAPE[1:]}.")
    met = meet_models(run, past, champion.model, challenger)
    share = worked_share(run.config, champion, met)
    word = _Word(run.config, light, accepted, earlier, own)
    found, look = word.on(met, share=share, against=int(champion.version))
    return replace(_moved(run, champion, challenger), gated=found, look=look)


@dataclass(frozen=True)
class _Word:
    """What the gate needs to know beside the scores."""

    config: Config
    light: str
    accepted: bool
    earlier: Sequence[GateLook]
    own: Sequence[GateLook] = ()

    def on(
        self, met: ScoreComparison, *, share: float, against: int | None
    ) -> tuple[GateResult, GateLook]:
        """The gate's word on a meeting, and the look that it took."""
        settings, look = self.config.gate, GateLook.of(met)
        others = (before for before in self.own if before != look)
        number = number_of(look, (*self.earlier, *others))
        told = note_of(look, number, 1 - settings.confidence)
        treated = () if against is None else (TREATED,)
        found = gate(
            replace(met, notes=(*met.notes, *treated, told)),
            settings,
            share=share,
            light=self.light,
            against=against,
            seed=self.config.learner.seed,
            accepted=self.accepted,
            looks=number,
        )
        return found, look


def _days(run: Run, past: History) -> tuple[int, int] | None:
    """The first day of the test part, and the day before which its closes lie; None in a flat
    table.
    """
    if run.config.goal is None or run.store.is_flat:
        return None
    days = past.rows.time[past.test]
    return int(days.min()), int(days.max()) + run.config.goal.horizon_days


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
