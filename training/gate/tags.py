"""What the gate said, as tags of a model version."""

from propensity.registry.entries import MIGRATION
from training.gate.ask import GateAnswer


def gate_tags(asked: GateAnswer) -> dict[str, str]:
    """What the gate said, and what would change, as tags of the version."""
    moved = {MIGRATION: asked.migration.change.model_dump_json()} if asked.migration else {}
    return {**asked.gated.verdict.tags(), **moved}
