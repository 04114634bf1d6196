"""Put a training run into the registry: figures, pictures, and the model as the new challenger."""

import hashlib
import math
from collections.abc import Sequence

from features.files.canonical_json import canonical
from propensity.concepts.wording import plain
from propensity.registry import Registry
from propensity.registry.code_version import commit_tags
from propensity.registry.entries import ACCEPTED, AUDIT
from propensity.registry.run_details import ChildRun, RunDetails, TrainingData
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
        plots=plots(
            trained.judgement.calibration.bins,
            trained.importance,
            tenths={name: each.deciles for name, each in trained.evaluations.items()},
            grades=trained.asked.migration.grades if trained.asked.migration else (),
        ),
        documents=_documents(trained),
        tags=_tags(trained),
        details=RunDetails(_tried(trained), _data(trained), _evaluation_table(trained)),
    )


def _tags(trained: TrainingResult) -> dict[str, str]:
    """What somebody said; the audit's light and, on red, why it was accepted; what the gate said,
    and what would change; and of which commit the configuration is.
    """
    config = trained.model.config
    accepted = (
        {ACCEPTED: plain(trained.accepted, longest=LONGEST_REASON)} if trained.accepted else {}
    )
    return {
        **config.registry.tags,
        **commit_tags(config.folder),
        AUDIT: trained.audit.light,
        **accepted,
        **gate_tags(trained.asked),
    }


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


def _evaluation_table(trained: TrainingResult) -> dict[str, Sequence[object]]:
    """The figures of the test part as a table, a row per model and figure."""
    rows = [
        (model, name, figure.value, figure.low, figure.high)
        for model, evaluation in trained.evaluations.items()
        for name, figure in evaluation.figures.items()
    ]
    columns = zip(("model", "figure", "value", "low", "high"), zip(*rows, strict=True), strict=True)
    return {name: [_finite(value) for value in values] for name, values in columns}


def _finite(value: str | float) -> str | float | None:
    """The value, or None for a number that JSON has no word for."""
    return value if isinstance(value, str) or math.isfinite(value) else None


def _data(trained: TrainingResult) -> TrainingData:
    """What was learned from: tables with rows, and a hash of their content."""
    model = trained.model
    tables = model.facts.get("fingerprint", {})
    digest = hashlib.sha256(canonical(tables, "fingerprint")).hexdigest()
    kinds = {
        feature.name: "string" if feature.is_category else "double"
        for feature in model.spec.features
    }
    rows = {name: int(table["rows"]) for name, table in tables.items()}
    return TrainingData(model.config.name, digest, rows, kinds)


def _tried(trained: TrainingResult) -> list[ChildRun]:
    """Who took part in the tournament, and which parameters were tried; losses by cut of time."""
    choice = trained.judgement.choice
    contestants = [
        ChildRun(
            f"{each.name}, axes {each.axes}",
            tags={"propensity.tried": "contestant", "propensity.won": str(each.won).lower()},
            params={"axes": each.axes, "leaves": each.leaves, "decisions": each.decisions},
            metrics={
                "log_loss": each.log_loss,
                "roc_auc": each.roc_auc,
                "behind": each.behind,
                "error": each.error,
            },
            series={"log_loss_by_cut": each.log_loss_by_cut},
        )
        for each in choice.contestants
    ]
    trials = [
        ChildRun(
            f"parameters {number}",
            tags={"propensity.tried": "parameters"},
            params=each.trees.model_dump(mode="json"),
            metrics={"log_loss": each.log_loss},
            series={"log_loss_by_cut": each.log_loss_by_cut},
        )
        for number, each in enumerate(choice.tuning)
    ]
    return [*contestants, *trials]
