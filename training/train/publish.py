"""Put a training run into the registry: figures, pictures, and the model as the new challenger."""

from features.files.canonical_json import canonical
from propensity.concepts.wording import plain
from propensity.registry import Registry
from propensity.registry.entries import ACCEPTED, AUDIT
from training.audit.gate import LONGEST_REASON
from training.gate.tags import gate_tags
from training.learn.metrics.evaluation import Evaluation
from training.train.card import as_html, as_markdown, card
from training.train.command import TrainingResult
from training.train.plots import plots


def publish(trained: TrainingResult, registry: Registry) -> int:
    """Register a trained model as a new version, the challenger.

    Returns:
        The version's number.

    Raises:
        RegistryError: The registry cannot be reached or written; no version was made.
    """
    return registry.register(
        trained.model,
        run_name=f"train {trained.model.facts.get('period', {}).get('last_as_of', '')}".strip(),
        params=_parameters(trained),
        metrics=_figures(trained.judgement.recipe),
        plots=plots(trained.judgement.calibration.bins, trained.importance),
        documents=_documents(trained),
        tags=_tags(trained),
    )


def _tags(trained: TrainingResult) -> dict[str, str]:
    """The audit's light and, on red, why it was accepted; what the gate said, and what would
    change.
    """
    accepted = (
        {ACCEPTED: plain(trained.accepted, longest=LONGEST_REASON)} if trained.accepted else {}
    )
    return {AUDIT: trained.audit.light, **accepted, **gate_tags(trained.asked)}


def _documents(trained: TrainingResult) -> dict[str, bytes]:
    """What the gate found, what would change, what another seed changes, and the model card."""
    told = card(trained)
    found = {
        "gate.json": canonical(trained.asked.gated.to_dict(), "gate.json"),
        "model-card.md": as_markdown(told).encode("utf-8", "replace"),
        "model-card.html": as_html(told).encode("utf-8", "replace"),
    }
    if trained.asked.migration:
        found["migration.json"] = canonical(trained.asked.migration.to_dict(), "migration.json")
    if trained.asked.same_recipe:
        found["same-recipe.json"] = canonical(
            trained.asked.same_recipe.to_dict(), "same-recipe.json"
        )
    return found


def _parameters(trained: TrainingResult) -> dict[str, object]:
    config, model = trained.model.config, trained.model
    return {
        **config.learner.model_dump(mode="json", exclude={"params"}),
        **{f"params.{name}": value for name, value in config.learner.params.items()},
        "trees": trained.judgement.choice.chosen.trees,
        "contestant": trained.judgement.choice.chosen.contestant,
        "features": len(model.spec.features),
        "rows": model.reference.rows,
        "leads": model.reference.leads,
        "goal": config.goal.stage if config.goal else "outcome",
        "horizon_days": config.goal.horizon_days if config.goal else "",
    }


def _figures(recipe: Evaluation) -> dict[str, float]:
    """Figures with the ends of their intervals; those that have no value are left out."""
    flat = {name: figure.value for name, figure in recipe.figures.items()}
    flat |= {f"{name}_low": figure.low for name, figure in recipe.figures.items()}
    flat |= {f"{name}_high": figure.high for name, figure in recipe.figures.items()}
    return {name: value for name, value in flat.items() if abs(value) < float("inf")}
