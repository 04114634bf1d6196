"""What moves chances: each concept with how far, which way, and whether that is steady."""

from collections.abc import Mapping
from dataclasses import dataclass

from propensity.concepts.concepts import Concept
from training.learn.rows.history import History
from training.learn.rows.run import Run
from training.review.findings.effects import Effect, Key, changes, effects
from training.review.findings.reviewed import ReviewedVersion
from training.review.findings.shape import Shape, shape
from training.review.findings.stability import Steadiness, places_of, resampled, steadiness
from training.review.findings.unseen_leads import UnseenLeads


@dataclass(frozen=True)
class ConceptEffect:
    """A concept that moves chances.

    Attributes:
        concept: Concept with its columns in ``UnseenLeads.model``.
        effect: How far it moves the chances of the leads not seen.
        shape: What the model expects along it, beside what was observed.
        steadiness: Over resamplings and past versions.
    """

    concept: Concept
    effect: Effect
    shape: Shape
    steadiness: Steadiness


def concept_effects_of(
    run: Run, under: ReviewedVersion, past: History, unseen: UnseenLeads
) -> tuple[ConceptEffect, ...]:
    """Every concept of the recipe, those that move chances most first.

    Args:
        run: The configuration, and the canonical tables.
        under: Version under review, with the versions before it.
        past: The rows and their parts; models are learned from leads of the older part drawn anew.
        unseen: Leads the recipe had not seen.
    """
    model, judged = unseen.model, unseen.judged
    older = past.rows.take(past.older)
    drawn = resampled(run, older, model, unseen.rows, times=run.config.review.resamplings)
    seed = run.config.learner.seed
    before = [places_of(run.store, earlier, unseen.rows, seed=seed) for _, earlier in under.past]
    number: Mapping[Key, int] = {
        (found.name, found.axis): place for place, found in enumerate(model.concepts)
    }
    return tuple(
        ConceptEffect(
            concept=model.concepts[number[effect.key]],
            effect=effect,
            shape=shape(
                model.spec,
                model.concepts[number[effect.key]],
                judged.matrix,
                judged.won,
                judged.cluster,
                judged.probability,
                changes(unseen.sums, number[effect.key]),
            ),
            steadiness=steadiness(effect, drawn, before),
        )
        for effect in effects(model, unseen.sums)
    )
