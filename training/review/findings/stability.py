"""Is what matters steady: the same recipe learned from leads drawn anew, and the versions
before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from features.build.build import built
from features.settings import Axis
from features.store import Store
from propensity.model.model import PropensityModel
from training.learn.learners.chosen import RecipeChoices
from training.learn.learners.members import fit_fold
from training.learn.learners.trees import LearnerRows, Task, has_both
from training.learn.metrics.resamples import Resamples, all_at_once
from training.learn.rows.monotone import constraints
from training.learn.rows.run import Run
from training.learn.rows.snapshots import LabelledRows
from training.learn.rows.time_blocks import sample_leads
from training.review.findings.effects import Effect, Key, effects

#: Rows that one resampling learns from, and rows that it is asked about, at most.
LEARNED, ASKED = 20_000, 5_000
#: Share of the resamplings that have to agree.
_AGREE = 0.8
#: A concept is steady where at least ``_AGREE`` of the resamplings give it this share of its
#: weight.
_LEAST = 0.5


@dataclass(frozen=True)
class Steadiness:
    """How steady a concept's weight is.

    Attributes:
        low: Lower end of the 95 % range of its mean change of the chance, 0..1 (Student's t over
            the resamplings).
        high: Upper end.
        agree: Share of the resamplings that give it half of its weight or more.
        places: Its place among the concepts of its axis in the versions before, the newest first;
            None where a version does not know it.
    """

    low: float
    high: float
    agree: float
    places: tuple[int | None, ...] = ()

    @property
    def is_steady(self) -> bool:
        """Whether most resamplings agree."""
        return self.agree >= _AGREE


def resampled(
    run: Run,
    older: LabelledRows,
    model: PropensityModel,
    asked: LabelledRows,
    *,
    times: int,
) -> tuple[Mapping[Key, float], ...]:
    """What matters to models of the same recipe that learned from accounts (leads) drawn with
    replacement.

    Of large histories a part teaches, so that the range is rather too wide than too narrow.

    Args:
        run: The configuration, and the canonical tables.
        older: Rows to learn from.
        model: Model of the recipe; its features, choices and calibration are used.
        asked: Rows whose chances are asked.
        times: Resamplings.

    Returns:
        Mean absolute change of the chance by concept and axis, for each resampling that had wins
        and others. Nothing of a model that was fitted elsewhere: it cannot learn again.
    """
    chosen = RecipeChoices.model_validate(model.facts["recipe"])
    if chosen.fitted_elsewhere is not None:
        return ()
    teaching = sample_leads(older, LEARNED, seed=run.config.learner.seed)
    seen = LearnerRows(
        _built(run.store, model, teaching, teach=True), teaching.label, teaching.weight
    )
    matrix = _built(run.store, model, sample_leads(asked, ASKED, seed=run.config.learner.seed))
    task = Task(
        model.spec,
        chosen.axes,
        run.config.learner.seed,
        constraints(model.spec, run.config.decisions),
    )
    draws = Resamples(teaching.cluster, times, run.config.learner.seed, draw=all_at_once)
    found = []
    for drawn in draws.weights(np.ones(len(teaching))):
        at = np.flatnonzero(drawn)
        taught = seen.take(at)
        if has_both(taught.label):
            taught = replace(taught, weight=taught.weight * drawn[at])
            other = replace(model, members=fit_fold(chosen.parts, taught, task))
            found.append(
                {effect.key: effect.points for effect in effects(other, other.concept_sums(matrix))}
            )
    return tuple(found)


def steadiness(
    effect: Effect, drawn: Sequence[Mapping[Key, float]], past: Sequence[Mapping[Key, int]]
) -> Steadiness:
    """How steady a concept is.

    Args:
        effect: Its weight.
        drawn: Sizes of effects in each resampling; see ``resampled``.
        past: Place by concept of the versions before, the newest first.
    """
    if not drawn:
        return Steadiness(
            float("nan"), float("nan"), 0.0, tuple(places.get(effect.key) for places in past)
        )
    weights = np.array([of.get(effect.key, 0.0) for of in drawn])
    reach = (
        float(stats.t.ppf(0.975, max(len(weights) - 1, 1)) * weights.std(ddof=1))
        if len(weights) > 1
        else np.nan
    )
    low, high = max(0.0, effect.points - reach), effect.points + reach
    agree = float((weights >= _LEAST * effect.points).mean())
    return Steadiness(low, high, agree, tuple(places.get(effect.key) for places in past))


def places_of(
    store: Store, model: PropensityModel, asked: LabelledRows, *, seed: int
) -> Mapping[Key, int]:
    """The place of each concept on its axis by another version of the model: see ``places``."""
    return places(
        effects(
            model, model.concept_sums(_built(store, model, sample_leads(asked, ASKED, seed=seed)))
        )
    )


def places(found: Sequence[Effect]) -> Mapping[Key, int]:
    """The place of each concept on its axis, 1 for what moves chances most, of effects that are
    sorted.
    """
    counted: dict[Axis, int] = {}
    result: dict[Key, int] = {}
    for effect in found:
        counted[effect.axis] = counted.get(effect.axis, 0) + 1
        result[effect.key] = counted[effect.axis]
    return result


def _built(
    store: Store, model: PropensityModel, rows: LabelledRows, *, teach: bool = False
) -> NDArray[np.float64]:
    return built(store, rows.rows, model.spec, teaching=teach).matrix
