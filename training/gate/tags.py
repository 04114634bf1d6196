"""What the gate said, as tags of a model version."""

from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter, ValidationError

from features.errors import ArtifactError
from features.files.canonical_json import canonical
from propensity.registry.entries import MIGRATION, SAME_RECIPE
from training.gate.ask import GateAnswer
from training.gate.looks import GateLook, looks_tag
from training.gate.same_recipe import SameRecipe


def gate_tags(asked: GateAnswer, *, looks: Sequence[GateLook] = ()) -> dict[str, str]:
    """What the gate said, what would change, and which closes it looked at, as tags of the version.

    Args:
        asked: What came of it.
        looks: Looks that the version took before.
    """
    moved = {MIGRATION: asked.migration.change.model_dump_json()} if asked.migration else {}
    found = asked.same_recipe
    seed = {SAME_RECIPE: canonical(found.to_dict(), SAME_RECIPE).decode()} if found else {}
    taken = dict.fromkeys([*looks, *([asked.look] if asked.look else [])])
    return {**asked.gated.verdict.tags(), **moved, **seed, **looks_tag(list(taken))}


def same_recipe_of(tags: Mapping[str, str]) -> SameRecipe | None:
    """What another seed changed when the version was trained; None where nobody asked.

    Raises:
        ArtifactError: The tag is damaged.
    """
    text = tags.get(SAME_RECIPE)
    if text is None:
        return None
    try:
        return TypeAdapter(SameRecipe).validate_json(text)
    except ValidationError:
        raise ArtifactError(
            f"the tag {SAME_RECIPE} of the version cannot be read; remove it, or train anew."
        ) from None
